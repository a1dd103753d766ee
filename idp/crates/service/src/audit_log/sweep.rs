//! Events whose time is over go, the oldest first; the first one kept stays tied to the last one swept, so that the chain
//! still holds. An event without its place is never swept, nor anything of a chain that is not ours or behind
//! a place that is broken: that is evidence.

use idp_domain::Timestamp;
use idp_domain::audit_chain::ChainId;

use super::chain::{is_sealed, store};
use crate::env::Env;
use crate::fault::Fault;

/// Deletes at most `limit` events that are older than `audit.retention`; returns how many.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn sweep(env: &Env, limit: u64) -> Result<u64, Fault> {
    let before = env.now() - env.policy.audit_retention;
    let (mut after, mut swept) = (None, 0);
    while swept < limit {
        let due = env.store.read().await?.audit_chains().find_due(before, after).await?;
        let Some(id) = due else { break };
        swept += sweep_chain(env, id, before, limit - swept).await?;
        after = Some(id);
    }
    Ok(swept)
}

async fn sweep_chain(env: &Env, id: ChainId, before: Timestamp, limit: u64) -> Result<u64, Fault> {
    let mut tx = env.store.write().await?;
    let chain = tx.audit_chains().lock(id).await?;
    let Some(mut chain) = chain.filter(|chain| is_sealed(env, chain)) else { return Ok(0) };
    let (from, last) = (chain.base, chain.head.seq);
    let mut base = from;
    for event in tx.audit_chains().list_chained(id, from.seq, last, limit).await? {
        if event.at >= before {
            break;
        }
        match event.follow(id, &base) {
            Ok(link) => base = link,
            Err(broken) => {
                tracing::error!(chain = %id, seq = broken.seq, "an audit chain is broken and kept; run `idp audit verify`");
                break;
            }
        }
    }
    if base == from {
        return Ok(0);
    }
    let swept = tx.audit_chains().sweep(id, from.seq, base.seq).await?;
    chain.base = base;
    store(env, &mut *tx, chain).await?;
    tx.commit().await?;
    Ok(swept)
}
