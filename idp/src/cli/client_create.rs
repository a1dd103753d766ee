//! `idp client create`: registers a client, of an agency or of the operator's own. Its secret is printed once.

use clap::Args;
use idp_domain::client::ClientId;
use idp_domain::scope::Scope;
use idp_service::Env;
use idp_service::authority::Caller;
use idp_service::clients::{self, ClientDraft, ClientError, ClientOwner, ClientView, Made};
use idp_service::once::Terms;
use idp_service::operators;

use super::client_metadata::Metadata;
use super::{ConfigFile, Failure};

#[derive(Debug, Args)]
pub(super) struct Registration {
    /// Its client_id
    #[arg(value_parser = ClientId::parse)]
    client: ClientId,
    /// The agency it belongs to, by its company code; without it, the client is the operator's own
    #[arg(long, value_name = "COMPANY")]
    company: Option<String>,
    /// client_secret_basic, client_secret_post, private_key_jwt or none; it never changes
    #[arg(long, value_name = "METHOD", default_value = "client_secret_basic")]
    auth_method: String,
    #[command(flatten)]
    metadata: Metadata,
    #[command(flatten)]
    config: ConfigFile,
}

impl Registration {
    pub(super) fn config(&self) -> &ConfigFile {
        &self.config
    }

    fn draft(&self) -> Result<ClientDraft, Failure> {
        Ok(self.metadata.patch()?.laid_over(ClientDraft {
            client_id: Some(self.client.to_string()),
            auth_method: Some(self.auth_method.clone()),
            ..ClientDraft::default()
        }))
    }
}

pub(super) async fn create(env: &Env, registration: &Registration) -> Result<String, Failure> {
    let caller = Caller::of_commands();
    let owner = if registration.company.is_some() { ClientOwner::Company } else { ClientOwner::Operator };
    let new = registration.draft()?.check(owner).map_err(ClientError::Invalid)?;
    let Some(company) = &registration.company else {
        let operator = caller.operator(env, Scope::CompaniesWrite)?;
        return Ok(told(&operators::register_client(env, &operator, &new).await?));
    };
    let scope = caller.company(env, Scope::CompaniesWrite, company).await?;
    let scope = scope.ok_or_else(|| Failure::UnknownCompany(company.clone()))?;
    let present = |view: &ClientView| Ok(told(view));
    Ok(clients::create(env, &scope, &new, &Terms::default(), &present).await?.body)
}

fn told(view: &ClientView) -> String {
    let id = &view.client.id;
    match &view.made {
        Made::Secret(secret) => {
            format!("{id} is registered. Its secret, which is not shown again:\n\n{}", secret.expose())
        }
        Made::Nothing | Made::ShownBefore => format!("{id} is registered."),
    }
}
