//! The authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2).
//!
//! State belongs to the flow, not to the browser: the validated request travels sealed in the page, so that several
//! tabs run side by side and a page that went stale restarts the same request by itself.

mod brought;
mod chooser;
mod company;
mod consent;
mod decide;
mod errand;
mod judge;
mod pushed;
mod request;
mod request_object;
mod response;
mod visit;

use idp_domain::account::RequiredAction;
use idp_domain::audit::Origin;
use idp_domain::client::Client;
use idp_domain::id::CompanyId;

use crate::device::{self, DeviceErrand};
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError};
use crate::params::Params;
use crate::session::SignedIn;

pub use chooser::{ChoiceAsked, Chosen, NoAccess, answer_choice, choice_asked, logged_in, no_access, unsaid};
pub(crate) use company::{Choice, Wanted, choose};
pub(crate) use consent::allow;
pub use consent::{Answer, ConsentAsked};
pub(crate) use decide::ACR_PASSWORD;
use errand::Errand;
pub use errand::{OpenDevice, OpenFlow, OpenRequest, open};
use judge::Invalid;
pub use pushed::{Pushed, push};
pub use request::AuthorizationRequest;
pub(crate) use request::Prompt;
pub(crate) use request_object::read as read_request_object;
pub use response::{AuthorizationResponse, ResponseMode, Return};
pub use visit::{OwnPage, Visit};

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
    /// Ask whether the client may know what it asks for.
    Consent(Flow),
    /// Ask as whom to go on, and for which of their agencies.
    Choose(Flow),
    /// One answer for an unknown company, one the person does not belong to, an inactive membership and a suspended
    /// company (`company.md` section 3).
    NoAccess(Flow),
    Respond(AuthorizationResponse),
    /// Ask whether a computer may go on as the person.
    Device(Flow),
    /// Show the page of our own that the person came for.
    Show(Visit),
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
    #[error("client_id, redirect_uri or request_uri was sent more than once")]
    Repeated,
    #[error("client_id is missing or unknown")]
    UnknownClient,
    #[error("redirect_uri is missing or not registered for this client")]
    BadRedirect,
    /// Nor does a redirect URI that can be believed say where to tell so.
    #[error("request is no request object of this client, and no registered redirect_uri came with it")]
    BadRequestObject,
    /// The same of an address to fetch a request from.
    #[error("request_uri must be one that was pushed here, and no registered redirect_uri came with it")]
    BadRequestUri,
    /// Answered, too old, or never pushed by this client (RFC 9126 section 4).
    #[error("request_uri is not that of a pushed request which waits for an answer")]
    Over,
    /// Nobody's mistake: it is gone or disabled, or registered otherwise since the request came.
    #[error("the client of this log-in was removed, disabled or changed meanwhile")]
    ClientChanged,
    /// Altered or foreign.
    #[error("this page does not belong to a log-in in progress")]
    NotOurFlow,
}

impl<F: Into<Fault>> From<F> for AuthorizeError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
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
        Err(response) => Ok(Step::Respond(response.for_browser(browser.is_some()))),
    }
}

/// Takes in a request that came as a cross-site POST and so without our cookies: sealed, to be continued by a GET of
/// our own. A refused one is answered at once.
///
/// # Errors
/// [`AuthorizeError`].
pub async fn carry(env: &Env, params: &Params) -> Result<Carried, AuthorizeError> {
    Ok(match accept(env, params).await? {
        Ok((request, _)) => Carried::Flow(Errand::Answer(Box::new(request)).seal(env)?),
        Err(response) => Carried::Respond(response),
    })
}

/// A validated request, or the answer that refuses it.
async fn accept(
    env: &Env,
    params: &Params,
) -> Result<Result<(AuthorizationRequest, Client), AuthorizationResponse>, AuthorizeError> {
    match brought::read(env, params).await {
        Ok(accepted) => Ok(Ok(accepted)),
        Err(Invalid::Page(error)) => Err(error),
        Err(Invalid::Redirect(target, error)) => Ok(Err(AuthorizationResponse::error(env, &target, error))),
    }
}

/// Begins a visit to a page of our own by somebody who must log in first.
///
/// # Errors
/// [`Fault`].
pub fn visit(env: &Env, to: Visit) -> Result<Flow, Fault> {
    Errand::Visit(to).seal(env)
}

/// Begins the answer to a computer.
///
/// # Errors
/// [`Fault`].
pub(crate) fn answer_device(env: &Env, errand: DeviceErrand) -> Result<Flow, Fault> {
    Errand::Device(errand).seal(env)
}

/// The same flow, as if it had just begun: what the person does from here on answers it.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn renew(env: &Env, flow: &str) -> Result<Flow, AuthorizeError> {
    Ok(match open(env, flow).await? {
        OpenFlow::Answer(open) => {
            let begun = AuthorizationRequest { received_at: env.now(), ..open.request };
            Errand::Answer(Box::new(begun)).seal(env)?
        }
        OpenFlow::Visit(to) => visit(env, to)?,
        OpenFlow::Device(open) => answer_device(env, open.errand)?,
    })
}

/// The agency whose own client a flow belongs to.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn company_of(env: &Env, flow: &str) -> Result<Option<CompanyId>, AuthorizeError> {
    Ok(open(env, flow).await?.company().map(|company| company.id))
}

/// Goes on with a flow, after a log-in, a required action, a consent, or a reload.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn resume(
    env: &Env,
    flow: &str,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Step, AuthorizeError> {
    match open(env, flow).await? {
        OpenFlow::Answer(open) => decide::decide(env, &open.request, &open.client, browser, origin).await,
        OpenFlow::Device(open) => Ok(device::proceed(env, open.errand, browser).await?),
        OpenFlow::Visit(to) => Ok(match browser {
            None => Step::LogIn(visit(env, to)?),
            Some(signed_in) => match signed_in.account.required_action(env.policy.questions) {
                Some(action) => Step::Act(action, visit(env, to)?),
                None if !to.is_open_to(signed_in, env) => Step::LogIn(visit(env, to)?),
                None => Step::Show(to),
            },
        }),
    }
}

/// Records the answer, if it was asked for, and goes on (Core section 3.1.2.4).
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn answer_consent(
    env: &Env,
    flow: &str,
    answer: Answer,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Step, AuthorizeError> {
    match (answer, browser, open(env, flow).await?) {
        (Answer::Deny, _, OpenFlow::Answer(open)) => {
            Ok(Step::Respond(denied(env, &open.request, browser).await?))
        }
        (Answer::Allow, Some(signed_in), OpenFlow::Answer(open)) => {
            if let Some(ConsentAsked { asked, .. }) = consent::asked(env, &open, signed_in).await? {
                consent::give(env, (&open.client, &asked), signed_in, origin).await?;
            }
            decide::decide(env, &open.request, &open.client, browser, origin).await
        }
        _ => resume(env, flow, browser, origin).await,
    }
}

/// What the consent page says; `None` when there is nothing to ask, so that the flow should simply go on.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn consent_asked(
    env: &Env,
    flow: &str,
    browser: Option<&SignedIn>,
) -> Result<Option<(OpenRequest, ConsentAsked)>, AuthorizeError> {
    let (OpenFlow::Answer(open), Some(signed_in)) = (open(env, flow).await?, browser) else {
        return Ok(None);
    };
    let asked = consent::asked(env, &open, signed_in).await?;
    Ok(asked.map(|asked| (*open, asked)))
}

/// Ends a flow because the person said no: `access_denied` to the client (R51), which a computer hears when it asks next.
/// `None` when no client waits in this browser.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn deny(
    env: &Env,
    flow: &str,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Option<AuthorizationResponse>, AuthorizeError> {
    match (open(env, flow).await?, browser) {
        (OpenFlow::Answer(open), _) => Ok(Some(denied(env, &open.request, browser).await?)),
        (OpenFlow::Device(open), Some(signed_in)) => {
            device::deny(env, &open.errand, signed_in, origin).await?;
            Ok(None)
        }
        _ => Ok(None),
    }
}

async fn denied(
    env: &Env,
    request: &AuthorizationRequest,
    browser: Option<&SignedIn>,
) -> Result<AuthorizationResponse, AuthorizeError> {
    if !pushed::refuse(env, request, browser).await? {
        return Err(AuthorizeError::Page(Untrusted::Over));
    }
    let error = OAuthError::new(OAuthCode::AccessDenied, "the person did not go on");
    Ok(AuthorizationResponse::error(env, &request.target(), error))
}
