//! The authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2).
//!
//! State belongs to the flow, not to the browser: the validated request travels sealed in the page, so that several
//! tabs run side by side and a page that went stale restarts the same request by itself.

mod company;
mod decide;
mod request;
mod response;

use idp_domain::account::RequiredAction;
use idp_domain::audit::Origin;
use idp_domain::client::Client;
use idp_domain::company::Company;
use idp_domain::ports::Purpose;

use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError};
use crate::params::Params;
use crate::session::SignedIn;

pub(crate) use decide::ACR_PASSWORD;
pub use request::AuthorizationRequest;
pub use response::{AuthorizationResponse, ResponseMode};

/// A sealed authorization request, as a page carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow(String);

impl Flow {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the browser is to do next.
#[derive(Debug)]
pub enum Step {
    LogIn(Flow),
    Act(RequiredAction, Flow),
    /// One answer for an unknown company, one the person does not belong to, an inactive membership and a suspended
    /// company (`company.md` section 3).
    NoAccess(Flow),
    Respond(AuthorizationResponse),
}

/// What becomes of a request that came as a POST.
#[derive(Debug)]
pub enum Carried {
    Flow(Flow),
    Respond(AuthorizationResponse),
}

/// Why a request cannot go on in this browser and must not be redirected either.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    #[error(transparent)]
    Page(Untrusted),
    #[error(transparent)]
    Fault(Fault),
}

/// What cannot be trusted, so that the person sees a page and no client is told anything (RFC 6749 section 4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error("client_id or redirect_uri was sent more than once")]
    Repeated,
    #[error("client_id is missing or unknown")]
    UnknownClient,
    #[error("redirect_uri is missing or not registered for this client")]
    BadRedirect,
    /// Altered, foreign, or of a client that may no longer be answered.
    #[error("this page does not belong to a log-in in progress")]
    NotOurFlow,
}

impl<F: Into<Fault>> From<F> for AuthorizeError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// A carried request with the client it came from.
#[derive(Debug)]
pub struct OpenFlow {
    pub request: AuthorizationRequest,
    pub client: Client,
    /// The client's own agency: its pages carry the agency's name.
    pub company: Option<Company>,
}

/// Begins an authorization request.
///
/// # Errors
/// [`AuthorizeError`]; everything a client may be told comes back as [`Step::Respond`].
pub async fn begin(
    env: &Env,
    params: &Params,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Step, AuthorizeError> {
    match accept(env, params).await? {
        Ok((request, client)) => decide::decide(env, &request, &client, browser, origin).await,
        Err(response) => Ok(Step::Respond(response)),
    }
}

/// Takes in a request that came as a cross-site POST and so without our cookies: sealed, to be continued by a GET of
/// our own. A refused one is answered at once.
///
/// # Errors
/// [`AuthorizeError`].
pub async fn carry(env: &Env, params: &Params) -> Result<Carried, AuthorizeError> {
    Ok(match accept(env, params).await? {
        Ok((request, _)) => Carried::Flow(seal(env, &request)?),
        Err(response) => Carried::Respond(response),
    })
}

/// A validated request, or the answer that refuses it.
async fn accept(
    env: &Env,
    params: &Params,
) -> Result<Result<(AuthorizationRequest, Client), AuthorizationResponse>, AuthorizeError> {
    match request::validate(env, params).await {
        Ok(accepted) => Ok(Ok(accepted)),
        Err(request::Invalid::Page(error)) => Err(error),
        Err(request::Invalid::Redirect(target, error)) => {
            Ok(Err(AuthorizationResponse::error(env, &target, error)))
        }
    }
}

/// Goes on with a carried request, after a log-in, a required action, or a reload.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn resume(
    env: &Env,
    flow: &str,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Step, AuthorizeError> {
    let OpenFlow { request, client, .. } = open(env, flow).await?;
    decide::decide(env, &request, &client, browser, origin).await
}

/// Ends a flow because the person said no: `access_denied` to the client (R51).
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn deny(env: &Env, flow: &str) -> Result<AuthorizationResponse, AuthorizeError> {
    let OpenFlow { request, .. } = open(env, flow).await?;
    let error = OAuthError::new(OAuthCode::AccessDenied, "the person did not go on");
    Ok(AuthorizationResponse::error(env, &request.target(), error))
}

/// Opens a carried request and checks that its client may still be answered.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is altered, foreign, or its client is gone.
pub async fn open(env: &Env, flow: &str) -> Result<OpenFlow, AuthorizeError> {
    let stale = || AuthorizeError::Page(Untrusted::NotOurFlow);
    let sealed = env.sealer.open(Purpose::Flow, flow).ok_or_else(stale)?;
    let request: AuthorizationRequest = serde_json::from_slice(&sealed).map_err(|_| stale())?;
    let mut tx = env.store.read().await?;
    let client = tx.clients().find(&request.client_id).await?;
    let client =
        client.filter(|c| c.enabled && c.has_redirect_uri(&request.redirect_uri)).ok_or_else(stale)?;
    let company = match client.company {
        Some(id) => tx.companies().find(id).await?,
        None => None,
    };
    Ok(OpenFlow { request, client, company })
}

fn seal(env: &Env, request: &AuthorizationRequest) -> Result<Flow, Fault> {
    let plain = serde_json::to_vec(request)
        .map_err(|_| Fault::Broken("an authorization request does not serialise"))?;
    Ok(Flow(env.sealer.seal(Purpose::Flow, &plain)))
}
