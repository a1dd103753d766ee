//! How the client proves itself: FAPI 2.0 section 5.3.2.1, items 6 and 8, and section 5.4.1; attack 52 (CVE-2020-5300,
//! CVE-2020-15222) and its neighbours.

use idp_domain::client::AssertionAlg;
use serde_json::{Value, json};

use super::super::FRANK;
use super::super::private_key_jwt::Pair;
use super::Portal;
use crate::support::app::{ISSUER, SECRET};
use crate::support::on_each_database;

const REFUSED: (u16, &str) = (401, "invalid_client");
const NOTHING: [(&str, &str); 1] = [("token", "nothing")];

on_each_database! {
    /// Item 8: an assertion that names an endpoint could have been made for somebody who looks like it.
    async fn the_audience_is_the_issuer_as_one_string_and_nothing_else(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let status = async |aud: Value| {
            let assertion = portal.pair.assert(&portal.saying(&json!({ "aud": aud })));
            portal.post_with("/introspect", &NOTHING, (&assertion, None)).await.status
        };
        assert_eq!(status(json!(ISSUER)).await, 200);
        for aud in [
            json!([ISSUER]),
            json!([ISSUER, ISSUER]),
            json!(format!("{ISSUER}/token")),
            json!(format!("{ISSUER}/par")),
            json!(format!("{ISSUER}/introspect")),
            json!([ISSUER, format!("{ISSUER}/token")]),
            json!(format!("{ISSUER}/")),
            json!("https://evil.example"),
            json!({ "iss": ISSUER }),
            Value::Null,
        ] {
            assert_eq!(status(aud.clone()).await, 401, "{aud}");
        }
        for path in ["/par", "/token", "/revoke"] {
            let assertion = portal.pair.assert(&portal.saying(&json!({"aud": format!("{ISSUER}{path}")})));
            assert_eq!(portal.post_with(path, &NOTHING, (&assertion, None)).await.error(), REFUSED, "{path}");
        }
    }

    /// Section 5.4.1: PS256, ES256 or EdDSA; the key for RS256 is registered, and of no use.
    async fn an_assertion_is_never_signed_with_rs256(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        for alg in AssertionAlg::VARIANTS {
            let portal = Portal { pair: Pair::of(alg), client: app.relying_party(), key: super::DpopKey::new(), ..portal };
            let pushed = portal.push(&[]).await;
            match alg {
                AssertionAlg::Rs256 => assert_eq!(pushed.error(), REFUSED, "{pushed:?}"),
                _ => assert_eq!(pushed.status, 201, "{alg:?}: {pushed:?}"),
            }
        }
    }

    /// Attack 52: an assertion that pushed a request does not redeem the code of it, nor anything else.
    async fn an_assertion_is_used_once_at_all_endpoints_together(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let assertion = portal.pair.assert(&portal.claims());
        assert_eq!(portal.post_with("/introspect", &NOTHING, (&assertion, None)).await.status, 200);
        for path in ["/par", "/token", "/introspect", "/revoke"] {
            let replayed = portal.post_with(path, &NOTHING, (&assertion, None)).await;
            assert_eq!(replayed.error(), REFUSED, "{path}: {replayed:?}");
        }
    }

    /// Item 6, whatever was registered before the profile was.
    async fn nobody_gets_in_with_a_secret_or_with_nothing(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let id = portal.client.client_id.as_str();
        for (form, authorization) in [
            (vec![("client_id", id)], None),
            (vec![("client_id", id), ("client_secret", SECRET)], None),
            (vec![], Some(portal.client.basic())),
        ] {
            for path in ["/par", "/token", "/introspect", "/revoke"] {
                let refused = portal.client.post(path, &form, authorization.as_deref()).await;
                assert_eq!(refused.error(), REFUSED, "{path} {form:?}");
            }
        }
    }
}
