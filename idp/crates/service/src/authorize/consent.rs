//! Consent (OpenID Connect Core section 3.1.2.4): asked for clients that are not the agency's own, and whenever a client
//! asks for it; remembered per client and scope; taken back on the account page.

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::Client;
use idp_domain::consent::Consent;
use idp_domain::ports::Tx;
use idp_domain::scope::Scopes;

use super::errand::OpenRequest;
use super::request::{AuthorizationRequest, Prompt};
use super::{AuthorizeError, decide};
use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;

/// The person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Allow,
    Deny,
}

/// What is asked.
#[derive(Debug)]
pub struct ConsentAsked {
    pub open: OpenRequest,
    /// What the client wants to know or do.
    pub scopes: Scopes,
    /// Which of it the person allowed before.
    pub known: Scopes,
}

/// Whether the person must be asked. A consent given after the request arrived answers `prompt=consent`.
pub(super) async fn is_needed(
    env: &Env,
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
) -> Result<bool, Fault> {
    let asked_anew = request.prompts(Prompt::Consent);
    if client.first_party && !asked_anew {
        return Ok(false);
    }
    let given = find(&mut *env.store.read().await?, request, signed_in).await?;
    let enough = |consent: Consent| {
        consent.covers(&request.consent_scopes())
            && (!asked_anew || request.is_answered_at(consent.granted_at))
    };
    Ok(!given.is_some_and(enough))
}

/// Whether to ask now: the person is proven as the request wants it, has no step left to take, and has not answered yet.
pub(super) async fn is_due(env: &Env, open: &OpenRequest, signed_in: &SignedIn) -> Result<bool, Fault> {
    let OpenRequest { request, client, .. } = open;
    Ok(decide::may_consent(env, request, client, signed_in).await?
        && is_needed(env, request, client, signed_in).await?)
}

async fn find(
    tx: &mut dyn Tx,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Consent>, Fault> {
    Ok(tx.consents().find(signed_in.account.id, &request.client_id).await?)
}

/// What to ask, or nothing when something else comes first or the answer is known.
pub(super) async fn asked(
    env: &Env,
    open: OpenRequest,
    signed_in: &SignedIn,
) -> Result<Option<ConsentAsked>, AuthorizeError> {
    if !is_due(env, &open, signed_in).await? {
        return Ok(None);
    }
    let given = find(&mut *env.store.read().await?, &open.request, signed_in).await?;
    let known = given.map(|consent| consent.scopes).unwrap_or_default();
    Ok(Some(ConsentAsked { scopes: open.request.consent_scopes(), open, known }))
}

/// Records that the person allowed what the request asks for.
pub(super) async fn give(
    env: &Env,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    origin: &Origin,
) -> Result<(), Fault> {
    let (now, account, scopes) = (env.now(), signed_in.account.id, request.consent_scopes());
    let mut tx = env.store.write().await?;
    let consent = match find(&mut *tx, request, signed_in).await? {
        Some(known) => known.widened(&scopes, now),
        None => Consent { account, client: request.client_id.clone(), scopes, granted_at: now },
    };
    tx.consents().put(&consent).await?;
    let event = AuditEvent::new(AuditAction::ConsentGiven, Actor::Person { account }, now, env.entropy())
        .from(origin)
        .account(account)
        .subject(&request.client_id);
    tx.audit().record(&event).await?;
    Ok(tx.commit().await?)
}
