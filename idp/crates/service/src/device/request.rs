//! The device authorization endpoint (RFC 8628 sections 3.1 and 3.2). Scopes, company and challenge are fixed here
//! (CVE-2024-52287); whether the company exists is nobody's to learn.

use idp_domain::audit::{Origin, Place};
use idp_domain::client::GrantType;
use idp_domain::device_grant::{DeviceGrant, DeviceName, DeviceRequest, DeviceState};
use idp_domain::email::EmailAddress;
use idp_domain::id::DeviceGrantId;
use idp_domain::ports::{EphemeralKey, StoreError};
use idp_domain::scope::{Scope, Scopes};
use idp_domain::secret::Token;
use idp_domain::text::is_forbidden;
use idp_domain::typed_code::TypedCode;
use serde::Serialize;

use super::user_code;
use crate::client_auth::AuthenticatedClient;
use crate::company_hint;
use crate::endpoint::Endpoint;
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::oxide;
use crate::params::Params;
use crate::resources;
use crate::throttle::{self, MINUTE};

/// The longest company we carry, in bytes.
const MAX_VALUE: usize = 320;
/// How many codes are drawn before we give up: that two are the same happens once in many millions.
const DRAWS: usize = 5;

/// The answer (section 3.2); times in seconds.
#[derive(Serialize)]
pub struct DeviceAuthorization {
    pub device_code: String,
    pub user_code: String,
    pub verification_uri: String,
    pub verification_uri_complete: String,
    pub expires_in: u64,
    pub interval: u64,
}

impl std::fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceAuthorization").finish_non_exhaustive()
    }
}

/// Takes in the request of an authenticated client.
///
/// # Errors
/// RFC 6749 section 5.2.
pub async fn authorize(
    env: &Env,
    client: &AuthenticatedClient,
    params: &Params,
    origin: &Origin,
) -> Result<DeviceAuthorization, Refusal> {
    ensure(client.may_use(GrantType::DeviceCode), || {
        OAuthError::new(OAuthCode::UnauthorizedClient, "this client may not use the device grant")
    })?;
    let asked = asked(env, client, params, origin).await?;
    admit(env, origin).await?;
    for _ in 0..DRAWS {
        match store(env, client, &asked).await {
            Err(Fault::Store(StoreError::Conflict(_))) => {}
            stored => return Ok(stored?),
        }
    }
    Err(Fault::Broken("every user code that was drawn is taken").into())
}

async fn asked(
    env: &Env,
    client: &AuthenticatedClient,
    params: &Params,
    origin: &Origin,
) -> Result<DeviceRequest, Refusal> {
    let scopes = scopes(client, params)?;
    let resources = resources::requested(params, &client.resources)?;
    let administers = |api| resources::is_provisioning(&env.issuer, Some(api));
    ensure(!resources.iter().any(administers), || {
        OAuthError::new(OAuthCode::InvalidTarget, "the device grant does not administer")
    })?;
    let company = company_hint::read(env, params, client, &scopes).await?;
    let is_fit = |text: &String| text.len() <= MAX_VALUE && !text.chars().any(is_forbidden);
    ensure(company.iter().all(is_fit), || {
        OAuthError::request("company is too long or has control characters")
    })?;
    // A slip is told at once, and not after a log-in that could come to nothing. Who has the address is told to nobody.
    let login_hint = params.get("login_hint").map(EmailAddress::parse).transpose();
    let login_hint = login_hint.map_err(|_| OAuthError::request("login_hint must be an e-mail address"))?;
    let device_name = params
        .get("device_name")
        .map(DeviceName::parse)
        .transpose()
        .map_err(|_| OAuthError::request("device_name must be 1 to 100 characters on one line"))?;
    Ok(DeviceRequest {
        company,
        login_hint: login_hint.map(|hint| hint.as_str().to_owned()),
        code_challenge: oxide::challenged(params, client.requires().require_device_pkce)?,
        scopes,
        resources,
        device_name,
        place: Place::from(origin),
    })
}

/// What the client may have of what it asks for; nothing to administer with, and nothing that stays for weeks (rules section 6).
fn scopes(client: &AuthenticatedClient, params: &Params) -> Result<Scopes, OAuthError> {
    let asked = client.allowed(&Scopes::parse(params.get("scope").unwrap_or_default()));
    ensure(asked.contains(Scope::Openid), || {
        OAuthError::new(
            OAuthCode::InvalidScope,
            "scope must contain openid, for which the client must be registered",
        )
    })?;
    Ok(asked.for_people().iter().filter(|scope| *scope != Scope::OfflineAccess).collect())
}

/// Somebody who fills the table up fills it slowly.
async fn admit(env: &Env, origin: &Origin) -> Result<(), Refusal> {
    let limit = (MINUTE, env.policy.device_requests_per_minute);
    let key = |network, bucket| EphemeralKey::DeviceRequests { network, bucket };
    throttle::admitted(throttle::one_more_of_network(env, origin, limit, key).await?)
}

async fn store(
    env: &Env,
    client: &AuthenticatedClient,
    asked: &DeviceRequest,
) -> Result<DeviceAuthorization, Fault> {
    let (now, policy) = (env.now(), &env.policy);
    let device_code = Token::mint(DeviceGrantId::new(now, env.entropy()), env.entropy());
    let user_code = TypedCode::from_bytes(&env.entropy().bytes());
    let grant = DeviceGrant {
        id: device_code.id,
        digest: device_code.digest(),
        user_code: user_code::digest(env, &user_code),
        client: client.id.clone(),
        asked: asked.clone(),
        issued_at: now,
        expires_at: now + policy.device_code_life,
        interval: policy.device_interval,
        session: None,
        state: DeviceState::Pending,
    };
    let mut tx = env.store.write().await?;
    tx.device_grants().insert(&grant).await?;
    tx.commit().await?;
    let verification_uri = env.issuer.address(Endpoint::Device);
    let user_code = user_code.reveal();
    Ok(DeviceAuthorization {
        device_code: device_code.reveal(),
        verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
        user_code,
        verification_uri,
        expires_in: policy.device_code_life.as_secs(),
        interval: policy.device_interval.as_secs(),
    })
}
