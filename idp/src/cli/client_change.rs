//! `idp client change`: registers a client for something else, whosever it is, and says field by field what.

use clap::Args;
use idp_domain::audit::Change;
use idp_domain::client::ClientId;
use idp_service::Env;
use idp_service::clients::{self, ClientEdit, ClientError};
use idp_service::field::FieldProblem;

use super::client_metadata::Metadata;
use super::{ConfigFile, Failure};

#[derive(Debug, Args)]
pub(super) struct Alteration {
    /// Its client_id
    #[arg(value_parser = ClientId::parse)]
    client: ClientId,
    #[command(flatten)]
    metadata: Metadata,
    #[command(flatten)]
    config: ConfigFile,
}

impl Alteration {
    pub(super) fn config(&self) -> &ConfigFile {
        &self.config
    }
}

pub(super) async fn change(env: &Env, alteration: &Alteration) -> Result<String, Failure> {
    let Alteration { client, metadata, config: _ } = alteration;
    let edit = ClientEdit::Patch(Box::new(metadata.patch()?));
    match clients::command(env, client, &edit).await {
        Ok(done) if done.changes.is_empty() => Ok(format!("{client} is registered so already.")),
        Ok(done) => {
            let each = done.changes.iter().map(line);
            Ok(std::iter::once(format!("{client} is changed:")).chain(each).collect::<Vec<_>>().join("\n"))
        }
        Err(ClientError::Invalid(found)) => {
            let found = found.into_iter().map(advised).collect();
            Err(Failure::ClientStays { client: client.clone(), found })
        }
        Err(error) => Err(error.into()),
    }
}

fn line(Change { field, before, after }: &Change) -> String {
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("  {field}: {} -> {}", word(before), word(after))
}

/// What no option mends.
fn advised(problem: FieldProblem) -> FieldProblem {
    if problem.field != "token_endpoint_auth_method" {
        return problem;
    }
    let detail = format!("{}; no command changes that, so register another client", problem.detail);
    FieldProblem { detail: detail.into(), ..problem }
}
