//! OAuth clients.

use idp_domain::Digest;
use idp_domain::client::{AuthMethod, Client, ClientSecret, GrantType};
use idp_domain::member::Authority;
use idp_domain::scope::Scopes;
use idp_domain::signing_key::SigningAlg;

use super::{Db, SECOND, reading, writing};
use crate::Samples;

pub async fn a_client_comes_back_as_it_was_put_and_is_replaced_by_the_next_put(store: Db) {
    let mut make = Samples::default();
    let company = make.company();
    let mut tx = writing(&store).await;
    tx.companies().insert(&company).await.unwrap();
    tx.commit().await.unwrap();
    let plain = make.client();
    let full = Client {
        id: plain.id.clone(),
        auth_method: AuthMethod::ClientSecretBasic,
        secrets: vec![
            ClientSecret { digest: Digest::of(b"old"), expires_at: Some(make.now) },
            ClientSecret { digest: Digest::of(b"new"), expires_at: None },
        ],
        grant_types: GrantType::VARIANTS.to_vec(),
        redirect_uris: vec!["http://127.0.0.1/a".to_owned(), "https://a.example/b?c=d".to_owned()],
        scopes: Scopes::parse("members:read members:write"),
        id_token_alg: SigningAlg::Es256,
        require_pkce: false,
        first_party: false,
        may_grant: Authority::Administrator,
        enabled: false,
        ..make.portal(&company)
    };
    for client in [&plain, &full, &plain] {
        let mut tx = writing(&store).await;
        tx.clients().put(client, make.now).await.unwrap();
        tx.commit().await.unwrap();
        let found = reading(&store).await.clients().find(&plain.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(client));
    }
    let unknown = make.client();
    assert!(reading(&store).await.clients().find(&unknown.id).await.unwrap().is_none());
}

pub async fn the_portal_of_a_company_is_its_oldest_enabled_client_with_a_log_in_address(store: Db) {
    let mut make = Samples::default();
    let (company, other) = (make.company(), make.company());
    let first = Client { enabled: false, ..make.portal(&company) };
    let addressless = Client { initiate_login_uri: None, ..make.portal(&company) };
    let (oldest, younger, theirs) = (make.portal(&company), make.portal(&company), make.portal(&other));
    let mut tx = writing(&store).await;
    tx.companies().insert(&company).await.unwrap();
    tx.companies().insert(&other).await.unwrap();
    let mut now = make.now;
    for client in [&theirs, &first, &addressless, &oldest, &younger] {
        now = now + SECOND;
        tx.clients().put(client, now).await.unwrap();
    }
    // A change does not make it younger.
    tx.clients().put(&oldest, now + SECOND).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    assert_eq!(tx.clients().find_portal(company.id).await.unwrap(), Some(oldest));
    assert_eq!(tx.clients().find_portal(other.id).await.unwrap(), Some(theirs));
    assert_eq!(tx.clients().find_portal(make.company().id).await.unwrap(), None);
}
