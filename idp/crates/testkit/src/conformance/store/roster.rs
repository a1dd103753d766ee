//! What is asked of many people at once: the same as of each by themselves (R25, R33).

use std::collections::BTreeMap;
use std::fmt::Debug;

use idp_domain::account::Account;
use idp_domain::company::Company;
use idp_domain::email::EmailAddress;
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::member::{MemberType, Membership, PersonEntry, PersonRef};
use idp_domain::ports::AT_ONCE;

use super::{Db, Scene, reading, writing};
use crate::Samples;

/// As many names as may be asked for, with these at their end.
fn among_strangers<T>(asked: Vec<T>, stranger: impl Fn(usize) -> T) -> Vec<T> {
    (asked.len()..AT_ONCE).map(stranger).chain(asked).collect()
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn stranger(n: usize) -> EmailAddress {
    address(&format!("stranger{n}@example.com"))
}

/// By what is shown of them, whatever their order.
#[track_caller]
fn assert_same_set<T: Debug>(found: &[T], expected: &[&T]) {
    let shown = |all: Vec<&T>| {
        let mut shown: Vec<String> = all.into_iter().map(|it| format!("{it:?}")).collect();
        shown.sort();
        shown.dedup();
        shown
    };
    assert_eq!(shown(found.iter().collect()), shown(expected.to_vec()));
}

pub async fn accounts_are_found_by_many_user_names_in_every_spelling(store: Db) {
    let mut make = Samples::default();
    let [one, other, third] = [(); 3].map(|()| make.account());
    let mut tx = writing(&store).await;
    for account in [&one, &other, &third] {
        tx.accounts().insert(account).await.unwrap();
    }
    tx.commit().await.unwrap();
    let asked = vec![address(&one.user_name.as_str().to_uppercase()), other.user_name.clone()];
    let asked = among_strangers(asked, stranger);
    let mut tx = reading(&store).await;
    let found = tx.accounts().list_by_user_name(&asked.iter().collect::<Vec<_>>()).await.unwrap();
    assert_same_set(&found, &[&one, &other]);
    assert!(tx.accounts().list_by_user_name(&[]).await.unwrap().is_empty());
}

/// Two people of one company, the second with a further hat, and somebody of another who has the same reference.
async fn people(store: &Db, make: &mut Samples) -> (Company, [(EmailAddress, Membership); 3]) {
    let (here, elsewhere) = (make.company(), make.company());
    let accounts = [(); 3].map(|()| make.account());
    let at = |account: &Account, company, make: &mut Samples| {
        (account.user_name.clone(), make.membership(account, company))
    };
    let mut members =
        [at(&accounts[0], &here, make), at(&accounts[1], &here, make), at(&accounts[2], &elsewhere, make)];
    let hat = PersonRef::parse("S-1").expect("a reference");
    members[1].1.particulars.other_persons =
        vec![PersonEntry { member_type: MemberType::OfficeStaff, person_ref: hat }];
    members[2].1.particulars.person_ref = members[0].1.particulars.person_ref.clone();
    let mut tx = writing(store).await;
    for company in [&here, &elsewhere] {
        tx.companies().insert(company).await.unwrap();
    }
    for (account, (_, membership)) in accounts.iter().zip(&members) {
        tx.accounts().insert(account).await.unwrap();
        tx.memberships().insert(membership).await.unwrap();
    }
    tx.commit().await.unwrap();
    (here, members)
}

/// R33: whoever else has the other addresses.
pub async fn members_are_found_by_many_user_names_at_their_company_only(store: Db) {
    let mut make = Samples::default();
    let (here, members) = people(&store, &mut make).await;
    let asked = members.iter().map(|(user_name, _)| address(&user_name.as_str().to_uppercase()));
    let asked = among_strangers(asked.collect(), stranger);
    let mut tx = reading(&store).await;
    let asked: Vec<_> = asked.iter().collect();
    let found = tx.memberships().list_of_user_names(here.id, &asked).await.unwrap();
    let found: BTreeMap<String, String> = found.into_iter().map(|(by, it)| (by, format!("{it:?}"))).collect();
    let expected =
        members[..2].iter().map(|(user_name, it)| (user_name.canonical().to_owned(), format!("{it:?}")));
    assert_eq!(found, expected.collect());
    let nobody = tx.memberships().list_of_user_names(make.company().id, &asked).await.unwrap();
    assert!(nobody.is_empty());
}

/// R79: by the main reference or that of a further hat.
pub async fn members_are_found_by_many_references_at_their_company_only(store: Db) {
    let mut make = Samples::default();
    let (here, members) = people(&store, &mut make).await;
    let [(_, one), (_, other), _] = &members;
    let asked = vec![one.particulars.person_ref.clone(), PersonRef::parse("S-1").expect("a reference")];
    let asked = among_strangers(asked, |n| PersonRef::parse(&format!("stranger {n}")).expect("a reference"));
    let mut tx = reading(&store).await;
    let asked: Vec<_> = asked.iter().collect();
    let found = tx.memberships().list_by_person_ref(here.id, &asked).await.unwrap();
    assert_same_set(&found, &[one, other]);
    let main = tx.memberships().list_by_person_ref(here.id, &[&other.particulars.person_ref]).await.unwrap();
    assert_same_set(&main, &[other]);
    assert!(tx.memberships().list_by_person_ref(here.id, &[]).await.unwrap().is_empty());
}

/// R85: of each member and of each address the last word, at one company.
pub async fn the_newest_invitations_of_many_are_found(store: Db) {
    let mut make = Samples::default();
    let [one, other, untouched] = [
        Scene::stored(&store, &mut make).await,
        Scene::stored(&store, &mut make).await,
        Scene::stored(&store, &mut make).await,
    ];
    let newer = |make: &mut Samples, of: &Scene| Invitation {
        state: InvitationState::Sent { at: make.now },
        ..make.invitation(&of.membership, &of.account)
    };
    let (second, third, others) = (newer(&mut make, &one), newer(&mut make, &one), newer(&mut make, &other));
    let mut tx = writing(&store).await;
    for invitation in [&second, &third, &others] {
        tx.invitations().insert(invitation).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    let members = [one.membership.id, other.membership.id, untouched.membership.id];
    let newest = tx.invitations().list_newest(&members).await.unwrap();
    assert_eq!(newest.len(), 3, "one of each");
    assert_same_set(&newest, &[&third, &others, &untouched.invitation]);
    assert!(tx.invitations().list_newest(&[]).await.unwrap().is_empty());

    let asked =
        vec![address(&one.account.user_name.as_str().to_uppercase()), other.account.user_name.clone()];
    let asked = among_strangers(asked, stranger);
    let asked: Vec<_> = asked.iter().collect();
    let newest = tx.invitations().list_newest_to(one.company.id, &asked).await.unwrap();
    assert_eq!(newest.len(), 1, "the others' is another company's");
    assert_same_set(&newest, &[&third]);
}
