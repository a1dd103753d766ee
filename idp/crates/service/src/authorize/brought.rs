//! How an authorization request was brought: from which client, and the parameters that count. Judging them is
//! [`super::judge`]'s.

use idp_domain::client::{AssertionAlg, Client, ClientId};

use super::errand::OpenRequest;
use super::judge::{self, Invalid};
use super::{AuthorizeError, Untrusted, pushed, request_object};
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, ensure};
use crate::params::Params;

/// How a request came.
pub(super) enum Brought {
    /// In a query, a form or a request object, to be judged.
    Said { client: Box<Client>, counting: Counting },
    /// By its name: its client pushed it, and it was judged then.
    Pushed(Box<OpenRequest>),
}

/// The parameters that count, of those that were sent.
pub(super) struct Counting {
    pub(super) params: Params,
    /// With what the client signed them, if it did.
    pub(super) signed: Option<AssertionAlg>,
}

/// Reads what a browser brought to the authorization endpoint.
pub(super) async fn read(env: &Env, sent: &Params) -> Result<Brought, Invalid> {
    if sent.is_repeated("client_id") || sent.is_repeated("request_uri") {
        return Err(Untrusted::Repeated.into());
    }
    let client = find_client(env, sent).await.map_err(Invalid::Page)?;
    let request_uri = sent.get("request_uri");
    // RFC 9126 section 4: beside it, nothing counts but the client_id, which the request must belong to.
    if let Some(name) = request_uri.filter(|uri| pushed::is_name(uri)) {
        let open = pushed::load(env, &client, name).await.map_err(Invalid::Page)?;
        return Ok(Brought::Pushed(Box::new(open)));
    }
    match directly(env, &client, sent).await {
        Ok(counting) => Ok(Brought::Said { client: Box::new(client), counting }),
        Err(error) => Err(judge::refusal(&client, &addressed(env, sent), error)),
    }
}

/// The parameters that count of a request that a browser brings itself.
async fn directly(env: &Env, client: &Client, sent: &Params) -> Result<Counting, OAuthError> {
    // Never fetched: it would be somebody else who says where we connect to (CVE-2020-10770).
    ensure(sent.get("request_uri").is_none(), || {
        OAuthError::new(OAuthCode::RequestUriNotSupported, "request_uri must be one that was pushed here")
    })?;
    ensure(!client.requires().require_pushed_authorization_requests, || {
        OAuthError::request("this client must push its authorization requests (RFC 9126)")
    })?;
    counting(env, client, sent).await
}

/// The parameters that count of those that were sent, by a browser or in a push: never what stands beside a request object.
pub(super) async fn counting(env: &Env, client: &Client, sent: &Params) -> Result<Counting, OAuthError> {
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
    Ok(Counting { params: sent.clone(), signed: None })
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
