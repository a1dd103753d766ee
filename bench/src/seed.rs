//! What the server is seeded with: an agency, its clients and as many people as a run logs in. Nothing here is secret
//! outside a run, whose server listens on loopback and is gone afterwards.

use std::fmt::Write as _;
use std::net::SocketAddr;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use url::Url;

/// Where the agency's portal would be; nothing listens there.
const REDIRECT_URI: &str = "http://127.0.0.1:8090/callback";
const SECRET: &str = "only-for-measuring-5d0c91e8";
pub(crate) const PASSWORD: &str = "quiet river orange lantern";
/// RFC 7636 appendix B.
const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The clients of the seed. One that registers no algorithm gets ID tokens by RS256 and access tokens by ES256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// Logs people in, with every default.
    Portal,
    /// The same with ID tokens by ES256.
    PortalEs256,
    /// Provisions, with every default.
    Office,
    /// The same with access tokens by RS256.
    OfficeRs256,
}

impl Client {
    const VARIANTS: [Self; 4] = [Self::Portal, Self::PortalEs256, Self::Office, Self::OfficeRs256];

    const fn id(self) -> &'static str {
        match self {
            Self::Portal => "portal.99999",
            Self::PortalEs256 => "portal-es256.99999",
            Self::Office => "office.99999",
            Self::OfficeRs256 => "office-rs256.99999",
        }
    }

    /// What is registered beyond the defaults, in the words of RFC 7591.
    const fn metadata(self) -> &'static str {
        match self {
            Self::Portal => "",
            Self::PortalEs256 => "id_token_signed_response_alg = \"ES256\"\n",
            Self::Office => "",
            Self::OfficeRs256 => "access_token_signed_response_alg = \"RS256\"\n",
        }
    }

    const fn logs_in(self) -> bool {
        matches!(self, Self::Portal | Self::PortalEs256)
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
             client_secret = \"{SECRET}\"\n{uses}{metadata}",
            id = self.id(),
            metadata = self.metadata(),
        )
    }

    /// `client_secret_basic` (RFC 6749 section 2.3.1).
    pub(crate) fn authorization(self) -> Result<HeaderValue> {
        let credentials = STANDARD.encode(format!("{}:{SECRET}", self.id()));
        Ok(HeaderValue::try_from(format!("Basic {credentials}"))?)
    }

    /// Path and query of an authorization request with PKCE.
    pub(crate) fn authorization_request(self, issuer: SocketAddr) -> Result<String> {
        let query = [
            ("response_type", "code"),
            ("client_id", self.id()),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid profile email company"),
            ("state", "a state of the portal"),
            ("nonce", "a nonce of the portal"),
            ("code_challenge", CODE_CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let url = Url::parse_with_params(&format!("http://{issuer}/authorize"), query)?;
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
        let request = Client::Portal.authorization_request(([127, 0, 0, 1], 80).into()).unwrap();
        assert!(request.starts_with("/authorize?response_type=code&client_id=portal.99999&"), "{request}");
        assert!(request.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A8090%2Fcallback"), "{request}");
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
