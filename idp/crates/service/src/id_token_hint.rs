//! `id_token_hint` (OpenID Connect Core section 3.1.2.1, RP-Initiated Logout 1.0 section 2): an ID token of ours, handed
//! back. Expired ones are accepted; altered and foreign ones say nothing.

use idp_domain::ports::JwtKind;
use serde_json::{Map, Value};

use crate::env::Env;

/// What an ID token of this issuer says.
pub(crate) struct HintedClaims(Map<String, Value>);

/// `None` unless we signed the token ourselves, as an ID token of this issuer.
pub(crate) fn read(env: &Env, token: &str) -> Option<HintedClaims> {
    let claims = HintedClaims(env.keyring.verify(JwtKind::IdToken, token).ok()?.claims);
    (claims.text("iss") == Some(env.issuer.as_str())).then_some(claims)
}

impl HintedClaims {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}
