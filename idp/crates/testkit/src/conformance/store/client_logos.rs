//! The pictures of clients that registered themselves.

use idp_domain::client::Client;
use idp_domain::logo::{Logo, Picture};

use super::logos::picture;
use super::{Db, reading, writing};
use crate::Samples;

async fn client(store: &Db, make: &mut Samples) -> Client {
    let company = make.company();
    let client = make.portal(&company);
    let mut tx = writing(store).await;
    tx.companies().insert(&company).await.unwrap();
    tx.clients().insert(&client, make.now).await.unwrap();
    tx.commit().await.unwrap();
    client
}

async fn put(store: &Db, client: &Client, picture: &Picture) -> Logo {
    let logo = Logo::of_client(&client.id, picture);
    let mut tx = writing(store).await;
    tx.client_logos().put(&client.id, logo.name, picture).await.unwrap();
    tx.commit().await.unwrap();
    logo
}

async fn found(store: &Db, logo: Logo) -> Option<Picture> {
    reading(store).await.client_logos().find(logo.name).await.unwrap()
}

pub async fn a_clients_logo_replaces_the_one_before_of_that_client_only(store: Db) {
    let mut make = Samples::default();
    let (mine, theirs) = (client(&store, &mut make).await, client(&store, &mut make).await);
    assert!(found(&store, Logo::of_client(&mine.id, &picture(1))).await.is_none());
    let old = put(&store, &mine, &picture(1)).await;
    let other = put(&store, &theirs, &picture(1)).await;
    let new = put(&store, &mine, &picture(2)).await;
    assert_eq!(put(&store, &mine, &picture(2)).await, new, "the same again");
    assert_eq!(found(&store, old).await, None, "only what the client shows now");
    assert_eq!(found(&store, new).await, Some(picture(2)));
    assert_eq!(found(&store, other).await, Some(picture(1)), "the same picture at another client");
    assert!(reading(&store).await.logos().find(new.name).await.unwrap().is_none(), "no agency's");
}

pub async fn a_clients_logo_that_is_removed_is_gone(store: Db) {
    let mut make = Samples::default();
    let (mine, theirs) = (client(&store, &mut make).await, client(&store, &mut make).await);
    let (logo, other) = (put(&store, &mine, &picture(1)).await, put(&store, &theirs, &picture(2)).await);
    let mut tx = writing(&store).await;
    assert!(tx.client_logos().remove(&mine.id).await.unwrap());
    assert!(!tx.client_logos().remove(&mine.id).await.unwrap(), "nothing is left to remove");
    tx.commit().await.unwrap();
    assert_eq!(found(&store, logo).await, None);
    assert_eq!(found(&store, other).await, Some(picture(2)));
}
