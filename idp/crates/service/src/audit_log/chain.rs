//! Ties new events in: one node at a time, in batches, so that writers never wait for one another. An event that was
//! committed late, with an older id, comes behind those that were there first: the order of a chain is the order of its
//! places.

use std::collections::BTreeMap;
use std::time::Duration;

use idp_domain::Digest;
use idp_domain::audit_chain::{Chain, ChainId, Link, UnchainedEvent};
use idp_domain::ports::{Purpose, Tx};

use crate::env::Env;
use crate::fault::Fault;

/// Events tied in by one transaction.
const BATCH: u64 = 500;
/// Chains looked at in one transaction.
const CHAINS: u64 = 500;
const LEASE: &str = "audit-chain";
/// How long a node that went away keeps the others from it.
const LEASE_LIFE: Duration = Duration::from_secs(10);

/// What tying in one batch came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chained {
    pub events: u64,
    /// Chains that do not bear our seal: somebody changed their ends, or a node with a newer master key sealed them. They are
    /// left as they are, and their events wait.
    pub foreign: Vec<ChainId>,
}

/// Ties in one batch. No events also means that another node is at it.
///
/// # Errors
/// [`Fault`].
pub async fn chain(env: &Env, owner: &str) -> Result<Chained, Fault> {
    let mut chained = Chained::default();
    if env.store.read().await?.audit_chains().list_unchained(&[], 1).await?.is_empty() {
        return Ok(chained);
    }
    let mut tx = env.store.write().await?;
    if !take_lease(env, &mut *tx, owner).await? {
        return Ok(chained);
    }
    while chained.events == 0 {
        let waiting = tx.audit_chains().list_unchained(&chained.foreign, BATCH).await?;
        if waiting.is_empty() {
            break;
        }
        let mut of_chain: BTreeMap<ChainId, Vec<UnchainedEvent>> = BTreeMap::new();
        for event in waiting {
            of_chain.entry(event.chain).or_default().push(event);
        }
        for (id, events) in of_chain {
            match extend(env, &mut *tx, id, &events).await? {
                true => chained.events += events.len() as u64,
                false => chained.foreign.push(id),
            }
        }
    }
    tx.commit().await?;
    Ok(chained)
}

/// Seals every chain under the present master key that still bears the seal of an older one; at the start of a node.
///
/// # Errors
/// [`Fault`].
pub async fn seal_anew(env: &Env) -> Result<u64, Fault> {
    let (mut after, mut count) = (None, 0);
    loop {
        let chains = env.store.read().await?.audit_chains().list(after, CHAINS).await?;
        let Some(last) = chains.last() else { return Ok(count) };
        after = Some(last.id);
        let outdated = |chain: &&Chain| chain.seal != seal(env, chain) && is_sealed(env, chain);
        for outdated in chains.iter().filter(outdated) {
            let mut tx = env.store.write().await?;
            let chain = tx.audit_chains().lock(outdated.id).await?;
            if let Some(chain) = chain.filter(|chain| is_sealed(env, chain)) {
                store(env, &mut *tx, chain).await?;
                tx.commit().await?;
                count += 1;
            }
        }
    }
}

/// Whether the ends of a chain are as we left them.
pub(super) fn is_sealed(env: &Env, chain: &Chain) -> bool {
    let seals = env.sealer.derive_all(Purpose::AuditChain, &chain.sealed_part());
    seals.iter().any(|seal| seal == chain.seal.bytes())
}

/// Stores what became of a locked chain, under our seal.
pub(super) async fn store(env: &Env, tx: &mut dyn Tx, mut chain: Chain) -> Result<(), Fault> {
    chain.seal = seal(env, &chain);
    Ok(tx.audit_chains().put(&chain).await?)
}

async fn take_lease(env: &Env, tx: &mut dyn Tx, owner: &str) -> Result<bool, Fault> {
    let now = env.now();
    Ok(tx.leases().take(LEASE, owner, now, now + LEASE_LIFE).await?)
}

/// `false` when the chain is not ours to extend: a seal of ours would say that all was well.
async fn extend(env: &Env, tx: &mut dyn Tx, id: ChainId, events: &[UnchainedEvent]) -> Result<bool, Fault> {
    let highest = tx.audit_chains().highest(id).await?;
    let Some(mut chain) = find_or_begin(env, tx, id, highest).await? else { return Ok(false) };
    // After a forged row no place is taken twice; that it fits nothing before it is for `verify` to tell.
    let mut head = Link { seq: chain.head.seq.max(highest), ..chain.head };
    let mut links = Vec::with_capacity(events.len());
    for event in events {
        head = head.next(id, &event.content);
        links.push((event.id, head));
    }
    tx.audit_chains().link(id, &links).await?;
    chain.head = head;
    store(env, tx, chain).await?;
    Ok(true)
}

/// The chain, locked; a new one is numbered by the platform's own. `None` when it, or the platform's own, is not ours.
async fn find_or_begin(
    env: &Env,
    tx: &mut dyn Tx,
    id: ChainId,
    highest: u64,
) -> Result<Option<Chain>, Fault> {
    if let Some(chain) = tx.audit_chains().lock(id).await? {
        return Ok(Some(chain).filter(|chain| is_sealed(env, chain)));
    }
    let start = Link { seq: highest, ..Link::START };
    if id == ChainId::PLATFORM {
        return Ok(Some(Chain::new(id, 0, start)));
    }
    let platform = tx.audit_chains().lock(ChainId::PLATFORM).await?;
    if platform.as_ref().is_some_and(|platform| !is_sealed(env, platform)) {
        return Ok(None);
    }
    let mut platform = platform.unwrap_or_else(|| Chain::new(ChainId::PLATFORM, 0, Link::START));
    platform.number += 1;
    let number = platform.number;
    store(env, tx, platform).await?;
    Ok(Some(Chain::new(id, number, start)))
}

fn seal(env: &Env, chain: &Chain) -> Digest {
    Digest::from_bytes(env.sealer.derive(Purpose::AuditChain, &chain.sealed_part()))
}
