//! The client's own key, and nothing else: attack 61 (RFC 8725 sections 2.1, 3.1 and 3.11), RFC 9101 section 10.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::{AssertionAlg, AuthMethod, ClientKeys};
use josekit::jws::HS256;
use serde_json::{Value, json};

use super::super::{FRANK, franks_browser, register};
use super::{INVALID, PORTAL, assert_refused, assert_taken, claims, object, push, register_portal};
use crate::oidc::private_key_jwt::{self, Pair, inline, signed, with};
use crate::support::app::{SECRET, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::answer;

on_each_database! {
    /// Core section 6.1, RFC 9101 section 6.2; conformance `oidcc-unsigned-request-object`: never ignored, whatever it is.
    async fn what_the_client_did_not_sign_is_refused(app) {
        let pair = Pair::of(AssertionAlg::Rs256);
        let key = with(&pair.named("1"), &json!({"alg": "RS256", "use": "sig"}));
        register(&app, |client| client.keys = Some(inline(std::slice::from_ref(&key)))).await;
        let header = |members: Value| with(&json!({"alg": "RS256", "kid": "1"}), &members);
        let genuine = pair.sign(&header(json!({})), &claims(&app));
        let (head, rest) = genuine.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let hmac = |secret: &[u8]| {
            signed(&HS256.signer_from_bytes(secret).unwrap(), &header(json!({"alg": "HS256"})), &claims(&app))
        };
        let stranger = Pair::new(AssertionAlg::Es256);
        let wider = with(&claims(&app), &json!({"scope": "openid offline_access"}));
        let modulus = pair.public["n"].as_str().unwrap();
        for (what, forged) in [
            ("alg none", format!("{}.{body}.", part(&json!({"alg": "none"})))),
            ("alg none, with a kid", format!("{}.{body}.", part(&header(json!({"alg": "none"}))))),
            ("alg NoNe", format!("{}.{body}.", part(&header(json!({"alg": "NoNe"}))))),
            ("alg none, signed", pair.sign(&header(json!({"alg": "none"})), &claims(&app))),
            ("no alg", pair.sign(&header(json!({"alg": null})), &claims(&app))),
            ("no signature", format!("{head}.{body}.")),
            ("two parts", format!("{head}.{body}")),
            ("other claims", format!("{head}.{}.{signature}", part(&wider))),
            ("an altered signature", format!("{head}.{body}.{}", signature.chars().rev().collect::<String>())),
            ("a padded signature", format!("{genuine}=")),
            ("the client's secret", hmac(SECRET.as_bytes())),
            ("the public key as a secret", hmac(pair.public.to_string().as_bytes())),
            ("its modulus as a secret", hmac(&URL_SAFE_NO_PAD.decode(modulus).unwrap())),
            ("the key for another algorithm", pair.sign(&header(json!({"alg": "PS256"})), &claims(&app))),
            ("an unknown kid", pair.sign(&header(json!({"kid": "../../dev/null"})), &claims(&app))),
            ("a stranger's key", stranger.sign(&json!({"alg": "ES256"}), &claims(&app))),
            ("a key in the header", stranger.sign(&json!({"alg": "ES256", "jwk": stranger.public}), &claims(&app))),
            (
                "an address in the header",
                stranger.sign(&json!({"alg": "ES256", "jku": "https://evil.example/jwks"}), &claims(&app)),
            ),
            ("crit", pair.sign(&header(json!({"crit": ["exp"]})), &claims(&app))),
            ("encrypted", format!("{head}.{body}.{signature}.{body}.{signature}")),
            ("no token", "no token".to_owned()),
            ("an address", "https://evil.example/request.jwt".to_owned()),
            ("two dots", "..".to_owned()),
            ("claims that are no object", signed_text(pair, "[]")),
            ("a name twice", signed_text(pair, r#"{"client_id":"portal.99999","client_id":"portal.99999"}"#)),
        ] {
            assert_refused(&app, &forged, INVALID, what).await;
        }
        assert_eq!(app.outbound.fetched(), [], "nothing a header names is fetched");
        assert_taken(&app, &genuine, "the client's own").await;
    }

    /// Not even for somebody who is logged in, whom nothing would be asked.
    async fn a_forged_object_gets_no_code(app) {
        app.enrol(FRANK).await;
        register_portal(&app).await;
        let mut browser = franks_browser(&app).await;
        let query = app.relying_party().authorization_query();
        assert!(browser.get(&format!("/authorize?{query}")).await.sent("code").is_some());
        for object in ["e30.e30.", "x", &Pair::new(AssertionAlg::Es256).assert(&claims(&app))] {
            let page = browser.get(&format!("/authorize?{query}&request={object}")).await;
            assert_eq!(page.sent("error").as_deref(), Some(INVALID), "{object}");
        }
        // RFC 6749 section 3.1: "Parameters sent without a value MUST be treated as if they were omitted".
        assert!(browser.get(&format!("/authorize?{query}&request=")).await.sent("code").is_some());
    }

    /// Core section 3.1.2.6: there is nothing to verify one with; whoever has no key never sends one that counts.
    async fn a_client_without_keys_hears_that_it_cannot(app) {
        for object in [object(&app, &json!({})), "e30.e30.".to_owned(), "x".to_owned()] {
            assert_refused(&app, &object, "request_not_supported", &object).await;
        }
        // Its keys may be where nobody answers, or be none.
        for keys in [ClientKeys::Remote("https://maple.example/jwks".parse().unwrap()), inline(&[])] {
            register(&app, |client| client.keys = Some(keys)).await;
            assert_refused(&app, &object(&app, &json!({})), INVALID, "no key").await;
        }
    }

    /// OpenID Connect Registration section 2: "All Request Objects from this Client MUST be rejected, if not signed with this
    /// algorithm."
    async fn only_the_registered_algorithm_counts(app) {
        let keys: Vec<Value> = AssertionAlg::VARIANTS.map(|alg| Pair::of(alg).public.clone()).into();
        for registered in [AssertionAlg::Ps256, AssertionAlg::EdDsa] {
            register(&app, |client| {
                client.keys = Some(inline(&keys));
                client.request_algs.request_object_signing_alg = Some(registered);
                client.request_algs.token_endpoint_auth_signing_alg = Some(AssertionAlg::Rs256);
            })
            .await;
            for alg in AssertionAlg::VARIANTS {
                let object = Pair::of(alg).assert(&claims(&app));
                match registered.is_same(alg) {
                    true => assert_taken(&app, &object, alg.as_str()).await,
                    false => assert_refused(&app, &object, INVALID, alg.as_str()).await,
                }
            }
        }
    }

    /// `jwks_uri`: fetched when it is needed, and again for a key we have not seen, but not more often than it may be.
    async fn a_new_key_is_fetched_and_forgeries_do_not_fetch_at_will(app) {
        let url: url::Url = "https://maple.example/jwks".parse().unwrap();
        register(&app, |client| client.keys = Some(ClientKeys::Remote(url.clone()))).await;
        let (old, new) = (Pair::es256(), Pair::new(AssertionAlg::Es256));
        let publish = |keys: &[Value]| app.outbound.publish(&url, json!({ "keys": keys }).to_string().into_bytes());
        publish(&[old.named("old")]);
        assert_eq!(app.outbound.fetched(), [], "not before it is needed");
        assert_taken(&app, &object(&app, &json!({})), "the published key").await;
        assert_eq!(app.outbound.fetched().len(), 1);
        app.advance(Duration::from_secs(30));
        publish(&[new.named("new")]);
        let by_new = new.sign(&json!({"alg": "ES256", "kid": "new"}), &claims(&app));
        assert_taken(&app, &by_new, "a new key").await;
        assert_refused(&app, &object(&app, &json!({})), INVALID, "the key that is gone").await;
        assert_eq!(app.outbound.fetched().len(), 2, "once in 30 seconds");
    }

    /// RFC 8725 section 3.11, RFC 9101 section 10.8: what was signed for one purpose is good for no other.
    async fn an_assertion_is_no_request_and_a_request_is_no_assertion(app) {
        register(&app, |client| {
            client.auth_method = AuthMethod::PrivateKeyJwt;
            client.keys = Some(inline(&[Pair::es256().public.clone()]));
        })
        .await;
        let prove = async |assertion: &str| {
            let form = [
                ("client_assertion_type", private_key_jwt::TYPE),
                ("client_assertion", assertion),
                ("token", "unknown"),
            ];
            app.relying_party().post("/revoke", &form, None).await.status
        };
        let own = json!({"iss": PORTAL, "sub": PORTAL});
        let assertion = with(&private_key_jwt::claims(&app), &own);
        // A library that writes no typ, and a client that says more than it has to.
        let request = with(&claims(&app), &json!({"sub": PORTAL, "jti": "seen in a browser"}));
        for typ in [Value::Null, json!("JWT")] {
            let sign = |claims: &Value| Pair::es256().sign(&with(&json!({"alg": "ES256"}), &json!({"typ": typ})), claims);
            assert_eq!(prove(&sign(&request)).await, 401, "{typ}");
            refused_by_get(&app, &sign(&request)).await;
            refused_by_get(&app, &sign(&assertion)).await;
        }
        for typ in ["client-authentication+jwt", "dpop+jwt", "at+jwt", "logout+jwt", ""] {
            refused_by_get(&app, &Pair::es256().sign(&json!({"alg": "ES256", "typ": typ}), &claims(&app))).await;
        }
        assert_eq!(prove(&Pair::es256().sign(&json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"}), &assertion)).await, 401);
        assert_eq!(prove(&Pair::es256().assert(&assertion)).await, 200);
    }

    /// Attack 88 (CVE-2020-10770): nothing is fetched because somebody says so.
    async fn an_address_of_a_request_is_never_fetched(app) {
        register_portal(&app).await;
        for beside in ["", "&request=e30.e30."] {
            let query = app.relying_party().with("request_uri", "https://maple.example/request.jwt").authorization_query();
            for page in super::both(&app, &format!("{query}{beside}")).await {
                assert_eq!(super::authorization_error(&page), "request_uri_not_supported");
            }
        }
        for name in ["request", "request_uri"] {
            for value in ["https://maple.example/request.jwt", "urn:ietf:params:oauth:request_uri:x", "e30.e30.", ""] {
                assert_refused(&app, &object(&app, &json!({ name: value })), INVALID, name).await;
            }
        }
        assert_eq!(app.outbound.fetched(), []);
    }

    /// RFC 6749 section 3.1: once; the first of two is not the one that counts.
    async fn two_objects_are_none(app) {
        register_portal(&app).await;
        let object = object(&app, &json!({}));
        for page in super::both(&app, &super::query(&object, &[("request", &object)])).await {
            assert_eq!(super::authorization_error(&page), "invalid_request");
        }
        let client = app.relying_party();
        let pushed = client.post("/par", &[("request", &*object), ("request", &*object)], Some(&client.basic())).await;
        assert_eq!(pushed.error(), (400, "invalid_request"));
    }

    /// Another client's object, whoever brings it: client_id, key and secret belong together.
    async fn an_object_is_of_the_client_that_brings_it(app) {
        register_portal(&app).await;
        let birch = with(&claims(&app), &json!({"client_id": "portal.22222", "iss": "portal.22222"}));
        assert_refused(&app, &Pair::es256().assert(&birch), INVALID, "another client_id").await;
        let object = object(&app, &json!({}));
        let client = app.relying_party();
        let form = [("request", &*object), ("client_id", "portal.22222")];
        assert_eq!(client.post("/par", &form, Some(&client.basic())).await.error(), (401, "invalid_client"));
        let page = app.browser().get(&format!("/authorize?client_id=portal.22222&request={object}")).await;
        super::super::assert_stopped(&page);
    }

    /// The longest body that is taken at all; neither a panic nor a page of ours for a client.
    async fn an_enormous_object_is_refused_like_any_other(app) {
        register_portal(&app).await;
        for object in [".".repeat(10_000), "a".repeat(20_000), format!("{}.e30.", URL_SAFE_NO_PAD.encode("[".repeat(20_000)))] {
            let pushed = push(&app, &object).await;
            assert_eq!(pushed.error(), (400, INVALID));
        }
        let request = Request::get("/authorize?client_id=portal.99999&request=%ff%fe").body(Body::empty()).unwrap();
        assert_eq!(answer(app.send(request).await).await.status, 400);
    }
}

/// With nothing beside it, so that the push of a client that proves itself by assertions need not be made.
async fn refused_by_get(app: &TestApp, object: &str) {
    for page in super::both(app, &super::query(object, &[("redirect_uri", super::super::CALLBACK)])).await {
        assert_eq!(page.sent("error").as_deref(), Some(INVALID), "{page:?}");
    }
}

fn signed_text(pair: &Pair, claims: &str) -> String {
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"1"}"#),
        URL_SAFE_NO_PAD.encode(claims)
    );
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(pair.signer.sign(input.as_bytes()).unwrap()))
}
