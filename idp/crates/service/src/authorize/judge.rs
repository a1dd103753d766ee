//! From the parameters that count to a validated request. Order matters: the redirect URI is proven before anything is told
//! to it. How the parameters came, and from whom, is [`super::brought`]'s.

use std::collections::BTreeSet;
use std::time::Duration;

use idp_domain::claims_request::RequestedClaims;
use idp_domain::client::{self, AssertionAlg, Client, GrantType, Resource};
use idp_domain::scope::{Scope, Scopes};

use super::request::{AuthorizationRequest, Prompt};
use super::response::{ResponseMode, Return, Target};
use super::{AuthorizeError, Untrusted};
use crate::authority;
use crate::company_hint;
use crate::dpop;
use crate::env::Env;
use crate::id_token_hint;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::oxide::{self, AuthorizationEffects};
use crate::params::Params;
use crate::resources;

/// The longest `state`, `nonce`, hint or list of values we carry; conformance asks for 384.
const MAX_VALUE: usize = 2048;
/// The longest `id_token_hint`: ID tokens of ours with many claims are accepted back.
const MAX_HINT: usize = 8192;

/// What a client asks for: the parameters that count, of those that were sent.
pub(super) struct Asked {
    pub(super) params: Params,
    /// With what the client signed them, if it did.
    pub(super) signed: Option<AssertionAlg>,
}

/// Where a refused request goes.
pub(super) enum Invalid {
    Page(AuthorizeError),
    Redirect(Target, OAuthError),
}

impl From<Untrusted> for Invalid {
    fn from(why: Untrusted) -> Self {
        Self::Page(AuthorizeError::Page(why))
    }
}

/// The effects of the authorization machine, for one client.
pub(super) struct Binding<'a> {
    client: &'a Client,
    prompt: &'a [Prompt],
    /// Whether a token for the provisioning API is wanted, of a client through which people may administer.
    administers: bool,
}

impl<'a> Binding<'a> {
    /// Of a request for these APIs.
    pub(super) fn new(
        env: &Env,
        client: &'a Client,
        prompt: &'a [Prompt],
        resources: &BTreeSet<Resource>,
    ) -> Self {
        Self { client, prompt, administers: authority::may_administer(env, client, resources) }
    }

    /// What of these scopes a request may come to, of those the client may have.
    pub(super) fn granted(&self, asked: &Scopes) -> Scopes {
        let fits = |scope: &Scope| match scope {
            Scope::OfflineAccess => self.may_stay(),
            other => self.administers || !other.is_administrative(),
        };
        self.client.allowed(asked).iter().filter(fits).collect()
    }

    /// Whether a token may outlive the session: the agency's own clients have it by their registration, others only where
    /// the person is asked (Core section 11). Whoever administers is logged in.
    fn may_stay(&self) -> bool {
        !self.administers && (self.client.first_party || self.prompt.contains(&Prompt::Consent))
    }
}

impl AuthorizationEffects for Binding<'_> {
    fn negotiate(&self, asked: Option<Scopes>) -> Result<Scopes, OAuthError> {
        let granted = self.granted(&asked.unwrap_or_default());
        ensure(granted.contains(Scope::Openid), || {
            OAuthError::new(
                OAuthCode::InvalidScope,
                "scope must contain openid, for which the client must be registered",
            )
        })?;
        Ok(granted)
    }

    fn requires_pkce(&self) -> bool {
        self.client.requires().require_pkce
    }
}

/// Where this client may be answered: the redirect URI is proven before anything is told to it.
fn target(client: &Client, params: &Params) -> Result<Target, Untrusted> {
    if params.is_repeated("redirect_uri") {
        return Err(Untrusted::Repeated);
    }
    // The raw redirect URI is compared before any parser has a chance to "repair" it.
    let redirect_uri = params.get("redirect_uri").filter(|uri| client.has_redirect_uri(uri));
    let redirect_uri = redirect_uri.ok_or(Untrusted::BadRedirect)?.to_owned();
    let asked = params.get("response_mode").and_then(ResponseMode::parse).unwrap_or(ResponseMode::Query);
    // An app is handed an address and never a body.
    let mode = if client::is_private_use(&redirect_uri) { ResponseMode::Query } else { asked };
    let state = params.get("state").filter(|_| !params.is_repeated("state")).map(str::to_owned);
    let is_silent = params.get("prompt") == Some(Prompt::None.as_str());
    Ok(Target { redirect_uri, mode, state, by: Return::of_error(client, is_silent) })
}

/// The refusal of a request with these parameters, told to the client where they may be believed about its address.
pub(super) fn refusal(client: &Client, params: &Params, error: OAuthError) -> Invalid {
    match target(client, params) {
        Ok(target) => Invalid::Redirect(target, error),
        Err(Untrusted::BadRedirect) if error.is_about_a_request_object() => {
            Untrusted::BadRequestObject.into()
        }
        Err(Untrusted::BadRedirect) if error.code == OAuthCode::RequestUriNotSupported => {
            Untrusted::BadRequestUri.into()
        }
        Err(why) => why.into(),
    }
}

/// Judges what a client asks for.
pub(super) async fn judge(
    env: &Env,
    client: &Client,
    Asked { params, signed }: &Asked,
) -> Result<AuthorizationRequest, Invalid> {
    let target = target(client, params)?;
    let refuse = |error| Invalid::Redirect(target.clone(), error);

    if let Some(name) = params.repeated() {
        return Err(refuse(OAuthError::new(
            OAuthCode::InvalidRequest,
            format!("{} was sent more than once", ascii(name)),
        )));
    }
    offered(params, client).map_err(refuse)?;
    ensure(params.get("response_mode").is_none_or(|mode| mode == target.mode.as_str()), || {
        OAuthError::request("response_mode form_post does not reach a private-use scheme")
    })
    .map_err(refuse)?;
    let prompt = prompt(params).map_err(refuse)?;
    let resources = resources::requested(params, &client.resources).map_err(refuse)?;
    let binding = Binding::new(env, client, &prompt, &resources);
    let bound = oxide::authorize(&binding, params, &target.redirect_uri).map_err(refuse)?;
    let company = company_hint::read(env, params, client, &bound.scopes).await.map_err(|why| match why {
        Refusal::Fault(fault) => Invalid::Page(fault.into()),
        other => refuse(other.to_oauth()),
    })?;
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri: target.redirect_uri.clone(),
        response_mode: target.mode,
        state: target.state.clone(),
        scopes: bound.scopes,
        nonce: params.get("nonce").map(str::to_owned),
        code_challenge: bound.code_challenge,
        dpop_jkt: dpop::named_key(params).map_err(refuse)?,
        prompt,
        max_age: max_age(params).map_err(refuse)?.or(client.log_in_defaults.max_age()),
        login_hint: params.get("login_hint").map(str::to_owned),
        hinted_subject: params.get("id_token_hint").map(|hint| subject(env, hint)),
        claims: claims(params, client).map_err(refuse)?,
        resources,
        acr_values: acr_values(params, client),
        ui_locales: params.get("ui_locales").map(str::to_owned),
        company,
        selection: None,
        pushed: None,
        signed: *signed,
        received_at: env.now(),
    })
}

/// What we do not offer is refused by its specified error, never ignored.
fn offered(params: &Params, client: &Client) -> Result<(), OAuthError> {
    let new = OAuthError::new;
    ensure(params.get("registration").is_none(), || {
        new(OAuthCode::RegistrationNotSupported, "registration is not supported")
    })?;
    ensure(params.get("response_type").is_some(), || OAuthError::request("response_type is missing"))?;
    ensure(client.may_use(GrantType::AuthorizationCode), || {
        new(OAuthCode::UnauthorizedClient, "this client may not use the authorization code grant")
    })?;
    let mode = params.get("response_mode");
    ensure(mode.is_none_or(|mode| ResponseMode::parse(mode).is_some()), || {
        OAuthError::request("response_mode must be query or form_post")
    })?;
    let bounded = [
        ("state", MAX_VALUE),
        ("nonce", MAX_VALUE),
        ("login_hint", MAX_VALUE),
        ("acr_values", MAX_VALUE),
        ("ui_locales", MAX_VALUE),
        ("claims_locales", MAX_VALUE),
        ("company", MAX_VALUE),
        ("tenant", MAX_VALUE),
        ("id_token_hint", MAX_HINT),
    ];
    let too_long = |(name, most)| params.get(name).is_some_and(|value| value.len() > most);
    ensure(!bounded.into_iter().any(too_long), || OAuthError::request("a parameter is too long"))?;
    // No database and no page has a use for them; PostgreSQL refuses NUL outright.
    let controls =
        |(name, _)| params.get(name).is_some_and(|value: &str| value.chars().any(char::is_control));
    ensure(!bounded.into_iter().any(controls), || {
        OAuthError::request("a parameter contains control characters")
    })
}

fn prompt(params: &Params) -> Result<Vec<Prompt>, OAuthError> {
    let known = |word: String| Prompt::VARIANTS.into_iter().find(|prompt| prompt.as_str() == word);
    let prompts: Option<Vec<Prompt>> = words(params, "prompt").into_iter().map(known).collect();
    let prompts = prompts.ok_or_else(|| OAuthError::request("prompt has an unknown value"))?;
    ensure(!prompts.contains(&Prompt::None) || prompts.len() == 1, || {
        OAuthError::request("prompt none stands alone")
    })?;
    Ok(prompts)
}

/// Claims the client may not know by its scopes are left out, like scopes it may not have.
fn claims(params: &Params, client: &Client) -> Result<RequestedClaims, OAuthError> {
    let Some(text) = params.get("claims") else { return Ok(RequestedClaims::default()) };
    let mut claims = RequestedClaims::parse(text)
        .map_err(|error| OAuthError::new(OAuthCode::InvalidRequest, error.to_string()))?;
    claims.keep_allowed(|scope| client.scopes.contains(scope));
    Ok(claims)
}

/// A list of words in order of preference.
fn words(params: &Params, name: &str) -> Vec<String> {
    params.get(name).unwrap_or_default().split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// What the client would always have counts where a request has no wish of its own (OpenID Connect Registration section 2).
fn acr_values(params: &Params, client: &Client) -> Vec<String> {
    let asked = words(params, "acr_values");
    if asked.is_empty() { client.log_in_defaults.default_acr_values.clone() } else { asked }
}

fn max_age(params: &Params) -> Result<Option<Duration>, OAuthError> {
    let parse = |text: &str| text.parse::<u32>().map(|seconds| Duration::from_secs(seconds.into()));
    params
        .get("max_age")
        .map(parse)
        .transpose()
        .map_err(|_| OAuthError::request("max_age must be a number of seconds"))
}

/// Whom an ID token of ours is about; expired ones are accepted (Core section 3.1.2.1).
fn subject(env: &Env, hint: &str) -> String {
    let claims = id_token_hint::read(env, hint);
    claims.as_ref().and_then(|claims| claims.text("sub")).unwrap_or_default().to_owned()
}

/// `error_description` is ASCII without quotes or backslash (RFC 6749 section 4.1.2.1).
fn ascii(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}
