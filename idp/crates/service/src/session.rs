//! From the session cookie to the person behind it (rules section 5), and the end of a session: what began in it ends, and
//! every client that took part is told (OpenID Connect Back-Channel Logout section 2).

use std::collections::BTreeMap;

use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::grant::{Grant, RevocationReason};
use idp_domain::id::{AccountId, GrantId, SessionId};
use idp_domain::logout::LogoutDelivery;
use idp_domain::ports::Tx;
use idp_domain::secret::Token;
use idp_domain::session::{Session, SessionLife};

use crate::authorize::OwnPage;
use crate::env::{Env, Policy};
use crate::fault::Fault;
use crate::token::sid;

/// A person with a live session and an active account. Only this file makes one.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: Session,
    pub account: Account,
}

impl SignedIn {
    /// Whether the person may see this page of their own without logging in again.
    pub fn may_open(&self, page: OwnPage, env: &Env) -> bool {
        let is_free = self.account.required_action(env.policy.questions).is_none();
        is_free && (!page.needs_fresh_log_in() || self.session.is_fresh(env.policy.fresh, env.now()))
    }
}

/// The session a cookie proves.
#[derive(Debug, Clone)]
pub struct Recognised {
    pub signed_in: SignedIn,
    /// Whether it still signs anybody in. One that went idle does not, but logging out must end it, and so must the
    /// next person at a shared PC.
    pub is_live: bool,
}

/// Reads the cookie of a browser; a session that was ended or is past its absolute life is nobody's.
///
/// # Errors
/// [`Fault`] when the database does not answer.
pub async fn recognise(env: &Env, cookie: Option<&str>) -> Result<Option<Recognised>, Fault> {
    let Some(token) = cookie.and_then(Token::<SessionId>::parse) else { return Ok(None) };
    let now = env.now();
    let mut tx = env.store.read().await?;
    let Some(session) = tx.sessions().find(token.id).await? else { return Ok(None) };
    let session = as_allowed_now(session, &env.policy);
    if !token.proves(&session.digest) || session.is_over(now) {
        return Ok(None);
    }
    let account = tx.accounts().find(session.account).await?.filter(Account::is_active);
    Ok(account.map(|account| {
        let is_live = session.is_live(now) && account.is_in_good_standing();
        Recognised { signed_in: SignedIn { session, account }, is_live }
    }))
}

/// The same person in the same session as both are now, with nothing else happening to either until the transaction ends.
/// `None` when the session was ended, or the password changed, since `known` was read.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn lock(env: &Env, tx: &mut dyn Tx, known: &SignedIn) -> Result<Option<SignedIn>, Fault> {
    tx.accounts().lock(known.account.id).await?;
    let session = tx.sessions().find(known.session.id).await?.filter(|session| !session.is_over(env.now()));
    let same = |account: &Account| {
        account.is_in_good_standing() && account.credential_version == known.account.credential_version
    };
    let account = tx.accounts().find(known.account.id).await?.filter(same);
    Ok(session.zip(account).map(|(session, account)| SignedIn { session, account }))
}

/// No session lives longer than the longest life that is given out now: a policy made stricter, "Remember me" switched off
/// above all, holds for those that began under the old one (attack 74).
pub(crate) fn as_allowed_now(session: Session, policy: &Policy) -> Session {
    let (plain, remembered) = (policy.session, policy.remembered_session);
    Session {
        idle: session.idle.min(plain.idle.max(remembered.idle)),
        expires_at: session.expires_at.min(session.auth_time + plain.absolute.max(remembered.absolute)),
        ..session
    }
}

/// How long office staff stay logged in, whatever they ticked (rules section 5).
pub(crate) fn office_life(policy: &Policy) -> SessionLife {
    SessionLife { absolute: policy.session.absolute.min(policy.office_staff_absolute), ..policy.session }
}

/// Holds the sessions of somebody who has just become office staff to office staff's life, in every browser: one that was
/// remembered as a caregiver's ends with it. In the caller's transaction.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn shorten(env: &Env, tx: &mut dyn Tx, account: AccountId) -> Result<(), Fault> {
    let SessionLife { idle, absolute } = office_life(&env.policy);
    // A log-in at this moment comes before, and is held to it here, or after, and has that life from the beginning.
    tx.accounts().lock(account).await?;
    for session in tx.sessions().list_open_of_account(account).await? {
        let latest = session.auth_time + absolute;
        if idle < session.idle || latest < session.expires_at {
            let expires_at = session.expires_at.min(latest);
            tx.sessions().renew(&Session { idle: session.idle.min(idle), expires_at, ..session }).await?;
        }
    }
    Ok(())
}

/// Ends the session, revokes every family that lives and dies with it, and queues the news for its clients: all or
/// nothing, in the caller's transaction. `false` when it was over before. Ring [`crate::env::Queue::Logout`] after the
/// commit.
pub(crate) async fn end(env: &Env, tx: &mut dyn Tx, ended: &Session, origin: &Origin) -> Result<bool, Fault> {
    let now = env.now();
    let (session, account) = (ended.id, ended.account);
    // What is redeemed at this moment comes before, and is told of the end, or after, and is refused.
    tx.accounts().lock(account).await?;
    if !tx.sessions().end(session, now).await? {
        return Ok(false);
    }
    let mut grants = tx.grants().list_of_session(session).await?;
    // A computer goes on elsewhere (R54): its client is not to hear of an end that is none.
    grants.retain(|grant| !grant.is_of_a_computer());
    queue_logouts(env, tx, grants).await?;
    tx.grants().revoke_of_session(session, RevocationReason::LoggedOut, now).await?;
    let event = AuditEvent::new(AuditAction::SessionEnded, Actor::Person { account }, now, env.entropy())
        .from(origin)
        .account(account)
        .subject(session);
    tx.audit().record(&event).await?;
    Ok(true)
}

/// Ends every session of the account but `keep`, revokes every family that did not begin in that one, and those of computers
/// that were let in from it, which are elsewhere (R54), and queues the news for all their clients: after a changed or forgotten
/// password, and when a person signs out everywhere. In the caller's transaction; ring [`crate::env::Queue::Logout`]
/// after the commit.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn end_all(
    env: &Env,
    tx: &mut dyn Tx,
    account: AccountId,
    keep: Option<SessionId>,
    why: RevocationReason,
) -> Result<(), Fault> {
    let now = env.now();
    tx.accounts().lock(account).await?;
    // Families whose session is gone are among the live ones; clients without a family only in the sessions.
    let mut grants = tx.grants().list_live_of_account(account, now).await?;
    for session in tx.sessions().list_open_of_account(account).await? {
        if Some(session.id) != keep && tx.sessions().end(session.id, now).await? {
            grants.extend(tx.grants().list_of_session(session.id).await?);
        }
    }
    grants.retain(|grant| Some(grant.consented.session) != keep || grant.is_of_a_computer());
    for computer in grants.iter().filter(|grant| Some(grant.consented.session) == keep) {
        tx.grants().revoke(computer.id, why, now).await?;
    }
    queue_logouts(env, tx, grants).await?;
    tx.grants().revoke_of_account(account, keep, why, now).await?;
    tx.device_grants().deny_of_account(account, now).await?;
    Ok(())
}

/// Ends what one log-in gave to an app or a computer, at all its agencies, and queues the news for its client; `false` when it was
/// over before. In the caller's transaction, which has locked the account; ring [`crate::env::Queue::Logout`] after the commit.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn end_app(
    env: &Env,
    tx: &mut dyn Tx,
    account: AccountId,
    root: GrantId,
) -> Result<bool, Fault> {
    let now = env.now();
    let mut ended = tx.grants().list_live_of_account(account, now).await?;
    ended.retain(|grant| grant.root() == root);
    if tx.grants().revoke_switched(root, RevocationReason::SignedOut, now).await? == 0 {
        return Ok(false);
    }
    queue_logouts(env, tx, ended).await?;
    Ok(true)
}

/// One delivery for every client and agency of these grants; a client without an address to be told at has none.
pub(crate) async fn queue_logouts(env: &Env, tx: &mut dyn Tx, grants: Vec<Grant>) -> Result<(), Fault> {
    let mut told = BTreeMap::new();
    for grant in grants {
        let sid = sid(&grant.client, &grant.consented);
        told.entry(sid).or_insert((grant.client, grant.consented.subject()));
    }
    for (sid, (client, sub)) in told {
        let listens =
            tx.clients().find(&client).await?.is_some_and(|client| client.backchannel_logout.is_some());
        if listens {
            let delivery = LogoutDelivery::enqueue(client, sub, sid, env.now(), env.entropy());
            tx.logouts().enqueue(&delivery).await?;
        }
    }
    Ok(())
}
