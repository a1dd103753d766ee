//! Agencies and their codes.

use std::sync::Arc;

use idp_domain::company::{Company, CompanyRef, CompanyState};
use idp_domain::ports::StoreError;
use idp_domain::text::Line;

use super::{CONTENDERS, Db, assert_same, race, reading, writing};
use crate::Samples;

async fn stored(store: &Db, company: &Company) {
    let mut tx = writing(store).await;
    tx.companies().insert(company).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found_by(store: &Db, company: CompanyRef) -> Option<Company> {
    reading(store).await.companies().find_by_ref(&company).await.unwrap()
}

pub async fn a_company_comes_back_by_id_and_by_code(store: Db) {
    let mut make = Samples::default();
    let active = make.company();
    let suspended = Company { state: CompanyState::Suspended { at: make.now }, ..make.company() };
    for company in [&active, &suspended] {
        stored(&store, company).await;
        let by_id = reading(&store).await.companies().find(company.id).await.unwrap().expect("by id");
        assert_same(&by_id, company);
        let by_ref = found_by(&store, CompanyRef::Id(company.id)).await.expect("by a reference to its id");
        assert_same(&by_ref, company);
        let by_code = found_by(&store, CompanyRef::Code(company.code.clone())).await.expect("by code");
        assert_same(&by_code, company);
    }
    let unknown = make.company();
    assert!(found_by(&store, CompanyRef::Code(unknown.code)).await.is_none());
    assert!(found_by(&store, CompanyRef::Id(unknown.id)).await.is_none());
}

/// R88.
pub async fn an_old_code_keeps_naming_its_company_and_no_other_may_take_it(store: Db) {
    let mut make = Samples::default();
    let (company, other) = (make.company(), make.company());
    stored(&store, &company).await;
    stored(&store, &other).await;
    let renamed = Company { code: make.company().code, ..company.clone() };
    let mut tx = writing(&store).await;
    tx.companies().update(&renamed).await.unwrap();
    tx.commit().await.unwrap();
    for code in [&company.code, &renamed.code] {
        let found = found_by(&store, CompanyRef::Code(code.clone())).await.expect("the company");
        assert_eq!((found.id, found.code), (company.id, renamed.code.clone()));
    }

    let newcomer = Company { code: company.code.clone(), ..make.company() };
    let mut tx = writing(&store).await;
    let refused = tx.companies().insert(&newcomer).await;
    assert!(matches!(refused, Err(StoreError::Conflict("company_code"))), "{refused:?}");
    drop(tx);
    let grabbing = Company { code: company.code.clone(), ..other };
    let mut tx = writing(&store).await;
    let refused = tx.companies().update(&grabbing).await;
    assert!(matches!(refused, Err(StoreError::Conflict("company_code"))), "{refused:?}");
    drop(tx);

    let back = Company { version: 1, ..company };
    let mut tx = writing(&store).await;
    tx.companies().update(&back).await.expect("its own old code is free to take again");
    tx.commit().await.unwrap();
}

pub async fn a_stale_company_is_refused(store: Db) {
    let mut make = Samples::default();
    let company = make.company();
    stored(&store, &company).await;
    let suspended = Company { state: CompanyState::Suspended { at: make.now }, ..company.clone() };
    let mut tx = writing(&store).await;
    tx.companies().update(&suspended).await.unwrap();
    assert!(matches!(tx.companies().update(&company).await, Err(StoreError::Stale)));
    tx.commit().await.unwrap();
    let found = reading(&store).await.companies().find(company.id).await.unwrap().expect("the company");
    assert_same(&found, &Company { version: 1, ..suspended });
}

/// Whoever locks reads what the last holder left: of two administrators who leave at once, one sees that nobody else is there.
pub async fn a_locked_company_is_one_transactions_until_its_commit(store: Db) {
    let mut make = Samples::default();
    let company = make.company();
    stored(&store, &company).await;
    let (db, id) = (Arc::clone(&store), company.id);
    race(CONTENDERS, move |n| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            tx.companies().lock(id).await.unwrap();
            let company = tx.companies().find(id).await.unwrap().expect("the company");
            let name = Line::parse(&format!("Holder {n}")).expect("a name");
            tx.companies().update(&Company { name, ..company }).await.unwrap();
            tx.commit().await.unwrap();
        }
    })
    .await;
    let found = reading(&store).await.companies().find(company.id).await.unwrap().expect("the company");
    assert_eq!(found.version - company.version, i64::from(CONTENDERS));
}
