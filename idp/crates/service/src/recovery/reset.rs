//! The new password, and what ends with the old one (L7): every session and family, every lock, every other link.

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::Client;
use idp_domain::company::Company;
use idp_domain::email::EmailAddress;
use idp_domain::grant::RevocationReason;
use idp_domain::member::Membership;
use idp_domain::outbox::SecurityEvent;
use idp_domain::password::PasswordHash;
use idp_domain::ports::{StoreError, Tx};
use idp_domain::ticket::TicketProblem;

use super::{Dead, Next, Recovering, Stage, load, next, next_in};
use crate::authorize::OwnPage;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::former_answers::FormerAnswers;
use crate::new_password::{Agencies, FormProblem, NewPassword};
use crate::{membership, notice, session};

/// How choosing a password ended.
#[derive(Debug)]
pub enum Reset {
    /// No sign-in as a result: where to log in now.
    Done(Box<Done>),
    FormProblem(FormProblem),
    /// The link died meanwhile.
    Dead(Dead),
    /// The steps before this one are not done (attack 1), or not any more: the saved code was used elsewhere, the answers were
    /// replaced once more.
    NotYet,
}

#[derive(Debug)]
pub struct Done {
    /// The portal's `initiate_login_uri` with `iss` and `login_hint`, of somebody who belongs to one agency only.
    pub log_in_at: Option<String>,
    /// Where they begin without one.
    pub home: OwnPage,
    pub user_name: String,
    pub credential_version: i64,
}

/// Chooses a new password.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being hashed.
pub async fn choose_password(
    env: &Env,
    recovering: &Recovering,
    form: &NewPassword,
    origin: &Origin,
) -> Result<Reset, Fault> {
    if !matches!(next(env, recovering).await?, Next::NewPassword) {
        return Ok(Reset::NotYet);
    }
    let password = match form.check(env, &recovering.account, &recovering.agencies) {
        Ok(password) => password,
        Err(problem) => return Ok(Reset::FormProblem(problem)),
    };
    let hash = env.hasher.hash(&password).await?;
    match store(env, recovering, hash, origin).await {
        // Something else about the account was changed at this very moment.
        Err(Fault::Store(StoreError::Stale)) => Ok(Reset::Dead(recovering.ended(TicketProblem::Superseded))),
        other => other,
    }
}

async fn store(
    env: &Env,
    recovering: &Recovering,
    hash: PasswordHash,
    origin: &Origin,
) -> Result<Reset, Fault> {
    let now = env.now();
    let dead = |problem| Ok(Reset::Dead(recovering.ended(problem)));
    let mut tx = env.store.write().await?;
    // A log-in with the old password at this moment comes before, and is ended here, or after, and is refused.
    tx.accounts().lock(recovering.account.id).await?;
    let current = match load(env, &mut *tx, &recovering.recovery).await? {
        Some(Ok(current)) => current,
        Some(Err(gone)) => return Ok(Reset::Dead(gone)),
        None => return dead(TicketProblem::Superseded),
    };
    // Questions that were enrolled meanwhile are asked (R80).
    if !matches!(next_in(env, &mut *tx, &current).await?, Next::NewPassword) {
        return Ok(Reset::NotYet);
    }
    let account = current.account;
    if !tx.account_tickets().consume(recovering.ticket.id, now).await? {
        return dead(TicketProblem::Used);
    }
    let (stands, reason) = match recovering.recovery.stage {
        Stage::SavedCode => (use_saved_code(env, &mut *tx, &account, origin).await?, None),
        Stage::FormerAnswers { replaced_at } => {
            let are_back = bring_back(env, &mut *tx, (&account, replaced_at), origin).await?;
            (are_back, Some("former_answers"))
        }
        Stage::Asked | Stage::Mailbox | Stage::Answers => (true, None),
    };
    if !stands {
        return Ok(Reset::NotYet);
    }
    let Ok(account) = account.change_password(hash) else { return dead(TicketProblem::Superseded) };
    tx.accounts().update(&account).await?;
    tx.throttles().clear_all(account.id).await?;
    tx.tickets().supersede(account.id, None, now).await?;
    tx.email_changes().cancel_proposed(account.id, None, now).await?;
    session::end_all(env, &mut *tx, account.id, None, RevocationReason::PasswordChanged).await?;
    notice::tell(env, &mut *tx, &account, SecurityEvent::PasswordReset, origin).await?;
    let actor = Actor::Person { account: account.id };
    let event = AuditEvent::new(AuditAction::PasswordReset, actor, now, env.entropy())
        .from(origin)
        .account(account.id)
        .subject(recovering.ticket.id);
    let event = reason.into_iter().fold(event, AuditEvent::reason);
    tx.audit().record(&event).await?;
    let log_in_at = log_in_at(env, &mut *tx, &recovering.agencies, Some(&account.user_name)).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    env.bell.ring(Queue::Logout);
    Ok(Reset::Done(Box::new(Done {
        log_in_at,
        home: membership::home(&account, recovering.agencies.iter().map(|(_, of)| of)),
        user_name: account.user_name.to_string(),
        credential_version: account.credential_version,
    })))
}

/// `false` when it was used or replaced meanwhile; nothing is changed then.
async fn use_saved_code(
    env: &Env,
    tx: &mut dyn Tx,
    account: &Account,
    origin: &Origin,
) -> Result<bool, Fault> {
    let Some(stored) = tx.recovery_codes().find(account.id).await? else { return Ok(false) };
    if !tx.recovery_codes().consume(account.id, &stored.digest).await? {
        return Ok(false);
    }
    notice::tell(env, tx, account, SecurityEvent::RecoveryCodeUsed, origin).await?;
    let actor = Actor::Person { account: account.id };
    let event = AuditEvent::new(AuditAction::RecoveryCodeUsed, actor, env.now(), env.entropy());
    tx.audit().record(&event.from(origin).account(account.id)).await?;
    Ok(true)
}

/// The answers from before are the present ones again, and those that replaced them are gone. So is a saved code that was
/// made so lately that it may have been made by whoever did that. `false` when they are not the ones kept any more; nothing is
/// changed then.
async fn bring_back(
    env: &Env,
    tx: &mut dyn Tx,
    (account, replaced_at): (&Account, Timestamp),
    origin: &Origin,
) -> Result<bool, Fault> {
    let (now, id) = (env.now(), account.id);
    let stored = FormerAnswers::stored(tx, id).await?;
    let Some(former) = stored.filter(|former| former.replaced_at == replaced_at) else { return Ok(false) };
    tx.answers().replace(id, &former.answers).await?;
    tx.answers().keep_former(id, &[], now).await?;
    let code = tx.recovery_codes().find(id).await?;
    if code.is_some_and(|code| now < code.made_at + env.policy.email_undo_life) {
        tx.recovery_codes().remove(id).await?;
        notice::tell(env, tx, account, SecurityEvent::RecoveryCodeRemoved, origin).await?;
        let actor = Actor::Person { account: id };
        let event = AuditEvent::new(AuditAction::RecoveryCodeRemoved, actor, now, env.entropy());
        tx.audit().record(&event.from(origin).account(id).reason("former_answers")).await?;
    }
    Ok(true)
}

/// Third-party-initiated log-in at the only portal that the agencies of somebody have (OpenID Connect Core section 4).
pub(super) async fn log_in_at(
    env: &Env,
    tx: &mut dyn Tx,
    agencies: &Agencies,
    user_name: Option<&EmailAddress>,
) -> Result<Option<String>, Fault> {
    let belongs = |(_, membership): &&(Company, Membership)| membership.may_enter();
    let mut only: Option<Client> = None;
    for (company, _) in agencies.iter().filter(belongs) {
        match (tx.clients().find_portal(company.id).await?, &only) {
            (Some(_), Some(_)) => return Ok(None),
            (Some(portal), None) => only = Some(portal),
            (None, _) => {}
        }
    }
    Ok(only.and_then(|client| client.log_in_at(env.issuer.as_str(), user_name)))
}
