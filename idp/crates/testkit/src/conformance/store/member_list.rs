//! Members as their company sees them: what it asks for, in pages, each with the rows that belong to it.

use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::company::Company;
use idp_domain::email::EmailAddress;
use idp_domain::email_change::{EmailChange, EmailChangeState};
use idp_domain::id::MembershipId;
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::mail_failure::MailFailure;
use idp_domain::member::{Authority, MemberType, Membership, MembershipState, PersonEntry};
use idp_domain::member_list::{AsOf, MemberCounts, MemberFilter, MemberOrder, MemberQuery, SearchWords};
use idp_domain::text::Line;
use idp_domain::throttle::{Bucket, Schedule};

use super::{Db, HOUR, SECOND, Scene, assert_same, reading, writing};
use crate::Samples;

/// The first wrong guess makes wait for an hour; the second needs a recovery.
const GUESSES: Schedule = Schedule { free: 0, first: HOUR, cap: HOUR, ceiling: Some(2), forget_after: None };

fn as_of(now: Timestamp) -> AsOf {
    AsOf { now, expired: now - HOUR, guesses: GUESSES }
}

/// A company whose members were added one after the other.
struct Agency {
    store: Db,
    company: Company,
    make: Samples,
}

impl Agency {
    async fn open(store: Db) -> Self {
        let mut make = Samples::default();
        let company = make.company();
        let mut tx = writing(&store).await;
        tx.companies().insert(&company).await.unwrap();
        tx.commit().await.unwrap();
        Self { store, company, make }
    }

    async fn add(&mut self, change: impl FnOnce(&mut Account, &mut Membership)) -> (Account, Membership) {
        let mut account = self.make.account();
        let mut membership = self.make.membership(&account, &self.company);
        change(&mut account, &mut membership);
        let mut tx = writing(&self.store).await;
        tx.accounts().insert(&account).await.unwrap();
        tx.memberships().insert(&membership).await.unwrap();
        tx.commit().await.unwrap();
        (account, membership)
    }

    async fn invite(&mut self, (account, membership): &(Account, Membership), state: InvitationState) {
        let invitation = Invitation { state, ..self.make.invitation(membership, account) };
        let mut tx = writing(&self.store).await;
        tx.invitations().insert(&invitation).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn guess(&self, account: &Account, bucket: Bucket, now: Timestamp) {
        let mut tx = writing(&self.store).await;
        tx.throttles().admit(account.id, bucket, &GUESSES, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn list(&self, query: &MemberQuery) -> Vec<MembershipId> {
        self.page(query, (None, 100)).await
    }

    async fn page(&self, query: &MemberQuery, page: (Option<MembershipId>, u64)) -> Vec<MembershipId> {
        let mut tx = reading(&self.store).await;
        let as_of = as_of(self.make.now);
        let found = tx.memberships().list_in_context(self.company.id, query, &as_of, page).await.unwrap();
        found.into_iter().map(|member| member.membership.id).collect()
    }

    async fn of(&self, filter: MemberFilter) -> Vec<MembershipId> {
        self.list(&MemberQuery { state: Some(filter), ..MemberQuery::default() }).await
    }

    async fn saying(&self, words: &str) -> Vec<MembershipId> {
        let words = SearchWords::parse(words).expect("words");
        self.list(&MemberQuery { words, ..MemberQuery::default() }).await
    }
}

/// R26, R33: each with its own rows: the newest invitation, strangers' guesses, and what this very company proposed.
pub async fn a_member_is_seen_with_the_rows_that_belong_to_it(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let bare = Scene::stored(&store, &mut make).await;
    let newest = make.invitation(&scene.membership, &scene.account);
    let proposed = |by: Option<&Company>, make: &mut Samples| EmailChange {
        proposed_by: by.map(|company| company.id),
        ..make.email_change(&scene.account)
    };
    let cancelled = EmailChange {
        state: EmailChangeState::Cancelled { at: make.now },
        ..proposed(Some(&scene.company), &mut make)
    };
    // Called off before the agency proposed another one.
    let own = proposed(Some(&scene.company), &mut make);
    let others = [cancelled, proposed(None, &mut make), proposed(Some(&bare.company), &mut make)];
    let mut tx = writing(&store).await;
    tx.invitations().insert(&newest).await.unwrap();
    for change in others.iter().chain([&own]) {
        tx.email_changes().insert(change).await.unwrap();
    }
    for bucket in [Bucket::Strangers, Bucket::Recovery] {
        tx.throttles().admit(scene.account.id, bucket, &GUESSES, make.now).await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut tx = reading(&store).await;
    let (company, id) = (scene.company.id, scene.membership.id);
    let found = tx.memberships().find_in_context(company, id).await.unwrap().expect("it");
    assert_same(&found.membership, &scene.membership);
    assert_same(&found.account, &scene.account);
    assert_same(&found.invitation.as_ref().expect("the newest"), &&newest);
    assert_same(&found.email_change.as_ref().expect("the own one"), &&own);
    let guesses = found.guesses.expect("guesses");
    assert_eq!((guesses.failures, guesses.paused_until), (1, make.now + HOUR));
    let query = MemberQuery::default();
    let listed =
        tx.memberships().list_in_context(company, &query, &as_of(make.now), (None, 9)).await.unwrap();
    assert_same(&listed, &vec![found]);
    assert!(tx.memberships().find_in_context(bare.company.id, id).await.unwrap().is_none(), "a foreign id");
    let bare = tx.memberships().find_in_context(bare.company.id, bare.membership.id).await.unwrap();
    let bare = bare.expect("it");
    assert!(bare.guesses.is_none() && bare.email_change.is_none() && bare.invitation.is_some());
}

/// R26, R85: each filter finds its own, and the counts agree with the lists.
pub async fn members_of_each_kind_are_listed_and_counted(store: Db) {
    let mut agency = Agency::open(store).await;
    let at = agency.make.now;
    let (active, inactive) = (MembershipState::Active { since: at }, MembershipState::Inactive { since: at });
    let queued = agency.add(|_, _| ()).await;
    agency.invite(&queued, InvitationState::Undeliverable { at, why: MailFailure::Refused }).await;
    agency.invite(&queued, InvitationState::Queued).await;
    let expired = agency.add(|_, _| ()).await;
    agency.invite(&expired, InvitationState::Sent { at: at - HOUR }).await;
    let sent = agency.add(|_, _| ()).await;
    agency.invite(&sent, InvitationState::Sent { at: at + SECOND }).await;
    let dead = agency.add(|_, _| ()).await;
    agency.invite(&dead, InvitationState::Undeliverable { at, why: MailFailure::MailboxUnknown }).await;
    let join = |membership: &mut Membership| {
        (membership.state, membership.joined_at, membership.last_sign_in) = (active, Some(at), Some(at));
    };
    let paused = agency.add(|_, it| join(it)).await;
    let at_the_ceiling = agency.add(|_, it| join(it)).await;
    let fine = agency.add(|_, it| join(it)).await;
    let off = agency.add(|_, it| it.state = inactive).await;
    agency.invite(&off, InvitationState::Undeliverable { at, why: MailFailure::Refused }).await;
    let gone = agency.add(|_, it| it.state = MembershipState::Removed { at }).await;
    let now = agency.make.now;
    agency.guess(&paused.0, Bucket::Strangers, now).await;
    for _ in 0..2 {
        agency.guess(&at_the_ceiling.0, Bucket::Strangers, now - HOUR * 9).await;
        agency.guess(&at_the_ceiling.0, Bucket::Strangers, now - HOUR * 8).await;
    }
    agency.guess(&fine.0, Bucket::Recovery, now).await;
    agency.guess(&sent.0, Bucket::Strangers, now).await;

    let ids = |members: &[&(Account, Membership)]| members.iter().map(|it| it.1.id).collect::<Vec<_>>();
    let invited = ids(&[&queued, &expired, &sent, &dead]);
    for (filter, expected) in [
        (MemberFilter::Invited, invited.clone()),
        (MemberFilter::NotActivated, invited),
        (MemberFilter::Active, ids(&[&paused, &at_the_ceiling, &fine])),
        (MemberFilter::Inactive, ids(&[&off])),
        (MemberFilter::Removed, ids(&[&gone])),
        (MemberFilter::Undeliverable, ids(&[&dead])),
        (MemberFilter::Locked, ids(&[&paused, &at_the_ceiling])),
        (MemberFilter::NeverSignedIn, ids(&[&queued, &expired, &sent, &dead, &off])),
        (MemberFilter::Expired, ids(&[&expired])),
    ] {
        assert_eq!(agency.of(filter).await, expected, "{filter:?}");
    }
    assert_eq!(agency.list(&MemberQuery::default()).await.len(), 8, "everybody but who left");
    let mut tx = reading(&agency.store).await;
    let counts = tx.memberships().count(agency.company.id, &as_of(agency.make.now)).await.unwrap();
    let expected = MemberCounts {
        all: 8,
        active: 3,
        inactive: 1,
        not_activated: 4,
        undeliverable: 1,
        locked: 2,
        expired: 1,
    };
    assert_eq!(counts, expected);
    let nobody = tx.memberships().count(agency.make.company().id, &as_of(agency.make.now)).await.unwrap();
    assert_eq!(nobody, MemberCounts::default());
}

/// Attack 87: what is looked for is a text and nothing else; each word somewhere in name, user name or reference.
pub async fn members_are_looked_for_by_words(store: Db) {
    let mut agency = Agency::open(store).await;
    let named = |given: &str, family: &str, person_ref: &str| {
        let (given, family) = (Line::parse(given).expect("a name"), Line::parse(family).expect("a name"));
        let person_ref = Line::parse(person_ref).expect("a reference");
        move |_: &mut Account, it: &mut Membership| {
            it.particulars.given_name = given;
            it.particulars.family_name = family;
            it.particulars.person_ref = person_ref;
        }
    };
    let in_the_office = |account: &mut Account, it: &mut Membership| {
        named("Frank", "Jones", "A-1")(account, it);
        let person_ref = Line::parse("Office-7").expect("a reference");
        it.particulars.other_persons = vec![PersonEntry { member_type: MemberType::OfficeStaff, person_ref }];
    };
    let frank = agency.add(in_the_office).await.1.id;
    let zoe = agency.add(named("ZOË", "O’Brien-Ärzt", "50%_off")).await.1.id;
    let (account, gone) = agency
        .add(|account, it| {
            account.user_name = EmailAddress::parse("somebody.else@example.com").expect("an address");
            it.state = MembershipState::Removed { at: it.created_at };
        })
        .await;
    for (words, expected) in [
        ("frank", vec![frank]),
        ("jones FRANK", vec![frank]),
        ("frank zoë", vec![]),
        ("zoë ärz", vec![zoe]),
        ("zoe", vec![]),
        ("o'brien", vec![zoe]),
        ("o’brien", vec![zoe]),
        ("OBrien", vec![zoe]),
        ("Jones, Frank", vec![frank]),
        ("jones,frank", vec![frank]),
        ("a-1", vec![frank]),
        ("OFFICE-7 a-1", vec![frank]),
        ("office_staff", vec![]),
        ("%", vec![zoe]),
        ("_", vec![zoe]),
        ("0%_o", vec![zoe]),
        ("\\", vec![]),
        ("' OR '1'='1", vec![]),
        ("person1@", vec![]),
        ("@EXAMPLE.com", vec![frank, zoe]),
        ("", vec![frank, zoe]),
    ] {
        assert_eq!(agency.saying(words).await, expected, "{words}");
    }
    let of_type = |member_type| MemberQuery { member_type: Some(member_type), ..MemberQuery::default() };
    assert_eq!(agency.list(&of_type(MemberType::OfficeStaff)).await, [frank], "R79: by any hat");
    assert_eq!(agency.list(&of_type(MemberType::Caregiver)).await, [frank, zoe], "and once");
    let removed = |words: &str| MemberQuery {
        state: Some(MemberFilter::Removed),
        words: SearchWords::parse(words).expect("words"),
        ..MemberQuery::default()
    };
    assert_eq!(agency.list(&removed("jones")).await, [gone.id]);
    assert_eq!(
        agency.list(&removed(account.user_name.canonical())).await,
        [],
        "the address went with the person"
    );
}

/// Every member once, in either order, whatever the size of a page and whoever is added meanwhile.
pub async fn pages_of_members_follow_each_other_in_either_order(store: Db) {
    let mut agency = Agency::open(store).await;
    let (mut added, mut by_name) = (vec![], vec![]);
    for (family, kind, authority) in [
        ("delta", MemberType::Caregiver, Authority::None),
        ("alpha", MemberType::OfficeStaff, Authority::Administrator),
        ("charlie", MemberType::Caregiver, Authority::None),
        ("alpha", MemberType::OfficeStaff, Authority::None),
        ("bravo", MemberType::Client, Authority::None),
    ] {
        let (_, member) = agency
            .add(|_, it| {
                it.particulars.family_name = Line::parse(family).expect("a name");
                it.particulars.member_type = kind;
                it.particulars.authority = authority;
            })
            .await;
        added.push(member.id);
        by_name.push((family, member.id));
    }
    by_name.sort();
    let by_name: Vec<_> = by_name.into_iter().map(|(_, id)| id).collect();
    for (order, expected) in [(MemberOrder::Added, &added), (MemberOrder::Name, &by_name)] {
        let query = MemberQuery { order, ..MemberQuery::default() };
        for limit in [1, 2, 5, 9] {
            let (mut listed, mut after) = (vec![], None);
            loop {
                let page = agency.page(&query, (after, limit)).await;
                let Some(last) = page.last() else { break };
                after = Some(*last);
                listed.extend(page);
            }
            assert_eq!(&listed, expected, "{order:?} {limit}");
        }
    }
    let staff = MemberQuery { member_type: Some(MemberType::OfficeStaff), ..MemberQuery::default() };
    assert_eq!(agency.list(&staff).await, [added[1], added[3]]);
    let administrators = MemberQuery { authority: Some(Authority::Administrator), ..MemberQuery::default() };
    assert_eq!(agency.list(&administrators).await, [added[1]]);

    let query = MemberQuery { order: MemberOrder::Name, ..MemberQuery::default() };
    let first = agency.page(&query, (None, 2)).await;
    agency.make.now = agency.make.now + Duration::from_secs(1);
    agency.add(|_, it| it.particulars.family_name = Line::parse("aaa").expect("a name")).await;
    let second = agency.page(&query, (first.last().copied(), 2)).await;
    assert_eq!([first, second].concat(), by_name[..4], "who is added before them moves nobody");
    let foreign = Scene::stored(&agency.store, &mut agency.make).await.membership;
    assert_eq!(
        agency.page(&query, (Some(foreign.id), 9)).await,
        [],
        "another company's member is no place here"
    );
}
