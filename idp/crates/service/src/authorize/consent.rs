//! Consent (OpenID Connect Core section 3.1.2.4): asked for clients that are not the agency's own, and whenever a client
//! asks for it; remembered per client, scope, agency and API; taken back on the account page.

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::Client;
use idp_domain::company::{Company, CompanyRef};
use idp_domain::consent::{Consent, Permitted};
use idp_domain::id::{AccountId, CompanyId};
use idp_domain::ports::Tx;

use super::chooser;
use super::company::Choice;
use super::decide::{self, Before};
use super::errand::OpenRequest;
use super::request::{AuthorizationRequest, Prompt};
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
    /// The agency the request is for.
    pub company: Option<Company>,
    /// What the client wants.
    pub asked: Permitted,
    /// What the person allowed it before.
    pub known: Permitted,
}

/// What the person allowed the client as they know it.
async fn given(tx: &mut dyn Tx, account: AccountId, client: &Client) -> Result<Option<Consent>, Fault> {
    let given = tx.consents().find(account, &client.id).await?;
    let since = client.about.known_since;
    Ok(given.filter(|consent| since.is_none_or(|since| consent.granted_at >= since)))
}

/// Whether the person must be asked for the agency that was chosen. A consent given after the request arrived answers
/// `prompt=consent`.
pub(super) async fn is_needed(
    tx: &mut dyn Tx,
    request: &AuthorizationRequest,
    client: &Client,
    account: AccountId,
    company: Option<CompanyId>,
) -> Result<bool, Fault> {
    let asked_anew = request.prompts(Prompt::Consent);
    if client.first_party && !asked_anew {
        return Ok(false);
    }
    let given = given(tx, account, client).await?;
    let enough = |consent: Consent| {
        consent.permitted.covers(&request.asked(company))
            && (!asked_anew || request.is_answered_at(consent.granted_at))
    };
    Ok(!given.is_some_and(enough))
}

/// Whether the client may learn in silence what becomes of its request: one that the person never allowed to know of the agency
/// it names hears the same whether the person works there or not. Where somebody is asked, the client waits for their answer.
pub(super) async fn may_learn(
    tx: &mut dyn Tx,
    request: &AuthorizationRequest,
    client: &Client,
    account: AccountId,
) -> Result<bool, Fault> {
    if client.first_party || !request.prompts(Prompt::None) {
        return Ok(true);
    }
    let given = given(tx, account, client).await?;
    let company = match (client.company, request.company.as_deref().map(CompanyRef::parse)) {
        (Some(own), _) => Some(own),
        (None, None) => None,
        (None, Some(Ok(named))) => {
            let company = tx.companies().find_by_ref(&named).await?;
            Some(company.map_or(CompanyId::NOBODYS, |company| company.id))
        }
        (None, Some(Err(_))) => Some(CompanyId::NOBODYS),
    };
    Ok(given.is_some_and(|consent| consent.permitted.covers(&request.asked(company))))
}

/// What to ask, or nothing when something else comes first or the answer is known.
pub(super) async fn asked(
    env: &Env,
    open: &OpenRequest,
    signed_in: &SignedIn,
) -> Result<Option<ConsentAsked>, Fault> {
    let OpenRequest { request, client, is_answered, .. } = open;
    let account = signed_in.account.id;
    if *is_answered || !matches!(decide::before(env, request, client, signed_in).await?, Before::Nothing) {
        return Ok(None);
    }
    let mut tx = env.store.read().await?;
    let choice = chooser::choose(&mut *tx, request, client, account).await?;
    let company = choice.company().cloned();
    let id = company.as_ref().map(|company| company.id);
    let is_open = matches!(choice, Choice::Company(_) | Choice::NotNeeded);
    if !is_open || !is_needed(&mut *tx, request, client, account, id).await? {
        return Ok(None);
    }
    let given = given(&mut *tx, account, client).await?;
    let known = given.map(|consent| consent.permitted).unwrap_or_default();
    Ok(Some(ConsentAsked { company, asked: request.asked(id), known }))
}

/// Records that the person allowed what was asked.
pub(super) async fn give(
    env: &Env,
    allowed: (&Client, &Permitted),
    signed_in: &SignedIn,
    origin: &Origin,
) -> Result<(), Fault> {
    let mut tx = env.store.write().await?;
    // A withdrawal at this moment comes before or after, not in between.
    tx.accounts().lock(signed_in.account.id).await?;
    allow(env, &mut *tx, allowed, signed_in, origin).await?;
    Ok(tx.commit().await?)
}

/// The same in the caller's transaction, which has locked the account.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn allow(
    env: &Env,
    tx: &mut dyn Tx,
    (client, asked): (&Client, &Permitted),
    signed_in: &SignedIn,
    origin: &Origin,
) -> Result<(), Fault> {
    let (now, account) = (env.now(), signed_in.account.id);
    let consent = match given(tx, account, client).await? {
        Some(known) => known.widened(asked, now),
        None => Consent { account, client: client.id.clone(), permitted: asked.clone(), granted_at: now },
    };
    tx.consents().put(&consent).await?;
    let event = AuditEvent::new(AuditAction::ConsentGiven, Actor::Person { account }, now, env.entropy());
    Ok(tx.audit().record(&event.from(origin).account(account).subject(&client.id)).await?)
}
