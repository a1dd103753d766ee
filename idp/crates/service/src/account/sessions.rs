//! Where a person is signed in, and signing out there (R81; rules section 5): browsers, and apps and computers that stay signed
//! in without one. A session or an app of somebody else is answered like one that is over (attack 84).

use std::collections::{BTreeSet, HashMap};

use idp_domain::Timestamp;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::ClientId;
use idp_domain::device_grant::{Computer, DeviceState};
use idp_domain::grant::{Consented, Grant, RevocationReason};
use idp_domain::id::{AccountId, CompanyId, DeviceGrantId, GrantId, SessionId};
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
    /// What ends it: of a family, that of the log-in, because what was switched from it to other agencies is the same app.
    pub of: SignOut,
    pub client: String,
    /// The names of the agencies it is logged in to.
    pub agencies: BTreeSet<String>,
    pub computer: Option<Computer>,
    pub since: Timestamp,
}

/// Everything a person can be signed out of.
#[derive(Debug)]
pub struct Devices {
    /// The one that asks first, then the newest.
    pub devices: Vec<Device>,
    /// Computers that were let in a moment ago and have not gone on yet, then the newest.
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
    let mut staying = waiting(env, &mut *tx, &mut names, account).await?;
    for grant in tx.grants().list_live_of_account(account, now).await? {
        let client = names.of(&mut *tx, &grant.client).await?;
        let began_in = |device: &&mut Device| device.session.id == grant.consented.session;
        match devices.iter_mut().find(began_in).filter(|_| !grant.is_of_a_computer()) {
            Some(device) => {
                device.apps.insert(client);
            }
            None if grant.outlives_session => {
                let (of, since) = (SignOut::App(grant.root()), grant.created_at);
                let agency = names.agency(&mut *tx, &grant.consented).await?;
                if let Some(app) = staying.iter_mut().find(|app| app.of == of) {
                    app.since = app.since.min(since);
                    app.agencies.extend(agency);
                } else {
                    let agencies = agency.into_iter().collect();
                    staying.push(StayingApp { of, client, agencies, computer: grant.computer, since });
                }
            }
            // It died with its session.
            None => {}
        }
    }
    devices.retain(|device| device.session.is_live(now) || !device.apps.is_empty());
    devices.sort_by_key(|device| std::cmp::Reverse((device.is_this, device.session.auth_time)));
    Ok(Devices { devices, staying })
}

/// Computers that were let in and have not fetched their tokens yet: somebody may have let the wrong one in.
async fn waiting(
    env: &Env,
    tx: &mut dyn Tx,
    names: &mut Names,
    account: AccountId,
) -> Result<Vec<StayingApp>, Fault> {
    let mut waiting = Vec::new();
    for grant in tx.device_grants().list_approved_of_account(account, env.now()).await? {
        let agency = match &grant.state {
            DeviceState::Approved { consented } => names.agency(tx, consented).await?,
            _ => None,
        };
        waiting.push(StayingApp {
            of: SignOut::Computer(grant.id),
            client: names.of(tx, &grant.client).await?,
            agencies: agency.into_iter().collect(),
            computer: Some(grant.asked.computer()),
            since: grant.issued_at,
        });
    }
    Ok(waiting)
}

/// The names of clients and agencies, each looked up once; a client that is gone keeps its id.
#[derive(Default)]
struct Names {
    clients: HashMap<ClientId, String>,
    agencies: HashMap<CompanyId, Option<String>>,
}

impl Names {
    async fn of(&mut self, tx: &mut dyn Tx, id: &ClientId) -> Result<String, Fault> {
        if let Some(name) = self.clients.get(id) {
            return Ok(name.clone());
        }
        let name = tx.clients().find(id).await?.map_or_else(|| id.to_string(), |it| it.name.to_string());
        self.clients.insert(id.clone(), name.clone());
        Ok(name)
    }

    /// Of the agency that somebody went on for.
    async fn agency(&mut self, tx: &mut dyn Tx, consented: &Consented) -> Result<Option<String>, Fault> {
        let Some((id, _)) = consented.company else { return Ok(None) };
        if let Some(name) = self.agencies.get(&id) {
            return Ok(name.clone());
        }
        let name = tx.companies().find(id).await?.map(|company| company.name.to_string());
        self.agencies.insert(id, name.clone());
        Ok(name)
    }
}

/// What one press of a button signs out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignOut {
    Device(SessionId),
    App(GrantId),
    /// A computer that was let in and may not have gone on yet.
    Computer(DeviceGrantId),
}

/// Signs out of one browser, and of the apps that began in it, of one app that stays signed in, at all its agencies, or of one
/// computer, whether it has gone on or not. The same answer for what is over, unknown, or somebody else's.
///
/// # Errors
/// [`Fault`].
pub async fn sign_out(env: &Env, signed_in: &SignedIn, of: SignOut, origin: &Origin) -> Result<(), Fault> {
    let account = signed_in.account.id;
    let mut tx = env.store.write().await?;
    tx.accounts().lock(account).await?;
    let is_over = match of {
        SignOut::Device(id) => of_device(env, &mut *tx, (account, id), origin).await?,
        SignOut::App(id) => of_app(env, &mut *tx, (account, id), origin).await?,
        SignOut::Computer(id) => of_computer(env, &mut *tx, (account, id), origin).await?,
    };
    if is_over {
        tx.commit().await?;
        env.bell.ring(Queue::Logout);
    }
    Ok(())
}

async fn of_device(
    env: &Env,
    tx: &mut dyn Tx,
    (account, id): (AccountId, SessionId),
    origin: &Origin,
) -> Result<bool, Fault> {
    let session = tx.sessions().find(id).await?.filter(|session| session.account == account);
    let Some(session) = session else { return Ok(false) };
    if !session::end(env, tx, &session, origin).await? {
        return Ok(false);
    }
    // A lost phone is signed out of its apps, too, and lets no computer in any more; one that it let in stands elsewhere, and is
    // on the list by itself (R54).
    for grant in tx.grants().list_of_session(id).await? {
        if !grant.is_of_a_computer() {
            tx.grants().revoke(grant.id, RevocationReason::SignedOut, env.now()).await?;
        }
    }
    tx.device_grants().deny_of_session(id, env.now()).await?;
    Ok(true)
}

async fn of_app(
    env: &Env,
    tx: &mut dyn Tx,
    (account, id): (AccountId, GrantId),
    origin: &Origin,
) -> Result<bool, Fault> {
    let own = |grant: &Grant| grant.consented.account == account && grant.outlives_session;
    let Some(root) = tx.grants().find(id).await?.filter(own).map(|grant| grant.root()) else {
        return Ok(false);
    };
    if !session::end_app(env, tx, account, root).await? {
        return Ok(false);
    }
    let ended = event(env, AuditAction::GrantRevoked, account, origin);
    tx.audit().record(&ended.subject(id)).await?;
    Ok(true)
}

async fn of_computer(
    env: &Env,
    tx: &mut dyn Tx,
    (account, id): (AccountId, DeviceGrantId),
    origin: &Origin,
) -> Result<bool, Fault> {
    let Some(grant) = tx.device_grants().find(id).await? else { return Ok(false) };
    // It went on since the page was drawn.
    if let DeviceState::Redeemed { grant } = grant.state {
        return of_app(env, tx, (account, grant), origin).await;
    }
    if !tx.device_grants().deny_approved(id, account, env.now()).await? {
        return Ok(false);
    }
    let denied = event(env, AuditAction::DeviceDenied, account, origin);
    tx.audit().record(&denied.client(&grant.client).subject(id)).await?;
    Ok(true)
}

fn event(env: &Env, action: AuditAction, account: AccountId, origin: &Origin) -> AuditEvent {
    AuditEvent::new(action, Actor::Person { account }, env.now(), env.entropy()).from(origin).account(account)
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
    tx.audit().record(&event(env, AuditAction::SignedOutEverywhere, account.id, origin)).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    env.bell.ring(Queue::Logout);
    Ok(())
}
