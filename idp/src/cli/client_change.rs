//! `idp client change`: registers a client for something else, whosever it is, and says field by field what.

use clap::Args;
use idp_domain::audit::Change;
use idp_domain::client::ClientId;
use idp_service::Env;
use idp_service::clients::{self, ClientEdit, ClientError};

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
        Ok(done) if done.action.is_none() => Ok(format!("{client} is registered so already.")),
        Ok(done) => {
            let each = done.changes.iter().map(line);
            Ok(std::iter::once(format!("{client} is changed:")).chain(each).collect::<Vec<_>>().join("\n"))
        }
        Err(ClientError::Invalid(found)) => Err(Failure::ClientStays { client: client.clone(), found }),
        Err(error) => Err(error.into()),
    }
}

fn line(Change { field, before, after }: &Change) -> String {
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("  {field}: {} -> {}", word(before), word(after))
}
