//! Switching to another company without a log-in (R4; `company.md` section 3, "Switching"): a refresh that names a company
//! begins a new family for it. The presented token is not used up, and its own family stays. Whoever asks the same again within
//! the grace of a refresh has the same tokens; later, another family takes the place of the one before, the log-in's own
//! included. Never tells why it refuses: whether there is such a company, and who belongs to it, is nobody's to learn.

use std::collections::BTreeSet;

use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::Resource;
use idp_domain::company::CompanyRef;
use idp_domain::grant::{Consented, Grant, RefreshState, RevocationReason};
use idp_domain::id::{CompanyId, GrantId, RefreshTokenId};
use idp_domain::member::Membership;
use idp_domain::ports::{Purpose, Tx};
use idp_domain::scope::{Scope, Scopes};
use idp_domain::secret::Token;

use super::issue::Issue;
use super::refresh::{Presented, Renewal, invalid};
use super::{Asked, TokenSet};
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
    let Renewal { asked: &Asked { env, client, key, .. }, now, .. } = *renewal;
    let from = &presented.grant.consented;
    // One that speaks for no agency was never asked about one.
    let may_switch = client.may_switch_company && client.company.is_none() && from.company.is_some();
    ensure(may_switch, || OAuthError::grant("this client may not switch companies"))?;
    let mut tx = env.store.write().await?;
    // A log-out, a deactivation or the client's end at this moment comes before or after, not in between.
    tx.accounts().lock(from.account).await?;
    tx.clients().hold(&client.id).await?;
    if is_replay(renewal, &mut *tx, presented).await? {
        return Err(renewal.reused(tx, &presented.grant).await?.into());
    }
    let context = tx.grants().find_in_context(presented.grant.id).await?.ok_or_else(invalid)?;
    if !renewal.holds_key_of(&context.grant) {
        return Err(renewal.without_key(tx, &presented.row, &presented.grant).await?.into());
    }
    ensure(matches!(standing(context, now), Standing::Good { .. }), invalid)?;
    let company = company.unwrap_or(CompanyId::NOBODYS);
    let member = tx.memberships().find_of_account(company, from.account).await?;
    let member = member.filter(Membership::is_active).ok_or_else(invalid)?;
    let (root, company) = (presented.grant.root(), member.company);
    let grant = switched(renewal, &presented.grant, &member, (scopes, audience.clone()));
    let issue = |grant| Issue { env, client, grant, audience: audience.as_ref(), key, refusal: invalid };
    let earlier = tx.grants().find_switched_to(root, company).await?;
    if let Some(earlier) = earlier.filter(|earlier| is_the_same(renewal, earlier, &grant))
        && let Some(first) = same_first(renewal, &mut *tx, presented, &earlier).await?
    {
        return issue(&earlier).again(tx, &first).await;
    }
    tx.grants().revoke_switched_to(root, company, RevocationReason::SwitchedAgain, now).await?;
    record(renewal, &mut *tx, &grant, &member).await?;
    let secret = env.sealer.derive(Purpose::SwitchedFamily, &seed(presented, &grant));
    // Judges the company, the membership and the consent, as of every grant.
    issue(&grant).begin(tx, Token::with_secret(first_id(&grant), secret)).await
}

/// Whether a switch of a moment ago, by whichever of twenty that ask at once or for an answer that was lost, began just what is
/// asked for now.
fn is_the_same(renewal: &Renewal<'_>, earlier: &Grant, asked: &Grant) -> bool {
    let grace = renewal.asked.env.policy.refresh_grace;
    let is_same = earlier.consented == asked.consented && earlier.key == asked.key;
    grace.retries > 0 && renewal.now < earlier.created_at + grace.span && is_same
}

/// The first refresh token of the earlier family, if the presented one switched to it; its grace ends when it was used, as that
/// of a successor does.
async fn same_first(
    renewal: &Renewal<'_>,
    tx: &mut dyn Tx,
    presented: &Presented,
    earlier: &Grant,
) -> Result<Option<Token<RefreshTokenId>>, Fault> {
    let id = first_id(earlier);
    let Some(row) = tx.refresh_tokens().find(id).await?.filter(|row| row.state == RefreshState::Current)
    else {
        return Ok(None);
    };
    let derived = renewal.asked.env.sealer.derive_all(Purpose::SwitchedFamily, &seed(presented, earlier));
    let mut tokens = derived.into_iter().map(|secret| Token::with_secret(id, secret));
    Ok(tokens.find(|token| token.proves(&row.digest)))
}

/// What the secret of a family's first refresh token is derived from, so that only its digest is stored: who has no more than
/// the family's id cannot.
fn seed(presented: &Presented, grant: &Grant) -> Vec<u8> {
    [presented.token.secret().as_slice(), grant.id.to_string().as_bytes()].concat()
}

/// The first token of a family that was switched to is found by the family's own id.
const fn first_id(grant: &Grant) -> RefreshTokenId {
    RefreshTokenId::from_uuid(grant.id.uuid())
}

/// Whether the token was used up since it was recovered, beyond its grace; who asks again is not counted here.
async fn is_replay(renewal: &Renewal<'_>, tx: &mut dyn Tx, presented: &Presented) -> Result<bool, Refusal> {
    let row = tx.refresh_tokens().find(presented.row.id).await?.ok_or_else(invalid)?;
    let successor = match row.state {
        RefreshState::Current => None,
        RefreshState::Rotated { successor, .. } => tx.refresh_tokens().find(successor).await?,
    };
    Ok(!row.is_presentable(successor.as_ref(), renewal.asked.env.policy.refresh_grace, renewal.now))
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
        None => &from.consented.resources & &renewal.asked.client.resources,
    };
    let outlives_session =
        from.is_of_a_computer() || (from.outlives_session && scopes.contains(Scope::OfflineAccess));
    Grant {
        id: GrantId::new(renewal.now, renewal.asked.env.entropy()),
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
        key: from.key.or(renewal.asked.family_key()),
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
    let Renewal { asked: &Asked { env, client, origin, .. }, now, .. } = *renewal;
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
