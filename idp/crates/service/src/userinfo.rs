//! UserInfo (OpenID Connect Core section 5.3): claims about the person, by the scopes of the token (section 5.4) and the
//! `claims` parameter (section 5.5), and the agencies they belong to at this moment (`company.md` section 3).

use idp_domain::ports::JwtKind;
use idp_domain::scope::Scope;
use serde_json::{Map, Value, json};

use crate::access::{AccessError, PersonToken};
use crate::company_claims::CompanyContext;
use crate::env::Env;
use crate::fault::Fault;
use crate::person_claims;

/// The answer, in the form the client registered (section 5.3.2).
#[derive(Debug)]
pub enum UserInfo {
    Json(Map<String, Value>),
    /// A signed JWT, `application/jwt`.
    Jwt(String),
}

/// What an access token may read; `sub` is the one of the ID token.
///
/// # Errors
/// [`AccessError::InsufficientScope`] without `openid`.
pub async fn read(env: &Env, token: &PersonToken) -> Result<UserInfo, AccessError> {
    if !token.scopes.contains(Scope::Openid) {
        return Err(AccessError::InsufficientScope(Scope::Openid));
    }
    let mut claims = claims(token);
    if token.client.allowed(&token.scopes).contains(Scope::Companies) {
        claims.insert("companies".to_owned(), companies(env, token).await?);
    }
    let Some(alg) = token.client.response_algs().userinfo else { return Ok(UserInfo::Json(claims)) };
    claims.insert("iss".to_owned(), json!(env.issuer.as_str()));
    claims.insert("aud".to_owned(), json!(token.client.id));
    Ok(UserInfo::Jwt(env.keyring.sign(JwtKind::UserInfo, alg, &claims, env.now())?))
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
