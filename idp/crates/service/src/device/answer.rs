//! The person's answer to a computer that wants to go on as them (RFC 8628 section 3.3, BCP 247, rules section 6). Only the
//! session that opened the request answers it (attack 38, CVE-2026-45337). A no is final.

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::Client;
use idp_domain::device_grant::{DeviceGrant, DeviceState};
use idp_domain::grant::Consented;
use idp_domain::id::{CompanyId, DeviceGrantId};
use idp_domain::ports::{StoreError, Tx};

use super::errand::{DeviceErrand, Visitor, is_ready};
use super::judge::{Judged, Outcome, claim, judge};
use super::proximity::{Distance, Whereabouts};
use super::view::permits;
use crate::authorize::{self, ACR_PASSWORD, AuthorizeError, Choice, Flow, OpenFlow, Untrusted};
use crate::company_claims::CompanyContext;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::membership;
use crate::session::{self, SignedIn};
use crate::subjects;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceAnswer {
    /// For the agency that the page named, or the person chose there; for none if it named none.
    Allow(Option<CompanyId>),
    Deny,
    /// The computer is elsewhere, and theirs all the same.
    IsTheirs,
    /// Not as who is logged in: whoever logs in next in this browser is asked.
    SomebodyElse,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    Allowed,
    Denied,
}

/// What an answer came to.
#[derive(Debug)]
pub enum AnswerStep {
    Done(Answered),
    /// Something comes first, or has changed: the flow says what.
    GoOn(Flow),
    /// Nobody was let in: the yes was for an agency that is not open, or no longer, or for none where there is one.
    AnotherAgency(Flow),
}

/// Takes the answer. The first yes and any no count: a second click finds what the first came to, and who said yes may still
/// go back and say no.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn answer(
    env: &Env,
    flow: &str,
    answer: DeviceAnswer,
    visitor: Visitor<'_>,
) -> Result<AnswerStep, AuthorizeError> {
    let OpenFlow::Device(open) = authorize::open(env, flow).await? else {
        return Err(AuthorizeError::Page(Untrusted::NotOurFlow));
    };
    let mut errand = open.errand;
    let by = visitor.signed_in.filter(|_| errand.is_of(visitor));
    let answered = match (by, answer) {
        (None, _) => None,
        (Some(by), DeviceAnswer::Allow(company)) => {
            match allow(env, &errand, (by, company), visitor.origin).await? {
                Approval::Given => Some(Answered::Allowed),
                Approval::NotWhatWasShown => {
                    return Ok(AnswerStep::AnotherAgency(authorize::answer_device(env, errand)?));
                }
                Approval::NotNow => {
                    let mut tx = env.store.read().await?;
                    came_to(env, &mut *tx, errand.id, by).await?
                }
            }
        }
        // A no asks for no password.
        (Some(by), DeviceAnswer::Deny) => {
            deny(env, &errand, by, visitor.origin).await?.then_some(Answered::Denied)
        }
        (Some(_), DeviceAnswer::IsTheirs) => {
            errand.is_theirs = true;
            None
        }
        (Some(by), DeviceAnswer::SomebodyElse) => {
            errand.is_theirs = false;
            let mut tx = env.store.write().await?;
            tx.device_grants().release(errand.id, by.session.id).await?;
            tx.commit().await?;
            None
        }
    };
    Ok(match answered {
        Some(answered) => AnswerStep::Done(answered),
        None => AnswerStep::GoOn(authorize::answer_device(env, errand)?),
    })
}

/// What this session has answered already. A yes that ended since, by a no that came later above all, lets nobody in, and one
/// that nobody fetched in time is over like any other code.
pub(super) async fn came_to(
    env: &Env,
    tx: &mut dyn Tx,
    grant: DeviceGrantId,
    by: &SignedIn,
) -> Result<Option<Answered>, Fault> {
    let (known, now) = (tx.device_grants().find(grant).await?, env.now());
    let Some(known) = known.filter(|it| it.is_claimed_by(Some(by.session.id))) else { return Ok(None) };
    Ok(match known.state {
        DeviceState::Approved { .. } => (now < known.expires_at).then_some(Answered::Allowed),
        DeviceState::Redeemed { grant: root } => {
            let live = tx.grants().list_live_of_account(by.account.id, now).await?;
            let is_in = live.iter().any(|family| family.root() == root);
            Some(if is_in { Answered::Allowed } else { Answered::Denied })
        }
        DeviceState::Denied => Some(Answered::Denied),
        DeviceState::Pending | DeviceState::Claimed => None,
    })
}

/// No is no, and final: also a moment after a yes, when the computer may have what it asked for already. `false` when it is not
/// this person's to deny.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn deny(
    env: &Env,
    errand: &DeviceErrand,
    by: &SignedIn,
    origin: &Origin,
) -> Result<bool, Fault> {
    let (now, session) = (env.now(), by.session.id);
    let mut tx = env.store.write().await?;
    tx.accounts().lock(by.account.id).await?;
    // Who turns away at a step before the page (R51) has not seen it.
    claim(env, &mut *tx, errand, by).await?;
    let denied = tx.device_grants().deny(errand.id, session, now).await?;
    let known = tx.device_grants().find(errand.id).await?;
    let Some(grant) = known.filter(|it| it.is_claimed_by(Some(session))) else { return Ok(false) };
    let is_over = match grant.state {
        DeviceState::Redeemed { grant } => session::end_app(env, &mut *tx, by.account.id, grant).await?,
        _ => false,
    };
    if denied || is_over {
        tx.audit().record(&told(env, AuditAction::DeviceDenied, &grant, by, origin)).await?;
        tx.commit().await?;
        env.bell.ring(Queue::Logout);
    }
    Ok(matches!(grant.state, DeviceState::Denied | DeviceState::Redeemed { .. }))
}

/// What a yes came to.
enum Approval {
    Given,
    /// The page has become false: nothing is approved that it did not name.
    NotWhatWasShown,
    /// Something else stands in its way, which the approval page says.
    NotNow,
}

async fn allow(
    env: &Env,
    errand: &DeviceErrand,
    by: (&SignedIn, Option<CompanyId>),
    origin: &Origin,
) -> Result<Approval, Fault> {
    match approve(env, errand, by, origin).await {
        // Another tab accepted the same invitation at the same moment: look again, once.
        Err(Fault::Store(StoreError::Stale)) => approve(env, errand, by, origin).await,
        other => other,
    }
}

async fn approve(
    env: &Env,
    errand: &DeviceErrand,
    (known, chosen): (&SignedIn, Option<CompanyId>),
    origin: &Origin,
) -> Result<Approval, Fault> {
    let mut tx = env.store.write().await?;
    // A changed password, a log-out or a deactivation at this moment comes before or after, not in between.
    let Some(signed_in) = session::lock(env, &mut *tx, known).await?.filter(|it| is_ready(env, it)) else {
        return Ok(Approval::NotNow);
    };
    let judged = judge(env, &mut *tx, errand, &signed_in).await?;
    let Some(Judged { grant, client, outcome: Outcome::Open(choice) }) = judged else {
        return Ok(Approval::NotNow);
    };
    let whereabouts = Whereabouts::of(env, grant.asked.place.address, origin.address);
    match whereabouts.distance {
        Distance::Abroad => return Ok(Approval::NotNow),
        Distance::Elsewhere if !errand.is_theirs => return Ok(Approval::NotNow),
        Distance::Near | Distance::Elsewhere => {}
    }
    let is_choice = matches!(choice, Choice::Several(_));
    let Ok(context) = agreed(choice, chosen) else { return Ok(Approval::NotWhatWasShown) };
    let consented = consented(env, &mut *tx, (&grant, &client), (&signed_in, context.as_ref())).await?;
    if !tx.device_grants().approve(grant.id, &consented, env.now()).await? {
        return Ok(Approval::NotNow);
    }
    if let Some(context) = context {
        membership::admit(env, &mut *tx, (context, signed_in.session.auth_time), origin).await?;
    }
    if let Some(company) = chosen.filter(|_| is_choice) {
        tx.company_choices().put(signed_in.account.id, &client.id, company, env.now()).await?;
    }
    if !client.first_party {
        let permits = permits(&grant.asked, chosen);
        authorize::allow(env, &mut *tx, (&client, &permits), &signed_in, origin).await?;
    }
    let event = told(env, AuditAction::DeviceApproved, &grant, &signed_in, origin);
    tx.audit().record(&chosen.into_iter().fold(event, AuditEvent::company)).await?;
    tx.commit().await?;
    Ok(Approval::Given)
}

/// None of the agencies that are open to the person.
struct NotOffered;

fn agreed(choice: Choice, chosen: Option<CompanyId>) -> Result<Option<CompanyContext>, NotOffered> {
    let open = match choice {
        Choice::Company(only) => vec![*only],
        Choice::Several(several) => several,
        Choice::NotNeeded if chosen.is_none() => return Ok(None),
        Choice::NotNeeded | Choice::Refused => Vec::new(),
    };
    open.into_iter().find(|it| Some(it.company.id) == chosen).map(Some).ok_or(NotOffered)
}

async fn consented(
    env: &Env,
    tx: &mut dyn Tx,
    (grant, client): (&DeviceGrant, &Client),
    (signed_in, context): (&SignedIn, Option<&CompanyContext>),
) -> Result<Consented, Fault> {
    let SignedIn { session, account } = signed_in;
    Ok(Consented {
        account: account.id,
        pairwise: subjects::find_or_draw(env, tx, client, account.id).await?,
        session: session.id,
        company: context.map(|it| (it.company.id, it.membership.id)),
        scopes: grant.asked.scopes.clone(),
        claims: idp_domain::claims_request::RequestedClaims::default(),
        resources: grant.asked.resources.clone(),
        auth_time: session.auth_time,
        amr: session.amr.clone(),
        acr: Some(ACR_PASSWORD.to_owned()),
    })
}

pub(super) fn told(
    env: &Env,
    action: AuditAction,
    grant: &DeviceGrant,
    by: &SignedIn,
    origin: &Origin,
) -> AuditEvent {
    let actor = Actor::Person { account: by.account.id };
    let event = AuditEvent::new(action, actor, env.now(), env.entropy()).from(origin);
    event.account(by.account.id).client(&grant.client).subject(grant.id)
}
