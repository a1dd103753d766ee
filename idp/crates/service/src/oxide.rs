//! The engine: drives oxide-auth's sans-IO machines for the code, device and refresh grants (RFC 6749 sections 4.1 and 6,
//! RFC 8628 section 3.4: a device code is redeemed like an authorization code).
//!
//! oxide-auth owns the order of the protocol and the checks in between; the caller owns the effects, handed in as
//! one small trait a grant. No oxide type crosses this file's boundary, and expiry is never left to the machines:
//! they read the wall clock, we decide by ours and hand over a time that is ahead of theirs.

use std::borrow::Cow;

use idp_domain::scope::Scopes;
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::code_grant::{accesstoken, authorization, refresh};
use oxide_auth::primitives::grant::{Extensions, Grant, GrantExtension as _, Value};
use oxide_auth::primitives::issuer::{IssuedToken, RefreshedToken, TokenType};
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope;

use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;

/// What the authorization endpoint must know of the client while the machine runs.
pub(crate) trait AuthorizationEffects {
    /// The scopes to grant of those asked for.
    fn negotiate(&self, asked: Option<Scopes>) -> Result<Scopes, OAuthError>;
    /// Whether this client must send a `code_challenge`.
    fn requires_pkce(&self) -> bool;
}

/// An authorization request that met the engine's checks.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) scopes: Scopes,
    pub(crate) code_challenge: Option<String>,
}

struct AuthorizationRequest<'a>(&'a Params);

impl authorization::Request for AuthorizationRequest<'_> {
    /// Repeats are ours to refuse: as a page before, as a redirect after the redirect URI is proven.
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.0.get("client_id").map(Cow::Borrowed)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.0.get("scope").map(Cow::Borrowed)
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.0.get("redirect_uri").map(Cow::Borrowed)
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        self.0.get("state").map(Cow::Borrowed)
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.0.get("response_type").map(Cow::Borrowed)
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.get(key).map(Cow::Borrowed)
    }
}

/// Runs the authorization machine: bind, extend (PKCE), negotiate. The caller has proven client and redirect URI, so
/// every error may be told to the client.
pub(crate) fn authorize<E: AuthorizationEffects>(
    effects: &E,
    params: &Params,
    redirect_uri: &str,
) -> Result<Bound, OAuthError> {
    let request = AuthorizationRequest(params);
    let mut machine = authorization::Authorization::new(&request);
    let mut step = machine.advance(authorization::Input::None);
    loop {
        step = match step {
            authorization::Output::Bind { client_id, .. } => {
                let exact = ExactUrl::new(redirect_uri.to_owned())
                    .map_err(|_| OAuthError::request("redirect_uri is malformed"))?;
                machine.advance(authorization::Input::Bound {
                    request: &request,
                    bound_client: BoundClient {
                        client_id: client_id.into(),
                        redirect_uri: Cow::Owned(RegisteredUrl::Exact(exact)),
                    },
                })
            }
            authorization::Output::Extend => {
                let extensions = challenge(params, effects.requires_pkce())?;
                machine.advance(authorization::Input::Extended(extensions))
            }
            authorization::Output::Negotiate { bound_client, scope } => {
                let client_id = bound_client.client_id.clone().into_owned();
                let redirect_uri = bound_client.redirect_uri.clone().into_owned();
                let scope = theirs(&effects.negotiate(scope.as_ref().map(ours))?)?;
                machine.advance(authorization::Input::Negotiated {
                    pre_grant: PreGrant { client_id, redirect_uri, scope },
                    state: None,
                })
            }
            authorization::Output::Ok { pre_grant, extensions, .. } => {
                let scopes = ours(&pre_grant.scope);
                return Ok(Bound { scopes, code_challenge: stored_challenge(extensions) });
            }
            authorization::Output::Err(mut error) => {
                let code = error.description().and_then(|d| OAuthCode::parse(d.kind().as_ref()));
                let code = code.unwrap_or(OAuthCode::InvalidRequest);
                return Err(OAuthError::new(code, describe(code)));
            }
        };
    }
}

const fn describe(code: OAuthCode) -> &'static str {
    match code {
        OAuthCode::UnsupportedResponseType => "response_type must be code",
        OAuthCode::InvalidScope => "scope is malformed",
        _ => "the authorization request is malformed",
    }
}

/// RFC 7636 section 4.3, S256 only. oxide-auth checks the method, we check the shape of the challenge.
fn challenge(params: &Params, is_required: bool) -> Result<Extensions, OAuthError> {
    let (method, sent) = (params.get("code_challenge_method"), params.get("code_challenge"));
    ensure(sent.is_some() || method.is_none(), || OAuthError::request("code_challenge is missing"))?;
    ensure(sent.is_some() || !is_required, || {
        OAuthError::request("this client must use PKCE: code_challenge is missing")
    })?;
    let is_digest =
        |c: &str| c.len() == 43 && c.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    ensure(sent.is_none_or(is_digest), || {
        OAuthError::request("code_challenge must be a base64url SHA-256 digest")
    })?;
    let pkce = Pkce::optional();
    let value = pkce
        .challenge(method.map(Cow::Borrowed), sent.map(Cow::Borrowed))
        .map_err(|()| OAuthError::request("code_challenge_method must be S256"))?;
    let mut extensions = Extensions::new();
    if let Some(value) = value {
        extensions.set(&pkce, value);
    }
    Ok(extensions)
}

/// The challenge of a request that has no redirect URI, and so no machine: that of the device grant.
pub(crate) fn challenged(params: &Params, is_required: bool) -> Result<Option<String>, OAuthError> {
    Ok(stored_challenge(challenge(params, is_required)?))
}

fn stored_challenge(mut extensions: Extensions) -> Option<String> {
    extensions.remove(&Pkce::optional()).and_then(|value| value.into_private_value().ok().flatten())
}

/// A code taken out of storage for its one redemption.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) owner: String,
    /// `None` for a device code.
    pub(crate) redirect_uri: Option<String>,
    pub(crate) scopes: Scopes,
    pub(crate) code_challenge: Option<String>,
}

/// What the code grant must do in storage while the machine runs.
pub(crate) trait CodeEffects: Send {
    /// Takes the code; replay detection and the byte-exact redirect URI are decided here.
    fn recover(&mut self, code: &str) -> impl Future<Output = Result<Recovered, Refusal>> + Send;
    /// Issues what the code stands for, once every check has passed.
    fn issue(&mut self) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// A token request of a client that is already authenticated, by whatever method: the machine sees only its name.
struct TokenRequest<'a> {
    params: &'a Params,
    client: &'a str,
}

impl accesstoken::Request for TokenRequest<'_> {
    fn valid(&self) -> bool {
        self.params.repeated().is_none()
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        self.params.get("code").map(Cow::Borrowed)
    }
    fn authorization(&self) -> accesstoken::Authorization<'_> {
        accesstoken::Authorization::Username(self.client.into())
    }
    /// `None`: a second name beside the authenticated one would be refused as duplicate credentials.
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.params.get("redirect_uri").map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("grant_type").map(Cow::Borrowed)
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::Borrowed)
    }
}

/// The same for a device code, which stands where the authorization code does.
struct DeviceTokenRequest<'a>(TokenRequest<'a>);

/// What the machine is shown as the redirect URI of a grant that has none.
const NO_REDIRECT: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl accesstoken::Request for DeviceTokenRequest<'_> {
    fn valid(&self) -> bool {
        accesstoken::Request::valid(&self.0)
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        self.0.params.get("device_code").map(Cow::Borrowed)
    }
    fn authorization(&self) -> accesstoken::Authorization<'_> {
        accesstoken::Request::authorization(&self.0)
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(NO_REDIRECT))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("authorization_code"))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        accesstoken::Request::extension(&self.0, key)
    }
}

/// Redeems an authorization code.
pub(crate) async fn redeem<E: CodeEffects>(
    effects: &mut E,
    client: &str,
    params: &Params,
) -> Result<(), Refusal> {
    let malformed = "the code or redirect_uri is malformed";
    access_token(effects, &TokenRequest { params, client }, (client, params), malformed).await
}

/// Redeems a device code.
pub(crate) async fn redeem_device<E: CodeEffects>(
    effects: &mut E,
    client: &str,
    params: &Params,
) -> Result<(), Refusal> {
    let request = DeviceTokenRequest(TokenRequest { params, client });
    access_token(effects, &request, (client, params), "device_code is missing or malformed").await
}

/// Runs the access token machine: recover, extend (PKCE), issue.
async fn access_token<E: CodeEffects>(
    effects: &mut E,
    request: &(impl accesstoken::Request + Sync),
    (client, params): (&str, &Params),
    malformed: &'static str,
) -> Result<(), Refusal> {
    let mut machine = accesstoken::AccessToken::new(request);
    let mut step = machine.advance(accesstoken::Input::None);
    loop {
        step = match step {
            accesstoken::Output::Authenticate { .. } => machine.advance(accesstoken::Input::Authenticated),
            accesstoken::Output::Recover { code } => {
                let recovered = effects.recover(code).await?;
                let grant = to_grant(client, recovered)?;
                machine.advance(accesstoken::Input::Recovered(Some(Box::new(grant))))
            }
            accesstoken::Output::Extend { extensions } => {
                verify(extensions.remove(&Pkce::optional()), params.get("code_verifier"))?;
                machine.advance(accesstoken::Input::Extended { access_extensions: Extensions::new() })
            }
            accesstoken::Output::Issue { .. } => {
                effects.issue().await?;
                machine.advance(accesstoken::Input::Issued(receipt()))
            }
            accesstoken::Output::Ok(_) => return Ok(()),
            accesstoken::Output::Err(mut error) => {
                let code = error.description().and_then(|d| OAuthCode::parse(d.kind().as_ref()));
                return Err(token_error(code, malformed).into());
            }
        };
    }
}

/// RFC 7636 section 4.6. A verifier without a challenge is a downgrade and refused (RFC 9700 section 2.1.1).
fn verify(stored: Option<Value>, verifier: Option<&str>) -> Result<(), OAuthError> {
    ensure(stored.is_some() || verifier.is_none(), || {
        OAuthError::grant("code_verifier was sent, but the request had no code_challenge")
    })?;
    ensure(stored.is_none() || verifier.is_some(), || OAuthError::grant("code_verifier is missing"))?;
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let well_formed = |v: &str| (43..=128).contains(&v.len()) && v.bytes().all(unreserved);
    ensure(verifier.is_none_or(well_formed), || OAuthError::grant("code_verifier is malformed"))?;
    Pkce::optional()
        .verify(stored, verifier.map(Cow::Borrowed))
        .map_err(|()| OAuthError::grant("code_verifier does not match the code_challenge"))
}

/// What the refresh grant must do in storage while the machine runs.
pub(crate) trait RefreshEffects: Send {
    /// The scopes of the family the presented token belongs to.
    fn recover(&mut self, token: &str) -> impl Future<Output = Result<Scopes, Refusal>> + Send;
    /// Rotates the token and issues for `scopes`, a subset of the family's.
    fn rotate(&mut self, scopes: Scopes) -> impl Future<Output = Result<(), Refusal>> + Send;
}

impl refresh::Request for TokenRequest<'_> {
    fn valid(&self) -> bool {
        self.params.repeated().is_none()
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.params.get("refresh_token").map(Cow::Borrowed)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.params.get("scope").map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("grant_type").map(Cow::Borrowed)
    }
    /// Always somebody, public clients too: it makes the machine compare the family's client with this one.
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((self.client.into(), Cow::Borrowed(&[])))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::Borrowed)
    }
}

/// Runs the refresh machine: recover, compare client and scope, rotate.
pub(crate) async fn refresh<E: RefreshEffects>(
    effects: &mut E,
    client: &str,
    params: &Params,
) -> Result<(), Refusal> {
    let request = TokenRequest { params, client };
    let mut machine = refresh::Refresh::new(&request);
    let mut step = machine.advance(refresh::Input::None);
    loop {
        step = match step {
            refresh::Output::Unauthenticated { .. } => {
                machine.advance(refresh::Input::Authenticated { scope: refresh::Request::scope(&request) })
            }
            refresh::Output::RecoverRefresh { token } => {
                let scopes = effects.recover(token).await?;
                let grant = grant(client, "", "urn:refresh", &scopes)?;
                machine.advance(refresh::Input::Recovered {
                    scope: refresh::Request::scope(&request),
                    grant: Some(Box::new(grant)),
                })
            }
            refresh::Output::Refresh { grant, .. } => {
                effects.rotate(ours(&grant.scope)).await?;
                let IssuedToken { token, refresh, until, token_type } = receipt();
                machine.advance(refresh::Input::Refreshed(RefreshedToken {
                    token,
                    refresh,
                    until,
                    token_type,
                }))
            }
            refresh::Output::Ok(_) => return Ok(()),
            refresh::Output::Err(mut error) => {
                let code = error.description().and_then(|d| OAuthCode::parse(d.kind().as_ref()));
                let why = match code {
                    Some(OAuthCode::InvalidScope) => "scope must not exceed what was granted",
                    _ => "refresh_token is missing or scope malformed",
                };
                return Err(token_error(code, why).into());
            }
        };
    }
}

fn token_error(code: Option<OAuthCode>, why: &'static str) -> OAuthError {
    OAuthError::new(code.unwrap_or(OAuthCode::ServerError), why)
}

fn to_grant(client: &str, recovered: Recovered) -> Result<Grant, OAuthError> {
    let Recovered { owner, redirect_uri, scopes, code_challenge } = recovered;
    let redirect_uri = redirect_uri.as_deref().unwrap_or(NO_REDIRECT);
    let mut grant = grant(client, &owner, redirect_uri, &scopes)?;
    if let Some(challenge) = code_challenge {
        grant.extensions.set_raw(Pkce::optional().identifier().to_owned(), Value::private(Some(challenge)));
    }
    Ok(grant)
}

fn grant(client: &str, owner: &str, redirect_uri: &str, scopes: &Scopes) -> Result<Grant, OAuthError> {
    let redirect_uri =
        redirect_uri.parse().map_err(|_| OAuthError::grant("the redirect URI is malformed"))?;
    Ok(Grant {
        owner_id: owner.to_owned(),
        client_id: client.to_owned(),
        scope: theirs(scopes)?,
        redirect_uri,
        until: ahead_of_the_wall_clock(),
        extensions: Extensions::new(),
    })
}

/// The machine wants to see a token; ours are richer than its `IssuedToken` and go to the caller directly.
fn receipt() -> IssuedToken {
    IssuedToken {
        token: String::new(),
        refresh: None,
        until: ahead_of_the_wall_clock(),
        token_type: TokenType::Bearer,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the machines compare with the wall clock; we have decided expiry"
)]
fn ahead_of_the_wall_clock() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now() + chrono::TimeDelta::minutes(1)
}

fn ours(scope: &Scope) -> Scopes {
    scope.iter().filter_map(idp_domain::scope::Scope::parse).collect()
}

fn theirs(scopes: &Scopes) -> Result<Scope, OAuthError> {
    scopes.to_string().parse().map_err(|_| OAuthError::new(OAuthCode::InvalidScope, "scope is malformed"))
}
