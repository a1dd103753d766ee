//! UserInfo (OpenID Connect Core section 5.3): claims about the person, by the scopes of the token (section 5.4) and the
//! `claims` parameter (section 5.5), and the agencies they belong to at this moment (`company.md` section 3).

use idp_domain::client::Client;
use idp_domain::ports::{Content, JwtKind};
use idp_domain::scope::Scope;
use serde_json::{Map, Value, json};

use crate::access::{AccessError, PersonToken};
use crate::company_claims::CompanyContext;
use crate::encrypted::{self, Unreadable};
use crate::env::Env;
use crate::fault::Fault;
use crate::person_claims;

/// The answer, in the form the client registered (section 5.3.2).
#[derive(Debug)]
pub enum UserInfo {
    Json(Map<String, Value>),
    /// A JWT, signed, encrypted or both: `application/jwt`.
    Jwt(String),
}

/// Why nothing is told.
#[derive(Debug, thiserror::Error)]
pub enum UserInfoError {
    #[error(transparent)]
    Access(AccessError),
    /// 400: encrypted answers are registered, and no key that fits.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl<E: Into<AccessError>> From<E> for UserInfoError {
    fn from(error: E) -> Self {
        Self::Access(error.into())
    }
}

/// What an access token may read; `sub` is the one of the ID token.
///
/// # Errors
/// [`UserInfoError`]; [`AccessError::InsufficientScope`] without `openid`.
pub async fn read(env: &Env, token: &PersonToken) -> Result<UserInfo, UserInfoError> {
    if !token.scopes.contains(Scope::Openid) {
        return Err(AccessError::InsufficientScope(Scope::Openid).into());
    }
    let mut claims = claims(token);
    if token.client.allowed(&token.scopes).contains(Scope::Companies) {
        claims.insert("companies".to_owned(), companies(env, token).await?);
    }
    let signed = sign(env, &token.client, &claims)?;
    let Some(how) = token.client.encryption.userinfo else {
        return Ok(signed.map_or(UserInfo::Json(claims), UserInfo::Jwt));
    };
    // Signed, then encrypted; or encrypted only (Core section 5.3.2).
    let json = Value::Object(claims).to_string();
    let content = signed.as_deref().map_or(Content::Claims(json.as_bytes()), Content::SignedJwt);
    Ok(UserInfo::Jwt(encrypted::encrypt(env, &token.client, how, content).await?))
}

/// The claims with `iss` and `aud`, signed as the client registered; `None` where it registered nothing.
fn sign(env: &Env, client: &Client, claims: &Map<String, Value>) -> Result<Option<String>, Fault> {
    let Some(alg) = client.response_algs().userinfo else { return Ok(None) };
    let mut claims = claims.clone();
    claims.insert("iss".to_owned(), json!(env.issuer.as_str()));
    claims.insert("aud".to_owned(), json!(client.id));
    Ok(Some(env.keyring.sign(JwtKind::UserInfo, alg, &claims, env.now())?))
}

/// Those that the person may switch to, by name.
async fn companies(env: &Env, token: &PersonToken) -> Result<Value, Fault> {
    let mut tx = env.store.read().await?;
    let mut open = Vec::new();
    for membership in tx.memberships().list_of_account(token.account.id).await? {
        let company = tx.companies().find(membership.company).await?;
        open.extend(CompanyContext::of_active(company, Some(membership)));
    }
    open.sort_by(|one, other| one.company.name.as_str().cmp(other.company.name.as_str()));
    Ok(open.iter().map(CompanyContext::in_list).collect())
}

fn claims(token: &PersonToken) -> Map<String, Value> {
    let consented = &token.grant.consented;
    let mut named = person_claims::of_scopes(&token.scopes);
    named.extend(person_claims::still_registered(&token.client, &consented.claims.userinfo));
    let mut claims = person_claims::of(&token.account, token.company.as_deref(), &named);
    if let Some(company) = token.company.as_ref().filter(|_| token.scopes.contains(Scope::Company)) {
        claims.extend(company.claims_for_people());
    }
    claims.insert("sub".to_owned(), json!(consented.subject()));
    claims
}
