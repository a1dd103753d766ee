//! How an authorization request was brought: from which client, and the parameters that count. Judging them is
//! [`super::judge`]'s.

use idp_domain::client::{Client, ClientId};

use super::judge::{self, Asked, Invalid};
use super::request::AuthorizationRequest;
use super::{AuthorizeError, Untrusted, pushed, request_object};
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, ensure};
use crate::params::Params;

/// The request that a browser brought to the authorization endpoint, and its client.
pub(super) async fn read(env: &Env, sent: &Params) -> Result<(AuthorizationRequest, Client), Invalid> {
    if sent.is_repeated("client_id") || sent.is_repeated("request_uri") {
        return Err(Untrusted::Repeated.into());
    }
    let client = find_client(env, sent).await.map_err(Invalid::Page)?;
    let request_uri = sent.get("request_uri");
    // RFC 9126 section 4: beside it, nothing counts but the client_id, which the request must belong to.
    if let Some(name) = request_uri.filter(|uri| pushed::is_name(uri)) {
        return Ok((pushed::load(env, &client, name).await.map_err(Invalid::Page)?, client));
    }
    let refuse = |error| judge::refusal(&client, &addressed(env, sent), error);
    let asked = directly(env, &client, sent).await.map_err(refuse)?;
    Ok((judge::judge(env, &client, &asked).await?, client))
}

/// The parameters that count of a request that a browser brings itself.
async fn directly(env: &Env, client: &Client, sent: &Params) -> Result<Asked, OAuthError> {
    // Never fetched: it would be somebody else who says where we connect to (CVE-2020-10770).
    ensure(sent.get("request_uri").is_none(), || {
        OAuthError::new(OAuthCode::RequestUriNotSupported, "request_uri must be one that was pushed here")
    })?;
    ensure(!client.requires().require_pushed_authorization_requests, || {
        OAuthError::request("this client must push its authorization requests (RFC 9126)")
    })?;
    asked(env, client, sent).await
}

/// The parameters that count of those that were sent, by a browser or in a push: never what stands beside a request object.
pub(super) async fn asked(env: &Env, client: &Client, sent: &Params) -> Result<Asked, OAuthError> {
    ensure(!sent.is_repeated("request"), || OAuthError::request("request was sent more than once"))?;
    if let Some(object) = sent.get("request") {
        return request_object::open(env, client, object).await;
    }
    // RFC 9101 section 10.5.
    ensure(!client.requires().require_signed_request_object, || {
        OAuthError::request(
            "this client must send its requests in a request object that it signed (RFC 9101)",
        )
    })?;
    Ok(Asked { params: sent.clone(), signed: None })
}

/// Where a request that was refused names the address of its client: inside its request object, or else beside it. Neither is
/// believed; the client is answered where it is registered, or nowhere.
fn addressed(env: &Env, sent: &Params) -> Params {
    let inside = sent.get("request").and_then(|object| request_object::peek(env, object));
    inside.filter(|params| params.is_sent("redirect_uri")).unwrap_or_else(|| sent.clone())
}

async fn find_client(env: &Env, params: &Params) -> Result<Client, AuthorizeError> {
    let unknown = AuthorizeError::Page(Untrusted::UnknownClient);
    let Some(id) = params.get("client_id").and_then(|id| ClientId::parse(id).ok()) else {
        return Err(unknown);
    };
    let client = env.store.read().await?.clients().find(&id).await?;
    client.filter(|client| client.enabled).ok_or(unknown)
}
