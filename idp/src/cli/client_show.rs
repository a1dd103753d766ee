//! `idp client show`: all that a client is registered as, in the words of its metadata. Never a secret.

use clap::Args;
use idp_domain::client::ClientId;
use idp_domain::text::is_forbidden;
use idp_service::Env;
use idp_service::clients;
use serde_json::{Map, Value};

use super::{ConfigFile, Failure};

#[derive(Debug, Args)]
pub(super) struct Question {
    /// Its client_id
    #[arg(value_parser = ClientId::parse)]
    client: ClientId,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Question {
    pub(super) fn config(&self) -> &ConfigFile {
        &self.config
    }
}

pub(super) async fn show(env: &Env, question: &Question) -> Result<String, Failure> {
    let members = clients::describe(env, &question.client).await?;
    Ok(if question.json { harmless(&Value::Object(members)) } else { table(&members) })
}

/// As JSON, with an escape for each character that a terminal obeys or does not show: keys are a stranger's words, whole
/// (CWE-150).
fn harmless(said: &Value) -> String {
    let mut written = String::new();
    for c in said.to_string().chars() {
        if is_forbidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                written.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            written.push(c);
        }
    }
    written
}

/// A line for each member, and for each entry of a list.
fn table(members: &Map<String, Value>) -> String {
    let wide = members.keys().map(String::len).max().unwrap_or_default();
    let lines = members.iter().flat_map(|(name, said)| {
        let names = std::iter::once(name.as_str()).chain(std::iter::repeat(""));
        names.zip(words(said)).map(|(name, word)| format!("{name:<wide$}  {word}")).collect::<Vec<_>>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn words(said: &Value) -> Vec<String> {
    match said {
        Value::String(word) => vec![word.clone()],
        Value::Array(list) => list.iter().flat_map(words).collect(),
        Value::Object(members) => match (members.get("keys"), members.get("expires_at")) {
            (Some(Value::Array(keys)), _) => vec![format!("{} by value; --json shows them", keys.len())],
            (_, Some(Value::Null)) => vec!["one in use".to_owned()],
            (_, Some(Value::String(end))) => vec![format!("one until {end}")],
            _ => vec![said.to_string()],
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => vec![said.to_string()],
    }
}
