//! Client authentication at the token endpoint: RFC 6749 section 2.3; `protocol.md`, "Token endpoint".

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_domain::Digest;
use idp_domain::client::{AuthMethod, ClientId, ClientSecret};

use super::{HOUR, SECOND, register};
use crate::support::app::{SECRET, START, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, answer};

const ID: &str = "portal.99999";
const UNKNOWN_TOKEN: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "of nobody")];

fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

/// A token request that fails for its grant if, and only if, the client is authenticated.
async fn ask(app: &TestApp, authorization: Option<&str>, credentials: &[(&str, &str)]) -> Answer {
    let params = [&UNKNOWN_TOKEN[..], credentials].concat();
    app.relying_party().post("/token", &params, authorization).await
}

async fn is_authenticated(app: &TestApp, authorization: Option<&str>, credentials: &[(&str, &str)]) -> bool {
    match ask(app, authorization, credentials).await.error() {
        (400, "invalid_grant") => true,
        (401, "invalid_client") => false,
        other => panic!("{other:?}"),
    }
}

on_each_database! {
    /// RFC 6749 section 2.3.1: both halves are form-encoded; scheme names are case-insensitive (RFC 9110 section 11.1).
    async fn basic_credentials_are_form_decoded(app) {
        let secret = "p:ä+s %s&w=r/d\"";
        register(&app, |client| {
            client.secrets = vec![ClientSecret { digest: Digest::of(secret.as_bytes()), expires_at: None }];
        })
        .await;
        let header = basic(ID, secret);
        assert!(is_authenticated(&app, Some(&header), &[]).await);
        assert!(is_authenticated(&app, Some(&header.replacen("Basic", "bAsIc", 1)), &[]).await);
        assert!(
            is_authenticated(&app, Some(&header), &[("client_id", ID)]).await,
            "the same client twice is one"
        );
        let unencoded = format!("Basic {}", STANDARD.encode(format!("{ID}:{secret}")));
        assert!(!is_authenticated(&app, Some(&unencoded), &[]).await);
    }

    /// One answer for every reason: whether a client exists, is switched off or has another secret is not told.
    async fn every_failure_looks_the_same(app) {
        register(&app, |client| {
            client.id = ClientId::parse("portal.disabled").unwrap();
            client.enabled = false;
        })
        .await;
        register(&app, |client| {
            client.id = ClientId::parse("portal.expired").unwrap();
            client.secrets[0].expires_at = Some(START);
        })
        .await;
        register(&app, |client| {
            client.id = ClientId::parse("portal.bare").unwrap();
            client.secrets.clear();
        })
        .await;
        let body = ask(&app, Some(&basic("nobody", SECRET)), &[]).await.json;
        let broken = format!("Basic {}", STANDARD.encode("no colon"));
        let digest = basic(ID, &format!("{:?}", Digest::of(SECRET.as_bytes())));
        for header in [
            basic(ID, "wrong"),
            basic(ID, ""),
            basic(ID, &format!("{SECRET} ")),
            basic(ID, &SECRET.to_uppercase()),
            basic("", SECRET),
            basic("portal.22222", "wrong"),
            basic("portal.disabled", SECRET),
            basic("portal.expired", SECRET),
            basic("portal.bare", ""),
            basic("' OR 1=1 --", SECRET),
            digest,
            broken,
            "Basic".to_owned(),
            "Basic !!!".to_owned(),
            "Basic \u{fffd}".to_owned(),
        ] {
            let refused = ask(&app, Some(&header), &[]).await;
            assert_eq!(refused.error(), (401, "invalid_client"), "{header}");
            assert_eq!(refused.json, body, "{header}");
            assert_eq!(refused.headers["www-authenticate"], "Basic realm=\"token\"", "RFC 6749 section 5.2");
            assert_eq!(refused.headers["cache-control"], "no-store");
        }
        let refused = ask(&app, None, &[("client_id", ID), ("client_secret", "wrong")]).await;
        assert_eq!((refused.error(), &refused.json), ((401, "invalid_client"), &body));
        assert!(!refused.headers.contains_key("www-authenticate"), "Basic was not tried");
    }

    /// RFC 6749 section 2.3: one method a request. Of two `Authorization` headers (RFC 9110 section 5.3 lets nobody send them) what
    /// stands before us may have looked at the other one.
    async fn two_authorization_headers_are_refused_wherever_clients_authenticate(app) {
        let (good, bad) = (basic(ID, SECRET), basic(ID, "wrong"));
        for path in ["/token", "/par", "/introspect", "/revoke", "/device_authorization"] {
            for two in [[&good, &good], [&good, &bad], [&bad, &good], [&good, &"Bearer x".to_owned()], [&good, &String::new()]] {
                let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                for one in two {
                    request = request.header(header::AUTHORIZATION, one);
                }
                let refused = answer(app.send(request.body(Body::from("token=x&scope=openid")).unwrap()).await).await;
                assert_eq!(refused.error(), (400, "invalid_request"), "{path} {two:?}");
                assert_eq!(refused.headers["cache-control"], "no-store");
                assert!(!refused.headers.contains_key("www-authenticate"), "nobody was asked who they are");
            }
        }
        assert!(is_authenticated(&app, Some(&good), &[]).await);
    }

    /// RFC 6749 section 2.3.1: a client uses the method it registered and no other.
    async fn only_the_registered_method_authenticates(app) {
        let header = basic(ID, SECRET);
        let post = [("client_id", ID), ("client_secret", SECRET)];
        let none = [("client_id", ID)];
        for method in AuthMethod::VARIANTS {
            register(&app, |client| client.auth_method = method).await;
            let by_basic = is_authenticated(&app, Some(&header), &[]).await;
            let by_post = is_authenticated(&app, None, &post).await;
            let by_none = is_authenticated(&app, None, &none).await;
            let expected = (
                method == AuthMethod::ClientSecretBasic,
                method == AuthMethod::ClientSecretPost,
                method == AuthMethod::None,
            );
            assert_eq!((by_basic, by_post, by_none), expected, "{method:?}");
            assert!(!is_authenticated(&app, None, &[]).await, "nobody at all");
        }
    }

    /// RFC 6749 section 2.3: "The client MUST NOT use more than one authentication method in each request."
    async fn two_methods_or_two_clients_in_one_request_are_refused(app) {
        let header = basic(ID, SECRET);
        let two = ask(&app, Some(&header), &[("client_secret", SECRET)]).await;
        assert_eq!(two.error(), (400, "invalid_request"));
        let two = ask(&app, Some(&header), &[("client_id", ID), ("client_secret", SECRET)]).await;
        assert_eq!(two.error(), (400, "invalid_request"));
        assert!(!is_authenticated(&app, Some(&header), &[("client_id", "portal.22222")]).await);
        let twice = ask(&app, None, &[("client_id", ID), ("client_id", ID), ("client_secret", SECRET)]).await;
        assert_eq!(twice.error(), (400, "invalid_request"));
    }

    /// Credentials in the address would end in logs (RFC 6749 section 2.3.1).
    async fn credentials_in_the_address_are_not_read(app) {
        register(&app, |client| client.auth_method = AuthMethod::ClientSecretPost).await;
        let secret = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect::<String>();
        let url = format!("/token?client_id={ID}&client_secret={secret}");
        let refused = app.relying_party().post(&url, &UNKNOWN_TOKEN, None).await;
        assert_eq!(refused.error(), (401, "invalid_client"));
    }

    /// Two secrets while one is being replaced; attack 53 (CVE-2025-31123): an expired one authenticates nobody.
    async fn a_secret_works_until_it_expires_and_its_successor_goes_on(app) {
        register(&app, |client| {
            client.secrets[0].expires_at = Some(START + HOUR);
            client.secrets.push(ClientSecret { digest: Digest::of(b"the next secret"), expires_at: None });
        })
        .await;
        app.advance(HOUR - SECOND);
        assert!(is_authenticated(&app, Some(&basic(ID, SECRET)), &[]).await);
        assert!(is_authenticated(&app, Some(&basic(ID, "the next secret")), &[]).await);
        app.advance(SECOND);
        assert!(!is_authenticated(&app, Some(&basic(ID, SECRET)), &[]).await);
        assert!(is_authenticated(&app, Some(&basic(ID, "the next secret")), &[]).await);
    }

    /// A public client with somebody's secret, or a confidential one without, is neither.
    async fn a_confidential_client_cannot_pose_as_a_public_one(app) {
        assert!(!is_authenticated(&app, None, &[("client_id", ID)]).await);
        register(&app, |client| client.auth_method = AuthMethod::None).await;
        assert!(!is_authenticated(&app, None, &[("client_id", ID), ("client_secret", SECRET)]).await);
    }
}
