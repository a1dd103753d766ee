//! The logout dispatcher's work (OpenID Connect Back-Channel Logout section 2.5): lease, sign, post, settle.
//!
//! Never a conversation with a client inside a transaction. A crash between lease and settle costs a second token, never a
//! lost one.

use std::time::Duration;

use futures::future::join_all;
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::Client;
use idp_domain::delivery::DeliveryState;
use idp_domain::logout::LogoutDelivery;
use idp_domain::ports::{Content, JwtKind, OutboundError};
use serde_json::{Map, Value, json};
use url::Url;

use crate::dispatch::Dispatched;
use crate::encrypted::{self, Unreadable};
use crate::env::Env;
use crate::fault::Fault;
use crate::token::fresh_jti;

/// How long a logout token may be on its way (section 2.4 recommends two minutes at most).
const TOKEN_LIFE: Duration = Duration::from_secs(120);
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Leases at most `limit` due deliveries for `owner` and makes them, all at the same time.
///
/// # Errors
/// [`Fault`] when the database fails; what was leased comes back when its lease runs out.
pub async fn dispatch(env: &Env, owner: &str, limit: u64) -> Result<Dispatched, Fault> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let due = tx.logouts().lease(owner, now, now + env.policy.logout_lease, limit).await?;
    tx.commit().await?;
    let told = due.iter().map(|delivery| tell(env, owner, delivery));
    Ok(Dispatched::of(join_all(told).await))
}

async fn tell(env: &Env, owner: &str, delivery: &LogoutDelivery) -> Result<DeliveryState, Fault> {
    let client = env.store.read().await?.clients().find(&delivery.client).await?;
    let state = match client.filter(|client| client.enabled) {
        Some(client) => match &client.backchannel_logout {
            Some(listens) => {
                let token = logout_token(env, &client, delivery)?;
                outcome(env, delivery, post(env, &client, &listens.uri, token).await)
            }
            None => DeliveryState::Dropped { at: env.now() },
        },
        None => DeliveryState::Dropped { at: env.now() },
    };
    settle(env, owner, delivery, &state).await?;
    Ok(state)
}

/// Section 2.4: never a nonce.
fn logout_token(env: &Env, client: &Client, delivery: &LogoutDelivery) -> Result<String, Fault> {
    let now = env.now();
    let claims = json!({
        "iss": env.issuer.as_str(),
        "aud": client.id,
        "iat": now.seconds(),
        "exp": (now + TOKEN_LIFE).seconds(),
        // Another one at every try: a client that heard the first but could not say so does not take this for a replay.
        "jti": fresh_jti(env),
        "events": { EVENT: {} },
        "sub": delivery.sub,
        "sid": delivery.sid,
    });
    let claims: Map<String, Value> = serde_json::from_value(claims).unwrap_or_default();
    Ok(env.keyring.sign(JwtKind::LogoutToken, client.response_algs().id_token, &claims, now)?)
}

/// Why a client was not told.
#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}

/// Encrypted as its ID tokens are: a client that reads those refuses one that is not (section 2.6).
async fn post(env: &Env, client: &Client, to: &Url, token: String) -> Result<(), Untold> {
    let token = match client.encryption.id_token {
        Some(how) => encrypted::encrypt(env, client, how, Content::SignedJwt(&token)).await?,
        None => token,
    };
    Ok(env.outbound.post_form(to, &[("logout_token", &token)]).await?)
}

/// 400 is the client's own word that it will never take this token (section 2.8); everything else may pass.
fn outcome(env: &Env, delivery: &LogoutDelivery, posted: Result<(), Untold>) -> DeliveryState {
    let now = env.now();
    let error = match posted {
        Ok(()) => return DeliveryState::Sent { at: now },
        Err(error) => error,
    };
    let (client, attempt) = (&delivery.client, delivery.attempts);
    tracing::warn!(%client, attempt, %error, "a client was not told of a log-out");
    let is_final = matches!(error, Untold::Outbound(OutboundError::Status(400)));
    let pause = env.policy.logout_retry.pause(attempt).filter(|_| !is_final);
    match pause {
        Some(pause) => DeliveryState::Due { at: now + pause },
        None => DeliveryState::Dead { at: now, why: error.to_string() },
    }
}

/// Ends the lease; what another node settled meanwhile is left alone.
async fn settle(
    env: &Env,
    owner: &str,
    delivery: &LogoutDelivery,
    state: &DeliveryState,
) -> Result<(), Fault> {
    let mut tx = env.store.write().await?;
    let settled = tx.logouts().settle(delivery.id, owner, state).await?;
    if settled && matches!(state, DeliveryState::Dead { .. }) {
        let event =
            AuditEvent::new(AuditAction::LogoutUndeliverable, Actor::System, env.now(), env.entropy())
                .subject(&delivery.client);
        tx.audit().record(&event).await?;
    }
    Ok(tx.commit().await?)
}
