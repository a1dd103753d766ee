//! Where a refusal goes: to an address that the client registered, or to a page (RFC 6749 section 4.1.2.1, RFC 9700 section 4.11);
//! neither what is signed badly nor what stands beside it opens another way.

use serde_json::json;

use super::super::{CALLBACK, FRANK, assert_stopped, authorization_error, franks_browser, register};
use super::{INVALID, both, claims, object, push, query, register_portal};
use crate::oidc::private_key_jwt::{Pair, inline, with};
use crate::support::on_each_database;

const EVIL: &str = "https://evil.example/callback";
const OTHER: &str = "https://maple.example/other";

on_each_database! {
    /// Section 4.11 of RFC 9700: no open redirect, be the object sound or not.
    async fn nobody_is_sent_to_an_address_that_is_not_registered(app) {
        app.enrol(FRANK).await;
        register_portal(&app).await;
        let mut frank = franks_browser(&app).await;
        let claims = with(&claims(&app), &json!({"redirect_uri": EVIL}));
        let sound = Pair::es256().assert(&claims);
        let forged = Pair::new(idp_domain::client::AssertionAlg::Es256).assert(&claims);
        for object in [&sound, &forged] {
            for beside in [&[][..], &[("redirect_uri", EVIL)], &[("redirect_uri", CALLBACK)]] {
                for page in both(&app, &query(object, beside)).await {
                    assert_stopped(&page);
                }
                let query = query(object, beside);
                assert_stopped(&frank.get(&format!("/authorize?{query}")).await);
            }
        }
        let nowhere = object(&app, &json!({"redirect_uri": null}));
        for page in both(&app, &query(&nowhere, &[("redirect_uri", CALLBACK)])).await {
            assert_stopped(&page);
        }
        for object in [&sound, &nowhere] {
            assert_eq!(push(&app, object).await.error(), (400, "invalid_request"));
        }
    }

    /// RFC 9101 section 6.3: the client is told, at the address inside, or beside it where the inside cannot be read.
    async fn a_bad_object_is_told_to_the_client_with_its_state(app) {
        register(&app, |client| {
            client.keys = Some(inline(&[Pair::es256().public.clone()]));
            client.redirect_uris = vec![CALLBACK.to_owned(), OTHER.to_owned()];
        })
        .await;
        let stranger = Pair::new(idp_domain::client::AssertionAlg::Es256);
        let expired = object(&app, &json!({"exp": 1}));
        let unsigned = stranger.sign(&json!({"alg": "none"}), &claims(&app));
        let unsigned = unsigned[..=unsigned.rfind('.').unwrap()].to_owned();
        for bad in [stranger.assert(&claims(&app)), expired, unsigned] {
            for beside in [&[][..], &[("redirect_uri", EVIL), ("state", "beside")], &[("redirect_uri", OTHER)]] {
                for page in both(&app, &query(&bad, beside)).await {
                    assert_eq!(authorization_error(&page), INVALID, "{beside:?}");
                }
            }
        }
        for unreadable in ["x", "a.b.c", "a.b.c.d.e", "e30.e30.", "e30.W10."] {
            let beside = [("redirect_uri", OTHER), ("state", "beside")];
            for page in both(&app, &query(unreadable, &beside)).await {
                assert!(page.left_to(OTHER), "{unreadable}: {page:?}");
                assert_eq!((page.sent("error").as_deref(), page.sent("state").as_deref()), (Some(INVALID), Some("beside")));
            }
            for page in both(&app, &query(unreadable, &[])).await {
                assert_stopped(&page);
                assert!(page.shows("asked for this log-in in a form that cannot be trusted"), "{page:?}");
                assert!(page.shows("request is no request object of this client"), "for whoever builds it: {page:?}");
            }
        }
    }

    /// Conformance `oidcc-ensure-request-object-with-redirect-uri`: the one inside counts. What a sound object asks for wrongly
    /// is told there, too.
    async fn errors_of_the_request_go_to_the_address_inside(app) {
        register_portal(&app).await;
        for (members, expected) in [
            (json!({"response_type": "token"}), "unsupported_response_type"),
            (json!({"response_type": null}), "invalid_request"),
            (json!({"scope": "profile"}), "invalid_scope"),
            (json!({"prompt": "none"}), "login_required"),
            (json!({"code_challenge": null}), "invalid_request"),
            (json!({"code_challenge_method": "plain"}), "invalid_request"),
        ] {
            let good = [("redirect_uri", EVIL), ("response_type", "code"), ("scope", "openid"), ("state", "beside")];
            for page in both(&app, &query(&object(&app, &members), &good)).await {
                assert_eq!(authorization_error(&page), expected, "{members}");
            }
        }
    }

    /// Nothing in an object becomes markup (attack 70's neighbours): what cannot be told to a client is not shown to people.
    async fn nothing_inside_is_shown_on_a_page(app) {
        register_portal(&app).await;
        let markup = "\"><script>alert(1)</script>";
        for name in ["redirect_uri", "state", "client_id", "login_hint", "ui_locales", "scope"] {
            for page in both(&app, &query(&object(&app, &json!({ name: markup })), &[])).await {
                assert!(!page.html.contains("<script>alert"), "{name}: {page:?}");
            }
        }
    }
}
