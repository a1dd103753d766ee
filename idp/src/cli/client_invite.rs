//! `idp client invite create | list | revoke`: the initial access tokens with which programs register themselves (RFC 7591).

use std::time::Duration;

use clap::{Args, Subcommand};
use idp_domain::Timestamp;
use idp_domain::id::InitialTokenId;
use idp_domain::registration::{Allowance, InitialToken};
use idp_domain::scope::Scope;
use idp_domain::text::Line;
use idp_service::Env;
use idp_service::authority::{Caller, CompanyScope};
use idp_service::endpoint::Endpoint;
use idp_service::registration::{self, Admits};

use super::company::Codes;
use super::{ConfigFile, Failure};

const DAY: u64 = 24 * 3600;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token and print it, once; whoever has it registers clients until it is used up or over
    Create(Invitation),
    /// Show the tokens, for whom they were made, and what is left of them
    List(ConfigFile),
    /// Let nobody register with a token any more; clients that were registered with it stay
    Revoke(Named),
}

#[derive(Debug, Args)]
pub(super) struct Invitation {
    /// For whom it is, in your own words
    #[arg(value_parser = Line::<100>::parse)]
    note: Line<100>,
    /// The agency its clients belong to, by its company code; without it, they belong to none and serve people of every agency
    #[arg(long, value_name = "COMPANY")]
    company: Option<String>,
    /// How many clients may be registered with it
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    uses: u32,
    /// In how many days it is over
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// Its id, as the list shows it (iat_...), or the whole token
    #[arg(value_name = "TOKEN", value_parser = id_of)]
    id: InitialTokenId,
    #[command(flatten)]
    config: ConfigFile,
}

/// The id, of which the rest of a token that was pasted whole is the secret.
fn id_of(text: &str) -> Result<InitialTokenId, String> {
    let id = text.trim().split('.').next().unwrap_or_default();
    id.parse().map_err(|_| "write its id as `idp client invite list` shows it (iat_...)".to_owned())
}

impl Command {
    pub(super) fn config(&self) -> &ConfigFile {
        match self {
            Self::Create(invitation) => &invitation.config,
            Self::List(config) => config,
            Self::Revoke(named) => &named.config,
        }
    }
}

pub(super) async fn act(env: &Env, command: &Command) -> Result<String, Failure> {
    match command {
        Command::Create(invitation) => create(env, invitation).await,
        Command::List(_) => {
            let tokens = registration::list_invites(env).await.map_err(Failure::Registration)?;
            Ok(table(&tokens, &Codes::read(env).await?, env.now()))
        }
        Command::Revoke(named) => {
            let operator = Caller::of_commands().operator(env, Scope::CompaniesWrite)?;
            let revoked = registration::revoke_invite(env, &operator, named.id).await;
            match revoked.map_err(Failure::Registration)? {
                true => Ok(format!("Nobody registers with {} from now on.", named.id)),
                false => Err(Failure::UnknownInitialToken(named.id)),
            }
        }
    }
}

async fn create(env: &Env, invitation: &Invitation) -> Result<String, Failure> {
    let caller = Caller::of_commands();
    let company = match &invitation.company {
        None => None,
        Some(company) => {
            let scope = caller.company(env, Scope::CompaniesWrite, company).await?;
            Some(scope.ok_or_else(|| Failure::UnknownCompany(company.clone()))?)
        }
    };
    let allowance = Allowance {
        note: invitation.note.clone(),
        company: company.as_ref().map(CompanyScope::id),
        uses: invitation.uses,
        life: Duration::from_secs(u64::from(invitation.days) * DAY),
    };
    let operator = caller.operator(env, Scope::CompaniesWrite)?;
    let made = registration::invite(env, &operator, allowance).await.map_err(Failure::Registration)?;
    let told = format!(
        "Whoever has this token registers {} at {} until {}. It is not shown again:\n\n{}",
        clients(made.stored.uses),
        env.issuer.address(Endpoint::Registration),
        made.stored.expires_at.to_rfc3339(),
        made.token.expose(),
    );
    let mut told = vec![told];
    if let Some(closed) = company.iter().map(CompanyScope::company).find(|company| !company.is_active()) {
        told.push(format!(
            "{} is suspended: nobody logs in through its clients until you run `idp company resume {}`.",
            closed.name, closed.code
        ));
    }
    if env.policy.registration.admits == Admits::Nobody {
        told.push(
            "registration.mode is \"off\": write \"token\" there, or it is good for nothing.".to_owned(),
        );
    }
    Ok(told.join("\n\n"))
}

fn clients(number: u32) -> String {
    if number == 1 { "one client".to_owned() } else { format!("{number} clients") }
}

fn table(tokens: &[InitialToken], codes: &Codes, now: Timestamp) -> String {
    if tokens.is_empty() {
        return "There are no initial access tokens.".to_owned();
    }
    let mut lines = vec![format!("{:<36}  {:<24}  {:<12}  FOR", "TOKEN", "GOOD FOR", "AGENCY")];
    for token in tokens {
        let good_for = match token.uses {
            0 => "used up".to_owned(),
            _ if token.expires_at <= now => "over".to_owned(),
            uses => {
                let end = token.expires_at.to_rfc3339();
                format!("{uses} until {}", end.split('T').next().unwrap_or_default())
            }
        };
        let agency = codes.of(token.company);
        lines.push(format!("{:<36}  {good_for:<24}  {agency:<12}  {}", token.id.to_string(), token.note));
    }
    lines.join("\n")
}
