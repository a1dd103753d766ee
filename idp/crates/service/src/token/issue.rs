//! The first tokens of a grant: what an authorization code and a device code are worth when they are redeemed, and a refresh
//! token when it switches to another company.

use idp_domain::Timestamp;
use idp_domain::client::{Client, GrantType, Resource};
use idp_domain::grant::{Grant, RefreshState, RefreshToken};
use idp_domain::id::RefreshTokenId;
use idp_domain::ports::Tx;
use idp_domain::scope::Scope;
use idp_domain::secret::Token;

use super::TokenSet;
use super::mint::Minting;
use crate::access::{Standing, standing};
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthError, Refusal, ensure};

/// Begins the family in the transaction of what was redeemed for it, and commits. Whatever it stands on may have ended since it
/// was allowed (attacks 48, CVE-2026-16103): then nothing is stored, and `refusal` is the answer.
///
/// # Errors
/// `refusal`; [`Fault`].
pub(super) async fn first_tokens(
    (env, client): (&Env, &Client),
    mut tx: Box<dyn Tx>,
    grant: &Grant,
    audience: Option<&Resource>,
    refusal: fn() -> OAuthError,
) -> Result<TokenSet, Refusal> {
    let now = grant.created_at;
    tx.grants().insert(grant).await?;
    let context = tx.grants().find_in_context(grant.id).await?;
    let context = context.ok_or(Fault::Broken("no grant after its insert"))?;
    let session_lives = context.session.as_ref().is_some_and(|session| !session.is_over(now));
    let Standing::Good { account, company, .. } = standing(context, now) else {
        return Err(refusal().into());
    };
    // What is to outlive the session must have begun in it, as what this was switched from did; a computer is let in by
    // somebody who may leave at once (R54).
    let begins_here = grant.switched_from.is_none() && grant.consented.scopes.contains(Scope::OfflineAccess);
    ensure(session_lives || !begins_here, refusal)?;
    let refresh_token = first_refresh_token(env, &mut *tx, client, grant).await?;
    tx.commit().await?;
    let scopes = grant.consented.scopes.intersection(&client.scopes);
    let minting = Minting {
        env,
        client,
        grant,
        account: &account,
        scopes: &scopes,
        audience,
        nonce: grant.nonce.as_deref(),
        company: company.as_deref(),
        now,
    };
    Ok(minting.token_set(refresh_token)?)
}

/// A refresh token for clients that may refresh and signed a person in.
async fn first_refresh_token(
    env: &Env,
    tx: &mut dyn Tx,
    client: &Client,
    grant: &Grant,
) -> Result<Option<String>, Fault> {
    if !client.may_use(GrantType::RefreshToken) || !grant.consented.scopes.contains(Scope::Openid) {
        return Ok(None);
    }
    let now = grant.created_at;
    let token = Token::mint(RefreshTokenId::new(now, env.entropy()), env.entropy());
    let row = RefreshToken {
        id: token.id,
        digest: token.digest(),
        grant: grant.id,
        issued_at: now,
        expires_at: idle_end(env, grant, now),
        state: RefreshState::Current,
    };
    tx.refresh_tokens().insert(&row).await?;
    Ok(Some(token.reveal()))
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
