//! Pushed authorization requests (RFC 9126): a client sends what it asks for itself, and is told under which name a browser may
//! bring it. What is stored was judged like any other request; nothing of it is in an address, and nobody else's request can
//! be changed on its way.

use idp_domain::audit::Origin;
use idp_domain::client::Client;
use idp_domain::id::{PushedRequestId, SessionId};
use idp_domain::ports::{EphemeralKey, Purpose, Tx};
use idp_domain::pushed_request::{PushedRequest, PushedState, REQUEST_URI, REQUEST_URI_LIFE};
use idp_domain::secret::Token;
use serde::Serialize;

use super::errand::still_open;
use super::judge::{Invalid, judge};
use super::request::AuthorizationRequest;
use super::{AuthorizeError, Untrusted, brought};
use crate::client_auth::AuthenticatedClient;
use crate::dpop;
use crate::endpoint::Endpoint;
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;
use crate::session::SignedIn;
use crate::throttle::{self, MINUTE};

/// The answer to a push (section 2.2).
#[derive(Serialize)]
pub struct Pushed {
    pub request_uri: String,
    /// Seconds.
    pub expires_in: u64,
}

impl std::fmt::Debug for Pushed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pushed").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Judges and keeps what an authenticated client pushes. The key of a DPoP proof on it is as good as `dpop_jkt` in it
/// (RFC 9449 section 10.1).
///
/// # Errors
/// Section 2.3: those of the authorization endpoint, told to the client; RFC 9449 section 5.
pub async fn push(
    env: &Env,
    client: &AuthenticatedClient,
    params: &Params,
    origin: &Origin,
    proof: Option<&str>,
) -> Result<Pushed, Refusal> {
    // Section 2.1, item 3: a name of a pushed request names nothing inside of one.
    ensure(params.get("request_uri").is_none(), || OAuthError::request("request_uri cannot be pushed"))?;
    let asked = brought::asked(env, client, params).await?;
    ensure(asked.params.get("client_id").is_some(), || OAuthError::request("client_id is missing"))?;
    let request = judge(env, client, &asked).await.map_err(told)?;
    // Before a proof is remembered, which costs room as well.
    admit(env, client, origin).await?;
    let proven = dpop::proven_at(env, Endpoint::PushedAuthorizationRequest, proof).await?;
    let dpop_jkt = dpop::agreed(request.dpop_jkt, proven)?;
    let token = store(env, AuthorizationRequest { dpop_jkt, ..request }).await?;
    let request_uri = format!("{REQUEST_URI}{}", token.reveal());
    Ok(Pushed { request_uri, expires_in: REQUEST_URI_LIFE.as_secs() })
}

/// What the authorization endpoint would show or send back, as the answer to whoever pushed it.
fn told(invalid: Invalid) -> Refusal {
    match invalid {
        Invalid::Redirect(_, error) => error.into(),
        Invalid::Page(AuthorizeError::Page(untrusted)) => {
            OAuthError::new(OAuthCode::InvalidRequest, untrusted.to_string()).into()
        }
        Invalid::Page(AuthorizeError::Fault(fault)) => fault.into(),
    }
}

/// Anybody may push in the name of a client without a secret: whoever fills the table up fills it slowly.
async fn admit(env: &Env, client: &Client, origin: &Origin) -> Result<(), Refusal> {
    if !client.is_public() {
        return Ok(());
    }
    let limit = (MINUTE, env.policy.pushed_requests_per_minute);
    let key = |network, bucket| EphemeralKey::PushedRequests { network, bucket };
    throttle::admitted(throttle::one_more_of_network(env, origin, limit, key).await?)
}

/// Keeps a request under a name of its own.
async fn store(env: &Env, request: AuthorizationRequest) -> Result<Token<PushedRequestId>, Fault> {
    let now = env.now();
    let token = Token::mint(PushedRequestId::new(now, env.entropy()), env.entropy());
    let request = AuthorizationRequest { pushed: Some(token.id), ..request };
    let plain = serde_json::to_vec(&request).map_err(|_| Fault::Broken("a request does not serialise"))?;
    let pushed = PushedRequest {
        id: token.id,
        digest: token.digest(),
        client: request.client_id,
        expires_at: now + REQUEST_URI_LIFE,
        state: PushedState::Waiting { sealed: env.sealer.seal(Purpose::PushedRequest, &plain) },
    };
    let mut tx = env.store.write().await?;
    tx.pushed_requests().insert(&pushed).await?;
    tx.commit().await?;
    Ok(token)
}

/// Whether this is the name of a pushed request, and not an address from which a request could be fetched: we fetch none.
pub(super) fn is_name(request_uri: &str) -> bool {
    request_uri.starts_with(REQUEST_URI)
}

/// The request that a browser brings the name of, as if it had just come. It may be brought again, by a reload, until it is
/// answered or over.
///
/// # Errors
/// [`Untrusted::Over`], for one that is another client's as well: nobody learns of it. [`Untrusted::ClientChanged`] where its
/// client may not be answered any more, or more is demanded of it since.
pub(super) async fn load(
    env: &Env,
    client: &Client,
    request_uri: &str,
) -> Result<AuthorizationRequest, AuthorizeError> {
    let now = env.now();
    let over = || AuthorizeError::Page(Untrusted::Over);
    let token = request_uri.strip_prefix(REQUEST_URI).and_then(Token::parse).ok_or_else(over)?;
    let found = env.store.read().await?.pushed_requests().find(token.id).await?;
    let is_good =
        |it: &PushedRequest| token.proves(&it.digest) && it.client == client.id && now < it.expires_at;
    let PushedState::Waiting { sealed } = found.filter(is_good).ok_or_else(over)?.state else {
        return Err(over());
    };
    let plain = env.sealer.open(Purpose::PushedRequest, &sealed).ok_or_else(over)?;
    let request: AuthorizationRequest = serde_json::from_slice(&plain).map_err(|_| over())?;
    still_open(env, client, AuthorizationRequest { received_at: now, ..request })
}

/// Notes in the transaction of what answers its client that the request is answered: its name is good for nothing any more, and
/// of the pages that carry it only this session's, for a double click (section 7.3). `false` where it is over.
pub(super) async fn answer(
    env: &Env,
    tx: &mut dyn Tx,
    request: &AuthorizationRequest,
    by: Option<SessionId>,
) -> Result<bool, Fault> {
    match request.pushed {
        Some(id) => Ok(tx.pushed_requests().answer(id, by, env.now()).await?),
        None => Ok(true),
    }
}

/// [`answer`], of a request that is answered with an error and changes nothing else.
pub(super) async fn refuse(
    env: &Env,
    request: &AuthorizationRequest,
    browser: Option<&SignedIn>,
) -> Result<bool, Fault> {
    if request.pushed.is_none() {
        return Ok(true);
    }
    let mut tx = env.store.write().await?;
    let is_refused = answer(env, &mut *tx, request, browser.map(|signed_in| signed_in.session.id)).await?;
    tx.commit().await?;
    Ok(is_refused)
}

/// Whether its client was answered, or waits no more: nobody need log in for it, or be asked anything.
pub(super) async fn is_answered(env: &Env, request: &AuthorizationRequest) -> Result<bool, Fault> {
    let Some(id) = request.pushed else { return Ok(false) };
    let found = env.store.read().await?.pushed_requests().find(id).await?;
    Ok(!found.is_some_and(|pushed| matches!(pushed.state, PushedState::Waiting { .. })))
}
