//! Another mail to people who were invited and have not answered: not too many for one person (L6). Counted before the
//! transaction of the rows, because counters may live on another machine.

use std::collections::BTreeSet;

use idp_domain::bulk::{Batch, RowOutcome};
use idp_domain::ports::RowFilter;

use super::judge::Judge;
use super::look;
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::mail_limits;
use crate::provision::NewMember;

/// The numbers of the next rows to which no other mail may be sent now; at most `limit` rows are looked at.
///
/// # Errors
/// [`Fault`].
pub(super) async fn limited(env: &Env, batch: &Batch, limit: u64) -> Result<BTreeSet<u32>, Fault> {
    let mut limited = BTreeSet::new();
    if !batch.options.resend_pending {
        return Ok(limited);
    }
    let mut tx = env.store.read().await?;
    let Some(scope) = CompanyScope::stand_in(&mut *tx, &batch.requester, batch.company).await? else {
        return Ok(limited);
    };
    let filter = RowFilter { after: batch.settled_to, ..RowFilter::default() };
    let rows = tx.batches().rows(batch.id, filter, limit).await?;
    let people: Vec<_> =
        rows.iter().filter_map(|row| Some((row.number, look::look_in_job(row).ok()?))).collect();
    let members: Vec<&NewMember> = people.iter().map(|(_, member)| member).collect();
    let judge = Judge::to_tell(&mut *tx, (&scope, batch.options), &members).await?;
    drop(tx);
    for (number, member) in &people {
        let (verdict, known) = judge.judge(member);
        let Some(known) = known.filter(|_| verdict.outcome == RowOutcome::Resent) else { continue };
        // As for a single re-sent mail: per member, not per person (R33).
        if mail_limits::office_wait(env, known.id).await?.is_some() {
            limited.insert(*number);
        }
    }
    Ok(limited)
}
