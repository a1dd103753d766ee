//! What a client promises to keep to beyond OAuth itself. The rules of `fapi2` stand here and nowhere else; whoever enforces
//! one asks the client.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{AssertionAlg, AuthMethod, ClientKeys, Demands, RequestAlgs, ResponseAlgs, check_redirect_uri};
use crate::signing_key::SigningAlg;

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

    /// The algorithm, or the one that takes its place where the profile does not take it (FAPI 2.0 section 5.4.1).
    #[must_use]
    pub const fn signs(self, alg: SigningAlg) -> SigningAlg {
        match (self, alg) {
            (Self::Fapi2, SigningAlg::Rs256) => SigningAlg::Es256,
            (_, alg) => alg,
        }
    }

    /// What is signed for the client instead of what was registered, where the profile does not take that: RS256 is OpenID
    /// Connect's default, so nobody need have chosen it.
    #[must_use]
    pub fn signs_with(self, registered: ResponseAlgs) -> ResponseAlgs {
        let taken = |alg| self.signs(alg);
        let ResponseAlgs { id_token, access_token, userinfo, introspection } = registered;
        ResponseAlgs {
            id_token: taken(id_token),
            access_token: taken(access_token),
            userinfo: userinfo.map(taken),
            introspection: taken(introspection),
        }
    }

    /// How long a code may wait to be redeemed: as long as is set, and no longer than a minute (FAPI 2.0 section 5.3.2.1, item
    /// 11).
    #[must_use]
    pub fn code_life(self, set: Duration) -> Duration {
        match self {
            Self::Standard => set,
            Self::Fapi2 => set.min(Duration::from_secs(60)),
        }
    }

    /// Whether an assertion must name the issuer, as one string, and nothing else as its audience (FAPI 2.0 section 5.3.2.1,
    /// item 8): one that is also good at an endpoint could have been made for somebody who looks like it.
    pub const fn wants_issuer_audience(self) -> bool {
        matches!(self, Self::Fapi2)
    }

    /// How long a request object may live, and how long ago it may have begun, where it must say so, and for whom it is (FAPI 2.0
    /// Message Signing section 5.3.1).
    pub const fn longest_request_object(self) -> Option<Duration> {
        match self {
            Self::Standard => None,
            Self::Fapi2 => Some(Duration::from_secs(3600)),
        }
    }

    /// Whether refresh tokens are replaced when they are used. FAPI 2.0 section 5.3.2.1 forbids it: theirs are bound to the
    /// client and to a key, and a lost answer would cost a log-in.
    pub const fn rotates_refresh_tokens(self) -> bool {
        matches!(self, Self::Standard)
    }
}

/// The metadata that a profile restricts.
#[derive(Debug, Clone, Copy)]
pub struct Restricted<'a> {
    pub auth_method: AuthMethod,
    pub redirect_uris: &'a [String],
    pub keys: Option<&'a ClientKeys>,
    pub request_algs: RequestAlgs,
}

/// What a profile does not take: which metadata, and what has to be written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shortfall {
    #[error("must be private_key_jwt for a fapi2 client, with jwks or jwks_uri")]
    AuthMethod,
    #[error("must use https for a fapi2 client")]
    RedirectUri { at: usize },
    #[error("must use https for a fapi2 client")]
    JwksUri,
    #[error("must be PS256, ES256 or Ed25519 for a fapi2 client, or left out")]
    AssertionAlg,
    #[error("must be PS256, ES256 or Ed25519 for a fapi2 client, or left out")]
    RequestObjectAlg,
}

impl Shortfall {
    /// The metadata, as it is registered.
    pub fn field(self) -> Cow<'static, str> {
        match self {
            Self::AuthMethod => "token_endpoint_auth_method".into(),
            Self::RedirectUri { at } => format!("redirect_uris[{at}]").into(),
            Self::JwksUri => "jwks_uri".into(),
            Self::AssertionAlg => "token_endpoint_auth_signing_alg".into(),
            Self::RequestObjectAlg => "request_object_signing_alg".into(),
        }
    }
}

impl Profile {
    /// What has to be registered otherwise before a client can keep to this profile. What is no redirect URI at all is refused
    /// of every client, and is not reported here again.
    pub fn shortfalls(self, registered: Restricted<'_>) -> Vec<Shortfall> {
        if self == Self::Standard {
            return Vec::new();
        }
        let mut found = Vec::new();
        // Sections 5.3.2.1, items 3 and 6: confidential clients, known by their signature.
        if registered.auth_method != AuthMethod::PrivateKeyJwt {
            found.push(Shortfall::AuthMethod);
        }
        // Section 5.3.2.2, item 8, spares native apps on a loopback address; those cannot keep the key that is asked for above.
        let is_insecure = |uri: &str| check_redirect_uri(uri).is_ok() && !is_https(uri);
        let numbered = registered.redirect_uris.iter().enumerate();
        found.extend(
            numbered.filter(|(_, uri)| is_insecure(uri)).map(|(at, _)| Shortfall::RedirectUri { at }),
        );
        // Section 5.2.1: whoever answers in its place answers with a key of theirs.
        if let Some(ClientKeys::Remote(uri)) = registered.keys
            && uri.scheme() != "https"
        {
            found.push(Shortfall::JwksUri);
        }
        let RequestAlgs { token_endpoint_auth_signing_alg, request_object_signing_alg } =
            registered.request_algs;
        for (alg, shortfall) in [
            (token_endpoint_auth_signing_alg, Shortfall::AssertionAlg),
            (request_object_signing_alg, Shortfall::RequestObjectAlg),
        ] {
            if alg.is_some_and(|alg| !self.accepts(alg)) {
                found.push(shortfall);
            }
        }
        found
    }
}

fn is_https(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| url.scheme() == "https")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn fields(registered: Restricted<'_>) -> Vec<String> {
        let found = Profile::Fapi2.shortfalls(registered);
        assert!(Profile::Standard.shortfalls(registered).is_empty());
        found.into_iter().map(|shortfall| shortfall.field().into_owned()).collect()
    }

    /// FAPI 2.0 sections 5.2.1, 5.3.2.1 and 5.3.2.2.
    #[test]
    fn fapi2_takes_clients_that_sign_and_come_back_by_https() {
        let uris = |uris: &[&str]| uris.iter().map(|&uri| uri.to_owned()).collect::<Vec<_>>();
        let keys = |uri: &str| ClientKeys::Remote(Url::parse(uri).unwrap());
        let (good, published) = (uris(&["https://maple.example/cb"]), keys("https://maple.example/jwks"));
        let registered = Restricted {
            auth_method: AuthMethod::PrivateKeyJwt,
            redirect_uris: &good,
            keys: Some(&published),
            request_algs: RequestAlgs::default(),
        };
        assert!(fields(registered).is_empty());
        for auth_method in [AuthMethod::None, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost] {
            assert_eq!(fields(Restricted { auth_method, ..registered }), ["token_endpoint_auth_method"]);
        }
        let mixed = uris(&[
            "HTTPS://maple.example/cb",
            "http://127.0.0.1/cb",
            "http://maple.example/cb",
            "com.example.app:/cb",
        ]);
        let mixed = Restricted { redirect_uris: &mixed, ..registered };
        assert_eq!(fields(mixed), ["redirect_uris[1]", "redirect_uris[3]"]);
        let in_the_clear = keys("http://maple.example/jwks");
        assert_eq!(fields(Restricted { keys: Some(&in_the_clear), ..registered }), ["jwks_uri"]);
        let signed = |alg| RequestAlgs {
            token_endpoint_auth_signing_alg: Some(alg),
            request_object_signing_alg: Some(alg),
        };
        for alg in AssertionAlg::VARIANTS {
            let expected: &[&str] = match alg {
                AssertionAlg::Rs256 => &["token_endpoint_auth_signing_alg", "request_object_signing_alg"],
                _ => &[],
            };
            assert_eq!(fields(Restricted { request_algs: signed(alg), ..registered }), expected);
        }
    }

    /// FAPI 2.0 section 5.4.1, whatever else was registered.
    #[test]
    fn nothing_is_signed_with_rs256_for_a_fapi2_client() {
        let rs256 = SigningAlg::Rs256;
        let all = ResponseAlgs {
            id_token: rs256,
            access_token: rs256,
            userinfo: Some(rs256),
            introspection: rs256,
        };
        let used = Profile::Fapi2.signs_with(all);
        assert_eq!([used.id_token, used.access_token, used.introspection], [SigningAlg::Es256; 3]);
        assert_eq!(used.userinfo, Some(SigningAlg::Es256));
        assert_eq!(Profile::Fapi2.signs_with(ResponseAlgs::default()).userinfo, None);
        assert_eq!(Profile::Standard.signs_with(all), all);
    }

    /// FAPI 2.0 section 5.3.2.1, item 11.
    #[test]
    fn a_fapi2_code_lives_for_a_minute_at_most() {
        let minute = Duration::from_secs(60);
        assert_eq!(Profile::Fapi2.code_life(minute * 5), minute);
        assert_eq!(Profile::Fapi2.code_life(minute / 2), minute / 2);
        assert_eq!(Profile::Standard.code_life(minute * 5), minute * 5);
    }
}
