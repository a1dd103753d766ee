//! `idp keys list | rotate`: the signing keys in the database. Running nodes notice within a minute.

use clap::Subcommand;
use idp_config::Settings;
use idp_domain::Timestamp;
use idp_domain::signing_key::{SigningAlg, SigningKey, signing_at};
use idp_service::Env;

use super::{ConfigFile, Failure, console};
use crate::compose;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show every key with its calendar
    List(ConfigFile),
    /// Make a successor of every key: announced now, signing after keys.announce_before
    Rotate(ConfigFile),
}

pub(super) async fn run(command: &Command) -> Result<(), Failure> {
    let settings = match command {
        Command::List(config) | Command::Rotate(config) => config.load()?,
    };
    let store = compose::store(&settings).await?;
    compose::ready_schema(&store, settings.mode).await?;
    let env = compose::command_env(&settings, &store)?;
    let keys = match command {
        Command::List(_) => idp_service::keys::list(&env).await,
        Command::Rotate(_) => rotate(&env).await,
    };
    compose::close(store).await;
    console::say(table(&keys.map_err(Failure::Keys)?, &settings, env.now()))
}

/// What is due first, so that a successor always has somebody to succeed.
async fn rotate(env: &Env) -> Result<Vec<SigningKey>, idp_service::Fault> {
    idp_service::keys::turn(env).await?;
    idp_service::keys::rotate(env).await
}

fn table(keys: &[SigningKey], settings: &Settings, now: Timestamp) -> String {
    if keys.is_empty() {
        return "There are no signing keys yet; the first start of the server makes them.".to_owned();
    }
    let mut lines = vec![format!("{:<5}  {:<43}  {:<24}  STATE", "ALG", "KID", "SIGNS FROM")];
    for key in keys {
        let (alg, from) = (key.alg.as_str(), key.active_from.to_rfc3339());
        lines.push(format!("{alg:<5}  {:<43}  {from}  {}", key.kid, state(key, keys, now)));
    }
    let retire = settings.keys.retire_after.num_hours();
    lines.push(format!("\nA retired key stays in the JWKS for {retire} hours after its last use."));
    lines.join("\n")
}

fn state(key: &SigningKey, keys: &[SigningKey], now: Timestamp) -> &'static str {
    let signs = |alg: SigningAlg| signing_at(keys, alg, now).map(|signing| signing.kid.as_str());
    match () {
        () if key.active_from > now => "announced",
        () if signs(key.alg) == Some(key.kid.as_str()) => "signing",
        () => "retired",
    }
}
