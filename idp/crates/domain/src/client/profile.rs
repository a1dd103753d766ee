//! What a client promises to keep to beyond OAuth itself. The rules of `fapi2` stand here and nowhere else; whoever enforces
//! one asks the client.

use serde::{Deserialize, Serialize};

use super::{AssertionAlg, Demands};

/// The security profile a client is registered for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// OAuth 2.0 as RFC 9700 recommends it, and OpenID Connect.
    #[default]
    Standard,
    /// The FAPI 2.0 Security Profile (Final), with `private_key_jwt` and DPoP.
    Fapi2,
}

impl Profile {
    pub const VARIANTS: [Self; 2] = [Self::Standard, Self::Fapi2];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Fapi2 => "fapi2",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|profile| profile.as_str() == text)
    }

    /// What a client of this profile has to bring, whatever else is demanded of it (FAPI 2.0 sections 5.3.2.1 and 5.3.2.2).
    #[must_use]
    pub fn demands(self, own: Demands) -> Demands {
        match self {
            Self::Standard => own,
            Self::Fapi2 => Demands {
                require_pkce: true,
                require_device_pkce: true,
                require_pushed_authorization_requests: true,
                dpop_bound_access_tokens: true,
                ..own
            },
        }
    }

    /// Whether what the client signs may be signed so (FAPI 2.0 section 5.4.1).
    pub const fn accepts(self, alg: AssertionAlg) -> bool {
        match self {
            Self::Standard => true,
            Self::Fapi2 => !matches!(alg, AssertionAlg::Rs256),
        }
    }

    /// Whether an assertion must name the issuer, as one string, and nothing else as its audience (FAPI 2.0 section 5.3.2.1,
    /// item 8): one that is also good at an endpoint could have been made for somebody who looks like it.
    pub const fn wants_issuer_audience(self) -> bool {
        matches!(self, Self::Fapi2)
    }

    /// Whether refresh tokens are replaced when they are used. FAPI 2.0 section 5.3.2.1 forbids it: theirs are bound to the
    /// client and to a key, and a lost answer would cost a log-in.
    pub const fn rotates_refresh_tokens(self) -> bool {
        matches!(self, Self::Standard)
    }
}
