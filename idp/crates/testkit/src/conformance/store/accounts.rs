//! Accounts and the answers to their security questions.

use std::sync::Arc;

use idp_domain::account::{Account, AccountState, PasswordState};
use idp_domain::email::EmailAddress;
use idp_domain::member::MembershipState;
use idp_domain::password::PasswordHash;
use idp_domain::ports::StoreError;
use idp_domain::question::EnrolledAnswer;

use super::{CONTENDERS, Db, SECOND, assert_same, race, reading, wins, writing};
use crate::Samples;

async fn stored(store: &Db, account: &Account) {
    let mut tx = writing(store).await;
    tx.accounts().insert(account).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, account: &Account) -> Account {
    reading(store).await.accounts().find(account.id).await.unwrap().expect("the account")
}

pub async fn an_account_comes_back_as_it_was_stored_in_every_state(store: Db) {
    let mut make = Samples::default();
    let hash = || PasswordHash::from_phc("$phc$1".to_owned());
    let at = make.now;
    let states = [
        AccountState::Invited,
        AccountState::Active { since: at, password: hash() },
        AccountState::Disabled { at, password: Some(hash()) },
        AccountState::Disabled { at, password: None },
        AccountState::Closed { at },
    ];
    for (state, password_state) in states.into_iter().zip(PasswordState::VARIANTS.into_iter().cycle()) {
        let account = Account {
            state,
            password_state,
            email_verified: true,
            credential_version: 3,
            questions_enrolled: true,
            is_operator: true,
            last_sign_in: Some(at),
            ..make.account()
        };
        stored(&store, &account).await;
        let found = found(&store, &account).await;
        assert_same(&found, &account);
        assert_eq!(found.state, account.state, "password included");
        assert_eq!(found.user_name.as_str(), account.user_name.as_str(), "as it was typed");
    }
}

pub async fn a_user_name_is_taken_in_every_spelling(store: Db) {
    let mut make = Samples::default();
    let typed = |text| EmailAddress::parse(text).expect("an address");
    let frank = Account { user_name: typed("Frank.Jones@Example.com"), ..make.account() };
    stored(&store, &frank).await;
    let again = Account { user_name: typed("frank.JONES@example.COM"), ..make.account() };
    let mut tx = writing(&store).await;
    let refused = tx.accounts().insert(&again).await;
    assert!(matches!(refused, Err(StoreError::Conflict("user_name"))), "{refused:?}");
    drop(tx);
    let mut tx = reading(&store).await;
    let found = tx.accounts().find_by_user_name(&again.user_name).await.unwrap();
    assert_eq!(found.map(|account| account.id), Some(frank.id));
    assert!(tx.accounts().find_by_user_name(&typed("f@example.com")).await.unwrap().is_none());
}

pub async fn only_an_account_that_nobody_opened_and_no_agency_has_is_removed(store: Db) {
    let mut make = Samples::default();
    let (unused, active) = (make.account(), make.active_account());
    let operator = Account { is_operator: true, ..make.account() };
    let left = make.account();
    let company = make.company();
    let mut membership = make.membership(&left, &company);
    membership.state = MembershipState::Removed { at: make.now };
    let mut tx = writing(&store).await;
    tx.companies().insert(&company).await.unwrap();
    for account in [&unused, &active, &operator, &left] {
        tx.accounts().insert(account).await.unwrap();
    }
    tx.memberships().insert(&membership).await.unwrap();
    for account in [&active, &operator, &left] {
        assert!(!tx.accounts().remove_unused(account.id).await.unwrap(), "{account:?}");
    }
    assert!(tx.accounts().remove_unused(unused.id).await.unwrap());
    assert!(!tx.accounts().remove_unused(unused.id).await.unwrap(), "it is gone");
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    assert!(tx.accounts().find_by_user_name(&unused.user_name).await.unwrap().is_none());
    for account in [&active, &operator, &left] {
        assert!(tx.accounts().find(account.id).await.unwrap().is_some());
    }
}

pub async fn an_update_stores_every_field_and_refuses_a_stale_copy(store: Db) {
    let mut make = Samples::default();
    let (first, other) = (make.account(), make.account());
    stored(&store, &first).await;
    stored(&store, &other).await;
    let active = make.active_account();
    let password_state = PasswordState::MustChange;
    let changed = Account { id: first.id, version: first.version, password_state, ..active };
    let mut tx = writing(&store).await;
    tx.accounts().update(&changed).await.unwrap();
    tx.commit().await.unwrap();
    assert_same(&found(&store, &first).await, &Account { version: 1, ..changed.clone() });

    let mut tx = writing(&store).await;
    assert!(matches!(tx.accounts().update(&changed).await, Err(StoreError::Stale)));
    drop(tx);
    let unknown = make.account();
    let mut tx = writing(&store).await;
    assert!(matches!(tx.accounts().update(&unknown).await, Err(StoreError::Stale)));
    drop(tx);
    let taking = Account { user_name: other.user_name, version: 1, ..changed };
    let mut tx = writing(&store).await;
    assert!(matches!(tx.accounts().update(&taking).await, Err(StoreError::Conflict("user_name"))));
}

pub async fn of_many_updates_of_one_version_one_wins(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    stored(&store, &account).await;
    let (db, contended) = (Arc::clone(&store), account.clone());
    let results = race(CONTENDERS, move |n| {
        let store = Arc::clone(&db);
        let account = Account { credential_version: i64::from(n), ..contended.clone() };
        async move {
            let mut tx = writing(&store).await;
            match tx.accounts().update(&account).await {
                Ok(()) => tx.commit().await.map(|()| true).unwrap(),
                Err(StoreError::Stale) => false,
                Err(other) => panic!("{other}"),
            }
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
    assert_eq!(found(&store, &account).await.version, 1);
}

/// Whoever locks reads what the last holder left: of many that count one up, nobody meets a stale copy, and none is lost.
pub async fn a_locked_account_is_one_transactions_until_its_commit(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    stored(&store, &account).await;
    let (db, id) = (Arc::clone(&store), account.id);
    race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            tx.accounts().lock(id).await.unwrap();
            let account = tx.accounts().find(id).await.unwrap().expect("the account");
            let counted = Account { credential_version: account.credential_version + 1, ..account };
            tx.accounts().update(&counted).await.unwrap();
            tx.commit().await.unwrap();
        }
    })
    .await;
    let counted = found(&store, &account).await.credential_version - account.credential_version;
    assert_eq!(counted, i64::from(CONTENDERS));
}

/// Who gives up lets the next one go on; a lock changes nothing, and there need not be an account.
pub async fn a_lock_ends_with_its_transaction_whatever_becomes_of_it(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    stored(&store, &account).await;
    for id in [account.id, account.id, make.account().id] {
        let mut tx = writing(&store).await;
        tx.accounts().lock(id).await.unwrap();
        tx.accounts().lock(id).await.unwrap();
        drop(tx);
    }
    assert_same(&found(&store, &account).await, &account);
}

pub async fn a_sign_in_is_noted_without_touching_the_version(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    stored(&store, &account).await;
    let now = make.now + SECOND;
    let mut tx = writing(&store).await;
    tx.accounts().record_sign_in(account.id, now).await.unwrap();
    tx.commit().await.unwrap();
    let found = found(&store, &account).await;
    assert_eq!((found.last_sign_in, found.version), (Some(now), account.version));
}

pub async fn answers_are_replaced_as_a_whole(store: Db) {
    let mut make = Samples::default();
    let (account, other) = (make.account(), make.account());
    stored(&store, &account).await;
    stored(&store, &other).await;
    let (first, second, others) = (make.answers(&account), make.answers(&account), make.answers(&other));
    let mut tx = writing(&store).await;
    tx.answers().replace(account.id, &first).await.unwrap();
    tx.answers().replace(other.id, &others).await.unwrap();
    tx.answers().replace(account.id, &second[..2]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    let mut kept: Vec<_> = tx.answers().list(account.id).await.unwrap();
    kept.sort_by_key(|answer| second.iter().position(|made| made.question == answer.question));
    assert_same(&kept.as_slice(), &&second[..2]);
    assert!(kept.iter().zip(&second).all(|(kept, made)| kept.hash == made.hash));
    assert_eq!(tx.answers().list(other.id).await.unwrap().len(), 3, "another's answers are left alone");
    assert!(tx.answers().list(make.account().id).await.unwrap().is_empty());
}

pub async fn former_answers_are_one_set_beside_the_present_one(store: Db) {
    let mut make = Samples::default();
    let (account, other) = (make.account(), make.account());
    stored(&store, &account).await;
    stored(&store, &other).await;
    let (first, second, others) = (make.answers(&account), make.answers(&account), make.answers(&other));
    let present = make.answers(&account);
    let (then, later) = (make.now + SECOND, make.now + SECOND * 2);
    let mut tx = writing(&store).await;
    tx.answers().replace(account.id, &present).await.unwrap();
    tx.answers().keep_former(account.id, &first, then).await.unwrap();
    tx.answers().keep_former(other.id, &others, then).await.unwrap();
    tx.answers().keep_former(account.id, &second, later).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = writing(&store).await;
    let kept = tx.answers().list_former(account.id).await.unwrap();
    assert_eq!(kept.len(), 3);
    for former in &kept {
        let made = second.iter().find(|made| made.question == former.answer.question).unwrap();
        assert_same(&former.answer, made);
        assert!(former.answer.hash == made.hash && former.replaced_at == later);
    }
    let hashes = |answers: &[EnrolledAnswer]| {
        let mut hashes: Vec<_> = answers.iter().map(|answer| answer.hash.as_str().to_owned()).collect();
        hashes.sort();
        hashes
    };
    let listed = tx.answers().list(account.id).await.unwrap();
    assert_eq!(hashes(&listed), hashes(&present), "the present ones are left alone");
    tx.answers().keep_former(account.id, &[], later).await.unwrap();
    assert!(tx.answers().list_former(account.id).await.unwrap().is_empty());
    assert_eq!(tx.answers().list_former(other.id).await.unwrap().len(), 3, "another's are left alone");
}

pub async fn former_answers_are_swept_by_when_they_were_replaced(store: Db) {
    let mut make = Samples::default();
    let (early, late) = (make.account(), make.account());
    stored(&store, &early).await;
    stored(&store, &late).await;
    let (hers, his) = (make.answers(&early), make.answers(&late));
    let (then, later) = (make.now + SECOND, make.now + SECOND * 2);
    let mut tx = writing(&store).await;
    tx.answers().replace(early.id, &hers).await.unwrap();
    tx.answers().keep_former(early.id, &hers, then).await.unwrap();
    tx.answers().keep_former(late.id, &his, later).await.unwrap();
    assert_eq!(tx.answers().sweep_former(then, 10).await.unwrap(), 0, "not before their instant");
    assert_eq!(tx.answers().sweep_former(later, 2).await.unwrap(), 2, "no more than the limit");
    assert_eq!(tx.answers().sweep_former(later, 10).await.unwrap(), 1);
    assert_eq!(tx.answers().list(early.id).await.unwrap().len(), 3, "the present ones are never swept");
    assert_eq!(tx.answers().list_former(late.id).await.unwrap().len(), 3);
}
