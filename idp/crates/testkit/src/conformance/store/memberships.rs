//! Memberships and invitations.

use std::sync::Arc;

use idp_domain::account::Account;
use idp_domain::company::Company;
use idp_domain::email::EmailAddress;
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::mail_failure::MailFailure;
use idp_domain::member::{
    Authority, MemberType, Membership, MembershipState, Particulars, PersonEntry, PersonRef, SecurityRole,
};
use idp_domain::ports::StoreError;
use idp_domain::text::Line;

use super::{CONTENDERS, Db, Scene, assert_same, race, reading, wins, writing};
use crate::Samples;

pub async fn a_membership_comes_back_by_each_of_its_names(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let stranger = make.company();
    let (member, company) = (&scene.membership, scene.company.id);
    let mut tx = reading(&store).await;
    let memberships = tx.memberships();
    let person = &member.particulars.person_ref;
    let found = [
        memberships.find(company, member.id).await.unwrap(),
        memberships.find_of_account(company, member.account).await.unwrap(),
        memberships.find_of_user_name(company, &scene.account.user_name).await.unwrap(),
        memberships.find_by_person_ref(company, person).await.unwrap(),
        memberships.list_of_account(member.account).await.unwrap().pop(),
    ];
    for found in found {
        assert_same(&found.expect("the membership"), member);
    }
    assert!(memberships.find(stranger.id, member.id).await.unwrap().is_none(), "a foreign id finds nothing");
    assert!(memberships.find_of_account(stranger.id, member.account).await.unwrap().is_none());
    assert!(memberships.find_by_person_ref(stranger.id, person).await.unwrap().is_none());
    let user_name = &scene.account.user_name;
    assert!(memberships.find_of_user_name(stranger.id, user_name).await.unwrap().is_none());
}

pub async fn a_person_is_a_member_of_a_company_once_under_one_name(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let twice = make.membership(&scene.account, &scene.company);
    let mut tx = writing(&store).await;
    let refused = tx.memberships().insert(&twice).await;
    assert!(matches!(refused, Err(StoreError::Conflict("account_company"))), "{refused:?}");
    drop(tx);
    let (other, elsewhere) = (make.account(), make.company());
    let mut same_name = make.membership(&other, &scene.company);
    same_name.particulars.person_ref = scene.membership.particulars.person_ref.clone();
    let mut tx = writing(&store).await;
    tx.accounts().insert(&other).await.unwrap();
    let refused = tx.memberships().insert(&same_name).await;
    assert!(matches!(refused, Err(StoreError::Conflict("person_ref"))), "{refused:?}");
    drop(tx);
    let mut fine = make.membership(&scene.account, &elsewhere);
    fine.particulars.person_ref = scene.membership.particulars.person_ref.clone();
    let mut tx = writing(&store).await;
    tx.companies().insert(&elsewhere).await.unwrap();
    tx.memberships().insert(&fine).await.expect("both are free at another company");
    tx.commit().await.unwrap();
    assert_eq!(reading(&store).await.memberships().list_of_account(scene.account.id).await.unwrap().len(), 2);
}

pub async fn a_membership_is_updated_by_version_and_keeps_its_name_unique(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let named = |text: &str| PersonRef::parse(text).expect("a name");
    let at = make.now;
    let states = [
        MembershipState::Active { since: at },
        MembershipState::Inactive { since: at },
        MembershipState::Removed { at },
        MembershipState::Invited,
    ];
    let roles = [
        SecurityRole::Named(Line::parse("Scheduler").expect("a role")),
        SecurityRole::Unrestricted,
        SecurityRole::None,
        SecurityRole::None,
    ];
    for (version, (state, security_role)) in (0..).zip(states.into_iter().zip(roles)) {
        let changed = Membership {
            state,
            particulars: Particulars {
                given_name: Line::parse(&format!("Frances {version}")).expect("a name"),
                family_name: Line::parse("Jones-Birch").expect("a name"),
                member_type: MemberType::OfficeStaff,
                person_ref: named(&format!("renamed {version}")),
                other_persons: Vec::new(),
                security_role,
                authority: Authority::Administrator,
                cell: None,
                note: Some(Line::parse("a note").expect("a note")),
            },
            last_sign_in: Some(at),
            sessions_ended_at: Some(at),
            version,
            ..scene.membership.clone()
        };
        let mut tx = writing(&store).await;
        tx.memberships().update(&changed).await.unwrap();
        assert!(matches!(tx.memberships().update(&changed).await, Err(StoreError::Stale)));
        tx.commit().await.unwrap();
        let mut tx = reading(&store).await;
        let found = tx.memberships().find(changed.company, changed.id).await.unwrap().expect("it");
        assert_same(&found, &Membership { version: version + 1, ..changed });
    }

    let other = make.account();
    let mut second = make.membership(&other, &scene.company);
    let mut tx = writing(&store).await;
    tx.accounts().insert(&other).await.unwrap();
    tx.memberships().insert(&second).await.unwrap();
    tx.commit().await.unwrap();
    second.particulars.person_ref = named("renamed 3");
    let mut tx = writing(&store).await;
    let refused = tx.memberships().update(&second).await;
    assert!(matches!(refused, Err(StoreError::Conflict("person_ref"))), "{refused:?}");
}

fn hat(person_ref: &str) -> PersonEntry {
    let person_ref = PersonRef::parse(person_ref).expect("a reference");
    PersonEntry { member_type: MemberType::OfficeStaff, person_ref }
}

async fn insert(store: &Db, account: &Account, membership: &Membership) -> Result<(), StoreError> {
    let mut tx = writing(store).await;
    tx.accounts().insert(account).await?;
    tx.memberships().insert(membership).await?;
    tx.commit().await
}

async fn update(store: &Db, membership: &Membership) -> Result<(), StoreError> {
    let mut tx = writing(store).await;
    tx.memberships().update(membership).await?;
    tx.commit().await
}

async fn by_person_ref(store: &Db, company: &Company, person_ref: &str) -> Option<Membership> {
    let person = PersonRef::parse(person_ref).expect("a reference");
    reading(store).await.memberships().find_by_person_ref(company.id, &person).await.unwrap()
}

/// R79: under every hat the same member, in their order, until the hat is taken off.
pub async fn a_member_comes_back_by_each_hat(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let elsewhere = Scene::stored(&store, &mut make).await.company;
    let account = make.account();
    let mut member = make.membership(&account, &scene.company);
    let main = member.particulars.person_ref.to_string();
    member.particulars.other_persons = vec![hat("S-2"), hat("S-1")];
    insert(&store, &account, &member).await.unwrap();
    for reference in [main.as_str(), "S-1", "S-2"] {
        let found = by_person_ref(&store, &scene.company, reference).await.expect("the member");
        assert_same(&found, &member);
        assert!(by_person_ref(&store, &elsewhere, reference).await.is_none());
    }

    let mut changed = member.clone();
    changed.particulars.other_persons = vec![hat("S-3"), hat(&main)];
    changed.particulars.person_ref = hat("S-1").person_ref;
    update(&store, &changed).await.unwrap();
    let changed = Membership { version: 1, ..changed };
    for reference in ["S-1", "S-3", main.as_str()] {
        let found = by_person_ref(&store, &scene.company, reference).await.expect("the member");
        assert_same(&found, &changed);
    }
    assert!(by_person_ref(&store, &scene.company, "S-2").await.is_none(), "taken off");

    let gone = changed.leave(make.now).and_then(Membership::vacate).expect("was there");
    update(&store, &gone).await.unwrap();
    for reference in ["S-1", "S-3", main.as_str()] {
        assert!(by_person_ref(&store, &scene.company, reference).await.is_none(), "free");
    }
}

/// R25, R79: neither as main reference nor as hat, neither for somebody new nor by a change.
pub async fn a_hat_is_nobody_elses_reference(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let mut first = scene.membership.clone();
    let main = first.particulars.person_ref.to_string();
    first.particulars.other_persons = vec![hat("S-1")];
    update(&store, &first).await.unwrap();
    let stored = Membership { version: 1, ..first };

    let account = make.account();
    let mut free = make.membership(&account, &scene.company);
    free.particulars.other_persons = vec![hat("S-2")];
    insert(&store, &account, &free).await.expect("its references are free");
    let of = |person_ref: &str, hats: &[&str]| {
        let mut it = free.particulars.clone();
        it.person_ref = hat(person_ref).person_ref;
        it.other_persons = hats.iter().map(|it| hat(it)).collect();
        it
    };
    for taken in [
        of("S-1", &[]),
        of("9", &["S-1"]),
        of("9", &["8", main.as_str()]),
        of("9", &["9"]),
        of("9", &["8", "8"]),
    ] {
        let refused = update(&store, &Membership { particulars: taken.clone(), ..free.clone() }).await;
        assert!(matches!(refused, Err(StoreError::Conflict("person_ref"))), "{taken:?}: {refused:?}");
        let other = make.account();
        let new = Membership { particulars: taken, ..make.membership(&other, &scene.company) };
        let refused = insert(&store, &other, &new).await;
        assert!(matches!(refused, Err(StoreError::Conflict("person_ref"))), "{new:?}: {refused:?}");
    }
    for (reference, holder) in [("S-1", &stored), (main.as_str(), &stored), ("S-2", &free)] {
        let found = by_person_ref(&store, &scene.company, reference).await.expect("its holder");
        assert_same(&found, holder);
    }
    assert!(by_person_ref(&store, &scene.company, "8").await.is_none(), "nothing half-done");
    let (elsewhere, other) = (Scene::stored(&store, &mut make).await.company, make.account());
    let same = Membership { particulars: free.particulars.clone(), ..make.membership(&other, &elsewhere) };
    insert(&store, &other, &same).await.expect("another company's are in nobody's way");
}

/// As main reference or as hat, for somebody new or by a change: two tables are one list of names.
pub async fn of_those_who_claim_a_reference_at_once_one_gets_it(store: Db) {
    let mut make = Samples::default();
    let company = make.company();
    let mut tx = writing(&store).await;
    tx.companies().insert(&company).await.unwrap();
    tx.commit().await.unwrap();
    let mut claims = Vec::new();
    for n in 0..CONTENDERS {
        let account = make.account();
        let plain = make.membership(&account, &company);
        let mut claim = plain.clone();
        match n % 2 {
            0 => claim.particulars.person_ref = hat("X").person_ref,
            _ => claim.particulars.other_persons = vec![hat("X")],
        }
        let is_new = n % 4 < 2;
        if !is_new {
            insert(&store, &account, &plain).await.unwrap();
        }
        claims.push((account, claim, is_new));
    }
    let (db, claims) = (Arc::clone(&store), Arc::new(claims));
    let won = race(CONTENDERS, move |n| {
        let (store, claims) = (Arc::clone(&db), Arc::clone(&claims));
        async move {
            let (account, claim, is_new) = &claims[n as usize];
            let claimed = match is_new {
                true => insert(&store, account, claim).await,
                false => update(&store, claim).await,
            };
            assert!(matches!(claimed, Ok(()) | Err(StoreError::Conflict("person_ref"))), "{claimed:?}");
            claimed.is_ok()
        }
    })
    .await;
    assert_eq!(wins(&won), 1, "{won:?}");
    assert!(by_person_ref(&store, &company, "X").await.is_some());
}

pub async fn a_members_sign_in_is_noted_without_touching_the_version(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (id, company, stranger) = (scene.membership.id, scene.company.id, make.company().id);
    for (of, noted) in [(stranger, None), (company, Some(make.now))] {
        let mut tx = writing(&store).await;
        tx.memberships().record_sign_in(of, id, make.now).await.unwrap();
        tx.commit().await.unwrap();
        let found = reading(&store).await.memberships().find(company, id).await.unwrap().expect("it");
        assert_same(&found, &Membership { last_sign_in: noted, ..scene.membership.clone() });
    }
}

pub async fn members_are_listed_in_pages_of_their_company_only(store: Db) {
    let mut make = Samples::default();
    let first = Scene::stored(&store, &mut make).await;
    let _elsewhere = Scene::stored(&store, &mut make).await;
    let mut ids = vec![first.membership.id];
    let mut tx = writing(&store).await;
    for _ in 0..4 {
        let account = make.account();
        let membership = make.membership(&account, &first.company);
        tx.accounts().insert(&account).await.unwrap();
        tx.memberships().insert(&membership).await.unwrap();
        ids.push(membership.id);
    }
    tx.commit().await.unwrap();

    let (mut listed, mut after) = (Vec::new(), None);
    let mut tx = reading(&store).await;
    loop {
        let page = tx.memberships().list(first.company.id, after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        listed.extend(page.iter().map(|membership| membership.id));
    }
    assert_eq!(listed, ids, "each once, in order of their ids");
}

/// An agency never loses the last person who may administer it unnoticed.
pub async fn the_active_administrators_of_a_company_are_counted(store: Db) {
    let mut make = Samples::default();
    let (first, elsewhere) = (Scene::stored(&store, &mut make).await, Scene::stored(&store, &mut make).await);
    let active = MembershipState::Active { since: make.now };
    let members = [
        (&first.company, active, Authority::Administrator),
        (&first.company, active, Authority::Administrator),
        (&first.company, active, Authority::None),
        (&first.company, MembershipState::Invited, Authority::Administrator),
        (&first.company, MembershipState::Inactive { since: make.now }, Authority::Administrator),
        (&elsewhere.company, active, Authority::Administrator),
    ];
    let mut tx = writing(&store).await;
    for (company, state, authority) in members {
        let account = make.account();
        let mut membership = Membership { state, ..make.membership(&account, company) };
        membership.particulars.authority = authority;
        tx.accounts().insert(&account).await.unwrap();
        tx.memberships().insert(&membership).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    for (company, administrators) in
        [(first.company.id, 2), (elsewhere.company.id, 1), (make.company().id, 0)]
    {
        assert_eq!(tx.memberships().count_administrators(company).await.unwrap(), administrators);
    }
}

pub async fn the_newest_invitation_of_a_membership_is_found(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let newer = make.invitation(&scene.membership, &scene.account);
    let mut tx = writing(&store).await;
    tx.invitations().insert(&newer).await.unwrap();
    tx.commit().await.unwrap();
    let at = make.now;
    let states = [
        InvitationState::Sent { at },
        InvitationState::Accepted { at },
        InvitationState::Superseded { at },
        InvitationState::Revoked { at },
        InvitationState::Undeliverable { at, why: MailFailure::Undelivered },
        InvitationState::Undeliverable { at, why: MailFailure::MailboxUnknown },
        InvitationState::Queued,
    ];
    for (version, state) in (0..).zip(states) {
        let changed = Invitation { state, version, ..newer.clone() };
        let mut tx = writing(&store).await;
        tx.invitations().update(&changed).await.unwrap();
        assert!(matches!(tx.invitations().update(&changed).await, Err(StoreError::Stale)));
        tx.commit().await.unwrap();
        let mut tx = reading(&store).await;
        let newest = tx.invitations().find_newest(scene.membership.id).await.unwrap().expect("it");
        assert_same(&newest, &Invitation { version: version + 1, ..changed });
    }
    let older = reading(&store).await.invitations().find(scene.invitation.id).await.unwrap();
    assert_same(&older.expect("the older one"), &scene.invitation);
}

/// R85, R33: whatever the address was written like, and whichever member it was about.
pub async fn the_newest_invitation_to_an_address_is_found_by_its_company_only(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let elsewhere = Scene::stored(&store, &mut make).await;
    let at = make.now;
    let newer = Invitation {
        state: InvitationState::Undeliverable { at, why: MailFailure::MailboxFull },
        ..make.invitation(&scene.membership, &scene.account)
    };
    let other_address = Invitation {
        email: elsewhere.account.user_name.clone(),
        ..make.invitation(&scene.membership, &scene.account)
    };
    let mut tx = writing(&store).await;
    for invitation in [&newer, &other_address] {
        tx.invitations().insert(invitation).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    let address = scene.account.user_name.as_str();
    for written in [address.to_owned(), address.to_uppercase()] {
        let address = EmailAddress::parse(&written).unwrap();
        let found = tx.invitations().find_newest_to(scene.company.id, &address).await.unwrap();
        assert_same(&found.expect("the newer one"), &newer);
        assert!(tx.invitations().find_newest_to(elsewhere.company.id, &address).await.unwrap().is_none());
    }
}

/// R67.
pub async fn a_newer_mail_supersedes_the_open_invitations_of_the_membership(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let elsewhere = Scene::stored(&store, &mut make).await;
    let at = make.now;
    let sent = Invitation {
        state: InvitationState::Sent { at },
        ..make.invitation(&scene.membership, &scene.account)
    };
    let dead = Invitation {
        state: InvitationState::Undeliverable { at, why: MailFailure::Refused },
        ..make.invitation(&scene.membership, &scene.account)
    };
    let newest = make.invitation(&scene.membership, &scene.account);
    let mut tx = writing(&store).await;
    for invitation in [&sent, &dead, &newest] {
        tx.invitations().insert(invitation).await.unwrap();
    }
    let open = tx.invitations().list_open_of_account(scene.account.id).await.unwrap();
    let is_open = |id| open.iter().any(|invitation| invitation.id == id);
    assert_eq!(open.len(), 3, "whatever is out, and of nobody else");
    assert!([scene.invitation.id, sent.id, newest.id].into_iter().all(is_open));
    let ended = tx.invitations().supersede_open(scene.membership.id, newest.id, make.now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ended, 2, "the queued and the sent one");

    let superseded = InvitationState::Superseded { at: make.now };
    let expected = [
        (scene.invitation.id, superseded),
        (sent.id, superseded),
        (dead.id, dead.state),
        (newest.id, InvitationState::Queued),
        (elsewhere.invitation.id, InvitationState::Queued),
    ];
    let mut tx = reading(&store).await;
    for (id, state) in expected {
        assert_eq!(tx.invitations().find(id).await.unwrap().expect("it").state, state);
    }
    drop(tx);
    let mut tx = writing(&store).await;
    let stale = tx.invitations().update(&scene.invitation).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "who read it before must look again");
}
