//! Another mail to people who were invited and have not answered: not too many for one person (L6). Counted before the
//! transaction of the rows, because counters may live on another machine.

use std::collections::BTreeSet;

use idp_domain::bulk::{Batch, BatchRow, RowOutcome};
use idp_domain::ports::RowFilter;

use super::{judge, look};
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::mail_limits;

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
    let mut again = Vec::new();
    for row in &rows {
        if let Some(member) = pending(&mut *tx, &scope, batch, row).await? {
            again.push((row.number, member));
        }
    }
    drop(tx);
    for (number, member) in again {
        // As for a single re-sent mail: per member, not per person (R33).
        if mail_limits::office_wait(env, member).await?.is_some() {
            limited.insert(number);
        }
    }
    Ok(limited)
}

/// The member whom the row would send another mail.
async fn pending(
    tx: &mut dyn idp_domain::ports::Tx,
    scope: &CompanyScope,
    batch: &Batch,
    row: &BatchRow,
) -> Result<Option<idp_domain::id::MembershipId>, Fault> {
    let Ok(member) = look::look_at(row) else { return Ok(None) };
    let (verdict, known) = judge::judge(tx, scope, batch.options, &member).await?;
    Ok(known.filter(|_| verdict.outcome == RowOutcome::Resent))
}
