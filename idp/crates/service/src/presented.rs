//! An access token as a request presents it: by itself (RFC 6750 section 2), or with a proof of the key it is bound to
//! (RFC 9449 section 7.1). A bound token never passes by itself, nor an unbound one with a proof (attack 90).

use std::fmt;

use idp_domain::Timestamp;
use idp_domain::thumbprint::Thumbprint;
use serde_json::{Map, Value};

use crate::access::{AccessError, verify};
use crate::dpop::{self, Sent};
use crate::env::Env;

/// A token, and how it came.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    token: &'a str,
    /// `None` under the scheme `Bearer` and in a form.
    proof: Option<Sent<'a>>,
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").field("proof", &self.proof.is_some()).finish_non_exhaustive()
    }
}

impl<'a> Presented<'a> {
    /// To be used by whoever has it.
    pub const fn bearer(token: &'a str) -> Self {
        Self { token, proof: None }
    }

    /// Under the scheme `DPoP`.
    pub const fn with_proof(token: &'a str, proof: Sent<'a>) -> Self {
        Self { token, proof: Some(proof) }
    }

    /// The claims of the token if it is good, meant for `audience`, and its presenter's to use.
    ///
    /// # Errors
    /// [`AccessError`].
    pub(crate) async fn claims(
        &self,
        env: &Env,
        audience: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, AccessError> {
        let claims = verify(env, self.token, now)?.ok_or(AccessError::Invalid)?;
        if claims.get("aud").and_then(Value::as_str) != Some(audience) {
            return Err(AccessError::Invalid);
        }
        match (Binding::of(&claims)?, &self.proof) {
            (Binding::Nothing, None) => Ok(claims),
            (Binding::Key(bound), Some(proof)) => {
                let proven = dpop::prove(env, proof, Some(self.token)).await?;
                if proven == bound { Ok(claims) } else { Err(AccessError::Misbound(OTHER_KEY)) }
            }
            (Binding::Key(_), None) => Err(AccessError::Misbound(NO_PROOF)),
            (Binding::Nothing, Some(_)) => Err(AccessError::Misbound(NO_KEY)),
        }
    }
}

const NO_PROOF: &str = "the access token is bound to a key: present it as DPoP with a proof of that key";
const NO_KEY: &str = "the access token is bound to no key: present it as Bearer";
const OTHER_KEY: &str = "the access token is bound to another key than that of the DPoP proof";

/// Whose a token is (`cnf`, RFC 7800 section 3.1).
enum Binding {
    /// Whoever has it.
    Nothing,
    /// Whoever holds this key (RFC 9449 section 6.1).
    Key(Thumbprint),
}

impl Binding {
    /// # Errors
    /// [`AccessError::Invalid`] for a confirmation that is no single key: nobody can prove it here.
    fn of(claims: &Map<String, Value>) -> Result<Self, AccessError> {
        let Some(confirmation) = claims.get("cnf") else { return Ok(Self::Nothing) };
        let members = confirmation.as_object().filter(|members| members.len() == 1);
        let key = members.and_then(|members| members.get("jkt")).and_then(Value::as_str);
        let key = key.and_then(|text| Thumbprint::parse(text).ok());
        key.map(Self::Key).ok_or(AccessError::Invalid)
    }
}
