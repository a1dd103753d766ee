//! Who may answer a request, and for which agency, as everything is at this moment.

use std::net::IpAddr;

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
use crate::throttle::network_of;

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
    let hinted = grant.asked.login_hint.as_deref().map(EmailAddress::parse);
    if hinted.is_some_and(|hint| hint.is_ok_and(|hint| hint != signed_in.account.user_name)) {
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

/// Whether computer and browser are behind the same address; a person's own network is one IPv4 address or one /64.
pub(super) fn is_near(asked_from: Option<IpAddr>, answered_from: Option<IpAddr>) -> bool {
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
