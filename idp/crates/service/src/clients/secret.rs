//! Secrets that rotate with overlap, so that a program on many servers never stands still (RFC 9700 section 2.5).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::{AuthMethod, Client, ClientId, ClientSecret};
use idp_domain::{Digest, Entropy, Secret, Timestamp};

use super::change::{ClientEdit, command};
use super::{ClientError, Made};
use crate::env::Env;
use crate::fault::Fault;

/// 256 bits, and what is stored of them.
pub(crate) fn fresh_secret(entropy: &dyn Entropy) -> (Secret<String>, ClientSecret) {
    let secret = URL_SAFE_NO_PAD.encode(entropy.bytes::<32>());
    let stored = ClientSecret { digest: Digest::of(secret.as_bytes()), expires_at: None };
    (Secret::new(secret), stored)
}

pub(crate) fn has_secrets(client: &Client) -> bool {
    matches!(client.auth_method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost)
}

/// A new secret; the ones the client has stay good for `overlap` at most.
///
/// # Errors
/// `NoSecret` for a client that authenticates in another way.
pub(super) fn rotated(
    mut client: Client,
    overlap: Duration,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(Client, Secret<String>), ClientError> {
    if !has_secrets(&client) {
        return Err(ClientError::NoSecret(client.id));
    }
    let (secret, stored) = fresh_secret(entropy);
    let end = now + overlap;
    for known in &mut client.secrets {
        known.expires_at = Some(known.expires_at.map_or(end, |at| at.min(end)));
    }
    client.secrets.retain(|known| known.expires_at.is_none_or(|at| now < at));
    client.secrets.push(stored);
    Ok((client, secret))
}

/// Gives the client a new secret, 256 bits, shown to nobody again; the ones it has stay good for `overlap` at most. From the
/// command line.
///
/// # Errors
/// [`ClientError`].
pub async fn rotate_secret(
    env: &Env,
    id: &ClientId,
    overlap: Duration,
) -> Result<Secret<String>, ClientError> {
    match command(env, id, &ClientEdit::RotateSecret { overlap }).await?.made {
        Made::Secret(secret) => Ok(secret),
        Made::Nothing | Made::ShownBefore => Err(Fault::Broken("a rotation without a secret").into()),
    }
}
