//! Whether the audit log is what was recorded: every link of every chain is computed anew, a page at a time.
//!
//! What it cannot tell: that the whole database was put back to an older state, or that an event was removed before it was
//! tied in, within the first second. Against the first, heads that were noted elsewhere are compared.

use std::collections::BTreeMap;

use idp_domain::audit_chain::{Breach, Broken, Chain, ChainId, Link};
use idp_domain::ports::{AuditChains, StoreError};

use super::chain::is_sealed;
use crate::env::Env;
use crate::fault::Fault;

/// Events read at once.
const PAGE: u64 = 1000;
/// Chains read at once.
const CHAINS: u64 = 200;

/// Heads of chains as an earlier look found them, kept where nobody who can change the database can change them.
pub type Noted = BTreeMap<ChainId, Link>;

/// What became of one chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub chain: ChainId,
    /// How many events there should be.
    pub events: u64,
    pub head: Link,
    /// The first place that is broken.
    pub broken: Option<Broken>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// Recorded, and still waiting for their place.
    pub unchained: u64,
    /// Whether every chain that was ever made is there; `None` when one chain was asked about.
    pub complete: Option<bool>,
    /// Nothing is recorded at all, of an installation in which something happened.
    pub emptied: bool,
}

/// Why nothing can be said of the log.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// No signing key opens and no seal is ours: not a break-in, the wrong key.
    #[error("the database was sealed under another master key")]
    ForeignMasterKey,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl Report {
    pub fn is_intact(&self) -> bool {
        let is_whole = self.complete != Some(false) && !self.emptied;
        is_whole && self.findings.iter().all(|finding| finding.broken.is_none())
    }

    /// Whether there is no event, tied in or waiting, and never was one.
    pub fn is_blank(&self) -> bool {
        self.findings.is_empty() && self.unchained == 0 && !self.emptied
    }
}

/// Looks through every chain, or through `only` one.
///
/// # Errors
/// [`VerifyError`]; that a chain is broken is none.
pub async fn verify(env: &Env, only: Option<ChainId>, noted: &Noted) -> Result<Report, VerifyError> {
    if is_sealed_elsewhere(env).await? {
        return Err(VerifyError::ForeignMasterKey);
    }
    // Before anything is counted: what comes to be meanwhile brings its event along.
    let expected = env.store.read().await?.audit_chains().are_expected().await?;
    // Before the walk: an event that gets its place meanwhile is told of twice rather than not at all.
    let unchained = env.store.read().await?.audit_chains().count_unchained(only).await?;
    let mut findings = BTreeMap::new();
    let mut after = None;
    loop {
        let chains = match only {
            Some(id) => env.store.read().await?.audit_chains().find(id).await?.into_iter().collect(),
            None => env.store.read().await?.audit_chains().list(after, CHAINS).await?,
        };
        after = chains.last().map(|chain: &Chain| chain.id);
        for chain in chains {
            let finding = look_through(env, chain, noted).await?;
            findings.insert(finding.chain, finding);
        }
        if only.is_some() || after.is_none() {
            break;
        }
    }
    let mut tx = env.store.read().await?;
    tell_outside(tx.audit_chains(), only, &mut findings).await?;
    tell_gone(only, noted, &mut findings);
    let complete = match only {
        Some(_) => None,
        None => Some(tx.audit_chains().are_complete().await?),
    };
    let emptied = expected && findings.is_empty() && unchained == 0;
    Ok(Report { findings: findings.into_values().collect(), unchained, complete, emptied })
}

/// Whether this database is not one of our master keys. A key of ours opens what no intruder can make: one such thing is
/// enough, however much else was changed.
async fn is_sealed_elsewhere(env: &Env) -> Result<bool, Fault> {
    let mut tx = env.store.read().await?;
    let keys = tx.signing_keys().list().await?;
    if keys.is_empty() || keys.iter().any(|key| env.keyring.opens(key)) {
        return Ok(false);
    }
    let chains = tx.audit_chains().list(None, CHAINS).await?;
    Ok(!chains.iter().any(|chain| is_sealed(env, chain)))
}

async fn look_through(env: &Env, mut chain: Chain, noted: &Noted) -> Result<Finding, Fault> {
    loop {
        let broken = walk(env, &chain, noted.get(&chain.id)).await?;
        let now = env.store.read().await?.audit_chains().find(chain.id).await?;
        match now.filter(|now| broken.is_some() && now.base.seq > chain.base.seq) {
            // Events were swept under our eyes.
            Some(now) => chain = now,
            None => {
                let events = chain.head.seq.saturating_sub(chain.base.seq);
                return Ok(Finding { chain: chain.id, events, head: chain.head, broken });
            }
        }
    }
}

/// Follows one chain from end to end.
async fn walk(env: &Env, chain: &Chain, noted: Option<&Link>) -> Result<Option<Broken>, Fault> {
    let ends = Broken { seq: chain.head.seq, how: Breach::Ends };
    if !is_sealed(env, chain) {
        return Ok(Some(ends));
    }
    if let Some(noted) = noted.filter(|noted| noted.seq > chain.head.seq) {
        return Ok(Some(Broken { seq: noted.seq, how: Breach::RolledBack }));
    }
    let mut at = chain.base;
    loop {
        let mut tx = env.store.read().await?;
        let page = tx.audit_chains().list_chained(chain.id, at.seq, chain.head.seq, PAGE).await?;
        for event in &page {
            at = match event.follow(chain.id, &at) {
                Ok(link) => link,
                Err(broken) => return Ok(Some(broken)),
            };
            if noted.is_some_and(|noted| noted.seq == at.seq && noted.hash != at.hash) {
                return Ok(Some(Broken { seq: at.seq, how: Breach::RolledBack }));
            }
        }
        if (page.len() as u64) < PAGE {
            break;
        }
    }
    Ok(match () {
        () if at.seq < chain.head.seq => Some(Broken { seq: at.seq + 1, how: Breach::Missing }),
        () if at != chain.head => Some(ends),
        () => None,
    })
}

/// Events that no walk comes across.
async fn tell_outside(
    chains: &mut dyn AuditChains,
    only: Option<ChainId>,
    findings: &mut BTreeMap<ChainId, Finding>,
) -> Result<(), Fault> {
    for (id, seq) in chains.list_outside().await? {
        if only.is_none_or(|only| only == id) {
            let finding = findings.entry(id).or_insert_with(|| absent(id));
            finding.broken.get_or_insert(Broken { seq, how: Breach::Outside });
        }
    }
    Ok(())
}

/// Chains that were noted and are not there any more.
fn tell_gone(only: Option<ChainId>, noted: &Noted, findings: &mut BTreeMap<ChainId, Finding>) {
    for (id, head) in noted {
        if only.is_none_or(|only| only == *id) && !findings.contains_key(id) {
            let broken = Some(Broken { seq: head.seq, how: Breach::RolledBack });
            findings.insert(*id, Finding { broken, ..absent(*id) });
        }
    }
}

fn absent(chain: ChainId) -> Finding {
    Finding { chain, events: 0, head: Link::START, broken: None }
}
