//! Refresh token grant (RFC 6749 section 6) with rotation and reuse detection (RFC 9700 section 4.14.2), for clients whose
//! profile does not forbid it.
//! Never extends a family past its absolute expiry.

use idp_domain::Timestamp;
use idp_domain::audit::AuditAction;
use idp_domain::client::Resource;
use idp_domain::grant::{Grant, RefreshState, RefreshToken, RevocationReason};
use idp_domain::id::RefreshTokenId;
use idp_domain::ports::{Purpose, Rotation, Tx};
use idp_domain::scope::Scopes;
use idp_domain::secret::Token;

use super::issue::idle_end;
use super::mint::Minting;
use super::switch::{self, Destination};
use super::{Asked, TokenSet, replay};
use crate::access::{Standing, standing};
use crate::company_hint;
use crate::fault::Fault;
use crate::oauth_error::{OAuthError, Refusal, ensure};
use crate::oxide::{self, RefreshEffects};
use crate::resources;

/// A token of the client that presents it, unexpired, and its living family.
pub(super) struct Presented {
    pub(super) token: Token<RefreshTokenId>,
    pub(super) row: RefreshToken,
    pub(super) grant: Grant,
}

pub(super) struct Renewal<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) now: Timestamp,
    /// The company that the request names, as sent.
    named: Option<String>,
    presented: Option<Presented>,
    answer: Option<TokenSet>,
}

pub(super) async fn rotate(asked: &Asked<'_>) -> Result<TokenSet, Refusal> {
    let Asked { env, client, params, .. } = *asked;
    let (now, named) = (env.now(), company_hint::named(params)?);
    let mut renewal = Renewal { asked, now, named, presented: None, answer: None };
    oxide::refresh(&mut renewal, client.id.as_str(), params).await?;
    renewal.answer.ok_or_else(|| Fault::Broken("the refresh machine ended without issuing").into())
}

pub(super) fn invalid() -> OAuthError {
    OAuthError::grant("the refresh token is invalid, expired or revoked")
}

impl RefreshEffects for Renewal<'_> {
    async fn recover(&mut self, token: &str) -> Result<Scopes, Refusal> {
        let token = Token::<RefreshTokenId>::parse(token).ok_or_else(invalid)?;
        let mut tx = self.asked.env.store.read().await?;
        let row = tx.refresh_tokens().find(token.id).await?.ok_or_else(invalid)?;
        let grant = tx.grants().find(row.grant).await?.ok_or_else(invalid)?;
        ensure(token.proves(&row.digest) && grant.client == self.asked.client.id, invalid)?;
        ensure(self.now < row.expires_at, invalid)?;
        if grant.was_superseded() {
            drop(tx);
            return Err(self.reused(self.asked.env.store.write().await?, &grant).await?.into());
        }
        ensure(grant.is_live(self.now), invalid)?;
        if !self.holds_key_of(&grant) {
            drop(tx);
            let tx = self.asked.env.store.write().await?;
            return Err(self.without_key(tx, &row, &grant).await?.into());
        }
        let scopes = grant.consented.scopes.intersection(&self.asked.client.scopes);
        self.presented = Some(Presented { token, row, grant });
        Ok(scopes)
    }

    async fn rotate(&mut self, scopes: Scopes) -> Result<(), Refusal> {
        let presented = self.presented.take().ok_or(Fault::Broken("rotate before recover"))?;
        let audience = resources::granted(self.asked.params, &presented.grant.consented, self.asked.client)?;
        let destination =
            switch::destination(self.asked.env, self.named.as_deref(), &presented.grant).await?;
        self.answer = Some(match destination {
            Destination::Same => self.renew(&presented, &scopes, audience.as_ref()).await?,
            Destination::Other(company) => switch::to(self, &presented, company, (scopes, audience)).await?,
        });
        Ok(())
    }
}

impl Renewal<'_> {
    async fn renew(
        &self,
        presented: &Presented,
        scopes: &Scopes,
        audience: Option<&Resource>,
    ) -> Result<TokenSet, Refusal> {
        let grant = &presented.grant;
        let mut tx = self.asked.env.store.write().await?;
        // Account, membership, company and session are looked at on every refresh (attack 47).
        let context = tx.grants().find_in_context(grant.id).await?.ok_or_else(invalid)?;
        if !self.holds_key_of(&context.grant) {
            return Err(self.without_key(tx, &presented.row, grant).await?.into());
        }
        let Standing::Good { account, company, .. } = standing(context, self.now) else {
            return Err(invalid().into());
        };
        let Some(refresh_token) = self.next(&mut *tx, presented).await? else {
            return Err(self.reused(tx, grant).await?.into());
        };
        tx.commit().await?;
        let minting = Minting {
            env: self.asked.env,
            client: self.asked.client,
            grant,
            account: &account,
            scopes,
            audience,
            nonce: None,
            company: company.as_deref(),
            key: self.asked.key,
            now: self.now,
        };
        minting.token_set(Some(refresh_token)).await
    }

    /// The token to go on with; `None` when the presented one was used up before.
    async fn next(&self, tx: &mut dyn Tx, presented: &Presented) -> Result<Option<String>, Refusal> {
        let Presented { token, row, grant } = presented;
        if !self.asked.client.profile.rotates_refresh_tokens() {
            let kept = tx.refresh_tokens().keep(row.id, idle_end(self.asked.env, grant, self.now)).await?;
            return Ok(kept.then(|| token.reveal()));
        }
        let successor = RefreshTokenId::new(self.now, self.asked.env.entropy());
        let grace = self.asked.env.policy.refresh_grace;
        Ok(match tx.refresh_tokens().rotate(row.id, successor, grace, self.now).await? {
            Rotation::Won => {
                self.bind(tx, grant).await?;
                Some(self.store_successor(tx, presented, successor).await?)
            }
            // Who rotated it a moment ago may have been the first to show a key, or have shown none.
            Rotation::Again { .. } if !self.is_of_the_same_key(tx, grant).await? => None,
            Rotation::Again { successor } => Some(self.same_successor(tx, presented, successor).await?),
            Rotation::Reused => None,
        })
    }

    /// Whether the tokens of the family are this sender's to use (RFC 9449 section 5).
    pub(super) fn holds_key_of(&self, grant: &Grant) -> bool {
        grant.key.is_none_or(|key| self.asked.key == Some(key))
    }

    /// Whether the rotation a moment ago was by a request with the key of this one, or without one like this.
    async fn is_of_the_same_key(&self, tx: &mut dyn Tx, grant: &Grant) -> Result<bool, Fault> {
        Ok(tx.grants().find(grant.id).await?.is_some_and(|now| now.key == self.asked.family_key()))
    }

    /// Whoever does not hold the key has stolen the token, which stays good for who does. One that was used up is a replay: its
    /// grace is for the same key only.
    pub(super) async fn without_key(
        &self,
        mut tx: Box<dyn Tx>,
        row: &RefreshToken,
        grant: &Grant,
    ) -> Result<OAuthError, Fault> {
        // Read after the key was: whoever bound the family at this moment has used the token up with it.
        let row = tx.refresh_tokens().find(row.id).await?;
        match row.map(|row| row.state) {
            Some(RefreshState::Rotated { .. }) => self.reused(tx, grant).await,
            _ => Ok(OAuthError::grant(
                "the refresh token is bound to a key: send a DPoP proof of the key it was issued with",
            )),
        }
    }

    /// A public client that shows a key for the first time is bound to it from here on.
    async fn bind(&self, tx: &mut dyn Tx, grant: &Grant) -> Result<(), Refusal> {
        if let (None, Some(key)) = (grant.key, self.asked.family_key()) {
            let is_bound = tx.grants().bind(grant.id, key).await?;
            ensure(is_bound, invalid)?;
        }
        Ok(())
    }

    /// The successor's secret is derived from the presented one, so that only digests are stored and the loser of a
    /// race can be given the very same token.
    fn successor(&self, presented: &Presented, id: RefreshTokenId) -> Token<RefreshTokenId> {
        Token::with_secret(
            id,
            self.asked.env.sealer.derive(Purpose::RefreshSuccessor, presented.token.secret()),
        )
    }

    async fn store_successor(
        &self,
        tx: &mut dyn Tx,
        presented: &Presented,
        id: RefreshTokenId,
    ) -> Result<String, Fault> {
        let token = self.successor(presented, id);
        let row = RefreshToken {
            id,
            digest: token.digest(),
            grant: presented.grant.id,
            issued_at: self.now,
            expires_at: idle_end(self.asked.env, &presented.grant, self.now),
            state: RefreshState::Current,
        };
        tx.refresh_tokens().insert(&row).await?;
        Ok(token.reveal())
    }

    async fn same_successor(
        &self,
        tx: &mut dyn Tx,
        presented: &Presented,
        id: RefreshTokenId,
    ) -> Result<String, Refusal> {
        let row = tx.refresh_tokens().find(id).await?.ok_or_else(invalid)?;
        let derived = self.asked.env.sealer.derive_all(Purpose::RefreshSuccessor, presented.token.secret());
        let token =
            derived.into_iter().map(|secret| Token::with_secret(id, secret)).find(|t| t.proves(&row.digest));
        Ok(token.ok_or_else(invalid)?.reveal())
    }

    /// Presented after its grace, or after another switch took the place of its family: that family is revoked, and whatever
    /// of the same log-in was switched from it or to it; nothing else.
    pub(super) async fn reused(&self, tx: Box<dyn Tx>, grant: &Grant) -> Result<OAuthError, Fault> {
        let told = (RevocationReason::RefreshReplayed, AuditAction::RefreshReplayed);
        replay::revoke((self.asked.env, self.asked.client), tx, grant.id, told).await?;
        Ok(invalid())
    }
}
