//! Where a person is signed in, and signing out there (R81; rules section 5): browsers, and apps and computers that stay signed
//! in without one. A session or an app of somebody else is answered like one that is over (attack 84).

use std::collections::{BTreeSet, HashMap};

use idp_domain::Timestamp;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::ClientId;
use idp_domain::grant::{Grant, RevocationReason};
use idp_domain::id::{GrantId, SessionId};
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::Tx;
use idp_domain::session::Session;

use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::notice;
use crate::session::{self, SignedIn, as_allowed_now};

/// A browser the person is signed in with.
#[derive(Debug)]
pub struct Device {
    pub session: Session,
    /// The one that asks.
    pub is_this: bool,
    /// The names of the clients that are in use in it.
    pub apps: BTreeSet<String>,
}

/// An app that stays signed in without a browser: its family outlived the session it began in, or it is on a computer that
/// a browser elsewhere let in (R54).
#[derive(Debug)]
pub struct StayingApp {
    /// The family of the log-in; what was switched from it to other agencies is the same app.
    pub grant: GrantId,
    pub client: String,
    pub since: Timestamp,
}

/// Everything a person can be signed out of.
#[derive(Debug)]
pub struct Devices {
    /// The one that asks first, then the newest.
    pub devices: Vec<Device>,
    pub staying: Vec<StayingApp>,
}

/// Lists them. A browser that went idle is among them as long as a portal goes on in it: somebody may still be at work there.
///
/// # Errors
/// [`Fault`].
pub async fn devices(env: &Env, signed_in: &SignedIn) -> Result<Devices, Fault> {
    let (now, account) = (env.now(), signed_in.account.id);
    let mut tx = env.store.read().await?;
    let mut names = Names::default();
    let mut devices: Vec<Device> = Vec::new();
    for session in tx.sessions().list_open_of_account(account).await? {
        let session = as_allowed_now(session, &env.policy);
        if !session.is_over(now) {
            let is_this = session.id == signed_in.session.id;
            devices.push(Device { session, is_this, apps: BTreeSet::new() });
        }
    }
    let mut staying: Vec<StayingApp> = Vec::new();
    for grant in tx.grants().list_live_of_account(account, now).await? {
        let client = names.of(&mut *tx, &grant.client).await?;
        let began_in = |device: &&mut Device| device.session.id == grant.consented.session;
        match devices.iter_mut().find(began_in).filter(|_| !grant.is_of_a_computer()) {
            Some(device) => {
                device.apps.insert(client);
            }
            None if grant.outlives_session => match staying.iter_mut().find(|it| it.grant == grant.root()) {
                Some(app) => app.since = app.since.min(grant.created_at),
                None => staying.push(StayingApp { grant: grant.root(), client, since: grant.created_at }),
            },
            // It died with its session.
            None => {}
        }
    }
    devices.retain(|device| device.session.is_live(now) || !device.apps.is_empty());
    devices.sort_by_key(|device| std::cmp::Reverse((device.is_this, device.session.auth_time)));
    Ok(Devices { devices, staying })
}

/// The names of clients, each looked up once; one that is gone keeps its id.
#[derive(Default)]
struct Names(HashMap<ClientId, String>);

impl Names {
    async fn of(&mut self, tx: &mut dyn Tx, id: &ClientId) -> Result<String, Fault> {
        if let Some(name) = self.0.get(id) {
            return Ok(name.clone());
        }
        let name = tx.clients().find(id).await?.map_or_else(|| id.to_string(), |it| it.name.to_string());
        self.0.insert(id.clone(), name.clone());
        Ok(name)
    }
}

/// What one press of a button signs out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignOut {
    Device(SessionId),
    App(GrantId),
}

/// Signs out of one browser, and of the apps that began in it, or of one app that stays signed in, at all its agencies. The
/// same answer for what is over, unknown, or somebody else's.
///
/// # Errors
/// [`Fault`].
pub async fn sign_out(env: &Env, signed_in: &SignedIn, of: SignOut, origin: &Origin) -> Result<(), Fault> {
    let (now, account) = (env.now(), signed_in.account.id);
    let mut tx = env.store.write().await?;
    tx.accounts().lock(account).await?;
    match of {
        SignOut::Device(id) => {
            let session = tx.sessions().find(id).await?.filter(|session| session.account == account);
            let Some(session) = session else { return Ok(()) };
            if !session::end(env, &mut *tx, &session, origin).await? {
                return Ok(());
            }
            // A lost phone is signed out of its apps, too, and lets no computer in any more; one that it let in stands
            // elsewhere, and is on the list by itself (R54).
            for grant in tx.grants().list_of_session(id).await? {
                if !grant.is_of_a_computer() {
                    tx.grants().revoke(grant.id, RevocationReason::SignedOut, now).await?;
                }
            }
            tx.device_grants().deny_of_session(id, now).await?;
        }
        SignOut::App(id) => {
            let own = |grant: &Grant| grant.consented.account == account && grant.outlives_session;
            let Some(root) = tx.grants().find(id).await?.filter(own).map(|grant| grant.root()) else {
                return Ok(());
            };
            if !session::end_app(env, &mut *tx, account, root).await? {
                return Ok(());
            }
            let actor = Actor::Person { account };
            let event = AuditEvent::new(AuditAction::GrantRevoked, actor, now, env.entropy());
            tx.audit().record(&event.from(origin).account(account).subject(id)).await?;
        }
    }
    tx.commit().await?;
    env.bell.ring(Queue::Logout);
    Ok(())
}

/// Signs out of everything, this browser included only if it is not to be kept.
///
/// # Errors
/// [`Fault`].
pub async fn sign_out_everywhere(
    env: &Env,
    signed_in: &SignedIn,
    keep_this: bool,
    origin: &Origin,
) -> Result<(), Fault> {
    let keep = keep_this.then_some(signed_in.session.id);
    let mut tx = env.store.write().await?;
    // Whoever was signed out a moment ago signs nobody else out.
    let Some(SignedIn { account, .. }) = session::lock(env, &mut *tx, signed_in).await? else {
        return Ok(());
    };
    session::end_all(env, &mut *tx, account.id, keep, RevocationReason::SignedOut).await?;
    notice::tell(env, &mut *tx, &account, SecurityEvent::SignedOutEverywhere, origin).await?;
    let actor = Actor::Person { account: account.id };
    let event = AuditEvent::new(AuditAction::SignedOutEverywhere, actor, env.now(), env.entropy());
    tx.audit().record(&event.from(origin).account(account.id)).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    env.bell.ring(Queue::Logout);
    Ok(())
}
