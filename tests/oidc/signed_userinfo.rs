//! Signed UserInfo: OpenID Connect Core section 5.3.2; attack 61; `protocol.md`, "UserInfo, introspection, revocation".

use axum::body::Body;
use axum::http::Request;
use idp_domain::client::SubjectType;
use idp_domain::signing_key::SigningAlg;
use serde_json::{Map, Value, json};

use super::{CALLBACK, FRANK, SECOND, franks_tokens, names, register};
use crate::support::app::{ISSUER, PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, answer};

async fn register_signed(app: &TestApp, alg: SigningAlg) {
    register(app, |client| client.algs.userinfo = Some(alg)).await;
}

/// The claims and the header of a signed answer.
async fn opened(client: &RelyingParty<'_>, answer: &Answer) -> (Map<String, Value>, Map<String, Value>) {
    assert_eq!((answer.status, &answer.json), (200, &Value::Null), "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/jwt");
    assert_eq!(answer.headers["cache-control"], "no-store");
    client.verify(&answer.body).await
}

on_each_database! {
    /// Section 5.3.2: the same claims, with `iss` and `aud`, signed with the algorithm the client registered.
    async fn a_client_that_registered_an_algorithm_gets_a_signed_answer(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let plain = client.userinfo(tokens.text("access_token")).await;
        assert_eq!(plain.headers["content-type"], "application/json");
        for alg in SigningAlg::VARIANTS {
            register_signed(&app, alg).await;
            let signed = client.userinfo(tokens.text("access_token")).await;
            let (mut claims, header) = opened(&client, &signed).await;
            assert_eq!(names(&header), ["alg", "kid"], "no typ: as JWT it would pass for an ID token");
            assert_eq!(header["alg"], alg.as_str());
            assert_eq!(claims.remove("iss"), Some(json!(ISSUER)));
            assert_eq!(claims.remove("aud"), Some(json!("portal.99999")));
            assert_eq!(Value::Object(claims), plain.json, "and nothing else");
        }
    }

    /// RFC 6750 section 2: the way a token came in does not change the answer, and refusals stay what they are.
    async fn every_way_gets_a_signed_answer_and_no_refusal_is_signed(app) {
        app.enrol(FRANK).await;
        register_signed(&app, SigningAlg::Es256).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let token = tokens.text("access_token");
        let by_form = client.post("/userinfo", &[("access_token", token)], None).await;
        let by_post = client.post("/userinfo", &[], Some(&format!("Bearer {token}"))).await;
        let expected = opened(&client, &client.userinfo(token).await).await.0;
        for signed in [by_form, by_post] {
            assert_eq!(opened(&client, &signed).await.0, expected);
        }
        // What a client says it accepts does not change what it registered.
        let request = Request::get("/userinfo")
            .header("authorization", format!("Bearer {token}"))
            .header("accept", "application/json");
        let accepting = answer(app.send(request.body(Body::empty()).unwrap()).await).await;
        assert_eq!(opened(&client, &accepting).await.0, expected);

        let refused = client.userinfo("of nobody").await;
        assert_eq!((refused.status, refused.body.as_str()), (401, ""));
        assert!(refused.headers["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    }

    /// Core sections 5.3.2 and 8: `sub` is that of the ID token, also where it is the client's own.
    async fn a_pairwise_subject_stays_what_it_is(app) {
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.algs.userinfo = Some(SigningAlg::Rs256);
            client.subject_type = SubjectType::Pairwise { sector: "maple.example".to_owned() };
        })
        .await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let (claims, _) = opened(&client, &client.userinfo(tokens.text("access_token")).await).await;
        assert_eq!(claims["sub"], client.verify(tokens.text("id_token")).await.0["sub"]);
        assert_ne!(claims["sub"], json!(app.account(FRANK).await.id));
    }

    /// Attack 61: it names us, the client and the person as an ID token does, and is none; nor is it any other token.
    async fn a_signed_answer_is_no_token_and_no_hint(app) {
        app.enrol(FRANK).await;
        for alg in SigningAlg::VARIANTS {
            register_signed(&app, alg).await;
            let client = app.relying_party();
            let mut browser = app.browser();
            let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
            let signed = client.userinfo(tokens.text("access_token")).await.body;
            app.advance(SECOND);

            let address = format!(
                "/logout?id_token_hint={signed}&post_logout_redirect_uri=https://maple.example/signed-out"
            );
            let page = browser.get(&address).await;
            assert_eq!((page.status, page.heading().as_str()), (200, "Do you want to log out?"), "{page:?}");
            let silent = app.relying_party().with("prompt", "none").with("id_token_hint", &signed);
            let page = silent.authorize(&mut browser).await;
            assert!(page.left_to(CALLBACK));
            assert_eq!(page.sent("error").as_deref(), Some("login_required"), "whom it names is not known");

            assert_eq!(client.userinfo(&signed).await.status, 401);
            assert_eq!(client.introspect(&signed).await.json, json!({"active": false}));
            assert_eq!(client.refresh(&signed).await.error(), (400, "invalid_grant"));
            assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200, "nothing was ended");
        }
    }
}
