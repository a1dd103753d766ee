//! `idp account show | disable | enable`: one person's account, at every agency. Never shows a hash, an answer or a link.

use clap::{Args, Subcommand};
use idp_domain::Timestamp;
use idp_domain::account::{AccountState, RequiredAction};
use idp_domain::company::Company;
use idp_domain::member::{Authority, Membership, MembershipState, PersonEntry};
use idp_domain::scope::Scope;
use idp_domain::throttle::Lock;
use idp_service::Env;
use idp_service::authority::Caller;
use idp_service::operators::{self, AccountOverview, AccountRef};

use super::{ConfigFile, Failure, console, on_database};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show an account: its state, its agencies, when it was used last and what it is waiting for
    Show(Named),
    /// Switch the account off at every agency, and end all that is open in its name
    Disable(Named),
    /// Switch the account on again, with the password it had
    Enable(Named),
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// The person's email address, or the account's id (acc_...)
    #[arg(value_name = "ACCOUNT", value_parser = AccountRef::parse)]
    account: AccountRef,
    #[command(flatten)]
    config: ConfigFile,
}

impl Command {
    fn named(&self) -> &Named {
        match self {
            Self::Show(named) | Self::Disable(named) | Self::Enable(named) => named,
        }
    }
}

pub(super) async fn run(command: &Command) -> Result<(), Failure> {
    console::say(on_database(&command.named().config, async |env| act(env, command).await).await?)
}

async fn act(env: &Env, command: &Command) -> Result<String, Failure> {
    let account = &command.named().account;
    let caller = Caller::of_commands();
    Ok(match command {
        Command::Show(_) => {
            let operator = caller.operator(env, Scope::MembersRead)?;
            told(&operators::look(env, &operator, account).await?)
        }
        Command::Disable(_) => {
            let operator = caller.operator(env, Scope::MembersWrite)?;
            let disabled = operators::disable(env, &operator, account).await?;
            format!(
                "{} is disabled: nobody logs in with it, and all that was open has ended.",
                disabled.user_name
            )
        }
        Command::Enable(_) => {
            let operator = caller.operator(env, Scope::MembersWrite)?;
            let enabled = operators::enable(env, &operator, account).await?;
            format!("{} is enabled: the password it had logs in again.", enabled.user_name)
        }
    })
}

fn told(overview: &AccountOverview) -> String {
    let AccountOverview { account, agencies, log_in_lock, recovery_lock, required_action } = overview;
    let line = |label: &str, value: &str| format!("{label:<15}{value}");
    let instant = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), Timestamp::to_rfc3339);
    let verified = if account.email_verified { "" } else { " (not verified)" };
    let mut lines = vec![
        line("Account", &account.id.to_string()),
        line("User name", &format!("{}{verified}", account.user_name)),
        line("State", &state(&account.state)),
        line("Operator", if account.is_operator { "yes" } else { "no" }),
        line("Created", &account.created_at.to_rfc3339()),
        line("Last log-in", &instant(account.last_sign_in)),
        line("Log-in", &lock(*log_in_lock)),
        line("Recovery", &lock(*recovery_lock)),
        line("Must first", required_action.map_or("nothing", action)),
    ];
    lines.push(match agencies.as_slice() {
        [] => "\nNo agency.".to_owned(),
        _ => format!("\n{:<12}  {:<8}  {:<12}  {:<24}  NAME", "AGENCY", "STATE", "TYPE", "ROLE"),
    });
    for (company, membership) in agencies {
        lines.push(agency(company, membership));
        lines.extend(membership.particulars.persons().map(person));
    }
    lines.join("\n")
}

fn state(state: &AccountState) -> String {
    match state {
        AccountState::Invited => "invited: no password yet".to_owned(),
        AccountState::Active { since, .. } => format!("active since {}", since.to_rfc3339()),
        AccountState::Disabled { at, .. } => format!("disabled since {}", at.to_rfc3339()),
        AccountState::Closed { at } => format!("closed since {}", at.to_rfc3339()),
    }
}

fn lock(lock: Option<Lock>) -> String {
    match lock {
        None => "not locked".to_owned(),
        Some(Lock::Until(at)) => format!("locked until {}", at.to_rfc3339()),
        Some(Lock::UntilRecovered) => "locked until the account is recovered".to_owned(),
    }
}

const fn action(action: RequiredAction) -> &'static str {
    match action {
        RequiredAction::VerifyEmail => "prove the email address",
        RequiredAction::ChangePassword => "change the password",
        RequiredAction::EnrolQuestions => "answer three security questions",
    }
}

/// One of the agency's own records of the person (R79).
fn person(entry: PersonEntry) -> String {
    let PersonEntry { member_type, person_ref } = entry;
    format!("{:<24}{:<12}  {person_ref}", "", member_type.as_str())
}

fn agency(company: &Company, Membership { state, particulars, .. }: &Membership) -> String {
    let state = match state {
        MembershipState::Invited => "invited",
        MembershipState::Active { .. } => "active",
        MembershipState::Inactive { .. } => "inactive",
        MembershipState::Removed { .. } => "removed",
    };
    let (kind, role) = (particulars.member_type.as_str(), particulars.security_role.as_str());
    let administrator = match particulars.authority {
        Authority::Administrator => ", administrator",
        Authority::None => "",
    };
    let role = format!("{role}{administrator}");
    format!("{:<12}  {state:<8}  {kind:<12}  {role:<24}  {}", company.code.as_str(), company.name)
}
