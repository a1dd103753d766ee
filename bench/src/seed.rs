//! What the server is seeded with: an agency, its clients and as many people as a run logs in. Nothing here is secret
//! outside a run, whose server listens on loopback and is gone afterwards.

use std::fmt::Write as _;
use std::net::SocketAddr;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use josekit::jwk::Jwk;
use serde_json::json;
use url::Url;

/// Where the agency's portal would be; nothing listens there.
const REDIRECT_URI: &str = "https://portal.example/callback";
const SECRET: &str = "only-for-measuring-5d0c91e8";
pub(crate) const PASSWORD: &str = "quiet river orange lantern";
/// RFC 7636 appendix B.
const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The key of RFC 7515 appendix A.3.
const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const D: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";

/// The clients of the seed. One that registers no algorithm gets ID tokens by RS256 and access tokens by ES256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// Logs people in, with every default.
    Portal,
    /// The same with ID tokens by ES256.
    PortalEs256,
    /// The same with tokens that are bound to a key.
    PortalDpop,
    /// Logs people in by pushed requests.
    PortalPar,
    /// Keeps to the FAPI 2.0 Security Profile.
    Fapi2,
    /// Provisions, with every default.
    Office,
    /// The same with access tokens by RS256.
    OfficeRs256,
}

impl Client {
    const VARIANTS: [Self; 7] = [
        Self::Portal,
        Self::PortalEs256,
        Self::PortalDpop,
        Self::PortalPar,
        Self::Fapi2,
        Self::Office,
        Self::OfficeRs256,
    ];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Portal => "portal.99999",
            Self::PortalEs256 => "portal-es256.99999",
            Self::PortalDpop => "portal-dpop.99999",
            Self::PortalPar => "portal-par.99999",
            Self::Fapi2 => "fapi2.99999",
            Self::Office => "office.99999",
            Self::OfficeRs256 => "office-rs256.99999",
        }
    }

    /// What is registered beyond the defaults, in the words of RFC 7591.
    fn metadata(self) -> String {
        match self {
            Self::Portal | Self::Office => String::new(),
            Self::PortalEs256 => "id_token_signed_response_alg = \"ES256\"\n".to_owned(),
            Self::PortalDpop => {
                "id_token_signed_response_alg = \"ES256\"\ndpop_bound_access_tokens = true\n".to_owned()
            }
            Self::PortalPar => "require_pushed_authorization_requests = true\n".to_owned(),
            Self::Fapi2 => format!(
                "profile = \"fapi2\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\n\
                 jwks = {{ keys = [{{ kty = \"EC\", crv = \"P-256\", x = \"{X}\", y = \"{Y}\" }}] }}\n"
            ),
            Self::OfficeRs256 => "access_token_signed_response_alg = \"RS256\"\n".to_owned(),
        }
    }

    const fn logs_in(self) -> bool {
        !matches!(self, Self::Office | Self::OfficeRs256)
    }

    /// Whether it pushes its authorization requests (RFC 9126).
    pub(crate) const fn pushes(self) -> bool {
        matches!(self, Self::PortalPar | Self::Fapi2)
    }

    /// Whether its tokens are bound to a key (RFC 9449).
    pub(crate) const fn proves(self) -> bool {
        matches!(self, Self::PortalDpop | Self::Fapi2)
    }

    /// What it signs assertions with, instead of having a secret.
    ///
    /// # Errors
    /// When the key below is none.
    pub(crate) fn signs(self) -> Result<Option<Jwk>> {
        let key =
            || Jwk::from_bytes(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "d": D}).to_string());
        Ok(if self == Self::Fapi2 { Some(key()?) } else { None })
    }

    fn seed(self) -> String {
        let uses = if self.logs_in() {
            format!(
                "grant_types = [\"authorization_code\", \"refresh_token\"]\nredirect_uris = [\"{REDIRECT_URI}\"]\n\
                 scope = \"openid profile email address phone company\"\n"
            )
        } else {
            "grant_types = [\"client_credentials\"]\nscope = \"members:read members:write\"\n".to_owned()
        };
        format!(
            "\n[[client]]\nclient_id = \"{id}\"\nclient_name = \"{id}\"\ncompany = \"99999\"\n\
             {secret}{uses}{metadata}",
            id = self.id(),
            secret =
                if self == Self::Fapi2 { String::new() } else { format!("client_secret = \"{SECRET}\"\n") },
            metadata = self.metadata(),
        )
    }

    /// `client_secret_basic` (RFC 6749 section 2.3.1).
    pub(crate) fn authorization(self) -> Result<HeaderValue> {
        let credentials = STANDARD.encode(format!("{}:{SECRET}", self.id()));
        Ok(HeaderValue::try_from(format!("Basic {credentials}"))?)
    }

    /// An authorization request with PKCE.
    pub(crate) const fn authorization_request(self) -> [(&'static str, &'static str); 8] {
        [
            ("response_type", "code"),
            ("client_id", self.id()),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid profile email company"),
            ("state", "a state of the portal"),
            ("nonce", "a nonce of the portal"),
            ("code_challenge", CODE_CHALLENGE),
            ("code_challenge_method", "S256"),
        ]
    }

    /// Path and query with which a browser brings these parameters.
    ///
    /// # Errors
    /// None that can be.
    pub(crate) fn authorize(issuer: SocketAddr, parameters: &[(&str, &str)]) -> Result<String> {
        let url = Url::parse_with_params(&format!("http://{issuer}/authorize"), parameters)?;
        Ok(url[url::Position::BeforePath..].to_owned())
    }

    /// The token request that redeems a code of that request.
    pub(crate) const fn code_grant(code: &str) -> [(&str, &str); 4] {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", CODE_VERIFIER),
        ]
    }
}

/// The user name of the account with this number.
pub(crate) fn user_name(number: usize) -> String {
    format!("caregiver.{number}@example.com")
}

/// The seed file: everybody has answered the security questions, so that a log-in leads straight to the code.
pub(crate) fn toml(accounts: usize) -> String {
    let mut text = String::from(
        "[[company]]\ncode = \"99999\"\nname = \"Maple Home Care\"\nphone = \"519 555 0142\"\n\
         email = \"office@maplehomecare.example\"\n",
    );
    text.extend(Client::VARIANTS.map(Client::seed));
    for number in 0..accounts {
        let user_name = user_name(number);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n[[account]]\nuser_name = \"{user_name}\"\npassword = \"{PASSWORD}\"\n\
             [account.profile]\ngiven_name = \"Frank\"\nfamily_name = \"Jones\"\nlocale = \"en-CA\"\n\
             [account.answers]\nfirst-stuffed-toy = \"a green rabbit\"\nfirst-cooked-dish = \"pancakes with berries\"\n\
             lost-treasure = \"grandfather's compass\"\n\
             [[account.membership]]\ncompany = \"99999\"\nperson_ref = \"{number}\"\nmember_type = \"caregiver\"\n\
             security_role = \"none\"\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_authorization_request_is_a_path_with_an_exact_redirect_uri() {
        let parameters = Client::Portal.authorization_request();
        let request = Client::authorize(([127, 0, 0, 1], 80).into(), &parameters).unwrap();
        assert!(request.starts_with("/authorize?response_type=code&client_id=portal.99999&"), "{request}");
        assert!(request.contains("redirect_uri=https%3A%2F%2Fportal.example%2Fcallback"), "{request}");
    }

    #[test]
    fn everybody_in_the_seed_has_a_user_name_and_a_person_ref_of_their_own() {
        let seed = toml(3);
        for number in 0..3 {
            assert_eq!(seed.matches(&format!("\"{}\"", user_name(number))).count(), 1);
            assert_eq!(seed.matches(&format!("person_ref = \"{number}\"")).count(), 1);
        }
        assert_eq!(seed.matches("[[client]]").count(), Client::VARIANTS.len());
    }
}
