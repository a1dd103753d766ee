//! Client authentication (RFC 6749 section 2.3): one place, one method a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_domain::client::{AuthMethod, Client, ClientId};
use idp_domain::{Secret, Timestamp};

use crate::assertion;
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;
use crate::registration;

/// A client that has proven, or being public need not prove, who it is. Only [`authenticate`] makes one.
#[derive(Debug, Clone)]
pub struct AuthenticatedClient(Client);

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.0
    }
}

/// What a request presented, and whom it claims to come from.
struct Presented {
    id: ClientId,
    proof: Proof,
}

enum Proof {
    /// A public client has none.
    None,
    Basic(Secret<String>),
    Post(Secret<String>),
    Assertion(String),
}

impl Proof {
    const fn method(&self) -> AuthMethod {
        match self {
            Self::None => AuthMethod::None,
            Self::Basic(_) => AuthMethod::ClientSecretBasic,
            Self::Post(_) => AuthMethod::ClientSecretPost,
            Self::Assertion(_) => AuthMethod::PrivateKeyJwt,
        }
    }
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
    let Presented { id, proof } = read(env, authorization, params)?;
    let client = env.store.read().await?.clients().find(&id).await?;
    let client = client.filter(|client| client.enabled).ok_or_else(invalid_client)?;
    ensure(client.auth_method == proof.method(), invalid_client)?;
    let proven = match &proof {
        Proof::None => true,
        Proof::Basic(secret) | Proof::Post(secret) => knows_secret(&client, secret, env.now()),
        Proof::Assertion(assertion) => assertion::proves(env, &client, assertion).await?,
    };
    ensure(proven, invalid_client)?;
    registration::note_use(env, &client).await?;
    Ok(AuthenticatedClient(client))
}

/// Any secret that has not run out: the old one stays good while the new one is being rolled out.
fn knows_secret(client: &Client, secret: &Secret<String>, now: Timestamp) -> bool {
    let fresh = |expires_at: Option<Timestamp>| expires_at.is_none_or(|at| now < at);
    client
        .secrets
        .iter()
        .any(|known| fresh(known.expires_at) & known.digest.matches(secret.expose().as_bytes()))
}

fn read(env: &Env, authorization: Option<&str>, params: &Params) -> Result<Presented, OAuthError> {
    let basic = authorization.and_then(|header| strip_scheme(header, "basic"));
    let body_id = params.get("client_id");
    let (secret, assertion) = (params.get("client_secret"), params.get("client_assertion"));
    let methods = [basic.is_some(), secret.is_some(), assertion.is_some()].into_iter().filter(|&used| used);
    ensure(methods.count() <= 1, || OAuthError::request("use one client authentication method"))?;
    let (id, proof) = match (basic, secret, assertion) {
        (Some(credentials), ..) => {
            let (id, secret) = decode_basic(credentials).ok_or_else(invalid_client)?;
            (id, Proof::Basic(secret))
        }
        (None, Some(secret), _) => {
            let id = body_id.ok_or_else(invalid_client)?;
            (id.to_owned(), Proof::Post(Secret::new(secret.to_owned())))
        }
        (None, None, Some(assertion)) => {
            ensure(params.get("client_assertion_type") == Some(assertion::TYPE), || {
                OAuthError::request("client_assertion_type must be that of RFC 7523")
            })?;
            let id = assertion::claimed_client(env, assertion).ok_or_else(invalid_client)?;
            (id.to_string(), Proof::Assertion(assertion.to_owned()))
        }
        (None, None, None) => (body_id.ok_or_else(invalid_client)?.to_owned(), Proof::None),
    };
    // A client_id in the body must name the authenticated client.
    ensure(body_id.is_none_or(|body| body == id), invalid_client)?;
    Ok(Presented { id: ClientId::parse(&id).map_err(|_| invalid_client())?, proof })
}

/// What follows an authentication scheme; scheme names are case-insensitive (RFC 9110 section 11.1).
pub fn strip_scheme<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (name, rest) = header.trim().split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
pub(crate) fn decode_basic(credentials: &str) -> Option<(String, Secret<String>)> {
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

    /// RFC 6749 section 2.3.1; `crates.md` section 2 shows who gets it wrong.
    #[test]
    fn basic_credentials_are_form_decoded_and_the_scheme_is_read_in_any_case() {
        let header = format!("bAsIc  {}", STANDARD.encode("portal.99999:a%3Ab%2Bc%25+d"));
        let credentials = strip_scheme(&header, "basic").expect("the scheme");
        let (id, secret) = decode_basic(credentials).expect("decodes");
        assert_eq!((id.as_str(), secret.expose().as_str()), ("portal.99999", "a:b+c% d"));
        assert!(decode_basic("!!").is_none() && decode_basic(&STANDARD.encode("no colon")).is_none());
    }
}
