//! Dynamic registration (RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0): programs make themselves clients,
//! and look after what they registered. Off unless the operator wants it (`[registration]`).
//!
//! Whoever registers is a stranger: people are asked before anything is told to it, and nothing it writes makes it more.

mod admission;
mod check;
mod invite;
mod logo;
mod manage;
mod metadata;
mod name;
mod register;
mod sector;
mod unused;

use std::time::Duration;

use idp_domain::Secret;
use idp_domain::client::{Client, ClientId};
use idp_domain::registration::Registration;
use serde_json::{Map, Value};

use crate::clients::ClientError;
use crate::endpoint::{Endpoint, Issuer};
use crate::fault::Fault;
use crate::field::{FieldCode, FieldProblem};

pub use admission::{Admits, RegistrationPolicy};
pub use invite::{Invite, invite, list_invites, revoke_invite};
pub use manage::{Identity, Managed, read, remove, replace};
pub use metadata::ClientMetadata;
pub use register::register;
pub(crate) use unused::{note_use, sweep};

/// What is wrong with metadata by itself, before a sector identifier is looked up.
pub(crate) fn problems(metadata: &ClientMetadata) -> Vec<FieldProblem> {
    metadata.check(None).err().unwrap_or_default()
}

/// Where a client that registered itself is looked after (RFC 7592 section 2).
pub(crate) fn configuration_address(issuer: &Issuer, id: &ClientId) -> String {
    issuer.address(Endpoint::ClientConfiguration).replace("{client}", id.as_str())
}

/// A client that registered itself, with what it needs to come back.
#[derive(Debug)]
pub struct Registered {
    pub client: Client,
    pub registration: Registration,
    /// The registration access token.
    pub token: Secret<String>,
    /// Shown once: where it was made just now.
    pub secret: Option<Secret<String>>,
}

impl Registered {
    /// The client information response (RFC 7591 section 3.2.1, RFC 7592 section 3). It holds secrets: it is answered and
    /// never logged.
    ///
    /// # Errors
    /// [`Fault::Broken`].
    pub fn document(&self, issuer: &Issuer) -> Result<Map<String, Value>, Fault> {
        let Self { client, registration, token, secret } = self;
        let metadata = ClientMetadata::of(client, Some(registration));
        let mut told = metadata.members()?;
        let id = client.id.as_str();
        let address = configuration_address(issuer, &client.id);
        told.insert("client_id".to_owned(), id.into());
        told.insert("client_id_issued_at".to_owned(), registration.registered_at.seconds().into());
        told.insert("registration_access_token".to_owned(), token.expose().clone().into());
        told.insert("registration_client_uri".to_owned(), address.into());
        if let Some(secret) = secret {
            told.insert("client_secret".to_owned(), secret.expose().clone().into());
        }
        if !client.secrets.is_empty() {
            // Never, unless the operator replaces it.
            told.insert("client_secret_expires_at".to_owned(), 0.into());
        }
        Ok(told)
    }
}

/// Why nothing was registered, shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    #[error("send the token in the header Authorization: Bearer")]
    TokenMissing,
    /// Never known, used up, over, revoked, or of another client: not told apart.
    #[error("the token is not good here")]
    TokenInvalid,
    #[error("the operator has switched this client off")]
    SwitchedOff,
    #[error("fields of the client are bad")]
    Metadata(Vec<FieldProblem>),
    #[error("too many requests")]
    TooMany(Duration),
    #[error(transparent)]
    Fault(Fault),
}

impl RegistrationError {
    /// One field is bad.
    fn field(field: &'static str, detail: &'static str) -> Self {
        let code = FieldCode::ValueInvalid;
        Self::Metadata(vec![FieldProblem { field: field.into(), code, detail: detail.into() }])
    }
}

impl<F: Into<Fault>> From<F> for RegistrationError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<ClientError> for RegistrationError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Invalid(problems) => Self::Metadata(problems),
            ClientError::Fault(fault) => Self::Fault(fault),
            _ => Self::Fault(Fault::Broken("a rule of clients that registration does not know")),
        }
    }
}

impl From<Vec<FieldProblem>> for RegistrationError {
    fn from(problems: Vec<FieldProblem>) -> Self {
        Self::Metadata(problems)
    }
}
