//! Client authentication (RFC 6749 section 2.3): one place, one method a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_domain::Secret;
use idp_domain::client::{AuthMethod, Client, ClientId};

use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;

/// A client that has proven, or being public need not prove, who it is. Only [`authenticate`] makes one.
#[derive(Debug, Clone)]
pub struct AuthenticatedClient(Client);

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.0
    }
}

/// What a request presented.
struct Presented {
    method: AuthMethod,
    id: ClientId,
    secret: Option<Secret<String>>,
}

fn invalid_client() -> OAuthError {
    OAuthError::new(OAuthCode::InvalidClient, "client authentication failed")
}

/// Authenticates the client of a form post from its `Authorization` header and its parameters.
///
/// # Errors
/// `invalid_request` for two methods at once, `invalid_client` for everything that does not prove the client.
pub async fn authenticate(
    env: &Env,
    authorization: Option<&str>,
    params: &Params,
) -> Result<AuthenticatedClient, Refusal> {
    ensure(params.repeated().is_none(), || OAuthError::request("a parameter was sent more than once"))?;
    let presented = read(authorization, params)?;
    let client = env.store.read().await?.clients().find(&presented.id).await?;
    let client = client.filter(|client| client.enabled).ok_or_else(invalid_client)?;
    ensure(client.auth_method == presented.method, invalid_client)?;
    if let Some(secret) = presented.secret {
        let now = env.now();
        let fresh = |expires_at: Option<idp_domain::Timestamp>| expires_at.is_none_or(|at| now < at);
        let proven = client
            .secrets
            .iter()
            .any(|known| fresh(known.expires_at) & known.digest.matches(secret.expose().as_bytes()));
        ensure(proven, invalid_client)?;
    }
    Ok(AuthenticatedClient(client))
}

fn read(authorization: Option<&str>, params: &Params) -> Result<Presented, OAuthError> {
    let body_id = params.get("client_id");
    let body_secret = params.get("client_secret");
    match authorization.and_then(|header| strip_scheme(header, "basic")) {
        Some(credentials) => {
            ensure(body_secret.is_none(), || OAuthError::request("use one client authentication method"))?;
            let (id, secret) = decode_basic(credentials).ok_or_else(invalid_client)?;
            // A client_id in the body must name the authenticated client.
            ensure(body_id.is_none_or(|body| body == id), invalid_client)?;
            presented(AuthMethod::ClientSecretBasic, &id, Some(secret))
        }
        None => {
            let id = body_id.ok_or_else(invalid_client)?;
            let method = if body_secret.is_some() { AuthMethod::ClientSecretPost } else { AuthMethod::None };
            presented(method, id, body_secret.map(|s| Secret::new(s.to_owned())))
        }
    }
}

fn presented(method: AuthMethod, id: &str, secret: Option<Secret<String>>) -> Result<Presented, OAuthError> {
    let id = ClientId::parse(id).map_err(|_| invalid_client())?;
    Ok(Presented { method, id, secret })
}

/// What follows an authentication scheme; scheme names are case-insensitive (RFC 9110 section 11.1).
pub fn strip_scheme<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (name, rest) = header.trim().split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
fn decode_basic(credentials: &str) -> Option<(String, Secret<String>)> {
    let decoded = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decode(id)?, Secret::new(form_decode(secret)?)))
}

fn form_decode(text: &str) -> Option<String> {
    // A pair with an empty name carries any value through the parser unharmed.
    let escaped = text.replace('&', "%26");
    url::form_urlencoded::parse(format!("={escaped}").as_bytes()).next().map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(raw: &str) -> String {
        format!("bAsIc {}", STANDARD.encode(raw))
    }

    /// RFC 6749 section 2.3.1; `crates.md` section 2 shows who gets it wrong.
    #[test]
    fn basic_credentials_are_form_decoded_and_the_scheme_is_read_in_any_case() {
        let header = basic("portal.99999:a%3Ab%2Bc%25+d");
        let presented = read(Some(&header), &Params::default()).expect("reads");
        assert_eq!(presented.id.as_str(), "portal.99999");
        assert_eq!(presented.secret.expect("a secret").expose(), "a:b+c% d");
    }

    #[test]
    fn two_methods_or_two_clients_at_once_are_refused() {
        let header = basic("portal:secret");
        let code = |body: &str| read(Some(&header), &Params::parse(body.as_bytes())).err().map(|e| e.code);
        assert_eq!(code("client_id=portal"), None);
        assert_eq!(code("client_id=other"), Some(OAuthCode::InvalidClient));
        assert_eq!(code("client_id=portal&client_secret=secret"), Some(OAuthCode::InvalidRequest));
        assert_eq!(
            read(Some("Basic !!"), &Params::default()).err().map(|e| e.code),
            Some(OAuthCode::InvalidClient)
        );
    }
}
