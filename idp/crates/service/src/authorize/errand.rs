//! What a page carries, sealed: why somebody is logging in. State belongs to the flow, not to the browser.

use idp_domain::client::{Client, GrantType, Place};
use idp_domain::company::Company;
use idp_domain::ports::Purpose;
use serde::{Deserialize, Serialize};

use super::request::AuthorizationRequest;
use super::visit::Visit;
use super::{AuthorizeError, Flow, Untrusted, pushed};
use crate::device::DeviceErrand;
use crate::env::Env;
use crate::fault::Fault;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Errand {
    /// To answer a client.
    Answer(Box<AuthorizationRequest>),
    /// To look at a page of our own.
    Visit(Visit),
    /// To let a computer in, or not.
    Device(DeviceErrand),
}

impl Errand {
    pub(super) fn seal(&self, env: &Env) -> Result<Flow, Fault> {
        let plain = serde_json::to_vec(self).map_err(|_| Fault::Broken("a flow does not serialise"))?;
        Ok(Flow(env.sealer.seal(Purpose::Flow, &plain)))
    }
}

/// An opened flow.
#[derive(Debug)]
pub enum OpenFlow {
    Answer(Box<OpenRequest>),
    Visit(Visit),
    Device(OpenDevice),
}

/// A carried request with the client it came from.
#[derive(Debug)]
pub struct OpenRequest {
    pub request: AuthorizationRequest,
    pub client: Client,
    /// The client's own agency: its pages carry the agency's name.
    pub company: Option<Company>,
    /// It was pushed, and its client was answered.
    pub is_answered: bool,
}

impl OpenRequest {
    /// Where the person gets who goes on.
    pub fn place(&self) -> Place {
        Place::of(&self.request.redirect_uri)
    }
}

/// A computer that waits for an answer.
#[derive(Debug)]
pub struct OpenDevice {
    pub errand: DeviceErrand,
    /// Whom its program asked for, while nobody has answered.
    pub login_hint: Option<String>,
    /// Expired or answered: there is nothing to log in for.
    pub is_over: bool,
}

impl OpenFlow {
    /// Whether nothing is left to log in for.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Answer(open) => open.is_answered,
            Self::Device(open) => open.is_over,
            Self::Visit(_) => false,
        }
    }

    pub fn company(&self) -> Option<&Company> {
        self.request().and_then(|open| open.company.as_ref())
    }

    pub fn login_hint(&self) -> Option<&str> {
        match self {
            Self::Answer(open) => open.request.login_hint.as_deref(),
            Self::Device(open) => open.login_hint.as_deref(),
            Self::Visit(_) => None,
        }
    }

    /// The languages the client says the person prefers (Core section 3.1.2.1).
    pub fn ui_locales(&self) -> Option<&str> {
        self.request().and_then(|open| open.request.ui_locales.as_deref())
    }

    pub fn request(&self) -> Option<&OpenRequest> {
        match self {
            Self::Answer(open) => Some(open),
            Self::Visit(_) | Self::Device(_) => None,
        }
    }
}

/// Opens a flow and checks that its client may still be answered.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is altered, foreign, or its client is gone.
pub async fn open(env: &Env, flow: &str) -> Result<OpenFlow, AuthorizeError> {
    let stale = || AuthorizeError::Page(Untrusted::NotOurFlow);
    let sealed = env.sealer.open(Purpose::Flow, flow).ok_or_else(stale)?;
    let request = match serde_json::from_slice(&sealed).map_err(|_| stale())? {
        Errand::Visit(to) => return Ok(OpenFlow::Visit(to)),
        Errand::Device(errand) => {
            let grant = env.store.read().await?.device_grants().find(errand.grant()).await?;
            let open = grant.filter(|it| it.is_open(env.now()));
            let is_over = open.is_none();
            let login_hint = open.and_then(|it| it.asked.login_hint);
            return Ok(OpenFlow::Device(OpenDevice { errand, login_hint, is_over }));
        }
        Errand::Answer(request) => *request,
    };
    let is_answered = pushed::is_answered(env, &request).await?;
    let mut tx = env.store.read().await?;
    let gone = || AuthorizeError::Page(Untrusted::ClientChanged);
    let client = tx.clients().find(&request.client_id).await?.ok_or_else(gone)?;
    let request = still_open(env, &client, request)?;
    let company = match client.company {
        Some(id) => tx.companies().find(id).await?,
        None => None,
    };
    Ok(OpenFlow::Answer(Box::new(OpenRequest { request, client, company, is_answered })))
}

/// The request brought up to date, if its client may still be answered.
pub(super) fn still_open(
    env: &Env,
    client: &Client,
    request: AuthorizationRequest,
) -> Result<AuthorizationRequest, AuthorizeError> {
    let is_open = client.enabled
        && client.may_use(GrantType::AuthorizationCode)
        && client.has_redirect_uri(&request.redirect_uri)
        && request.satisfies(client);
    if !is_open {
        return Err(AuthorizeError::Page(Untrusted::ClientChanged));
    }
    Ok(request.brought_up_to_date(env, client))
}
