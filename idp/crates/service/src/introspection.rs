//! Introspection (RFC 7662, signed answers RFC 9701): what a token is worth at this moment, told to the client it belongs
//! to and to the server of the API it is meant for. Everybody else learns nothing, not even that it exists.

use idp_domain::account::Account;
use idp_domain::client::{Client, Resource};
use idp_domain::grant::RefreshState;
use idp_domain::id::RefreshTokenId;
use idp_domain::ports::JwtKind;
use idp_domain::scope::{Scope, Scopes};
use idp_domain::secret::Token;
use serde_json::{Map, Value, json};

use crate::access::{self, Standing, standing};
use crate::client_auth::AuthenticatedClient;
use crate::company_claims::CompanyContext;
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;
use crate::token::TokenType;

/// The answer of RFC 7662 section 2.2: `{"active": false}`, or what the token stands for.
///
/// # Errors
/// `invalid_client` for public clients, `invalid_request` without a token.
pub async fn introspect(
    env: &Env,
    caller: &AuthenticatedClient,
    params: &Params,
) -> Result<Map<String, Value>, Refusal> {
    // Section 2.1: the caller must be known, or anybody could scan for tokens.
    ensure(!caller.is_public(), || {
        OAuthError::new(OAuthCode::InvalidClient, "a client without credentials may not introspect")
    })?;
    let token = params.get("token").ok_or_else(|| OAuthError::request("token is missing"))?;
    let found = match Token::<RefreshTokenId>::parse(token) {
        Some(token) => refresh_token(env, caller, &token).await?,
        None => access_token(env, caller, token).await?,
    };
    let mut answer = found.unwrap_or_default();
    answer.insert("active".to_owned(), json!(!answer.is_empty()));
    Ok(answer)
}

/// The same answer signed for the caller (RFC 9701 section 5).
///
/// # Errors
/// [`Fault`].
pub fn sign(env: &Env, caller: &AuthenticatedClient, answer: Map<String, Value>) -> Result<String, Fault> {
    let now = env.now();
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(env.issuer.as_str()));
    claims.insert("aud".to_owned(), json!(caller.id));
    claims.insert("iat".to_owned(), json!(now.seconds()));
    claims.insert("token_introspection".to_owned(), Value::Object(answer));
    Ok(env.keyring.sign(JwtKind::Introspection, caller.response_algs().introspection, &claims, now)?)
}

async fn access_token(env: &Env, caller: &Client, token: &str) -> Result<Option<Map<String, Value>>, Fault> {
    let now = env.now();
    let Some(claims) = access::verify(env, token, now)?.filter(|claims| may_see(caller, claims)) else {
        return Ok(None);
    };
    let mut tx = env.store.read().await?;
    let mut answer = claims.clone();
    let (scopes, username) = if claims.contains_key("grant") {
        let Some(person) = access::find_person(&mut *tx, &claims, now).await? else { return Ok(None) };
        let username = user_name(&person.client, &person.scopes, &person.account);
        if !CompanyContext::is_told(&person.client, &person.scopes) {
            answer.retain(|name, _| !CompanyContext::NAMES.contains(&name.as_str()));
        }
        (person.scopes, username)
    } else {
        let Some(client) = access::find_client(&mut *tx, &claims).await? else { return Ok(None) };
        (access::scopes_of(&claims).intersection(&client.scopes), None)
    };
    // Our own way to the grant; nobody else has a use for it.
    answer.remove("grant");
    // RFC 9449 section 6.2; the key itself is told as it stands in the token (`cnf`).
    let token_type = if answer.contains_key("cnf") { TokenType::Dpop } else { TokenType::Bearer };
    answer.insert("token_type".to_owned(), json!(token_type));
    if answer.contains_key("scope") {
        answer.insert("scope".to_owned(), json!(scopes));
    }
    // An API that is not the client's own gets `sub` only.
    let own = answer.get("client_id") == Some(&json!(caller.id));
    answer.extend(username.filter(|_| own).map(|name| ("username".to_owned(), json!(name))));
    Ok(Some(answer))
}

/// The address says who somebody is at every agency: for clients that may know it, and know the person by the one name.
fn user_name(client: &Client, scopes: &Scopes, account: &Account) -> Option<String> {
    let may_know = scopes.contains(Scope::Email) && client.sector().is_none();
    may_know.then(|| account.user_name.to_string())
}

/// Its own tokens, and those for the APIs it serves.
fn may_see(caller: &Client, claims: &Map<String, Value>) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let served = |audience: &str| caller.serves.iter().map(Resource::as_str).any(|served| served == audience);
    text("client_id") == Some(caller.id.as_str()) || text("aud").is_some_and(served)
}

async fn refresh_token(
    env: &Env,
    caller: &Client,
    token: &Token<RefreshTokenId>,
) -> Result<Option<Map<String, Value>>, Fault> {
    let now = env.now();
    let mut tx = env.store.read().await?;
    let Some(row) = tx.refresh_tokens().find(token.id).await? else { return Ok(None) };
    let current = token.proves(&row.digest) && row.state == RefreshState::Current && now < row.expires_at;
    let context = tx.grants().find_in_context(row.grant).await?;
    let Some(context) = context.filter(|context| current && context.grant.client == caller.id) else {
        return Ok(None);
    };
    let grant = context.grant.clone();
    let Standing::Good { account, .. } = standing(context, now) else { return Ok(None) };
    let scopes = grant.consented.scopes.intersection(&caller.scopes);
    let answer = json!({
        "iss": env.issuer.as_str(),
        "sub": grant.consented.subject(),
        "client_id": grant.client,
        "scope": scopes,
        "token_type": "refresh_token",
        "iat": row.issued_at.seconds(),
        "exp": row.expires_at.seconds(),
    });
    let mut answer: Map<String, Value> = serde_json::from_value(answer).unwrap_or_default();
    answer.extend(user_name(caller, &scopes, &account).map(|name| ("username".to_owned(), json!(name))));
    Ok(Some(answer))
}
