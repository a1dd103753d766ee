//! Registered clients (RFC 6749 section 2, RFC 7591 section 2): made, changed, given new secrets, switched off and on, taken
//! away (RFC 9700 section 2.5). The operator's business; an agency sees its own.

mod change;
mod check;
mod create;
mod describe;
mod draft;
mod encryption;
mod patch;
mod record;
mod registered_keys;
mod response_signing;
mod secret;
mod signing;
mod switch;

use idp_domain::client::{Client, ClientId, comparable_origin};
use idp_domain::ports::StoreError;
use idp_domain::{Secret, Timestamp};

use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::field::FieldProblem;
use crate::once::KeyReused;

pub use change::{ClientEdit, Done, change, command};
pub use check::{Remark, Report, Verdict, check};
pub use create::create;
pub(crate) use create::{create_in, generated_id};
pub use describe::describe;
pub use draft::{ClientDraft, ClientOwner, NewClient};
pub(crate) use draft::{address, present};
pub use encryption::{EncryptionDraft, TypedEncryption};
pub(crate) use patch::typed;
pub use patch::{ClientPatch, DemandsPatch, LogInDefaultsPatch, MaxAgePatch};
pub(crate) use record::told;
pub(crate) use registered_keys::ensure_fits;
pub use response_signing::ResponseSigningDraft;
pub use secret::rotate_secret;
pub(crate) use secret::{fresh_secret, has_secrets};
pub use signing::SigningDraft;
pub(crate) use switch::remove_in;
pub use switch::set_enabled;

/// A client as its operator and its agency see it.
#[derive(Debug, Clone)]
pub struct ClientView {
    pub client: Client,
    /// What was made for it just now.
    pub made: Made,
}

/// Whether a secret was made by the request that is answered.
#[derive(Debug, Clone)]
pub enum Made {
    Nothing,
    /// Shown once, in this answer.
    Secret(Secret<String>),
    /// It was in the first answer to this request, and is nowhere else.
    ShownBefore,
}

impl ClientView {
    pub(crate) fn of(client: Client) -> Self {
        Self { client, made: Made::Nothing }
    }

    /// What may be stored, and repeated.
    pub(crate) fn without_secret(&self) -> Self {
        let made = match self.made {
            Made::Nothing => Made::Nothing,
            Made::Secret(_) | Made::ShownBefore => Made::ShownBefore,
        };
        Self { client: self.client.clone(), made }
    }

    /// How long each secret is still accepted; `None`: until it is replaced.
    pub fn secrets_until(&self, now: Timestamp) -> Vec<Option<Timestamp>> {
        let ends = self.client.secrets.iter().map(|secret| secret.expires_at);
        ends.filter(|end| end.is_none_or(|end| now < end)).collect()
    }
}

/// Writes a client as the wire shows it.
pub type Present<'a> = &'a (dyn Fn(&ClientView) -> Result<String, Fault> + Send + Sync);

/// Why a client cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("there is no client {0}")]
    Unknown(ClientId),
    #[error("the client {0} does not authenticate with a secret")]
    NoSecret(ClientId),
    #[error("fields of the client are bad")]
    Invalid(Vec<FieldProblem>),
    /// An id is never given twice, not even after its client was taken away.
    #[error("a client has or had this client_id")]
    IdTaken,
    #[error("only the operator may do this")]
    NotOperator,
    /// `If-Match` named another version.
    #[error("the client is not what the caller saw")]
    Changed,
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    #[error(transparent)]
    Fault(Fault),
}

impl From<Fault> for ClientError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(StoreError::Conflict("client_id")) => Self::IdTaken,
            fault => Self::Fault(fault),
        }
    }
}

impl From<StoreError> for ClientError {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl ClientError {
    /// Whether the same request is under way somewhere else: look again, once.
    fn is_race(&self) -> bool {
        matches!(self, Self::Fault(Fault::Store(StoreError::Conflict("idempotency_key"))))
    }
}

/// Every client, in order of their ids.
///
/// # Errors
/// [`Fault`].
pub async fn list(env: &Env) -> Result<Vec<Client>, Fault> {
    Ok(env.store.read().await?.clients().list().await?)
}

/// The company's own clients, in order of their ids.
///
/// # Errors
/// [`Fault`].
pub async fn list_of(env: &Env, scope: &CompanyScope) -> Result<Vec<ClientView>, Fault> {
    let clients = env.store.read().await?.clients().list_of_company(scope.id()).await?;
    Ok(clients.into_iter().map(ClientView::of).collect())
}

/// A client of the company; a foreign one and an unknown one are `None`.
///
/// # Errors
/// [`Fault`].
pub async fn find(env: &Env, scope: &CompanyScope, id: &ClientId) -> Result<Option<ClientView>, Fault> {
    let client = env.store.read().await?.clients().find(id).await?;
    Ok(client.filter(|client| client.company == Some(scope.id())).map(ClientView::of))
}

/// Whether an enabled client's pages live at this origin (`https://host:port`, as browsers write it): they may read what
/// we answer (CORS).
///
/// # Errors
/// [`Fault`].
pub async fn is_origin_known(env: &Env, origin: &str) -> Result<bool, Fault> {
    Ok(env.store.read().await?.clients().is_origin_known(comparable_origin(origin)).await?)
}
