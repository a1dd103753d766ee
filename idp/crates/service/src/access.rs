//! Access tokens at our own resources (RFC 6750, RFC 9068 section 4): unexpired, still standing, and presented by somebody whose
//! they are.

use std::borrow::Cow;
use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::client::{Client, ClientId};
use idp_domain::grant::Grant;
use idp_domain::id::GrantId;
use idp_domain::ports::{GrantInContext, JwtKind, KeyError, Tx};
use idp_domain::scope::{Scope, Scopes};
use serde_json::{Map, Value};

use crate::company_claims::CompanyContext;
use crate::dpop::DpopError;
use crate::env::Env;
use crate::fault::Fault;
use crate::presented::Presented;

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
    /// 401 `invalid_token`: presented in another way than what it is bound to asks for (RFC 9449 section 7.2).
    #[error("{0}")]
    Misbound(&'static str),
    /// 401 `invalid_dpop_proof` (RFC 9449 section 7.1).
    #[error("{0}")]
    InvalidProof(Cow<'static, str>),
    /// 401 `use_dpop_nonce`: the answer carries the one to use (RFC 9449 section 9).
    #[error("the DPoP proof needs the nonce of this answer")]
    NonceNeeded,
    /// 403.
    #[error("the access token lacks the scope {}", .0.as_str())]
    InsufficientScope(Scope),
    /// 401 `insufficient_user_authentication` (RFC 9470): the person logged in longer ago than this.
    #[error("log in again: writing needs a log-in of the last {} seconds", .0.as_secs())]
    NotFresh(Duration),
    /// 403: only the operator.
    #[error("only the operator may do this")]
    NotOperator,
    #[error(transparent)]
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for AccessError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<DpopError> for AccessError {
    fn from(error: DpopError) -> Self {
        match error {
            DpopError::Invalid(why) => Self::InvalidProof(why),
            DpopError::NonceNeeded => Self::NonceNeeded,
            DpopError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Whether what a grant was given for still holds.
#[derive(Debug)]
pub(crate) enum Standing {
    Good { account: Box<Account>, client: Box<Client>, company: Option<Box<CompanyContext>> },
    Ended,
}

/// Judges account, client, consent, session, membership and company as they are now (`rules.md` section 5,
/// "Deactivation").
pub(crate) fn standing(context: GrantInContext, now: Timestamp) -> Standing {
    let allowed = is_allowed(&context);
    let GrantInContext { grant, account, session, company, membership, client, .. } = context;
    let account = account.filter(Account::is_in_good_standing);
    let client = client.filter(|client| client.enabled && allowed);
    let (Some(account), Some(client), true) = (account, client, grant.is_live(now)) else {
        return Standing::Ended;
    };
    let session_lives = session.is_some_and(|session| !session.is_over(now));
    if !session_lives && !grant.outlives_session {
        return Standing::Ended;
    }
    // What was begun before the agency ended everything is over, a code that nobody has redeemed yet included.
    let membership = membership.filter(|it| it.counts_log_in(grant.consented.auth_time));
    let context = match grant.consented.company {
        None => None,
        Some(_) => match CompanyContext::of_active(company, membership) {
            None => return Standing::Ended,
            context => context.map(Box::new),
        },
    };
    Standing::Good { account: Box::new(account), client: Box::new(client), company: context }
}

/// The agency's own clients need nobody's consent; others have what was allowed and not taken back.
fn is_allowed(context: &GrantInContext) -> bool {
    let asked = context.grant.consented.asked();
    let first_party = context.client.as_ref().is_some_and(|client| client.first_party);
    first_party || context.consent.as_ref().is_some_and(|consent| consent.permitted.covers(&asked))
}

/// A person's access token, with what stands behind it at this moment.
#[derive(Debug)]
pub struct PersonToken {
    pub account: Box<Account>,
    /// The client it was issued to.
    pub client: Box<Client>,
    pub grant: Grant,
    pub scopes: Scopes,
    pub company: Option<Box<CompanyContext>>,
}

/// Accepts an access token that speaks for a person at our own UserInfo.
///
/// # Errors
/// [`AccessError`].
pub async fn accept_person(env: &Env, presented: &Presented<'_>) -> Result<PersonToken, AccessError> {
    let now = env.now();
    let claims = presented.claims(env, env.issuer.as_str(), now).await?;
    let mut tx = env.store.read().await?;
    find_person(&mut *tx, &claims, now).await?.ok_or(AccessError::Invalid)
}

/// The grant behind verified claims, if it and its client still stand; `None` as well for a token without a grant.
pub(crate) async fn find_person(
    tx: &mut dyn Tx,
    claims: &Map<String, Value>,
    now: Timestamp,
) -> Result<Option<PersonToken>, Fault> {
    let Some(id) = claims.get("grant").and_then(Value::as_str).and_then(|id| id.parse::<GrantId>().ok())
    else {
        return Ok(None);
    };
    let Some(context) = tx.grants().find_in_context(id).await? else { return Ok(None) };
    let grant = context.grant.clone();
    Ok(match standing(context, now) {
        Standing::Good { account, client, company } if is_bound_enough(claims, &client) => {
            // What the client may know now, not only what it could when the token was issued.
            let scopes = scopes_of(claims).intersection(&client.scopes);
            Some(PersonToken { account, client, grant, scopes, company })
        }
        Standing::Good { .. } | Standing::Ended => None,
    })
}

/// A client whose tokens must be bound to a key has no others, whatever it was allowed when the token was issued.
fn is_bound_enough(claims: &Map<String, Value>, client: &Client) -> bool {
    claims.contains_key("cnf") || !client.requires().dpop_bound_access_tokens
}

/// The client behind a token without a grant: still enabled and of no suspended company (R89), and the token not revoked
/// (RFC 7009).
pub(crate) async fn find_client(
    tx: &mut dyn Tx,
    claims: &Map<String, Value>,
) -> Result<Option<Client>, Fault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let (Some(jti), Some(Ok(id))) = (text("jti"), text("client_id").map(ClientId::parse)) else {
        return Ok(None);
    };
    if tx.revoked_tokens().contains(jti).await? {
        return Ok(None);
    }
    let client = tx.clients().find(&id).await?;
    match client.filter(|client| client.enabled && is_bound_enough(claims, client)) {
        Some(client) if !is_suspended(tx, &client).await? => Ok(Some(client)),
        _ => Ok(None),
    }
}

/// Whether the client is bound to a company that is suspended: nothing speaks for that one (R89).
pub(crate) async fn is_suspended(tx: &mut dyn Tx, client: &Client) -> Result<bool, Fault> {
    let Some(company) = client.company else { return Ok(false) };
    Ok(!tx.companies().find(company).await?.is_some_and(|company| company.is_active()))
}

/// The claims of an unexpired access token of ours: signature, kind, issuer and time (RFC 9068 section 4). Whom it is
/// meant for is the caller's business.
pub(crate) fn verify(env: &Env, token: &str, now: Timestamp) -> Result<Option<Map<String, Value>>, Fault> {
    let claims = match env.keyring.verify(JwtKind::AccessToken, token) {
        Ok(verified) => verified.claims,
        Err(KeyError::NotOurs(_)) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let issued_here = claims.get("iss").and_then(Value::as_str) == Some(env.issuer.as_str());
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
    Ok((issued_here && now.seconds() < expires).then_some(claims))
}

pub(crate) fn scopes_of(claims: &Map<String, Value>) -> Scopes {
    Scopes::parse(claims.get("scope").and_then(Value::as_str).unwrap_or_default())
}
