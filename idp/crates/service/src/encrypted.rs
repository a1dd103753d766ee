//! What only a client can read (OpenID Connect Core sections 10.2 and 16.14): ID tokens, logout tokens and UserInfo, encrypted
//! with a key that it registered. Never in the clear because there is no such key.

use std::sync::Arc;

use idp_domain::client::{Client, ClientKeys, Encryption, JwkSet};
use idp_domain::ports::{Content, NotEncrypted};

use crate::client_keys::{self, Want};
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal};

/// The client could read nothing of what it wants encrypted: none of its keys fits. Whoever mends its keys may ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no key of this client can be used with the registered {}", .0.alg.as_str())]
pub struct Unreadable(Encryption);

impl From<Unreadable> for OAuthError {
    fn from(why: Unreadable) -> Self {
        Self::new(OAuthCode::InvalidClientMetadata, why.to_string())
    }
}

impl From<Unreadable> for Refusal {
    fn from(why: Unreadable) -> Self {
        Self::OAuth(why.into())
    }
}

/// Asked before a code or a token is used up for an answer that cannot be written.
pub(crate) async fn ensure_readable(
    env: &Env,
    client: &Client,
    how: Option<Encryption>,
) -> Result<(), Unreadable> {
    match how {
        Some(how) => fitting_keys(env, client, how).await.map(drop),
        None => Ok(()),
    }
}

/// The content for this client alone.
pub(crate) async fn encrypt(
    env: &Env,
    client: &Client,
    how: Encryption,
    content: Content<'_>,
) -> Result<String, Unreadable> {
    let keys = fitting_keys(env, client, how).await?;
    env.client_encryption.encrypt(&keys, how, content).map_err(|why| told(client, how, &why))
}

/// The client's keys, with one that fits; those that it publishes are fetched again where none of the known ones does.
async fn fitting_keys(env: &Env, client: &Client, how: Encryption) -> Result<Arc<JwkSet>, Unreadable> {
    let fits = |keys: &Arc<JwkSet>| env.client_encryption.fits(keys, how);
    let found = match &client.keys {
        None => None,
        Some(registered) => match client_keys::find(env, registered, Want::Known).await.filter(fits) {
            None if matches!(registered, ClientKeys::Remote(_)) => {
                client_keys::find(env, registered, Want::Newer).await.filter(fits)
            }
            known => known,
        },
    };
    found.ok_or_else(|| told(client, how, &NotEncrypted::NoKey(how)))
}

/// For the operator: whose fault it is, and where to look.
fn told(client: &Client, how: Encryption, why: &NotEncrypted) -> Unreadable {
    let (client, keys) = (&client.id, client.keys.as_ref());
    let keys = match keys {
        None => "none are registered".to_owned(),
        Some(ClientKeys::Inline(_)) => "its jwks".to_owned(),
        Some(ClientKeys::Remote(uri)) => uri.to_string(),
    };
    tracing::warn!(%client, keys, %why, "nothing can be encrypted for a client; it gets no answer until its keys are mended");
    Unreadable(how)
}
