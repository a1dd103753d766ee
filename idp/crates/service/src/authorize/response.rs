//! What goes back to the client's redirect URI: always with `state`, unmodified, and `iss` (RFC 9207).

use idp_domain::client::{Client, RegisteredBy};
use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::oauth_error::OAuthError;

/// How the answer travels (OAuth 2.0 Multiple Response Types, Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseMode {
    Query,
    FormPost,
}

impl ResponseMode {
    pub const VARIANTS: [Self; 2] = [Self::Query, Self::FormPost];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|mode| mode.as_str() == text)
    }
}

/// What takes a browser back to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Return {
    ByItself,
    /// A press of a button, by somebody who was told that this client, which gave itself its name, is where it leads (RFC 9700
    /// section 4.11.2): a link to us must not be a link to whoever registered here.
    ByHand {
        client: String,
    },
}

impl Return {
    /// For an error before anybody logged in; `prompt=none` is answered where no button can be seen, in a hidden frame.
    pub(super) fn of_error(client: &Client, is_silent: bool) -> Self {
        match client.registered_by {
            RegisteredBy::Itself if !is_silent => Self::ByHand { client: client.name.to_string() },
            RegisteredBy::Itself | RegisteredBy::Operator => Self::ByItself,
        }
    }
}

/// Where an answer goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
    /// While nobody is logged in.
    pub(crate) by: Return,
}

/// An answer on its way to the client.
pub struct AuthorizationResponse {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub params: Vec<(&'static str, String)>,
    pub by: Return,
}

impl std::fmt::Debug for AuthorizationResponse {
    /// Without the values: one of them is a code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.params.iter().map(|(name, _)| name).collect();
        f.debug_struct("AuthorizationResponse").field("params", &names).finish_non_exhaustive()
    }
}

impl AuthorizationResponse {
    pub(crate) fn error(env: &Env, target: &Target, error: OAuthError) -> Self {
        let params = vec![
            ("error", error.code.as_str().to_owned()),
            ("error_description", error.description.into_owned()),
        ];
        Self::new(env, target, params)
    }

    pub(crate) fn code(env: &Env, target: &Target, code: String) -> Self {
        Self::new(env, target, vec![("code", code)])
    }

    /// The same answer; where somebody is logged in in this browser, nothing is to be pressed.
    pub(super) fn for_browser(self, is_signed_in: bool) -> Self {
        if is_signed_in { Self { by: Return::ByItself, ..self } } else { self }
    }

    /// What we say about an error, for whoever builds the client.
    pub fn told(&self) -> Option<&str> {
        self.params.iter().find(|(name, _)| *name == "error_description").map(|(_, told)| told.as_str())
    }

    pub(super) fn is_error(&self) -> bool {
        self.params.iter().any(|(name, _)| *name == "error")
    }

    fn new(env: &Env, target: &Target, mut params: Vec<(&'static str, String)>) -> Self {
        params.extend(target.state.clone().map(|state| ("state", state)));
        params.push(("iss", env.issuer.as_str().to_owned()));
        Self { redirect_uri: target.redirect_uri.clone(), mode: target.mode, params, by: target.by.clone() }
    }

    /// The redirect URI with the parameters in its query; a registered query is kept as it is.
    pub fn location(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.params);
        let joint = if self.redirect_uri.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.redirect_uri, query.finish())
    }
}
