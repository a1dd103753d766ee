//! One simulated client with a connection of its own, doing one thing over and over.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};

use crate::http::{Connection, get};
use crate::person::{Cookies, RelyingParty, Tokens};
use crate::scenario::Scenario;
use crate::seed::{Client, user_name};

/// How many accounts each worker logs in, one after the other.
pub(crate) const ACCOUNTS_EACH: usize = 4;

#[derive(Debug)]
pub(crate) struct Worker {
    connection: Connection,
    client: RelyingParty,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Fetch(&'static str),
    ClientCredentials,
    Introspect { token: String },
    UserInfo { token: String },
    Refresh { token: String },
    SignOn { cookies: Cookies },
    LogIn { user_names: Vec<String>, next: usize },
}

impl Worker {
    /// Connects, and logs in where the scenario begins with that. `number` tells whose accounts are used.
    ///
    /// # Errors
    /// When the server does not play along.
    pub(crate) async fn ready(scenario: Scenario, server: SocketAddr, number: usize) -> Result<Self> {
        let mut connection = Connection::open(server).await?;
        let client = RelyingParty::new(client(scenario), server)?;
        let first = number * ACCOUNTS_EACH;
        let mut cookies = Cookies::default();
        let mut tokens = async || client.log_in(&mut connection, &mut cookies, &user_name(first)).await;
        let work = match scenario {
            Scenario::Discovery => Work::Fetch("/.well-known/openid-configuration"),
            Scenario::Jwks => Work::Fetch("/jwks"),
            Scenario::ClientCredentialsEs256 | Scenario::ClientCredentialsRs256 => Work::ClientCredentials,
            Scenario::Introspection => Work::Introspect { token: tokens().await?.access_token },
            Scenario::Userinfo | Scenario::UserinfoDpop => {
                Work::UserInfo { token: tokens().await?.access_token }
            }
            Scenario::Refresh | Scenario::RefreshEs256 | Scenario::RefreshDpop | Scenario::Flood => {
                Work::Refresh { token: next_in_family(tokens().await?)? }
            }
            Scenario::CodeFlow | Scenario::CodeFlowPar | Scenario::CodeFlowFapi2 => {
                tokens().await?;
                Work::SignOn { cookies }
            }
            Scenario::LogIn => {
                let user_names = (first..first + ACCOUNTS_EACH).map(user_name).collect();
                Work::LogIn { user_names, next: 0 }
            }
        };
        Ok(Self { connection, client, work })
    }

    /// One request, or one whole flow.
    ///
    /// # Errors
    /// When the answer is not the expected one.
    pub(crate) async fn turn(&mut self) -> Result<()> {
        let Self { connection, client, work } = self;
        match work {
            Work::Fetch(path) => {
                connection.send(get(path)?).await?.expect(200)?;
            }
            Work::ClientCredentials => {
                client.token(connection, &[("grant_type", "client_credentials")]).await?;
            }
            Work::Introspect { token } => client.introspect(connection, token).await?,
            Work::UserInfo { token } => client.user_info(connection, token).await?,
            Work::Refresh { token } => {
                let grant = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
                *token = next_in_family(client.token(connection, &grant).await?)?;
            }
            Work::SignOn { cookies } => {
                client.sign_on(connection, cookies).await?;
            }
            Work::LogIn { user_names, next } => {
                let user_name = &user_names[*next % user_names.len()];
                *next += 1;
                client.log_in(connection, &mut Cookies::default(), user_name).await?;
            }
        }
        Ok(())
    }
}

const fn client(scenario: Scenario) -> Client {
    match scenario {
        Scenario::ClientCredentialsEs256 => Client::Office,
        Scenario::ClientCredentialsRs256 => Client::OfficeRs256,
        Scenario::RefreshEs256 => Client::PortalEs256,
        Scenario::UserinfoDpop | Scenario::RefreshDpop => Client::PortalDpop,
        Scenario::CodeFlowPar => Client::PortalPar,
        Scenario::CodeFlowFapi2 => Client::Fapi2,
        _ => Client::Portal,
    }
}

fn next_in_family(tokens: Tokens) -> Result<String> {
    tokens.refresh_token.context("no refresh token in the answer")
}
