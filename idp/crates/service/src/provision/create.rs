//! Adding one person (R14-R25): account, membership and mail at once, or what is already there.

use idp_domain::id::MembershipId;
use idp_domain::member::Status;
use idp_domain::ports::Tx;

use super::add::{Added, Beforehand, Refused, add};
use super::draft::{NewMember, hat_field};
use super::roster::{Clash, Known, Roster};
use super::{Present, ProvisionError, state};
use crate::authority::CompanyScope;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::mail_limits;
use crate::once::{Answer, Terms};

impl From<Refused> for ProvisionError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Clash(Clash::SharedEmail) => Self::SharedEmail,
            Refused::Clash(Clash::PersonHasIdentity) => Self::PersonHasIdentity,
            Refused::Clash(Clash::HatTaken(place)) => Self::PersonRefTaken { field: hat_field(place).into() },
            Refused::NotAllowed => Self::AuthorityNotAllowed,
            Refused::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Creates account and membership and queues the mail, or finds that all of it is already there.
///
/// 201 when the person was added, or came back after leaving; 200 when the same person was there before (R25).
///
/// # Errors
/// [`ProvisionError`]; nothing half-done stays behind.
pub async fn create(
    env: &Env,
    scope: &CompanyScope,
    member: &NewMember,
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, ProvisionError> {
    let returning = may_mail_again(env, scope, member, terms).await?;
    let creating = || once(env, scope, member, terms, present);
    let answer = match creating().await {
        // Somebody added the same person at the same moment: look again, once.
        Err(error) if error.is_race() => creating().await?,
        other => other?,
    };
    if let Some(returning) = returning.filter(|_| answer.status == 201) {
        mail_limits::office_wait(env, returning).await?;
    }
    Ok(answer)
}

/// L6: removing somebody and adding them again is no way to send more mails than sending one again. Somebody new is not
/// counted, nor who is there; who comes back only when it was done, so that of two requests at once the other finds them.
async fn may_mail_again(
    env: &Env,
    scope: &CompanyScope,
    member: &NewMember,
    terms: &Terms,
) -> Result<Option<MembershipId>, ProvisionError> {
    let mut tx = env.store.read().await?;
    if member.status == Status::Inactive || terms.replay(&mut *tx, env.now()).await??.is_some() {
        return Ok(None);
    }
    let known = Roster::of(&mut *tx, scope.id(), &[member]).await?.judge(member);
    drop(tx);
    let Ok(Known::Nobody(former)) = known else { return Ok(None) };
    let Some(returning) = former.returning().filter(|_| former.may_return(scope)) else { return Ok(None) };
    match mail_limits::office_peek(env, returning).await? {
        Some(wait) => Err(ProvisionError::TooMany { wait }),
        None => Ok(Some(returning)),
    }
}

async fn once(
    env: &Env,
    scope: &CompanyScope,
    member: &NewMember,
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, ProvisionError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    if let Some(answer) = terms.replay(&mut *tx, now).await?? {
        // What was read may still be on its way to the disk: only a commit says that it arrived.
        tx.commit().await?;
        return Ok(answer);
    }
    let answer = answer(env, &mut *tx, scope, member, present).await?;
    terms.remember(&mut *tx, &answer, now).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(answer)
}

async fn answer(
    env: &Env,
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    member: &NewMember,
    present: Present<'_>,
) -> Result<Answer, ProvisionError> {
    let before = Beforehand::of(tx, scope.id(), &[member]).await?;
    let (status, id) = match add(env, tx, scope, member, &before).await? {
        Added::Now { member, mail, .. } => {
            if let Some(mail) = mail {
                tx.outbox().enqueue(&mail).await?;
            }
            (201, member)
        }
        Added::Before(known) => (200, known.id),
    };
    let state = state::load(env, tx, scope, id).await?;
    let state = state.ok_or(Fault::Broken("a member just stored is not there"))?;
    Ok(Answer { status, body: present(&state)? })
}
