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

/// R88: an alias names its company until it is released; then it names nobody, and is nobody else's for ever.
pub async fn an_alias_names_its_company_until_it_is_released(store: Db) {
    let mut make = Samples::default();
    let (company, other) = (make.company(), make.company());
    let (alias, second) = (make.company().code, make.company().code);
    stored(&store, &company).await;
    stored(&store, &other).await;
    let mut tx = writing(&store).await;
    tx.companies().add_alias(company.id, &second).await.unwrap();
    tx.companies().add_alias(company.id, &alias).await.unwrap();
    tx.commit().await.unwrap();
    let found = found_by(&store, CompanyRef::Code(alias.clone())).await.expect("the company");
    assert_eq!(found.id, company.id);
    let aliases = reading(&store).await.companies().list_aliases(company.id).await.unwrap();
    assert_eq!(aliases, [alias.clone(), second.clone()], "in their order, without its own code");

    let mut tx = writing(&store).await;
    assert!(
        !tx.companies().release_alias(other.id, &alias, make.now).await.unwrap(),
        "not another's to release"
    );
    assert!(!tx.companies().release_alias(company.id, &company.code, make.now).await.unwrap(), "no alias");
    assert!(tx.companies().release_alias(company.id, &alias, make.now).await.unwrap());
    assert!(!tx.companies().release_alias(company.id, &alias, make.now).await.unwrap(), "released already");
    tx.commit().await.unwrap();
    assert!(found_by(&store, CompanyRef::Code(alias.clone())).await.is_none());
    let mut tx = writing(&store).await;
    assert_eq!(tx.companies().owner_of_code(&alias).await.unwrap(), Some(company.id));
    let refused = tx.companies().add_alias(other.id, &alias).await;
    assert!(matches!(refused, Err(StoreError::Conflict("company_code"))), "{refused:?}");
    drop(tx);

    let mut tx = writing(&store).await;
    tx.companies().add_alias(company.id, &alias).await.expect("its own again");
    tx.commit().await.unwrap();
    let found = found_by(&store, CompanyRef::Code(alias)).await.expect("the company");
    assert_eq!(found.id, company.id);
}

/// A portal's addresses are made of the slug: whoever got it later would get the older portal's log-ins.
pub async fn a_slug_is_never_another_companys(store: Db) {
    let mut make = Samples::default();
    let (company, other) = (make.company(), make.company());
    stored(&store, &company).await;
    stored(&store, &other).await;
    let without = Company { slug: None, ..company.clone() };
    let mut tx = writing(&store).await;
    tx.companies().update(&without).await.unwrap();
    tx.commit().await.unwrap();
    let grabbing = Company { slug: company.slug.clone(), ..other };
    let mut tx = writing(&store).await;
    let refused = tx.companies().update(&grabbing).await;
    assert!(matches!(refused, Err(StoreError::Conflict("company_slug"))), "{refused:?}");
    drop(tx);
    let newcomer = Company { slug: company.slug.clone(), ..make.company() };
    let mut tx = writing(&store).await;
    let refused = tx.companies().insert(&newcomer).await;
    assert!(matches!(refused, Err(StoreError::Conflict("company_slug"))), "{refused:?}");
    drop(tx);
    let mut tx = writing(&store).await;
    tx.companies().update(&Company { version: 1, ..company }).await.expect("its own again");
    tx.commit().await.unwrap();
}

/// Words are looked for in code, slug and name, whatever their case; what means something to SQL means itself.
pub async fn companies_are_listed_in_pages_and_found_by_words(store: Db) {
    let mut make = Samples::default();
    let named = |make: &mut Samples, name: &str| Company {
        name: Line::parse(name).expect("a name"),
        ..make.company()
    };
    let maple = named(&mut make, "Maple Home Care");
    let ecole = named(&mut make, "\u{c9}cole 100%_Home");
    let birch = named(&mut make, "Birch");
    for company in [&maple, &ecole, &birch] {
        stored(&store, company).await;
    }
    let list = async |words: &[&str], after, limit| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let page = reading(&store).await.companies().list(&words, after, limit).await.unwrap();
        page.iter().map(|company| company.id).collect::<Vec<_>>()
    };
    assert_eq!(list(&[], None, 10).await, [maple.id, ecole.id, birch.id]);
    assert_eq!(list(&[], None, 2).await, [maple.id, ecole.id]);
    assert_eq!(list(&[], Some(ecole.id), 2).await, [birch.id]);
    assert_eq!(list(&["HOME", "care"], None, 10).await, [maple.id]);
    assert_eq!(list(&["\u{c9}COLE"], None, 10).await, [ecole.id]);
    assert_eq!(list(&["%_"], None, 10).await, [ecole.id]);
    assert_eq!(list(&["\\"], None, 10).await, []);
    assert_eq!(list(&[&birch.code.as_str().to_lowercase()], None, 10).await, [birch.id]);
    let slug = maple.slug.as_ref().expect("a slug").as_str();
    assert_eq!(list(&[slug], None, 10).await, [maple.id]);
}
