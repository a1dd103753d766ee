//! How an authorization request was brought: from which client, and the parameters that count. Judging them is
//! [`super::judge`]'s.

use idp_domain::client::{Client, ClientId};

use super::judge::{self, Invalid};
use super::{AuthorizeError, Untrusted};
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal};
use crate::params::Params;

/// A request to be judged.
pub(super) struct Brought {
    pub(super) client: Client,
    pub(super) params: Params,
}

/// Reads what a browser brought to the authorization endpoint.
pub(super) async fn read(env: &Env, sent: &Params) -> Result<Brought, Invalid> {
    if sent.is_repeated("client_id") {
        return Err(Untrusted::Repeated.into());
    }
    let client = find_client(env, sent).await.map_err(Invalid::Page)?;
    if sent.get("request_uri").is_some() {
        let error = OAuthError::new(OAuthCode::RequestUriNotSupported, "request_uri is not supported");
        return Err(judge::refusal(&client, sent, error));
    }
    match counting(env, &client, sent).await {
        Ok(params) => Ok(Brought { client, params }),
        Err(Refusal::OAuth(error)) => Err(judge::refusal(&client, sent, error)),
        Err(Refusal::Fault(fault)) => Err(Invalid::Page(fault.into())),
    }
}

/// The parameters that count of those that were sent, by a browser or in a push: never what stands beside a request object.
#[expect(clippy::unused_async, reason = "opening a request object looks for its key")]
pub(super) async fn counting(_env: &Env, _client: &Client, sent: &Params) -> Result<Params, Refusal> {
    if sent.get("request").is_some() {
        return Err(OAuthError::new(OAuthCode::RequestNotSupported, "request is not supported").into());
    }
    Ok(sent.clone())
}

async fn find_client(env: &Env, params: &Params) -> Result<Client, AuthorizeError> {
    let unknown = AuthorizeError::Page(Untrusted::UnknownClient);
    let Some(id) = params.get("client_id").and_then(|id| ClientId::parse(id).ok()) else {
        return Err(unknown);
    };
    let client = env.store.read().await?.clients().find(&id).await?;
    client.filter(|client| client.enabled).ok_or(unknown)
}
