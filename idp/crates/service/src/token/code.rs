//! Authorization code grant (RFC 6749 section 4.1.3): redeemed once; a replay revokes what the code issued.

use idp_domain::Timestamp;
use idp_domain::audit::AuditAction;
use idp_domain::code::{AuthorizationCode, CodeState};
use idp_domain::grant::{Grant, RevocationReason};
use idp_domain::id::{CodeId, GrantId};
use idp_domain::ports::Tx;
use idp_domain::scope::Scope;
use idp_domain::secret::Token;

use super::issue::{self, Issue};
use super::{Asked, TokenSet, replay};
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::oxide::{self, CodeEffects, Recovered};
use crate::resources;

/// One redemption. What it stores, it stores in one transaction.
struct Redemption<'a> {
    asked: &'a Asked<'a>,
    now: Timestamp,
    found: Option<AuthorizationCode>,
    answer: Option<TokenSet>,
}

pub(super) async fn redeem(asked: &Asked<'_>) -> Result<TokenSet, Refusal> {
    let Asked { env, client, params, .. } = *asked;
    for needed in ["code", "redirect_uri"] {
        let missing = || OAuthError::new(OAuthCode::InvalidRequest, format!("{needed} is missing"));
        ensure(params.get(needed).is_some(), missing)?;
    }
    let mut redemption = Redemption { asked, now: env.now(), found: None, answer: None };
    oxide::redeem(&mut redemption, client.id.as_str(), params).await?;
    redemption.answer.ok_or_else(|| Fault::Broken("the code machine ended without issuing").into())
}

fn invalid() -> OAuthError {
    OAuthError::grant("the authorization code is invalid, expired or already used")
}

impl CodeEffects for Redemption<'_> {
    async fn recover(&mut self, code: &str) -> Result<Recovered, Refusal> {
        let token = Token::<CodeId>::parse(code).ok_or_else(invalid)?;
        let mut tx = self.asked.env.store.read().await?;
        let code = tx.codes().find(token.id).await?.ok_or_else(invalid)?;
        drop(tx);
        ensure(token.proves(&code.digest) && code.client == self.asked.client.id, invalid)?;
        if let CodeState::Redeemed { grant, .. } = code.state {
            let tx = self.asked.env.store.write().await?;
            return Err(self.replayed(tx, grant).await?.into());
        }
        ensure(self.now < code.expires_at, invalid)?;
        // RFC 6749 section 4.1.3: identical to the one in the authorization request, byte for byte.
        ensure(self.asked.params.get("redirect_uri") == Some(code.bound.redirect_uri.as_str()), || {
            OAuthError::grant("redirect_uri is not that of the authorization request")
        })?;
        // RFC 9449 section 10.
        ensure(code.bound.key.is_none_or(|key| self.asked.key == Some(key)), || {
            OAuthError::grant("the code is bound to a key: send a DPoP proof of the key that dpop_jkt named")
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
        let audience = resources::granted(self.asked.params, &code.bound.consented, self.asked.client)?;
        let mut tx = self.asked.env.store.write().await?;
        let grant = self.new_grant(&code);
        // A log-out, a withdrawal or the client's end at this moment comes before or after, not in between.
        tx.accounts().lock(grant.consented.account).await?;
        tx.clients().hold(&self.asked.client.id).await?;
        let won = tx.codes().redeem(code.id, &self.asked.client.id, grant.id, self.now).await?;
        if !won {
            return Err(self.lost(tx, code.id).await?.into());
        }
        let (Asked { env, client, key, .. }, audience) = (*self.asked, audience.as_ref());
        let issue = Issue { env, client, grant: &grant, audience, key, refusal: invalid };
        self.answer = Some(issue.begin(tx, issue::fresh(env, self.now)).await?);
        Ok(())
    }
}

impl Redemption<'_> {
    fn new_grant(&self, code: &AuthorizationCode) -> Grant {
        let policy = &self.asked.env.policy;
        let is_offline = code.bound.consented.scopes.contains(Scope::OfflineAccess);
        let life = if is_offline { policy.offline_refresh_absolute } else { policy.refresh_absolute };
        Grant {
            id: GrantId::new(self.now, self.asked.env.entropy()),
            client: self.asked.client.id.clone(),
            consented: code.bound.consented.clone(),
            nonce: code.bound.nonce.clone(),
            created_at: self.now,
            expires_at: self.now + life,
            outlives_session: is_offline,
            switched_from: None,
            computer: None,
            key: self.asked.family_key(),
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
        replay::revoke((self.asked.env, self.asked.client), tx, grant, told).await?;
        Ok(invalid())
    }
}
