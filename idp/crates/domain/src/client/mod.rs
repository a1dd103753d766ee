//! OAuth clients (RFC 6749 section 2) and their registered metadata (RFC 7591 section 2).

use serde::{Deserialize, Serialize};
use url::Url;

use crate::id::CompanyId;
use crate::member::Authority;
use crate::scope::Scopes;
use crate::signing_key::SigningAlg;
use crate::text::Line;
use crate::{Digest, Timestamp};

/// `client_id`: 1 to 100 of `[A-Za-z0-9._~-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

/// The text cannot name a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a client_id is 1 to 100 letters, digits, dots, hyphens, underscores or tildes")]
pub struct NotAClientId;

impl ClientId {
    /// # Errors
    /// [`NotAClientId`].
    pub fn parse(text: &str) -> Result<Self, NotAClientId> {
        let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-');
        if (1..=100).contains(&text.len()) && text.bytes().all(valid) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAClientId)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientId {
    type Error = NotAClientId;
    fn try_from(text: String) -> Result<Self, NotAClientId> {
        Self::parse(&text)
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// `token_endpoint_auth_method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: PKCE is its only proof.
    None,
    ClientSecretBasic,
    ClientSecretPost,
}

impl AuthMethod {
    pub const VARIANTS: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
}

impl GrantType {
    pub const VARIANTS: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|grant| grant.as_str() == text)
    }
}

/// A secret the client may present; several at once while one is being replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    pub digest: Digest,
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    pub id: ClientId,
    pub name: Line<100>,
    /// An agency's own client; its pages carry the agency's name, its tokens the agency's id.
    pub company: Option<CompanyId>,
    pub auth_method: AuthMethod,
    pub secrets: Vec<ClientSecret>,
    pub grant_types: Vec<GrantType>,
    /// Compared byte for byte, except for the port of a loopback address (RFC 8252 section 7.3).
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub initiate_login_uri: Option<Url>,
    pub scopes: Scopes,
    pub id_token_alg: SigningAlg,
    pub require_pkce: bool,
    /// The operator's or agency's own client: no consent is asked.
    pub first_party: bool,
    /// The highest authority a provisioning client may give to a member.
    pub may_grant: Authority,
    pub enabled: bool,
}

impl Client {
    pub fn is_public(&self) -> bool {
        self.auth_method == AuthMethod::None
    }

    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether `uri` is registered: exact string match; on `http://127.0.0.1` and `http://[::1]` any port.
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| {
            registered == uri
                || loopback_without_port(registered).is_some_and(|r| Some(r) == loopback_without_port(uri))
        })
    }
}

/// `http://127.0.0.1:PORT/path` split into what must match; `None` for anything that is not a loopback address.
fn loopback_without_port(uri: &str) -> Option<(&'static str, &str)> {
    ["http://127.0.0.1", "http://[::1]"].into_iter().find_map(|host| {
        let rest = uri.strip_prefix(host)?;
        let rest = match rest.strip_prefix(':') {
            Some(port_and_path) => {
                let end = port_and_path.find('/')?;
                let port = port_and_path.get(..end)?;
                let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
                (is_port && port.parse::<u16>().is_ok()).then(|| &port_and_path[end..])?
            }
            None => rest,
        };
        (rest.starts_with('/') && !rest.contains(['#', '\\'])).then_some((host, rest))
    })
}

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    #[error("is not an absolute URI")]
    NotAbsolute,
    #[error("must not contain a fragment, user name or password")]
    ForbiddenPart,
    #[error("must use https; http is for 127.0.0.1 and [::1] only")]
    NotHttps,
}

/// What may be registered: https, http on the loopback addresses, or a private-use scheme in reverse-DNS form.
///
/// # Errors
/// [`RedirectUriError`].
pub fn check_redirect_uri(uri: &str) -> Result<(), RedirectUriError> {
    let url = Url::parse(uri).map_err(|_| RedirectUriError::NotAbsolute)?;
    if uri.contains(['#', '\\'])
        || !url.username().is_empty()
        || url.password().is_some()
        || uri.contains('*')
    {
        return Err(RedirectUriError::ForbiddenPart);
    }
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" if url.host_str().is_some() => Ok(()),
        "http" if loopback => Ok(()),
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(RedirectUriError::NotHttps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(redirects: &[&str]) -> Client {
        Client {
            id: ClientId::parse("portal.99999").expect("valid"),
            name: Line::parse("Portal").expect("valid"),
            company: None,
            auth_method: AuthMethod::None,
            secrets: vec![],
            grant_types: vec![],
            redirect_uris: redirects.iter().map(|&r| r.to_owned()).collect(),
            post_logout_redirect_uris: vec![],
            initiate_login_uri: None,
            scopes: Scopes::default(),
            id_token_alg: SigningAlg::Rs256,
            require_pkce: true,
            first_party: true,
            may_grant: Authority::None,
            enabled: true,
        }
    }

    /// Attack 62 (CVE-2023-6291 and others): a match is exact or it is none.
    #[test]
    fn a_redirect_uri_matches_byte_for_byte() {
        let client = client(&["https://portal.example/cb?a=1", "http://127.0.0.1/cb", "com.example.app:/cb"]);
        for good in [
            "https://portal.example/cb?a=1",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:49152/cb",
            "com.example.app:/cb",
        ] {
            assert!(client.has_redirect_uri(good), "{good}");
        }
        for hostile in [
            "https://portal.example/cb",
            "https://portal.example/cb?a=1&b=2",
            "https://portal.example/cb?a=1#x",
            "https://portal.example:443/cb?a=1",
            "https://PORTAL.example/cb?a=1",
            "https://portal.example/cb/../cb?a=1",
            "https://portal.example@evil.example/cb?a=1",
            "http://portal.example/cb?a=1",
            "http://localhost/cb",
            "http://127.0.0.1:49152/cb/",
            "http://127.0.0.1:49152@evil.example/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://[::1]/cb",
            "http://127.0.0.1:80/cb?x=1",
            "",
            "com.example.app:/cb2",
            "http://127.0.0.1:1x/cb",
            "http://127.0.0.1\\@evil.example/cb",
        ] {
            assert!(!client.has_redirect_uri(hostile), "{hostile}");
        }
    }

    #[test]
    fn only_safe_redirect_uris_can_be_registered() {
        for good in ["https://a.example/cb", "http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"]
        {
            assert_eq!(check_redirect_uri(good), Ok(()), "{good}");
        }
        for bad in [
            "/cb",
            "https://a.example/cb#f",
            "https://u:p@a.example/cb",
            "http://a.example/cb",
            "http://localhost/cb",
            "javascript:alert(1)",
            "https://*.example/cb",
            "data:text/html,x",
            "app:/cb",
        ] {
            assert!(check_redirect_uri(bad).is_err(), "{bad}");
        }
    }
}
