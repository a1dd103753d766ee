//! Access tokens at our own resources (RFC 6750, RFC 9068 section 4): proven, unexpired, and still standing.

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::client::{Client, ClientId};
use idp_domain::company::{Company, CompanyRef};
use idp_domain::grant::Grant;
use idp_domain::id::{CompanyId, GrantId};
use idp_domain::ports::{JwtKind, KeyError, Tx};
use idp_domain::scope::{Scope, Scopes};
use serde_json::{Map, Value};

use crate::company_claims::{self, CompanyContext};
use crate::env::Env;
use crate::fault::Fault;
use crate::session;

/// Why a resource refuses a token (RFC 6750 section 3.1).
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// 401 without an error code: nothing was presented.
    #[error("no access token was presented")]
    Missing,
    /// 400.
    #[error("the access token was presented in more than one way")]
    Ambiguous,
    /// 401.
    #[error("the access token is unknown, expired or revoked")]
    Invalid,
    /// 403.
    #[error("the access token lacks the scope {}", .0.as_str())]
    InsufficientScope(Scope),
    #[error(transparent)]
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for AccessError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// Whether what a grant was given for still holds.
#[derive(Debug)]
pub(crate) enum Standing {
    Good { account: Box<Account>, company: Option<Box<CompanyContext>> },
    Ended,
}

/// Looks at account, session, membership and company as they are now (`rules.md` section 5, "Deactivation").
pub(crate) async fn standing(tx: &mut dyn Tx, grant: &Grant, now: Timestamp) -> Result<Standing, Fault> {
    let consented = &grant.consented;
    let account = tx.accounts().find(consented.account).await?;
    let Some(account) = account.filter(|account| grant.is_live(now) && account.is_active()) else {
        return Ok(Standing::Ended);
    };
    let account = Box::new(account);
    if !grant.is_offline() && session::has_ended(tx, consented.session, now).await? {
        return Ok(Standing::Ended);
    }
    match consented.company {
        None => Ok(Standing::Good { account, company: None }),
        Some((company, membership)) => {
            let context = company_claims::find_active(tx, company, membership).await?;
            Ok(match context {
                Some(context) => Standing::Good { account, company: Some(Box::new(context)) },
                None => Standing::Ended,
            })
        }
    }
}

/// A person's access token, accepted for UserInfo.
#[derive(Debug)]
pub struct PersonToken {
    pub account: Box<Account>,
    pub client: ClientId,
    pub scopes: Scopes,
    pub company: Option<Box<CompanyContext>>,
}

/// Accepts an access token that speaks for a person, and the grant behind it, as they stand now.
///
/// # Errors
/// [`AccessError`].
pub async fn accept_person(env: &Env, token: &str) -> Result<PersonToken, AccessError> {
    let now = env.now();
    let claims = verify(env, token, env.issuer.as_str(), now)?;
    let grant = claims.get("grant").and_then(Value::as_str).and_then(|id| id.parse::<GrantId>().ok());
    let mut tx = env.store.read().await?;
    let grant = tx.grants().find(grant.ok_or(AccessError::Invalid)?).await?.ok_or(AccessError::Invalid)?;
    let Standing::Good { account, company } = standing(&mut *tx, &grant, now).await? else {
        return Err(AccessError::Invalid);
    };
    let client = tx.clients().find(&grant.client).await?;
    if !client.is_some_and(|client| client.enabled) {
        return Err(AccessError::Invalid);
    }
    Ok(PersonToken { account, client: grant.client, scopes: scopes_of(&claims), company })
}

/// A provisioning client's token, accepted for the administrative API.
#[derive(Debug)]
pub struct AdminToken {
    pub client: Client,
    scopes: Scopes,
}

/// Proof that a caller may act for this company. Only [`AdminToken::scope`] makes one.
#[derive(Debug, Clone)]
pub struct CompanyScope(CompanyId);

impl CompanyScope {
    pub fn id(&self) -> CompanyId {
        self.0
    }
}

/// Accepts an access token of a provisioning client that is still enabled (attack 49).
///
/// # Errors
/// [`AccessError`].
pub async fn accept_admin(env: &Env, token: &str) -> Result<AdminToken, AccessError> {
    let claims = verify(env, token, &env.issuer.admin_audience(), env.now())?;
    let id = claims.get("client_id").and_then(Value::as_str).and_then(|id| ClientId::parse(id).ok());
    let client = env.store.read().await?.clients().find(&id.ok_or(AccessError::Invalid)?).await?;
    let client = client.filter(|client| client.enabled).ok_or(AccessError::Invalid)?;
    // What the client may do now, not only what it could do when the token was issued.
    let scopes = scopes_of(&claims).intersection(&client.scopes);
    Ok(AdminToken { client, scopes })
}

impl AdminToken {
    /// The scope over the company named in the path, or `None`: a foreign company and an unknown one look the same.
    ///
    /// # Errors
    /// `InsufficientScope` when the token was not issued for `needed`.
    pub async fn scope(
        &self,
        env: &Env,
        needed: Scope,
        path: &str,
    ) -> Result<Option<CompanyScope>, AccessError> {
        if !self.scopes.contains(needed) {
            return Err(AccessError::InsufficientScope(needed));
        }
        let (Ok(named), Some(own)) = (CompanyRef::parse(path), self.client.company) else { return Ok(None) };
        let company = env.store.read().await?.companies().find_by_ref(&named).await?;
        let own = |company: &Company| company.id == own && company.is_active();
        Ok(company.filter(own).map(|company| CompanyScope(company.id)))
    }
}

/// Signature, kind, issuer, audience and time (RFC 9068 section 4).
fn verify(env: &Env, token: &str, audience: &str, now: Timestamp) -> Result<Map<String, Value>, AccessError> {
    let claims = match env.keyring.verify(JwtKind::AccessToken, token) {
        Ok(verified) => verified.claims,
        Err(KeyError::NotOurs(_)) => return Err(AccessError::Invalid),
        Err(other) => return Err(other.into()),
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
    let accepted =
        text("iss") == Some(env.issuer.as_str()) && text("aud") == Some(audience) && now.seconds() < expires;
    if accepted { Ok(claims) } else { Err(AccessError::Invalid) }
}

fn scopes_of(claims: &Map<String, Value>) -> Scopes {
    Scopes::parse(claims.get("scope").and_then(Value::as_str).unwrap_or_default())
}
