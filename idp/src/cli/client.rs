//! `idp client`: the registered clients, and the tokens that let programs register themselves. Running nodes notice at once.

use std::time::Duration;

use clap::{Args, Subcommand};
use idp_domain::Timestamp;
use idp_domain::client::{Client, ClientId, RegisteredBy};
use idp_service::Env;
use idp_service::clients::{self, ClientEdit};

use super::client_change::{Alteration, change};
use super::client_check::{Question, check};
use super::client_create::{Registration, create};
use super::company::Codes;
use super::{ConfigFile, Failure, client_invite, client_show, console, on_database};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a client, of an agency or of the operator's own, and print its secret, once
    ///
    /// It needs a --name and a --grant, and for people who log in a --redirect-uri and scopes.
    Create(Box<Registration>),
    /// Show every client, how it authenticates and when its secrets run out
    List(ConfigFile),
    /// Show all that a client is registered as, and never a secret
    Show(client_show::Question),
    /// Register a client for something else; what is not said stays
    ///
    /// A list takes the place of the whole one: say its option once for each. An empty value takes away what is there
    /// (--jwks-uri ""). How a client authenticates never changes: register another one.
    Change(Box<Alteration>),
    /// Say which profiles a client satisfies, what is missing and what to write, and what may go wrong with it one day
    Check(Question),
    /// Make, list and revoke the tokens with which programs register themselves
    #[command(subcommand)]
    Invite(client_invite::Command),
    /// Make a new secret and print it, once; the present one stays good for a while
    RotateSecret(Rotation),
    /// Refuse the client from now on, tokens it holds included
    Disable(Named),
    /// Accept the client again
    Enable(Named),
    /// Take the client away for good, with all it holds; its id is never given again
    Remove(Removal),
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// Its client_id
    #[arg(value_parser = ClientId::parse)]
    client: ClientId,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Args)]
pub(super) struct Rotation {
    #[command(flatten)]
    named: Named,
    /// Hours in which the old secret is still accepted: time to bring the new one to every server
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    overlap: u32,
}

#[derive(Debug, Args)]
pub(super) struct Removal {
    #[command(flatten)]
    named: Named,
    /// Without it, nothing is removed
    #[arg(long)]
    yes: bool,
}

impl Command {
    fn config(&self) -> &ConfigFile {
        match self {
            Self::Create(registration) => registration.config(),
            Self::List(config) => config,
            Self::Show(question) => question.config(),
            Self::Change(alteration) => alteration.config(),
            Self::Check(question) => question.config(),
            Self::Invite(command) => command.config(),
            Self::RotateSecret(rotation) => &rotation.named.config,
            Self::Disable(named) | Self::Enable(named) => &named.config,
            Self::Remove(removal) => &removal.named.config,
        }
    }
}

pub(super) async fn run(command: &Command) -> Result<(), Failure> {
    on_database(command.config(), async |env| act(env, command).await).await
}

async fn act(env: &Env, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Create(registration) => console::say(create(env, registration).await?),
        Command::List(_) => {
            let clients = clients::list(env).await.map_err(clients::ClientError::Fault)?;
            let codes = Codes::read(env).await?;
            console::say(table(&clients, &codes, env.now()))
        }
        Command::Show(question) => console::say(client_show::show(env, question).await?),
        Command::Change(alteration) => console::say(change(env, alteration).await?),
        Command::Check(question) => check(env, question).await,
        Command::Invite(command) => console::say(client_invite::act(env, command).await?),
        Command::RotateSecret(Rotation { named, overlap }) => {
            let overlap = Duration::from_secs(u64::from(*overlap) * 3600);
            let secret = clients::rotate_secret(env, &named.client, overlap).await?;
            console::say(secret.expose())
        }
        Command::Disable(named) => {
            clients::set_enabled(env, &named.client, false).await?;
            console::say(format_args!("{} is refused from now on.", named.client))
        }
        Command::Enable(named) => {
            clients::set_enabled(env, &named.client, true).await?;
            console::say(format_args!("{} is accepted from now on.", named.client))
        }
        Command::Remove(Removal { named: Named { client, .. }, yes }) => {
            if !yes {
                return Err(Failure::Unconfirmed { client: client.clone() });
            }
            clients::command(env, client, &ClientEdit::Remove).await?;
            console::say(format_args!("{client} is gone."))
        }
    }
}

fn table(clients: &[Client], codes: &Codes, now: Timestamp) -> String {
    if clients.is_empty() {
        return "There are no clients yet.".to_owned();
    }
    let row = |[id, method, state, agency, by, name, secrets]: [&str; 7]| {
        format!("{id:<32}  {method:<19}  {state:<8}  {agency:<12}  {by:<13}  {name:<24}  {secrets}")
    };
    let heads = ["CLIENT", "AUTHENTICATES BY", "STATE", "AGENCY", "REGISTERED BY", "NAME", "SECRETS"];
    let rows = clients.iter().map(|client| {
        let state = if client.enabled { "enabled" } else { "disabled" };
        let by = match client.registered_by {
            RegisteredBy::Operator => "the operator",
            RegisteredBy::Itself => "itself",
        };
        let (id, method) = (client.id.as_str(), client.auth_method.as_str());
        let (agency, secrets) = (codes.of(client.company), secrets(client, now));
        row([id, method, state, &agency, by, client.name.as_str(), &secrets])
    });
    std::iter::once(row(heads)).chain(rows).collect::<Vec<_>>().join("\n")
}

fn secrets(client: &Client, now: Timestamp) -> String {
    let told: Vec<String> = client
        .secrets
        .iter()
        .map(|secret| match secret.expires_at {
            None => "one in use".to_owned(),
            Some(at) if at <= now => "one run out".to_owned(),
            Some(at) => format!("one until {}", at.to_rfc3339()),
        })
        .collect();
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}
