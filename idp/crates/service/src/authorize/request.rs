//! A validated authorization request, as a flow carries it from page to page.

use std::collections::BTreeSet;
use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::claims_request::RequestedClaims;
use idp_domain::client::{self, AssertionAlg, Client, ClientId, Resource};
use idp_domain::consent::Permitted;
use idp_domain::id::{CompanyId, PushedRequestId};
use idp_domain::scope::{Scope, Scopes};
use idp_domain::thumbprint::Thumbprint;
use serde::{Deserialize, Serialize};

use super::chooser::Selection;
use super::judge::Binding;
use super::response::{ResponseMode, Return, Target};
use crate::env::Env;

/// How long a log-in or a consent counts as given for a request that waits for it.
const ANSWERS_COUNT: Duration = Duration::from_secs(3600);

/// `prompt` (OpenID Connect Core section 3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Prompt {
    None,
    Login,
    Consent,
    SelectAccount,
}

impl Prompt {
    pub(crate) const VARIANTS: [Self; 4] = [Self::None, Self::Login, Self::Consent, Self::SelectAccount];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// A request whose client and redirect URI are proven and whose parameters make sense.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    pub(crate) client_id: ClientId,
    pub(crate) redirect_uri: String,
    pub(crate) response_mode: ResponseMode,
    pub(crate) state: Option<String>,
    pub(crate) scopes: Scopes,
    pub(crate) nonce: Option<String>,
    pub(crate) code_challenge: Option<String>,
    /// The key that redeeming the code takes.
    pub(crate) dpop_jkt: Option<Thumbprint>,
    pub(crate) prompt: Vec<Prompt>,
    pub(crate) max_age: Option<Duration>,
    pub login_hint: Option<String>,
    /// `sub` of the `id_token_hint`; empty, and so nobody's, when the hint cannot be read.
    pub(crate) hinted_subject: Option<String>,
    pub(crate) claims: RequestedClaims,
    pub(crate) resources: BTreeSet<Resource>,
    pub(crate) acr_values: Vec<String>,
    pub ui_locales: Option<String>,
    /// The company asked for, as sent; judged only after authentication.
    pub(crate) company: Option<String>,
    /// As whom, and for which of their agencies, a person chose to go on.
    pub(super) selection: Option<Selection>,
    /// Under which id it was pushed, to be answered once.
    pub(super) pushed: Option<PushedRequestId>,
    /// With what the client signed the request object it came in.
    pub(super) signed: Option<AssertionAlg>,
    pub(crate) received_at: Timestamp,
}

impl AuthorizationRequest {
    pub(crate) fn target(&self) -> Target {
        Target {
            redirect_uri: self.redirect_uri.clone(),
            mode: self.response_mode,
            state: self.state.clone(),
            by: Return::ByItself,
        }
    }

    pub(crate) fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }

    /// Whether what the person did at that moment answers this request; nobody is asked anything for `prompt=none`.
    pub(crate) fn is_answered_at(&self, moment: Timestamp) -> bool {
        !self.prompts(Prompt::None) && moment >= self.received_at
    }

    /// Whether an app that nobody vouches for may catch the answer, so that somebody must see the request go on (RFC 8252
    /// section 8.6).
    pub(super) fn ends_in_an_app(&self) -> bool {
        client::is_private_use(&self.redirect_uri)
    }

    /// Whether it is still what this client must ask, if more was demanded of it since. A key is not looked at: redeeming the
    /// code takes it.
    pub(super) fn satisfies(&self, client: &Client) -> bool {
        let demands = client.requires();
        let is_signed = match self.signed {
            Some(alg) => client.may_ask_with(alg),
            None => !demands.require_signed_request_object,
        };
        is_signed
            && (self.code_challenge.is_some() || !demands.require_pkce)
            && (self.pushed.is_some() || !demands.require_pushed_authorization_requests)
            && client.scopes.contains(Scope::Openid)
    }

    /// What consent is asked for.
    pub(crate) fn asked(&self, company: Option<CompanyId>) -> Permitted {
        Permitted {
            scopes: self.claims.beside(&self.scopes),
            companies: company.into_iter().collect(),
            resources: self.resources.clone(),
        }
    }

    /// The same request, asked for now, of what the client may have now: a page that stood open must not outlive a
    /// change of the client, nor its answers be taken for fresh ones.
    pub(super) fn brought_up_to_date(mut self, env: &Env, client: &Client) -> Self {
        let now = env.now();
        if now.since(self.received_at) > ANSWERS_COUNT {
            self.received_at = now;
        }
        self.resources = &self.resources & &client.resources;
        self.scopes = Binding::new(env, client, &self.prompt, &self.resources).granted(&self.scopes);
        self.claims.keep_allowed(|scope| client.scopes.contains(scope));
        self
    }
}
