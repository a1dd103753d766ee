//! OAuth clients.

use std::sync::Arc;

use idp_domain::Digest;
use idp_domain::client::{
    About, AssertionAlg, AuthMethod, BackchannelLogout, Client, ClientId, ClientKeys, ClientSecret,
    ContentEncryption, Demands, Encryption, EncryptionAlg, GrantType, JwkSet, LogInDefaults, Profile,
    RequestAlgs, Resource, ResponseAlgs, ResponseEncryption, SubjectType,
};
use idp_domain::logo::{Logo, LogoName};
use idp_domain::member::Authority;
use idp_domain::ports::StoreError;
use idp_domain::scope::Scopes;
use idp_domain::signing_key::SigningAlg;
use idp_domain::text::Line;

use super::{CONTENDERS, Db, SECOND, race, reading, writing};
use crate::Samples;

pub async fn a_client_comes_back_as_it_was_put_and_is_replaced_by_the_next_put(store: Db) {
    let mut make = Samples::default();
    let company = make.company();
    let mut tx = writing(&store).await;
    tx.companies().insert(&company).await.unwrap();
    tx.commit().await.unwrap();
    let plain = make.client();
    let url = |path: &str| format!("https://a.example/{path}").parse().expect("a URL");
    let resource = |path: &str| Resource::parse(&format!("https://api.example/{path}")).expect("a resource");
    let jwks = serde_json::json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}]});
    let encryption = |alg, enc| Encryption { alg, enc };
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
        keys: Some(ClientKeys::Inline(JwkSet::try_from(jwks).expect("a JWK Set"))),
        backchannel_logout: Some(BackchannelLogout { uri: url("logout"), session_required: true }),
        resources: [resource("one"), resource("two")].into(),
        serves: [resource("three")].into(),
        subject_type: SubjectType::Pairwise { sector: "a.example".to_owned() },
        algs: ResponseAlgs {
            id_token: SigningAlg::Es256,
            access_token: SigningAlg::Rs256,
            userinfo: Some(SigningAlg::Rs256),
            introspection: SigningAlg::Es256,
        },
        encryption: ResponseEncryption {
            id_token: Some(encryption(EncryptionAlg::RsaOaep, ContentEncryption::A128CbcHs256)),
            userinfo: Some(encryption(EncryptionAlg::EcdhEsA256Kw, ContentEncryption::A256Gcm)),
        },
        request_algs: RequestAlgs {
            token_endpoint_auth_signing_alg: Some(AssertionAlg::Ed25519),
            request_object_signing_alg: Some(AssertionAlg::Ps256),
        },
        about: About {
            client_uri: Some(url("")),
            logo_uri: Some(url("logo.svg")),
            policy_uri: Some(url("policy")),
            tos_uri: Some(url("terms")),
            logo: Some(Logo { name: LogoName::from_digest(Digest::of(b"logo")), width: 480, height: 120 }),
            known_since: Some(idp_domain::Timestamp::from_seconds(1_800_000_000)),
        },
        contacts: vec![Line::parse("ops@a.example").expect("a contact")],
        log_in_defaults: LogInDefaults {
            default_max_age: Some(0),
            require_auth_time: true,
            default_acr_values: vec!["urn:mace:incommon:iap:silver".to_owned()],
        },
        profile: Profile::Fapi2,
        demands: Demands { require_pkce: false, require_signed_request_object: true, ..Demands::default() },
        first_party: false,
        may_grant: Authority::Administrator,
        enabled: false,
        ..make.portal(&company)
    };
    let remote = Client { keys: Some(ClientKeys::Remote(url("jwks"))), ..full.clone() };
    for client in [&plain, &full, &remote, &plain] {
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
    let strangers = Client { first_party: false, ..make.portal(&company) };
    let addressless = Client { initiate_login_uri: None, ..make.portal(&company) };
    let (oldest, younger, theirs) = (make.portal(&company), make.portal(&company), make.portal(&other));
    let mut tx = writing(&store).await;
    tx.companies().insert(&company).await.unwrap();
    tx.companies().insert(&other).await.unwrap();
    let mut now = make.now;
    for client in [&theirs, &first, &strangers, &addressless, &oldest, &younger] {
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

async fn put(store: &Db, make: &Samples, client: &Client) {
    let mut tx = writing(store).await;
    tx.clients().put(client, make.now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn knows(store: &Db, origin: &str) -> bool {
    reading(store).await.clients().is_origin_known(origin).await.unwrap()
}

pub async fn a_companys_own_clients_are_listed_without_those_of_others(store: Db) {
    let mut make = Samples::default();
    let (company, other) = (make.company(), make.company());
    let mut tx = writing(&store).await;
    tx.companies().insert(&company).await.unwrap();
    tx.companies().insert(&other).await.unwrap();
    tx.commit().await.unwrap();
    let named = |client: Client, id: &str| Client { id: ClientId::parse(id).expect("a client_id"), ..client };
    let own = [named(make.portal(&company), "B"), named(make.portal(&company), "a")];
    for client in [&own[1], &own[0], &make.portal(&other), &make.client()] {
        put(&store, &make, client).await;
    }
    assert_eq!(reading(&store).await.clients().list_of_company(company.id).await.unwrap(), own);
}

/// Tokens, logs and consents name a client by its id: whoever got it later would be taken for the older one.
pub async fn an_id_is_never_given_to_a_second_client(store: Db) {
    let mut make = Samples::default();
    let client = make.client();
    let mut tx = writing(&store).await;
    tx.clients().insert(&client, make.now).await.unwrap();
    tx.commit().await.unwrap();
    let conflicts = async |replaces: bool| {
        let mut tx = writing(&store).await;
        let refused = match replaces {
            true => tx.clients().put(&client, make.now).await,
            false => tx.clients().insert(&client, make.now).await,
        };
        matches!(refused, Err(StoreError::Conflict("client_id")))
    };
    assert!(conflicts(false).await, "it is there");
    let mut tx = writing(&store).await;
    assert!(tx.clients().remove(&client.id, make.now).await.unwrap());
    assert!(!tx.clients().remove(&client.id, make.now).await.unwrap(), "removed already");
    tx.commit().await.unwrap();
    assert!(conflicts(false).await && conflicts(true).await, "it was there");
    let mut tx = reading(&store).await;
    assert_eq!(tx.clients().find(&client.id).await.unwrap(), None);
    assert_eq!(tx.clients().list().await.unwrap(), []);
    for origin in client.origins() {
        assert!(!tx.clients().is_origin_known(&origin).await.unwrap(), "{origin}");
    }
}

/// Byte by byte, whatever order of text a database prefers.
pub async fn clients_are_listed_in_the_order_of_their_ids(store: Db) {
    let mut make = Samples::default();
    assert_eq!(reading(&store).await.clients().list().await.unwrap(), []);
    let mut named = |id: &str| Client { id: ClientId::parse(id).expect("a client_id"), ..make.client() };
    let clients = ["A-2", "B", "a-10", "a.1", "a_1", "b"].map(&mut named);
    for client in clients.iter().rev() {
        put(&store, &make, client).await;
    }
    assert_eq!(reading(&store).await.clients().list().await.unwrap(), clients);
}

pub async fn an_origin_is_known_while_an_enabled_client_has_a_redirect_uri_there(store: Db) {
    let mut make = Samples::default();
    let at = |uris: &[&str]| uris.iter().map(|&uri| uri.to_owned()).collect::<Vec<_>>();
    let shared = "https://shared.example:8443/callback";
    let one = Client {
        redirect_uris: at(&[
            "https://one.example/a",
            "https://one.example/b",
            shared,
            "com.example.app:/callback",
        ]),
        ..make.client()
    };
    let other = Client { redirect_uris: at(&[shared]), ..make.client() };
    put(&store, &make, &one).await;
    put(&store, &make, &other).await;
    for known in ["https://one.example", "https://shared.example:8443"] {
        assert!(knows(&store, known).await, "{known}");
    }
    let strangers = [
        "http://one.example",
        "https://one.example/",
        "https://one.example:8443",
        "https://shared.example",
        "com.example.app:",
        "null",
        "",
    ];
    for stranger in strangers {
        assert!(!knows(&store, stranger).await, "{stranger}");
    }
    let moved = Client { redirect_uris: at(&["https://two.example/"]), ..one.clone() };
    put(&store, &make, &moved).await;
    assert!(!knows(&store, "https://one.example").await);
    assert!(knows(&store, "https://two.example").await);
    assert!(knows(&store, "https://shared.example:8443").await, "the other client's as well");
    put(&store, &make, &Client { enabled: false, ..other }).await;
    assert!(!knows(&store, "https://shared.example:8443").await);
}

/// Nodes of one release register their clients as they start, all at once.
pub async fn of_many_puts_at_once_one_is_whole(store: Db) {
    let mut make = Samples::default();
    let client = make.client();
    let (db, contended, now) = (Arc::clone(&store), client.clone(), make.now);
    let uri = |n: u32| format!("https://node-{n}.example/callback");
    race(CONTENDERS, move |n| {
        let store = Arc::clone(&db);
        let client = Client { redirect_uris: vec![uri(n)], ..contended.clone() };
        async move {
            let mut tx = writing(&store).await;
            tx.clients().put(&client, now).await.unwrap();
            tx.commit().await.unwrap();
        }
    })
    .await;
    let kept = reading(&store).await.clients().find(&client.id).await.unwrap().expect("the client");
    for n in 0..CONTENDERS {
        let won = kept.redirect_uris == [uri(n)];
        assert_eq!(knows(&store, &format!("https://node-{n}.example")).await, won, "node {n}");
    }
}
