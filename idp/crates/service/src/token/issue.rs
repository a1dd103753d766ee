//! The first tokens of a grant: what an authorization code and a device code are worth when they are redeemed, and a refresh
//! token when it switches to another company.

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::client::{Client, GrantType, Resource};
use idp_domain::grant::{Grant, RefreshState, RefreshToken};
use idp_domain::id::RefreshTokenId;
use idp_domain::ports::Tx;
use idp_domain::scope::Scope;
use idp_domain::secret::Token;
use idp_domain::thumbprint::Thumbprint;

use super::TokenSet;
use super::mint::Minting;
use crate::access::{Standing, standing};
use crate::company_claims::CompanyContext;
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthError, Refusal, ensure};

/// What a token request came to: a family, and what it is asked for.
pub(super) struct Issue<'a> {
    pub(super) env: &'a Env,
    pub(super) client: &'a Client,
    pub(super) grant: &'a Grant,
    pub(super) audience: Option<&'a Resource>,
    /// The key that the access token is bound to.
    pub(super) key: Option<Thumbprint>,
    /// The answer where what the family stands on has ended.
    pub(super) refusal: fn() -> OAuthError,
}

impl Issue<'_> {
    /// Begins the family in the transaction of what was redeemed for it, with `first` as its refresh token where the client
    /// may have one, and commits. Whatever it stands on may have ended since it was allowed (attacks 48, CVE-2026-16103):
    /// then nothing is stored.
    ///
    /// # Errors
    /// `refusal`; [`Fault`].
    pub(super) async fn begin(
        self,
        mut tx: Box<dyn Tx>,
        first: Token<RefreshTokenId>,
    ) -> Result<TokenSet, Refusal> {
        let Self { env, client, grant, refusal, .. } = self;
        tx.grants().insert(grant).await?;
        let stands = self.judge(&mut *tx).await?;
        // What is to outlive the session must have begun in it, as what this was switched from did; a computer is let in by
        // somebody who may leave at once (R54).
        let begins_here =
            grant.switched_from.is_none() && grant.consented.scopes.contains(Scope::OfflineAccess);
        ensure(stands.session_lives || !begins_here, refusal)?;
        // For clients that may refresh and signed a person in.
        let may_refresh =
            client.may_use(GrantType::RefreshToken) && grant.consented.scopes.contains(Scope::Openid);
        if may_refresh {
            let now = grant.created_at;
            let row = RefreshToken {
                id: first.id,
                digest: first.digest(),
                grant: grant.id,
                issued_at: now,
                expires_at: idle_end(env, grant, now),
                state: RefreshState::Current,
            };
            tx.refresh_tokens().insert(&row).await?;
        }
        tx.commit().await?;
        self.mint(&stands, may_refresh.then(|| first.reveal())).await
    }

    /// The same tokens again, of a family that began a moment ago.
    ///
    /// # Errors
    /// `refusal`; [`Fault`].
    pub(super) async fn again(
        self,
        mut tx: Box<dyn Tx>,
        first: &Token<RefreshTokenId>,
    ) -> Result<TokenSet, Refusal> {
        let stands = self.judge(&mut *tx).await?;
        drop(tx);
        self.mint(&stands, Some(first.reveal())).await
    }

    async fn judge(&self, tx: &mut dyn Tx) -> Result<Stands, Refusal> {
        let now = self.env.now();
        let context = tx.grants().find_in_context(self.grant.id).await?;
        let context = context.ok_or(Fault::Broken("a family that is not there"))?;
        let session_lives = context.session.as_ref().is_some_and(|session| !session.is_over(now));
        match standing(context, now) {
            Standing::Good { account, company, .. } => Ok(Stands { account, company, session_lives }),
            Standing::Ended => Err((self.refusal)().into()),
        }
    }

    async fn mint(&self, stands: &Stands, refresh_token: Option<String>) -> Result<TokenSet, Refusal> {
        let Self { env, client, grant, audience, key, .. } = *self;
        let scopes = grant.consented.scopes.intersection(&client.scopes);
        let minting = Minting {
            env,
            client,
            grant,
            account: &stands.account,
            scopes: &scopes,
            audience,
            nonce: grant.nonce.as_deref(),
            company: stands.company.as_deref(),
            key,
            now: env.now(),
        };
        minting.token_set(refresh_token).await
    }
}

/// What a family stands on.
struct Stands {
    account: Box<Account>,
    company: Option<Box<CompanyContext>>,
    session_lives: bool,
}

/// The first refresh token of a family that begins now.
pub(super) fn fresh(env: &Env, now: Timestamp) -> Token<RefreshTokenId> {
    Token::mint(RefreshTokenId::new(now, env.entropy()), env.entropy())
}

/// When a refresh token that is given out now ends unless it is used: a phone app rests longer than a portal, and a portal longer
/// than a desktop (rules section 5).
pub(super) fn idle_end(env: &Env, grant: &Grant, now: Timestamp) -> Timestamp {
    let policy = &env.policy;
    let idle = match grant.consented.scopes.contains(Scope::OfflineAccess) {
        true => policy.offline_refresh_idle,
        false if grant.outlives_session => policy.device_session.idle,
        false => policy.refresh_idle,
    };
    grant.expires_at.min(now + idle)
}
