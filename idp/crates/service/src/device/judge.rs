//! Who may answer a request, and for which agency, as everything is at this moment.

use idp_domain::client::{Client, GrantType};
use idp_domain::device_grant::DeviceGrant;
use idp_domain::email::EmailAddress;
use idp_domain::ports::Tx;

use super::errand::DeviceErrand;
use crate::authorize::{self, Choice, Wanted};
use crate::company_claims::CompanyContext;
use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;

/// The request behind an errand as it concerns this person.
pub(super) struct Judged {
    pub(super) grant: DeviceGrant,
    pub(super) client: Client,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    NoAccess,
    WrongPerson,
    /// An agency that counts wants a log-in for this request: it invited the person, or ended what was open there.
    LogInAgain,
    Open(Choice),
}

/// Who is asked about what; `None` when it is over, or another session's.
///
/// # Errors
/// [`Fault`].
pub(super) async fn judge(
    env: &Env,
    tx: &mut dyn Tx,
    errand: &DeviceErrand,
    signed_in: &SignedIn,
) -> Result<Option<Judged>, Fault> {
    let (session, account) = (&signed_in.session, signed_in.account.id);
    let grant = tx.device_grants().find(errand.id).await?;
    let Some(grant) = grant.filter(|it| it.is_open_to(Some(session.id), env.now())) else { return Ok(None) };
    let client = tx.clients().find(&grant.client).await?;
    let Some(client) = client.filter(|it| it.enabled && it.may_use(GrantType::DeviceCode)) else {
        return Ok(None);
    };
    // What is no user name is nobody's.
    let hinted = grant.asked.login_hint.as_deref().map(EmailAddress::parse);
    if hinted.is_some_and(|hint| hint.as_ref() != Ok(&signed_in.account.user_name)) {
        return Ok(Some(Judged { grant, client, outcome: Outcome::WrongPerson }));
    }
    // An open session elsewhere accepts no invitation, and none of before the agency ended everything counts.
    let is_for_it = session.auth_time >= errand.begun;
    let admits = |CompanyContext { membership, .. }: &CompanyContext| {
        membership.counts_log_in(session.auth_time) && (membership.is_active() || is_for_it)
    };
    let wanted = Wanted { named: grant.asked.company.as_deref(), scopes: &grant.asked.scopes };
    let outcome = match authorize::choose(tx, wanted, &client, account).await? {
        Choice::Refused => Outcome::NoAccess,
        Choice::Company(only) if !admits(&only) => Outcome::LogInAgain,
        Choice::Several(several) if !several.iter().all(admits) => Outcome::LogInAgain,
        choice => Outcome::Open(choice),
    };
    Ok(Some(Judged { grant, client, outcome }))
}

/// The same for who opens it, and whose it is from then on; a person whom it is not for takes it from nobody.
///
/// # Errors
/// [`Fault`].
pub(super) async fn claim(
    env: &Env,
    tx: &mut dyn Tx,
    errand: &DeviceErrand,
    signed_in: &SignedIn,
) -> Result<Option<Judged>, Fault> {
    let Some(judged) = judge(env, tx, errand, signed_in).await? else { return Ok(None) };
    let is_open = matches!(judged.outcome, Outcome::WrongPerson)
        || tx.device_grants().claim(errand.id, signed_in.session.id, env.now()).await?;
    Ok(is_open.then_some(judged))
}
