//! Authorization code grant (RFC 6749 section 4.1.3): redeemed once; a replay revokes what the code issued.

use idp_domain::Timestamp;
use idp_domain::audit::AuditAction;
use idp_domain::code::{AuthorizationCode, CodeState};
use idp_domain::grant::{Grant, RevocationReason};
use idp_domain::id::{CodeId, GrantId};
use idp_domain::ports::Tx;
use idp_domain::scope::Scope;
use idp_domain::secret::Token;

use super::TokenSet;
use super::issue::{self, Issue};
use super::replay;
use crate::client_auth::AuthenticatedClient;
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::oxide::{self, CodeEffects, Recovered};
use crate::params::Params;
use crate::resources;

/// One redemption. What it stores, it stores in one transaction.
struct Redemption<'a> {
    env: &'a Env,
    client: &'a AuthenticatedClient,
    params: &'a Params,
    now: Timestamp,
    found: Option<AuthorizationCode>,
    answer: Option<TokenSet>,
}

pub(super) async fn redeem(
    env: &Env,
    client: &AuthenticatedClient,
    params: &Params,
) -> Result<TokenSet, Refusal> {
    for needed in ["code", "redirect_uri"] {
        let missing = || OAuthError::new(OAuthCode::InvalidRequest, format!("{needed} is missing"));
        ensure(params.get(needed).is_some(), missing)?;
    }
    let mut redemption = Redemption { env, client, params, now: env.now(), found: None, answer: None };
    oxide::redeem(&mut redemption, client.id.as_str(), params).await?;
    redemption.answer.ok_or_else(|| Fault::Broken("the code machine ended without issuing").into())
}

fn invalid() -> OAuthError {
    OAuthError::grant("the authorization code is invalid, expired or already used")
}

impl CodeEffects for Redemption<'_> {
    async fn recover(&mut self, code: &str) -> Result<Recovered, Refusal> {
        let token = Token::<CodeId>::parse(code).ok_or_else(invalid)?;
        let mut tx = self.env.store.read().await?;
        let code = tx.codes().find(token.id).await?.ok_or_else(invalid)?;
        drop(tx);
        ensure(token.proves(&code.digest) && code.client == self.client.id, invalid)?;
        if let CodeState::Redeemed { grant, .. } = code.state {
            let tx = self.env.store.write().await?;
            return Err(self.replayed(tx, grant).await?.into());
        }
        ensure(self.now < code.expires_at, invalid)?;
        // RFC 6749 section 4.1.3: identical to the one in the authorization request, byte for byte.
        ensure(self.params.get("redirect_uri") == Some(code.bound.redirect_uri.as_str()), || {
            OAuthError::grant("redirect_uri is not that of the authorization request")
        })?;
        let recovered = Recovered {
            owner: code.bound.consented.account.to_string(),
            redirect_uri: Some(code.bound.redirect_uri.clone()),
            scopes: code.bound.consented.scopes.clone(),
            code_challenge: code.bound.code_challenge.clone(),
        };
        self.found = Some(code);
        Ok(recovered)
    }

    async fn issue(&mut self) -> Result<(), Refusal> {
        let code = self.found.take().ok_or(Fault::Broken("issue before recover"))?;
        let audience = resources::granted(self.params, &code.bound.consented, self.client)?;
        let mut tx = self.env.store.write().await?;
        let grant = self.new_grant(&code);
        // A log-out, a withdrawal or the client's end at this moment comes before or after, not in between.
        tx.accounts().lock(grant.consented.account).await?;
        tx.clients().hold(&self.client.id).await?;
        let won = tx.codes().redeem(code.id, &self.client.id, grant.id, self.now).await?;
        if !won {
            return Err(self.lost(tx, code.id).await?.into());
        }
        let (env, client, audience) = (self.env, self.client, audience.as_ref());
        let issue = Issue { env, client, grant: &grant, audience, refusal: invalid };
        self.answer = Some(issue.begin(tx, issue::fresh(env, self.now)).await?);
        Ok(())
    }
}

impl Redemption<'_> {
    fn new_grant(&self, code: &AuthorizationCode) -> Grant {
        let policy = &self.env.policy;
        let is_offline = code.bound.consented.scopes.contains(Scope::OfflineAccess);
        let life = if is_offline { policy.offline_refresh_absolute } else { policy.refresh_absolute };
        Grant {
            id: GrantId::new(self.now, self.env.entropy()),
            client: self.client.id.clone(),
            consented: code.bound.consented.clone(),
            nonce: code.bound.nonce.clone(),
            created_at: self.now,
            expires_at: self.now + life,
            outlives_session: is_offline,
            switched_from: None,
            computer: None,
            revoked: None,
        }
    }

    /// Somebody redeemed the code between our look and our update: by now it is a replay. Seen in the same
    /// transaction, because the winner's may not be committed for anybody else yet.
    async fn lost(&self, mut tx: Box<dyn Tx>, id: CodeId) -> Result<OAuthError, Fault> {
        let Some(code) = tx.codes().find(id).await? else { return Ok(invalid()) };
        match code.state {
            CodeState::Redeemed { grant, .. } => self.replayed(tx, grant).await,
            CodeState::Issued => Ok(invalid()),
        }
    }

    /// RFC 6749 section 4.1.2: deny, and revoke all tokens issued on the code, and what was switched from them.
    async fn replayed(&self, tx: Box<dyn Tx>, grant: GrantId) -> Result<OAuthError, Fault> {
        let told = (RevocationReason::CodeReplayed, AuditAction::CodeReplayed);
        replay::revoke((self.env, self.client), tx, grant, told).await?;
        Ok(invalid())
    }
}
