//! Adding one person (R14-R25): account, membership and mail at once, or what is already there.

use idp_domain::Timestamp;
use idp_domain::ports::Tx;

use super::add::{Added, Clash, Refused, add};
use super::draft::{NewMember, hat_field};
use super::{Present, ProvisionError, state};
use crate::authority::CompanyScope;
use crate::env::{Env, Queue};
use crate::fault::Fault;
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
    let creating = || once(env, scope, member, terms, present);
    match creating().await {
        // Somebody added the same person at the same moment: look again, once.
        Err(error) if error.is_race() => creating().await,
        other => other,
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
    let answer = answer(env, &mut *tx, scope, (member, now), present).await?;
    terms.remember(&mut *tx, &answer, now).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(answer)
}

async fn answer(
    env: &Env,
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    (member, now): (&NewMember, Timestamp),
    present: Present<'_>,
) -> Result<Answer, ProvisionError> {
    let (status, id) = match add(env, tx, scope, member, now).await? {
        Added::Now { member, .. } => (201, member),
        Added::Before(known) => (200, known.id),
    };
    let state = state::load(env, tx, scope, id).await?;
    let state = state.ok_or(Fault::Broken("a member just stored is not there"))?;
    Ok(Answer { status, body: present(&state)? })
}
