//! Makes ID tokens (OpenID Connect Core section 2) and access tokens (RFC 9068).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::client::{Client, ClientId, Resource};
use idp_domain::grant::{Consented, Grant};
use idp_domain::ports::{Content, JwtKind};
use idp_domain::scope::{Scope, Scopes};
use idp_domain::session::Amr;
use idp_domain::thumbprint::Thumbprint;
use serde_json::{Map, Value, json};
use sha2::Digest as _;

use super::{TokenSet, TokenType};
use crate::company_claims::CompanyContext;
use crate::encrypted;
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::Refusal;
use crate::person_claims;
use crate::resources;

/// What both tokens of one answer are made from.
pub(super) struct Minting<'a> {
    pub(super) env: &'a Env,
    pub(super) client: &'a Client,
    pub(super) grant: &'a Grant,
    pub(super) account: &'a Account,
    pub(super) scopes: &'a Scopes,
    /// The API the access token is for; `None` is our own UserInfo.
    pub(super) audience: Option<&'a Resource>,
    /// That of the authorization request, for the first ID token only (Core section 12.2).
    pub(super) nonce: Option<&'a str>,
    pub(super) company: Option<&'a CompanyContext>,
    /// The key that the access token is bound to.
    pub(super) key: Option<Thumbprint>,
    pub(super) now: Timestamp,
}

impl Minting<'_> {
    /// The answer to a token request. Signing takes its time: call it after the commit, not inside the transaction.
    ///
    /// # Errors
    /// `invalid_client_metadata` when the client has no key for an encrypted ID token; [`Fault`].
    pub(super) async fn token_set(&self, refresh_token: Option<String>) -> Result<TokenSet, Refusal> {
        let access_token = self.access_token()?;
        let id_token = match self.id_token(&access_token)? {
            Some(id_token) => Some(self.for_the_client(id_token).await?),
            None => None,
        };
        Ok(TokenSet {
            access_token,
            token_type: TokenType::bound_to(self.key),
            expires_in: self.access_token_life().as_secs(),
            refresh_token,
            id_token,
            scope: self.access_token_scopes().to_string(),
        })
    }

    /// The access token; `grant` in it lets a revocation be seen at once.
    fn access_token(&self) -> Result<String, Fault> {
        let mut claims = envelope(self.env, self.now, self.access_token_life());
        let Consented { auth_time, acr, .. } = &self.grant.consented;
        claims.insert("sub".to_owned(), json!(self.grant.consented.subject()));
        let audience = self.audience.map_or(self.env.issuer.as_str(), Resource::as_str);
        claims.insert("aud".to_owned(), json!(audience));
        claims.insert("client_id".to_owned(), json!(self.client.id));
        claims.insert("jti".to_owned(), json!(fresh_jti(self.env)));
        let scopes = self.access_token_scopes();
        if !scopes.is_empty() {
            claims.insert("scope".to_owned(), json!(scopes));
        }
        claims.insert("auth_time".to_owned(), json!(auth_time.seconds()));
        claims.insert("grant".to_owned(), json!(self.grant.id));
        if let Some(acr) = acr {
            claims.insert("acr".to_owned(), json!(acr));
        }
        claims.extend(confirmation(self.key));
        if let Some(company) = self.company.filter(|_| CompanyContext::is_told(self.client, self.scopes)) {
            claims.extend(company.claims());
        }
        Ok(self.env.keyring.sign(
            JwtKind::AccessToken,
            self.client.response_algs().access_token,
            &claims,
            self.now,
        )?)
    }

    fn access_token_scopes(&self) -> Scopes {
        resources::scopes_at(&self.env.issuer, self.audience, self.scopes)
    }

    fn access_token_life(&self) -> Duration {
        let policy = &self.env.policy;
        if resources::is_provisioning(&self.env.issuer, self.audience) {
            policy.admin_access_token_life
        } else {
            policy.access_token_life
        }
    }

    /// The ID token; claims about the person are in it only when they were asked for by `claims.id_token`.
    fn id_token(&self, access_token: &str) -> Result<Option<String>, Fault> {
        if !self.scopes.contains(Scope::Openid) {
            return Ok(None);
        }
        let Consented { auth_time, amr, acr, claims: requested, .. } = &self.grant.consented;
        let named = person_claims::still_registered(self.client, &requested.id_token);
        let mut claims = person_claims::of(self.account, self.company, &named);
        claims.extend(envelope(self.env, self.now, self.env.policy.id_token_life));
        let amr: Vec<&str> = amr.iter().copied().map(Amr::as_str).collect();
        claims.insert("sub".to_owned(), json!(self.grant.consented.subject()));
        claims.insert("aud".to_owned(), json!(self.client.id));
        claims.insert("auth_time".to_owned(), json!(auth_time.seconds()));
        claims.insert("amr".to_owned(), json!(amr));
        claims.insert("sid".to_owned(), json!(sid(&self.client.id, &self.grant.consented)));
        claims.insert("at_hash".to_owned(), json!(at_hash(access_token)));
        if let Some(acr) = acr {
            claims.insert("acr".to_owned(), json!(acr));
        }
        if let Some(nonce) = self.nonce {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        if let Some(company) = self.company.filter(|_| self.scopes.contains(Scope::Company)) {
            claims.extend(company.claims_for_people());
        }
        Ok(Some(self.env.keyring.sign(
            JwtKind::IdToken,
            self.client.response_algs().id_token,
            &claims,
            self.now,
        )?))
    }

    /// Signed, then encrypted where the client registered that (Core section 10.2).
    async fn for_the_client(&self, id_token: String) -> Result<String, Refusal> {
        let Some(how) = self.client.encryption.id_token else { return Ok(id_token) };
        Ok(encrypted::encrypt(self.env, self.client, how, Content::SignedJwt(&id_token)).await?)
    }
}

/// `iss`, `iat` and `exp`.
pub(super) fn envelope(env: &Env, now: Timestamp, life: Duration) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(env.issuer.as_str()));
    claims.insert("iat".to_owned(), json!(now.seconds()));
    claims.insert("exp".to_owned(), json!((now + life).seconds()));
    claims
}

/// `cnf` of a token that is bound to a key (RFC 9449 section 6.1).
pub(super) fn confirmation(key: Option<Thumbprint>) -> Option<(String, Value)> {
    key.map(|key| ("cnf".to_owned(), json!({"jkt": key})))
}

pub(crate) fn fresh_jti(env: &Env) -> String {
    URL_SAFE_NO_PAD.encode(env.entropy().bytes::<16>())
}

/// One name per session, client and company: a log-out at one agency's portal does not name another's. No key goes into
/// it, because it must stay the same when keys rotate; a session's id is random enough, and known to nobody outside.
pub(crate) fn sid(client: &ClientId, consented: &Consented) -> String {
    let company = consented.company.map(|(company, _)| company.to_string()).unwrap_or_default();
    let input = format!("sid|{}|{client}|{company}", consented.session);
    URL_SAFE_NO_PAD.encode(&sha2::Sha256::digest(input)[..16])
}

/// OpenID Connect Core section 3.1.3.6: the left half of the hash; both our algorithms use SHA-256.
fn at_hash(access_token: &str) -> String {
    let digest = sha2::Sha256::digest(access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest[..16])
}

#[cfg(test)]
mod tests {
    /// OpenID Connect Core appendix A.3.
    #[test]
    fn at_hash_is_that_of_the_specification() {
        assert_eq!(super::at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
