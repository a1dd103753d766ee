//! The person's answer to a computer that wants to go on as them (RFC 8628 section 3.3, BCP 247, rules section 6). A code is
//! claimed by the first signed-in session that opens it, and only that one answers (attack 38, CVE-2026-45337). A no is final.

use std::net::IpAddr;

use idp_domain::Timestamp;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::{Client, GrantType};
use idp_domain::company::Company;
use idp_domain::consent::Permitted;
use idp_domain::device_grant::{DeviceGrant, DeviceRequest, DeviceState};
use idp_domain::email::EmailAddress;
use idp_domain::grant::{Consented, RevocationReason};
use idp_domain::id::{CompanyId, DeviceGrantId};
use idp_domain::ports::Tx;
use serde::{Deserialize, Serialize};

use crate::authorize::{self, ACR_PASSWORD, Choice, Flow, OpenFlow, Step, Wanted};
use crate::company_claims::CompanyContext;
use crate::env::Env;
use crate::fault::Fault;
use crate::membership;
use crate::session::{self, SignedIn};
use crate::subjects;
use crate::throttle::network_of;

/// What a page carries, sealed: which request is being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceErrand {
    id: DeviceGrantId,
    /// When its code was typed: a log-in of later than this was for it.
    begun: Timestamp,
    /// Whether the person said that the computer is theirs although it is elsewhere.
    is_theirs: bool,
}

impl DeviceErrand {
    pub(super) const fn begin(id: DeviceGrantId, begun: Timestamp) -> Self {
        Self { id, begun, is_theirs: false }
    }
}

/// What the approval page shows.
#[derive(Debug)]
pub enum DeviceView {
    /// Expired, answered, or another session's: never says which.
    Over,
    /// The program asked for somebody else than who is logged in.
    WrongPerson,
    /// One answer for every reason not to let the person in there (`company.md` section 3).
    NoAccess,
    /// The request came from another network than the answer: asked first whether that can be (BCP 247 section 6.1.1).
    Elsewhere(Box<DeviceAsked>),
    Ask(Box<DeviceAsked>),
}

/// What the person decides about.
#[derive(Debug)]
pub struct DeviceAsked {
    pub client: Client,
    /// The agency it is for; where there are several to choose from, the first.
    pub company: Option<Company>,
    /// What to choose from; empty when there is no choice.
    pub companies: Vec<CompanyContext>,
    pub asked: DeviceRequest,
    pub asked_at: Timestamp,
    /// What a client that is not the agency's own will know; `None` for one that is.
    pub permits: Option<Permitted>,
}

/// The person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceAnswer {
    /// For this agency, where there was a choice.
    Allow(Option<CompanyId>),
    Deny,
    /// The computer is elsewhere, and theirs all the same.
    IsTheirs,
}

/// What the answer came to.
#[derive(Debug)]
pub enum Answered {
    Allowed,
    Denied,
    /// Something comes first: the flow says what.
    GoOn(Flow),
}

/// The request behind an errand as it concerns this person.
struct Judged {
    grant: DeviceGrant,
    client: Client,
    outcome: Outcome,
}

enum Outcome {
    NoAccess,
    WrongPerson,
    Open(Choice),
}

/// What comes next for whoever is in the browser: the log-in, a step that is left to take, or the approval page.
///
/// # Errors
/// [`Fault`].
pub(crate) fn proceed(
    env: &Env,
    errand: DeviceErrand,
    browser: Option<&SignedIn>,
) -> Result<Step, Fault> {
    let flow = authorize::answer_device(env, errand)?;
    let Some(signed_in) = browser.filter(|it| is_fresh(env, it)) else { return Ok(Step::LogIn(flow)) };
    Ok(match signed_in.account.required_action(env.policy.questions) {
        Some(action) => Step::Act(action, flow),
        None => Step::Device(flow),
    })
}

fn is_fresh(env: &Env, signed_in: &SignedIn) -> bool {
    signed_in.session.is_fresh(env.policy.device_fresh, env.now())
}

/// The approval page for a person who is fresh and free of other steps; claims the request for their session. `None`: the flow
/// must go on elsewhere first.
///
/// # Errors
/// [`authorize::AuthorizeError::Page`] when the flow is not one of ours.
pub async fn view(
    env: &Env,
    flow: &str,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Option<DeviceView>, authorize::AuthorizeError> {
    let OpenFlow::Device(errand) = authorize::open(env, flow).await? else { return Ok(None) };
    let Some(signed_in) = browser.filter(|it| is_ready(env, it)) else { return Ok(None) };
    let mut tx = env.store.write().await?;
    if !tx.device_grants().claim(errand.id, signed_in.session.id, env.now()).await? {
        return Ok(Some(DeviceView::Over));
    }
    let Some(judged) = judge(env, &mut *tx, errand, (signed_in, None)).await? else {
        return Ok(Some(DeviceView::Over));
    };
    tx.commit().await?;
    let Judged { grant, client, outcome } = judged;
    let choice = match outcome {
        Outcome::NoAccess => return Ok(Some(DeviceView::NoAccess)),
        Outcome::WrongPerson => return Ok(Some(DeviceView::WrongPerson)),
        Outcome::Open(choice) => choice,
    };
    let company = match &choice {
        Choice::Several(several) => several.first().map(|it| it.company.clone()),
        one => one.company().cloned(),
    };
    let permits = (!client.first_party).then(|| permits(&grant, company.as_ref().map(|it| it.id)));
    let companies = if let Choice::Several(several) = choice { several } else { Vec::new() };
    let is_near = errand.is_theirs || is_near(grant.asked.place.address, origin.address);
    let (asked, asked_at) = (grant.asked, grant.issued_at);
    let asked = Box::new(DeviceAsked { client, company, companies, asked, asked_at, permits });
    Ok(Some(if is_near { DeviceView::Ask(asked) } else { DeviceView::Elsewhere(asked) }))
}

fn is_ready(env: &Env, signed_in: &SignedIn) -> bool {
    is_fresh(env, signed_in) && signed_in.account.required_action(env.policy.questions).is_none()
}

/// Takes the answer. The first yes and any no count: a second click finds what the first came to, and who said yes may still
/// go back and say no.
///
/// # Errors
/// [`authorize::AuthorizeError::Page`] when the flow is not one of ours.
pub async fn answer(
    env: &Env,
    flow: &str,
    answer: DeviceAnswer,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Answered, authorize::AuthorizeError> {
    let OpenFlow::Device(errand) = authorize::open(env, flow).await? else {
        return Err(authorize::AuthorizeError::Page(authorize::Untrusted::NotOurFlow));
    };
    let again = |errand| authorize::answer_device(env, errand).map(Answered::GoOn);
    let Some(signed_in) = browser.filter(|it| is_ready(env, it)) else { return Ok(again(errand)?) };
    Ok(match answer {
        DeviceAnswer::IsTheirs => again(DeviceErrand { is_theirs: true, ..errand })?,
        DeviceAnswer::Deny => {
            deny(env, errand, signed_in, origin).await?;
            Answered::Denied
        }
        DeviceAnswer::Allow(company) => {
            if approve(env, errand, (signed_in, company), origin).await? {
                Answered::Allowed
            } else {
                let known = env.store.read().await?.device_grants().find(errand.id).await?;
                let own = known.filter(|it| it.is_claimed_by(Some(signed_in.session.id)));
                match own.map(|it| it.state) {
                    Some(DeviceState::Approved { .. } | DeviceState::Redeemed { .. }) => Answered::Allowed,
                    Some(DeviceState::Denied) => Answered::Denied,
                    _ => again(errand)?,
                }
            }
        }
    })
}

/// No is no, and final: also a moment after a yes, when the computer may have what it asked for already.
async fn deny(env: &Env, errand: DeviceErrand, by: &SignedIn, origin: &Origin) -> Result<(), Fault> {
    let (now, session) = (env.now(), by.session.id);
    let mut tx = env.store.write().await?;
    tx.accounts().lock(by.account.id).await?;
    let denied = tx.device_grants().deny(errand.id, session, now).await?;
    let known = tx.device_grants().find(errand.id).await?;
    let revoked = match known.filter(|it| it.is_claimed_by(Some(session))).map(|it| it.state) {
        Some(DeviceState::Redeemed { grant }) => {
            tx.grants().revoke(grant, RevocationReason::SignedOut, now).await?
        }
        _ => false,
    };
    if denied || revoked {
        tx.audit().record(&told(env, AuditAction::DeviceDenied, errand.id, by, origin)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// `false` when something stands in its way, which the approval page says.
async fn approve(
    env: &Env,
    errand: DeviceErrand,
    (known, chosen): (&SignedIn, Option<CompanyId>),
    origin: &Origin,
) -> Result<bool, Fault> {
    let mut tx = env.store.write().await?;
    // A changed password, a log-out or a deactivation at this moment comes before or after, not in between.
    let Some(signed_in) = session::lock(env, &mut *tx, known).await?.filter(|it| is_ready(env, it)) else {
        return Ok(false);
    };
    let Some(judged) = judge(env, &mut *tx, errand, (&signed_in, chosen)).await? else { return Ok(false) };
    let Judged { grant, client, outcome: Outcome::Open(choice) } = judged else { return Ok(false) };
    if !errand.is_theirs && !is_near(grant.asked.place.address, origin.address) {
        return Ok(false);
    }
    let context = match choice {
        Choice::Company(context) => Some(*context),
        Choice::NotNeeded => None,
        Choice::Several(_) | Choice::Refused => return Ok(false),
    };
    let company = context.as_ref().map(|it| it.company.id);
    let permits = (!client.first_party).then(|| permits(&grant, company));
    let consented = consented(env, &mut *tx, (&grant, &client), (&signed_in, context.as_ref())).await?;
    if !tx.device_grants().approve(grant.id, &consented, env.now()).await? {
        return Ok(false);
    }
    if let Some(context) = context {
        membership::admit(env, &mut *tx, (context, signed_in.session.auth_time), origin).await?;
    }
    if let Some(chosen) = chosen {
        tx.company_choices().put(signed_in.account.id, &client.id, chosen, env.now()).await?;
    }
    if let Some(permits) = permits {
        authorize::allow(env, &mut *tx, (&client.id, &permits), &signed_in, origin).await?;
    }
    let event = told(env, AuditAction::DeviceApproved, grant.id, &signed_in, origin);
    let event = event.client(&client.id);
    let event = match company {
        Some(company) => event.company(company),
        None => event,
    };
    tx.audit().record(&event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Who is asked about what, as it is now; `None` when it is over. The caller has claimed it, or is about to answer it by a
/// statement that sees whether it was.
async fn judge(
    env: &Env,
    tx: &mut dyn Tx,
    errand: DeviceErrand,
    (signed_in, chosen): (&SignedIn, Option<CompanyId>),
) -> Result<Option<Judged>, Fault> {
    let (session, account) = (&signed_in.session, signed_in.account.id);
    let grant = tx.device_grants().find(errand.id).await?;
    let Some(grant) = grant.filter(|it| it.is_open_to(Some(session.id), env.now())) else { return Ok(None) };
    let client = tx.clients().find(&grant.client).await?;
    let Some(client) = client.filter(|it| it.enabled && it.may_use(GrantType::DeviceCode)) else {
        return Ok(None);
    };
    let hinted = grant.asked.login_hint.as_deref().map(EmailAddress::parse);
    if hinted.is_some_and(|hint| hint.is_ok_and(|hint| hint != signed_in.account.user_name)) {
        return Ok(Some(Judged { grant, client, outcome: Outcome::WrongPerson }));
    }
    let chosen = chosen.map(|company| company.to_string());
    let named = grant.asked.company.as_deref().or(chosen.as_deref());
    let wanted = Wanted { named, scopes: &grant.asked.scopes };
    let admits = |it: &CompanyContext| {
        // An open session elsewhere accepts no invitation, and none of before the agency ended everything counts.
        let is_for_it = session.auth_time >= errand.begun;
        it.membership.counts_log_in(session.auth_time) && (it.membership.is_active() || is_for_it)
    };
    let outcome = match authorize::choose(tx, wanted, &client, account).await? {
        Choice::Company(context) if !admits(&context) => Outcome::NoAccess,
        Choice::Refused => Outcome::NoAccess,
        choice => Outcome::Open(choice),
    };
    Ok(Some(Judged { grant, client, outcome }))
}

/// What a client of nobody's is allowed with this answer.
fn permits(grant: &DeviceGrant, company: Option<CompanyId>) -> Permitted {
    Permitted {
        scopes: grant.asked.scopes.clone(),
        companies: company.into_iter().collect(),
        resources: grant.asked.resources.clone(),
    }
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

fn told(
    env: &Env,
    action: AuditAction,
    grant: DeviceGrantId,
    by: &SignedIn,
    origin: &Origin,
) -> AuditEvent {
    let actor = Actor::Person { account: by.account.id };
    AuditEvent::new(action, actor, env.now(), env.entropy()).from(origin).account(by.account.id).subject(grant)
}

/// Whether computer and browser are behind the same address; a person's own network is one IPv4 address or one /64.
fn is_near(asked_from: Option<IpAddr>, answered_from: Option<IpAddr>) -> bool {
    let place = |address: IpAddr| match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4.to_string(),
        v6 @ IpAddr::V6(_) => network_of(v6),
    };
    // Where neither is known, there is nothing to compare.
    asked_from.map(place) == answered_from.map(place)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Rules section 6, "Proximity": the same public address is normal, any other is asked about.
    #[test]
    fn a_computer_is_near_behind_the_same_address() {
        let at = |address: &str| Some(address.parse::<IpAddr>().unwrap());
        assert!(is_near(at("198.51.100.7"), at("::ffff:198.51.100.7")));
        assert!(is_near(at("2001:db8:1:2::7"), at("2001:db8:1:2:ffff::1")));
        assert!(is_near(None, None));
        assert!(!is_near(at("198.51.100.7"), at("198.51.100.8")));
        assert!(!is_near(at("2001:db8:1:2::7"), at("2001:db8:1:3::7")));
        assert!(!is_near(None, at("198.51.100.7")));
    }
}
