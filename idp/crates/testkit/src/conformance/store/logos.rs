//! The pictures of agencies.

use idp_domain::company::Company;
use idp_domain::logo::{Logo, Picture};

use super::{Db, assert_same, reading, writing};
use crate::Samples;

async fn company(store: &Db, make: &mut Samples) -> Company {
    let company = make.company();
    let mut tx = writing(store).await;
    tx.companies().insert(&company).await.unwrap();
    tx.commit().await.unwrap();
    company
}

/// No store looks into it.
pub(super) fn picture(byte: u8) -> Picture {
    Picture { png: [&[0, 255, byte][..], &[byte; 5000]].concat(), width: 480, height: 1 + u32::from(byte) }
}

async fn put(store: &Db, company: &Company, picture: &Picture) -> Logo {
    let logo = Logo::of(company.id, picture);
    let mut tx = writing(store).await;
    tx.logos().put(company.id, logo.name, picture).await.unwrap();
    tx.commit().await.unwrap();
    logo
}

async fn found(store: &Db, logo: Logo) -> Option<Picture> {
    reading(store).await.logos().find(logo.name).await.unwrap()
}

pub async fn a_logo_replaces_the_one_before_of_its_company_only(store: Db) {
    let mut make = Samples::default();
    let (maple, birch) = (company(&store, &mut make).await, company(&store, &mut make).await);
    assert!(found(&store, Logo::of(maple.id, &picture(1))).await.is_none());
    let old = put(&store, &maple, &picture(1)).await;
    let theirs = put(&store, &birch, &picture(2)).await;
    let new = put(&store, &maple, &picture(3)).await;
    assert_eq!(put(&store, &maple, &picture(3)).await, new, "the same again");
    assert_eq!(found(&store, old).await, None, "only what an agency shows now");
    assert_eq!(found(&store, new).await, Some(picture(3)));
    assert_eq!(found(&store, theirs).await, Some(picture(2)));
}

pub async fn a_logo_that_is_removed_is_gone(store: Db) {
    let mut make = Samples::default();
    let (maple, birch) = (company(&store, &mut make).await, company(&store, &mut make).await);
    let (mine, theirs) = (put(&store, &maple, &picture(1)).await, put(&store, &birch, &picture(2)).await);
    let mut tx = writing(&store).await;
    assert!(tx.logos().remove(maple.id).await.unwrap());
    assert!(!tx.logos().remove(maple.id).await.unwrap(), "nothing is left to remove");
    tx.commit().await.unwrap();
    assert_eq!(found(&store, mine).await, None);
    assert_eq!(found(&store, theirs).await, Some(picture(2)));
}

pub async fn the_same_picture_is_another_logo_at_another_company(store: Db) {
    let mut make = Samples::default();
    let (maple, birch) = (company(&store, &mut make).await, company(&store, &mut make).await);
    let (mine, theirs) = (put(&store, &maple, &picture(1)).await, put(&store, &birch, &picture(1)).await);
    assert_ne!(mine.name, theirs.name);
    for logo in [mine, theirs] {
        assert_eq!(found(&store, logo).await, Some(picture(1)));
    }
}

pub async fn a_company_keeps_its_logo_through_every_change(store: Db) {
    let mut make = Samples::default();
    let company = company(&store, &mut make).await;
    let logo = Logo::of(company.id, &picture(1));
    let mut tx = writing(&store).await;
    let branded = Company { logo: Some(logo), ..company };
    tx.companies().update(&branded).await.unwrap();
    let branded = Company { version: 1, ..branded };
    assert_same(&tx.companies().find(branded.id).await.unwrap().expect("it"), &branded);
    tx.companies().update(&Company { logo: None, ..branded.clone() }).await.unwrap();
    let bare = Company { logo: None, version: 2, ..branded };
    assert_same(&tx.companies().find(bare.id).await.unwrap().expect("it"), &bare);
}
