//! The sector identifier (OpenID Connect Registration section 5): clients that share it see the same people under the same
//! names, so its owner must list where each of them sends people.

use url::Url;

use super::RegistrationError;
use super::check::Wanted;
use crate::env::Env;

/// Fetches the list, through the guard that keeps us out of our own network, and compares.
///
/// # Errors
/// `Metadata` when it cannot be had, or a redirect URI is not in it.
pub(super) async fn confirm(env: &Env, wanted: &Wanted) -> Result<(), RegistrationError> {
    let Some(uri) = &wanted.sector_identifier_uri else { return Ok(()) };
    let listed = fetch(env, uri).await.ok_or_else(|| {
        problem("does not answer with a JSON array of redirect_uris; publish it there, by https and for everybody")
    })?;
    if wanted.redirect_uris().iter().all(|uri| listed.contains(uri)) {
        Ok(())
    } else {
        Err(problem("does not list every one of the redirect_uris"))
    }
}

fn problem(detail: &'static str) -> RegistrationError {
    RegistrationError::field("sector_identifier_uri", detail)
}

/// Why it cannot be had is for the operator's log: what is behind the guard is told to nobody (CWE-918).
async fn fetch(env: &Env, uri: &Url) -> Option<Vec<String>> {
    let body = env.outbound.get(uri).await;
    let body =
        body.inspect_err(|error| tracing::warn!(%uri, %error, "a sector identifier cannot be fetched"));
    serde_json::from_slice(&body.ok()?).ok()
}
