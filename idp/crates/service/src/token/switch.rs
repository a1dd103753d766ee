//! Switching to another company without a log-in (R4; `company.md` section 3, "Switching"): a refresh that names a company
//! begins a new family for it. The presented token is not used up, and its own family stays. Never tells why it refuses:
//! whether there is such a company, and who belongs to it, is nobody's to learn.

use std::collections::BTreeSet;

use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::Resource;
use idp_domain::company::CompanyRef;
use idp_domain::grant::{Consented, Grant, RefreshState, RevocationReason};
use idp_domain::id::{CompanyId, GrantId};
use idp_domain::member::Membership;
use idp_domain::ports::Tx;
use idp_domain::scope::{Scope, Scopes};

use super::TokenSet;
use super::issue::first_tokens;
use super::refresh::{Presented, Renewal, invalid};
use crate::access::{Standing, standing};
use crate::env::Env;
use crate::fault::Fault;
use crate::membership;
use crate::oauth_error::{OAuthError, Refusal, ensure};

/// Where a refresh leads.
pub(super) enum Destination {
    /// No company is named, or the one that the family is for already, by whatever code of it.
    Same,
    /// `None`: the name is nobody's.
    Other(Option<CompanyId>),
}

pub(super) async fn destination(env: &Env, named: Option<&str>, grant: &Grant) -> Result<Destination, Fault> {
    let Some(named) = named else { return Ok(Destination::Same) };
    let company = match CompanyRef::parse(named) {
        Ok(named) => env.store.read().await?.companies().find_by_ref(&named).await?,
        Err(_) => None,
    };
    let (company, own) = (company.map(|it| it.id), grant.consented.company.map(|(own, _)| own));
    Ok(if company.is_some() && company == own { Destination::Same } else { Destination::Other(company) })
}

/// Begins a family for the company, with no more than was asked of what the presented one has.
pub(super) async fn to(
    renewal: &Renewal<'_>,
    presented: &Presented,
    company: Option<CompanyId>,
    (scopes, audience): (Scopes, Option<Resource>),
) -> Result<TokenSet, Refusal> {
    let Renewal { env, client, now, .. } = *renewal;
    let from = &presented.grant.consented;
    // One that speaks for no agency was never asked about one.
    let may_switch = client.may_switch_company && client.company.is_none() && from.company.is_some();
    ensure(may_switch, || OAuthError::grant("this client may not switch companies"))?;
    let mut tx = env.store.write().await?;
    // A log-out, a deactivation or the client's end at this moment comes before or after, not in between.
    tx.accounts().lock(from.account).await?;
    tx.clients().hold(&client.id).await?;
    if is_replay(renewal, &mut *tx, presented).await? {
        return Err(renewal.reused(tx, presented).await?.into());
    }
    let context = tx.grants().find_in_context(presented.grant.id).await?.ok_or_else(invalid)?;
    ensure(matches!(standing(context, now), Standing::Good { .. }), invalid)?;
    let company = company.ok_or_else(invalid)?;
    let member = tx.memberships().find_of_account(company, from.account).await?;
    let member = member.filter(Membership::is_active).ok_or_else(invalid)?;
    let grant = switched(renewal, &presented.grant, &member, (scopes, audience.clone()));
    // An answer that was lost, and asked for again, leaves no second family behind.
    let again = RevocationReason::SwitchedAgain;
    tx.grants().revoke_switched_to(presented.grant.root(), company, again, now).await?;
    record(renewal, &mut *tx, &grant, &member).await?;
    // Judges the company, the membership and the consent, as of every grant.
    first_tokens((env, client), tx, &grant, audience.as_ref(), invalid).await
}

/// As it is now, and not when it was recovered.
async fn is_replay(renewal: &Renewal<'_>, tx: &mut dyn Tx, presented: &Presented) -> Result<bool, Refusal> {
    let row = tx.refresh_tokens().find(presented.row.id).await?.ok_or_else(invalid)?;
    let successor = match row.state {
        RefreshState::Current => None,
        RefreshState::Rotated { successor, .. } => tx.refresh_tokens().find(successor).await?,
    };
    Ok(!row.is_presentable(successor.as_ref(), renewal.env.policy.refresh_grace, renewal.now))
}

/// Never for longer than the family it comes from.
fn switched(
    renewal: &Renewal<'_>,
    from: &Grant,
    member: &Membership,
    (scopes, audience): (Scopes, Option<Resource>),
) -> Grant {
    let resources = match audience {
        Some(only) => BTreeSet::from([only]),
        None => &from.consented.resources & &renewal.client.resources,
    };
    let outlives_session =
        from.is_of_a_computer() || (from.outlives_session && scopes.contains(Scope::OfflineAccess));
    Grant {
        id: GrantId::new(renewal.now, renewal.env.entropy()),
        consented: Consented {
            company: Some((member.company, member.id)),
            scopes,
            resources,
            ..from.consented.clone()
        },
        nonce: None,
        created_at: renewal.now,
        outlives_session,
        switched_from: Some(from.root()),
        ..from.clone()
    }
}

/// The agency sees who came.
async fn record(
    renewal: &Renewal<'_>,
    tx: &mut dyn Tx,
    grant: &Grant,
    member: &Membership,
) -> Result<(), Fault> {
    let Renewal { env, client, origin, now, .. } = *renewal;
    let actor = Actor::Client { client: client.id.clone() };
    let event = AuditEvent::new(AuditAction::CompanySwitched, actor, now, env.entropy())
        .from(origin)
        .client(&client.id)
        .company(member.company)
        .account(member.account)
        .subject(grant.id);
    tx.audit().record(&event).await?;
    // The chooser of the next log-in offers it first.
    tx.company_choices().put(member.account, &client.id, member.company, now).await?;
    membership::note_sign_in(env, tx, (member, grant.consented.auth_time), origin).await
}
