//! The chains over the audit log, the leases of those who tend them, and the search of a log (`provisioning.md` section 6).

use std::sync::Arc;

use idp_domain::Digest;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, AuditFilter, AuditPage, Origin};
use idp_domain::audit_chain::{Chain, ChainId, Link};
use idp_domain::id::{AuditId, CompanyId};
use idp_domain::ports::StoreError;
use idp_domain::signing_key::SigningAlg;

use super::{CONTENDERS, Db, HOUR, SECOND, race, reading, wins, writing};
use crate::Samples;

const ALL: AuditPage = AuditPage { newest_first: false, after: None, limit: 1000 };

async fn recorded(store: &Db, events: &[AuditEvent]) {
    let mut tx = writing(store).await;
    for event in events {
        tx.audit().record(event).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn events(make: &mut Samples, company: Option<CompanyId>, count: usize) -> Vec<AuditEvent> {
    let event = |make: &mut Samples| AuditEvent { company, ..make.audit_event(AuditAction::SignedIn) };
    (0..count).map(|_| event(make)).collect()
}

fn ids(events: &[AuditEvent]) -> Vec<AuditId> {
    events.iter().map(|event| event.id).collect()
}

/// Ties everything in that waits, each event to the one before; returns the heads' places.
async fn tied_in(store: &Db, chain: ChainId) -> Link {
    let mut tx = writing(store).await;
    let mut head = Link { seq: tx.audit_chains().highest(chain).await.unwrap(), ..Link::START };
    let waiting = tx.audit_chains().list_unchained(&[], 1000).await.unwrap();
    let mut links = Vec::new();
    for event in waiting.iter().filter(|event| event.chain == chain) {
        head = head.next(chain, &event.content);
        links.push((event.id, head));
    }
    tx.audit_chains().link(chain, &links).await.unwrap();
    tx.commit().await.unwrap();
    head
}

async fn put(store: &Db, chain: &Chain) {
    let mut tx = writing(store).await;
    tx.audit_chains().put(chain).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn an_event_has_its_place_once_it_is_tied_in(store: Db) {
    let mut make = Samples::default();
    let company = make.company().id;
    let chain = ChainId::from(Some(company));
    let mine = events(&mut make, Some(company), 3);
    let none = events(&mut make, None, 1);
    recorded(&store, &mine).await;
    recorded(&store, &none).await;

    let mut tx = reading(&store).await;
    let waiting = tx.audit_chains().list_unchained(&[], 2).await.unwrap();
    assert_eq!(waiting.iter().map(|event| event.id).collect::<Vec<_>>(), ids(&mine)[..2]);
    assert!(waiting.iter().all(|event| event.chain == chain));
    assert_eq!(tx.audit_chains().count_unchained(None).await.unwrap(), 4);
    assert_eq!(tx.audit_chains().count_unchained(Some(chain)).await.unwrap(), 3);
    assert_eq!(tx.audit_chains().count_unchained(Some(ChainId::PLATFORM)).await.unwrap(), 1);
    assert_eq!(tx.audit_chains().highest(chain).await.unwrap(), 0);

    let head = tied_in(&store, chain).await;
    let mut tx = reading(&store).await;
    let chains = tx.audit_chains();
    assert_eq!(chains.highest(chain).await.unwrap(), 3);
    assert_eq!(chains.count_unchained(None).await.unwrap(), 1, "the platform's own");
    let chained = chains.list_chained(chain, 0, 3, 10).await.unwrap();
    assert_eq!(chained.iter().map(|event| event.link.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(chained[2].link, head);
    assert_eq!(chained[0].at, mine[0].at);
    assert_eq!(chained[0].content, waiting[0].content, "its place is no part of what is said of it");
    let seqs = async |chains: &mut dyn idp_domain::ports::AuditChains, after, last, limit| {
        let page = chains.list_chained(chain, after, last, limit).await.unwrap();
        page.iter().map(|event| event.link.seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs(chains, 1, 3, 10).await, [2, 3]);
    assert_eq!(seqs(chains, 0, 2, 10).await, [1, 2]);
    assert_eq!(seqs(chains, 0, 3, 1).await, [1]);
    assert!(chains.list_chained(ChainId::PLATFORM, 0, 9, 10).await.unwrap().is_empty());
}

pub async fn a_place_is_given_once(store: Db) {
    let mut make = Samples::default();
    let events = events(&mut make, None, 2);
    recorded(&store, &events).await;
    let at = Link { seq: 1, hash: Digest::of(b"one") };
    tied_in(&store, ChainId::PLATFORM).await;
    let mut tx = writing(&store).await;
    let again = tx.audit_chains().link(ChainId::PLATFORM, &[(events[0].id, Link { seq: 3, ..at })]).await;
    assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
    drop(tx);
    let late = make.audit_event(AuditAction::SignedIn);
    recorded(&store, std::slice::from_ref(&late)).await;
    let mut tx = writing(&store).await;
    assert!(
        tx.audit_chains().link(ChainId::PLATFORM, &[(late.id, at)]).await.is_err(),
        "a place is one event's"
    );
}

/// More than one statement takes.
pub async fn many_events_are_tied_in_at_once(store: Db) {
    let mut make = Samples::default();
    let events = events(&mut make, None, 600);
    recorded(&store, &events).await;
    let head = tied_in(&store, ChainId::PLATFORM).await;
    let mut tx = reading(&store).await;
    let chained = tx.audit_chains().list_chained(ChainId::PLATFORM, 0, 600, 1000).await.unwrap();
    let mut at = Link::START;
    for event in &chained {
        at = event.follow(ChainId::PLATFORM, &at).unwrap();
    }
    assert_eq!((chained.len(), at), (600, head));
}

/// Also what is not there is something else than what is empty.
pub async fn the_digest_of_an_event_is_of_all_that_is_stored_of_it(store: Db) {
    let mut make = Samples::default();
    let (account, company, client) = (make.account(), make.company(), make.client());
    let plain = make.audit_event(AuditAction::SignedIn);
    let id = |make: &mut Samples, event: AuditEvent| AuditEvent {
        id: make.audit_event(AuditAction::SignedIn).id,
        ..event
    };
    let origin = |request_id: Option<&str>, address: Option<&str>, user_agent: Option<&str>| Origin {
        request_id: request_id.map(str::to_owned),
        address: address.map(|text| text.parse().expect("an address")),
        user_agent: user_agent.map(str::to_owned),
    };
    let others = vec![
        AuditEvent { at: plain.at + SECOND, ..plain.clone() },
        AuditEvent { action: AuditAction::SessionEnded, ..plain.clone() },
        AuditEvent { actor: Actor::Anonymous, ..plain.clone() },
        plain.clone().from(&origin(Some("a"), None, None)),
        plain.clone().from(&origin(None, Some("192.0.2.7"), None)),
        plain.clone().from(&origin(None, None, Some("a"))),
        plain.clone().from(&origin(None, None, Some(""))),
        plain.clone().company(company.id),
        plain.clone().account(account.id),
        plain.clone().subject("a"),
        plain.clone().reason("a"),
        plain.clone().client(&client.id),
        plain.clone().change("a", None, Some("b")),
    ];
    let mut all = vec![plain.clone()];
    all.extend(others.into_iter().map(|event| id(&mut make, event)));
    let twin = id(&mut make, plain);
    all.push(twin);
    recorded(&store, &all).await;
    let waiting = reading(&store).await.audit_chains().list_unchained(&[], 100).await.unwrap();
    assert_eq!(waiting.len(), all.len());
    for (n, event) in waiting.iter().enumerate() {
        assert!(waiting[..n].iter().all(|before| before.content != event.content), "{n}");
    }
}

pub async fn chains_that_are_left_out_hold_nobody_up(store: Db) {
    let mut make = Samples::default();
    let company = make.company().id;
    let mine = events(&mut make, Some(company), 2);
    let none = events(&mut make, None, 2);
    recorded(&store, &[mine.clone(), none.clone()].concat()).await;
    let mut tx = reading(&store).await;
    let mut left = async |except: &[ChainId]| {
        let waiting = tx.audit_chains().list_unchained(except, 9).await.unwrap();
        waiting.iter().map(|event| event.id).collect::<Vec<_>>()
    };
    let company = ChainId::from(Some(company));
    assert_eq!(left(&[company]).await, ids(&none));
    assert_eq!(left(&[ChainId::PLATFORM]).await, ids(&mine));
    assert!(left(&[company, ChainId::PLATFORM]).await.is_empty());
}

pub async fn a_chain_comes_back_as_it_was_put_last(store: Db) {
    let mut make = Samples::default();
    let mut companies = [make.company().id, make.company().id].map(|id| ChainId::from(Some(id)));
    companies.sort();
    let mut chains = vec![Chain::new(ChainId::PLATFORM, 2, Link::START)];
    chains.extend(companies.map(|id| Chain::new(id, 1, Link::START)));
    for chain in &chains {
        put(&store, chain).await;
    }
    chains[1].number = 2;
    chains[1].base = Link { seq: 4, hash: Digest::of(b"base") };
    chains[1].head = Link { seq: 9, hash: Digest::of(b"head") };
    chains[1].seal = Digest::of(b"seal");
    put(&store, &chains[1]).await;
    let mut tx = reading(&store).await;
    assert_eq!(tx.audit_chains().find(chains[1].id).await.unwrap().as_ref(), Some(&chains[1]));
    assert_eq!(tx.audit_chains().list(None, 2).await.unwrap(), chains[..2]);
    assert_eq!(tx.audit_chains().list(Some(chains[1].id), 2).await.unwrap(), chains[2..]);
    let mut tx = writing(&store).await;
    assert_eq!(tx.audit_chains().lock(chains[2].id).await.unwrap().as_ref(), Some(&chains[2]));
    let unknown = ChainId::from(Some(make.company().id));
    assert_eq!(tx.audit_chains().lock(unknown).await.unwrap(), None);
}

pub async fn a_chain_that_is_gone_leaves_a_gap(store: Db) {
    let mut make = Samples::default();
    let complete = async || reading(&store).await.audit_chains().are_complete().await.unwrap();
    assert!(complete().await, "none was made");
    put(&store, &Chain::new(ChainId::PLATFORM, 0, Link::START)).await;
    assert!(complete().await);
    let companies = [make.company().id, make.company().id].map(|id| ChainId::from(Some(id)));
    put(&store, &Chain::new(companies[1], 2, Link::START)).await;
    put(&store, &Chain::new(ChainId::PLATFORM, 1, Link::START)).await;
    assert!(!complete().await, "the first is not there");
    put(&store, &Chain::new(companies[0], 1, Link::START)).await;
    assert!(!complete().await, "one more than there are");
    put(&store, &Chain::new(ChainId::PLATFORM, 2, Link::START)).await;
    assert!(complete().await);
    put(&store, &Chain::new(companies[0], 2, Link::START)).await;
    assert!(!complete().await, "two of one number");
}

/// A log that is empty says nothing of a new installation, and much of any other.
pub async fn events_are_expected_as_soon_as_anything_is_there(store: Db) {
    let expected = async || reading(&store).await.audit_chains().are_expected().await.unwrap();
    assert!(!expected().await, "nothing is there");
    let mut make = Samples::default();
    let mut tx = writing(&store).await;
    tx.companies().insert(&make.company()).await.unwrap();
    assert!(tx.audit_chains().are_expected().await.unwrap(), "a company");
    drop(tx);
    let mut tx = writing(&store).await;
    tx.accounts().insert(&make.account()).await.unwrap();
    assert!(tx.audit_chains().are_expected().await.unwrap(), "an account");
    drop(tx);
    let mut tx = writing(&store).await;
    tx.signing_keys().insert(&make.signing_key(SigningAlg::Es256)).await.unwrap();
    assert!(tx.audit_chains().are_expected().await.unwrap(), "a signing key");
    drop(tx);
    assert!(!expected().await);
    let mut tx = writing(&store).await;
    tx.clients().insert(&make.client(), make.now).await.unwrap();
    tx.commit().await.unwrap();
    assert!(expected().await, "a client");
}

pub async fn events_outside_of_the_ends_of_their_chain_are_told(store: Db) {
    let mut make = Samples::default();
    let company = make.company().id;
    let chain = ChainId::from(Some(company));
    recorded(&store, &events(&mut make, Some(company), 5)).await;
    recorded(&store, &events(&mut make, None, 1)).await;
    tied_in(&store, chain).await;
    let outside = async || reading(&store).await.audit_chains().list_outside().await.unwrap();
    assert_eq!(outside().await, [(chain, 1)], "there is no chain");
    let at = |seq| Link { seq, ..Link::START };
    for (base, head, told) in [(0, 5, vec![]), (0, 3, vec![(chain, 4)]), (2, 5, vec![(chain, 1)])] {
        put(&store, &Chain { base: at(base), head: at(head), ..Chain::new(chain, 1, Link::START) }).await;
        assert_eq!(outside().await, told);
    }
}

pub async fn the_oldest_events_of_a_chain_are_found_and_swept(store: Db) {
    let mut make = Samples::default();
    let mut companies = [make.company().id, make.company().id];
    companies.sort();
    let start = make.now;
    let mut chains = vec![ChainId::PLATFORM];
    chains.extend(companies.map(|id| ChainId::from(Some(id))));
    for (n, chain) in chains.iter().enumerate() {
        let hours = u32::try_from(n).unwrap();
        let old = events(&mut make, chain.company(), 3);
        let old: Vec<_> =
            old.into_iter().map(|event| AuditEvent { at: start + HOUR * hours, ..event }).collect();
        recorded(&store, &old).await;
        let head = tied_in(&store, *chain).await;
        put(&store, &Chain { head, ..Chain::new(*chain, 1, Link::START) }).await;
    }
    let mut tx = writing(&store).await;
    let tended = tx.audit_chains();
    assert_eq!(tended.find_due(start, None).await.unwrap(), None);
    assert_eq!(tended.find_due(start + SECOND, None).await.unwrap(), Some(ChainId::PLATFORM));
    assert_eq!(tended.find_due(start + SECOND, Some(ChainId::PLATFORM)).await.unwrap(), None);
    let later = start + HOUR * 3;
    assert_eq!(tended.find_due(later, Some(ChainId::PLATFORM)).await.unwrap(), Some(chains[1]));
    assert_eq!(tended.find_due(later, Some(chains[1])).await.unwrap(), Some(chains[2]));
    assert_eq!(tended.sweep(chains[1], 0, 2).await.unwrap(), 2);
    assert_eq!(tended.sweep(chains[1], 0, 2).await.unwrap(), 0);
    let left = tended.list_chained(chains[1], 0, 9, 9).await.unwrap();
    assert_eq!(left.iter().map(|event| event.link.seq).collect::<Vec<_>>(), [3]);
    assert_eq!(tended.list_chained(chains[2], 0, 9, 9).await.unwrap().len(), 3);
}

pub async fn a_lease_is_its_owners_until_it_ran_out(store: Db) {
    let now = Samples::default().now;
    let take = async |name: &str, owner: &str, at| {
        let mut tx = writing(&store).await;
        let taken = tx.leases().take(name, owner, at, at + HOUR).await.unwrap();
        tx.commit().await.unwrap();
        taken
    };
    assert!(take("a", "one", now).await);
    assert!(!take("a", "two", now).await);
    assert!(take("b", "two", now).await, "another lease");
    assert!(take("a", "one", now + SECOND).await, "renewed");
    assert!(!take("a", "two", now + HOUR).await);
    assert!(take("a", "two", now + HOUR + SECOND).await, "it ran out");
    assert!(!take("a", "one", now + HOUR + SECOND).await);
    let mut tx = writing(&store).await;
    assert!(tx.leases().take("c", "one", now, now + HOUR).await.unwrap());
    drop(tx);
    assert!(take("c", "two", now).await, "what was rolled back was not taken");
}

pub async fn of_many_nodes_at_once_one_takes_a_lease(store: Db) {
    let now = Samples::default().now;
    let db = Arc::clone(&store);
    let results = race(CONTENDERS, move |n| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let taken = tx.leases().take("a", &format!("node-{n}"), now, now + HOUR).await.unwrap();
            tx.commit().await.unwrap();
            taken
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
}

pub async fn a_log_is_searched_by_each_of_its_filters(store: Db) {
    let mut make = Samples::default();
    let (account, company, client) = (make.account().id, make.company().id, make.client().id);
    let other = make.company().id;
    let mut all = events(&mut make, Some(company), 5);
    all[1].action = AuditAction::SessionEnded;
    all[2].actor = Actor::Person { account };
    all[3].actor = Actor::Client { client: client.clone() };
    all[3].account = Some(account);
    all[4].subject = Some("mbr_7".to_owned());
    for (n, event) in all.iter_mut().enumerate() {
        event.at = make.now + SECOND * u32::try_from(n).unwrap();
        event.id = AuditId::earliest(event.at);
    }
    recorded(&store, &all).await;
    recorded(&store, &events(&mut make, Some(other), 1)).await;
    let none = events(&mut make, None, 1);
    recorded(&store, &none).await;
    let log = ChainId::from(Some(company));
    let found = async |log, filter: AuditFilter| {
        let found = reading(&store).await.audit().search(log, &filter, ALL).await.unwrap();
        ids(&found)
    };
    let filter = AuditFilter::default;
    assert_eq!(found(log, filter()).await, ids(&all));
    assert_eq!(found(ChainId::PLATFORM, filter()).await, ids(&none));
    let some = [
        (AuditFilter { from: Some(all[3].at), ..filter() }, 3..5),
        (AuditFilter { to: Some(all[2].at), ..filter() }, 0..2),
        (AuditFilter { from: Some(all[1].at), to: Some(all[2].at), ..filter() }, 1..2),
        (AuditFilter { action: Some(AuditAction::SessionEnded), ..filter() }, 1..2),
        (AuditFilter { actor: Some(Actor::Person { account }), ..filter() }, 2..3),
        (AuditFilter { actor: Some(Actor::Client { client }), ..filter() }, 3..4),
        (AuditFilter { subject: Some(account.to_string()), ..filter() }, 3..4),
        (AuditFilter { subject: Some("mbr_7".to_owned()), ..filter() }, 4..5),
        (AuditFilter { subject: Some("mbr".to_owned()), ..filter() }, 0..0),
    ];
    for (filter, expected) in some {
        assert_eq!(found(log, filter.clone()).await, ids(&all[expected]), "{filter:?}");
    }
}

pub async fn a_log_is_read_in_pages_in_both_directions(store: Db) {
    let mut make = Samples::default();
    let all = events(&mut make, None, 7);
    recorded(&store, &all).await;
    for newest_first in [false, true] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = AuditPage { newest_first, after, limit: 3 };
            let mut tx = reading(&store).await;
            let found = tx.audit().search(ChainId::PLATFORM, &AuditFilter::default(), page).await.unwrap();
            let Some(last) = found.last() else { break };
            after = Some(last.id);
            seen.extend(ids(&found));
        }
        let mut expected = ids(&all);
        if newest_first {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
}
