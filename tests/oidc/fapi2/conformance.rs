//! What the modules of the OpenID Foundation's plan for this profile look at (`fapi2-security-profile-final`, `private_key_jwt`,
//! DPoP, plain response, OpenID Connect), as far as nothing else says the same.

use std::sync::OnceLock;

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::AssertionAlg;
use serde_json::{Value, json};

use super::super::private_key_jwt::{Pair, inline};
use super::super::{CALLBACK, FRANK, MINUTE, SECOND};
use super::{Portal, of_the_profile};
use crate::support::app::{ISSUER, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, VERIFIER, answer};

const BIRCH: &str = "portal.22222";
const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");
const INVALID_PROOF: (u16, &str) = (400, "invalid_dpop_proof");
const REFUSED: (u16, &str) = (401, "invalid_client");

/// The key of [`BIRCH`], a second client of the profile.
async fn birchs_pair(app: &TestApp) -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    let pair = PAIR.get_or_init(|| Pair::new(AssertionAlg::Es256));
    app.change_client(BIRCH, |client| {
        of_the_profile(client);
        client.keys = Some(inline(std::slice::from_ref(&pair.public)));
    })
    .await;
    pair
}

fn redemption<'a>(code: &'a str, verifier: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ]
}

fn renewal(refresh_token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", refresh_token)]
}

/// The bits of what is in base64url.
fn bits(text: &str) -> usize {
    URL_SAFE_NO_PAD.decode(text).unwrap().len() * 8
}

impl Portal<'_> {
    /// The token request with an assertion of these claims and the proof it always sends.
    async fn ask_by(&self, params: &[(&str, &str)], (pair, claims): (&Pair, &Value)) -> Answer {
        let proof = self.key.proof(self.app, "POST", "/token").sign();
        self.post_with("/token", params, (&pair.assert(claims), Some(&proof))).await
    }

    /// A push with an assertion of these claims.
    async fn push_by(&self, claims: &Value) -> Answer {
        let query = self.client.authorization_query();
        let params: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.post_with("/par", &params, (&self.pair.assert(claims), None)).await
    }
}

on_each_database! {
    /// FAPI 2.0 section 5.3.2.2, item 14, and RFC 9207; `ensure-authorization-request-without-state-success`,
    /// `-without-nonce-success`, `-with-64-char-nonce-success`, `-with-long-nonce`, `-with-long-state`,
    /// `state-only-outside-request-object-not-used`.
    async fn state_and_nonce_come_back_as_they_were_pushed_or_not_at_all(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let mut browser = app.browser();
        portal.code(&mut browser).await;
        let (nonce, long) = ("n".repeat(64), "0123456789abcdef".repeat(24));
        for (state, nonce) in [("", ""), ("s", ""), ("", "n"), (&*long, &*nonce), (&*long, &*long)] {
            let pushed = portal.push(&[("state", state), ("nonce", nonce)]).await;
            let url = portal.client.url_of(pushed.text("request_uri"));
            let page = browser.get(&format!("{url}&state=outside&nonce=outside")).await;
            assert_eq!(page.sent("state"), (!state.is_empty()).then(|| state.to_owned()), "{page:?}");
            assert_eq!(page.sent("iss").as_deref(), Some(ISSUER));
            let tokens = portal.redeem(&page.sent("code").expect("a code")).await;
            let (claims, _) = portal.client.verify(tokens.text("id_token")).await;
            assert_eq!(claims.get("nonce"), (!nonce.is_empty()).then(|| json!(nonce)).as_ref());
        }
    }

    /// FAPI 2.0 section 5.3.2.2, item 9, and RFC 6749 section 4.1.2; `attempt-reuse-authorization-code-after-one-second`.
    async fn a_code_that_comes_again_takes_back_what_it_issued(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let code = portal.code(&mut app.browser()).await;
        let tokens = portal.redeem(&code).await;
        assert_eq!(portal.user_info(tokens.text("access_token")).await.status, 200);
        app.advance(SECOND);
        assert_eq!(portal.redeem(&code).await.error(), INVALID_GRANT);
        assert_eq!(portal.user_info(tokens.text("access_token")).await.status, 401);
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.error(), INVALID_GRANT);
    }

    /// RFC 7636 section 4.6; `ensure-pkce-code-verifier-required`, `incorrect-pkce-code-verifier-rejected`.
    async fn a_code_is_for_whoever_knows_the_verifier(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let code = portal.code(&mut app.browser()).await;
        let other = VERIFIER.to_uppercase();
        let (without, wrong) = (redemption(&code, VERIFIER), redemption(&code, &other));
        for params in [&without[..3], &wrong] {
            assert_eq!(portal.post("/token", params).await.error(), INVALID_GRANT, "{params:?}");
        }
        assert_eq!(portal.redeem(&code).await.status, 200);
    }

    /// RFC 6749 sections 4.1.3 and 6, whoever holds the DPoP key; `ensure-authorization-code-is-bound-to-client`,
    /// `ensure-client-id-in-token-endpoint`, `refresh-token`.
    async fn codes_and_refresh_tokens_are_for_the_client_they_were_issued_to(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let pair = birchs_pair(&app).await;
        let claims = || portal.saying(&json!({"iss": BIRCH, "sub": BIRCH}));
        let code = portal.code(&mut app.browser()).await;
        let code = redemption(&code, VERIFIER);
        assert_eq!(portal.ask_by(&code, (pair, &claims())).await.error(), INVALID_GRANT);
        assert_eq!(portal.ask_by(&code, (portal.pair, &claims())).await.error(), REFUSED, "a key of another");
        assert_eq!(portal.ask_by(&code, (pair, &portal.claims())).await.error(), REFUSED, "a key of another");
        let tokens = portal.post("/token", &code).await;
        let again = renewal(tokens.text("refresh_token"));
        assert_eq!(portal.ask_by(&again, (pair, &claims())).await.error(), INVALID_GRANT);
        assert_eq!(portal.post("/token", &again).await.status, 200, "none of it used anything up");
    }

    /// RFC 7523 section 3; `ensure-client-assertion-with-no-sub-fails`, `-with-exp-is-5-minutes-in-past-fails`,
    /// `-with-wrong-aud-fails`, `par-test-array-as-audience-fails`.
    async fn an_assertion_says_all_that_it_must_wherever_it_is_sent(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let tokens = portal.tokens().await;
        let again = renewal(tokens.text("refresh_token"));
        let now = app.env.now().seconds();
        for members in [
            json!({"sub": null}),
            json!({"iss": null}),
            json!({"exp": null}),
            json!({"exp": now - 300}),
            json!({"jti": null}),
            json!({"aud": "https://other.example"}),
            json!({"aud": [ISSUER, "https://other.example"]}),
        ] {
            let refused = portal.ask_by(&again, (portal.pair, &portal.saying(&members))).await;
            assert_eq!(refused.error(), REFUSED, "{members}: {refused:?}");
            let refused = portal.push_by(&portal.saying(&members)).await;
            assert_eq!(refused.error(), REFUSED, "{members}: {refused:?}");
        }
    }

    /// FAPI 2.0 section 5.3.2.1, item 13: up to ten seconds ahead is taken, more than sixty is refused;
    /// `par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted`, `-over-60-seconds-in-the-future-fails`,
    /// `ensure-dpop-proof-with-iat-10seconds-before-succeeds`, `-after-succeeds`.
    async fn clocks_may_differ_by_ten_seconds_and_not_by_more_than_a_minute(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        // A memory of used proofs that a start forgets takes none from ahead in its first minute (`dpop/proofs.rs`).
        app.advance(MINUTE * 2);
        let tokens = portal.tokens().await;
        let again = renewal(tokens.text("refresh_token"));
        let now = app.env.now().seconds();
        for (ahead, is_taken) in [(-10, true), (0, true), (8, true), (10, true), (61, false)] {
            let at = now + ahead;
            let pushed = portal.push_by(&portal.saying(&json!({"iat": at, "nbf": at, "exp": at + 60}))).await;
            assert_eq!(pushed.error().0, if is_taken { 201 } else { 401 }, "{ahead}: {pushed:?}");

            let proof = portal.key.proof(&app, "POST", "/token").with("iat", json!(at)).sign();
            let assertion = portal.pair.assert(&portal.claims());
            let renewed = portal.post_with("/token", &again, (&assertion, Some(&proof))).await;
            let expected = if is_taken { (200, "") } else { INVALID_PROOF };
            assert_eq!(renewed.error(), expected, "{ahead}: {renewed:?}");

            let proof = portal.key.proof(&app, "GET", "/userinfo").with("iat", json!(at));
            let told = portal.user_info_by(tokens.text("access_token"), &proof).await;
            assert_eq!(told.status, if is_taken { 200 } else { 401 }, "{ahead}: {told:?}");
        }
    }

    /// FAPI 2.0 section 5.4.1, item 4: 128 bits at least. The suite measures codes, tokens and `request_uri`.
    async fn what_is_handed_out_cannot_be_guessed(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let code = portal.code(&mut app.browser()).await;
        let tokens = portal.redeem(&code).await;
        for secret in [code.as_str(), tokens.text("refresh_token")] {
            assert_eq!(bits(secret.split_once('.').expect("an id and a secret").1), 256);
        }
        let (claims, _) = portal.client.verify(tokens.text("access_token")).await;
        assert_eq!(bits(claims["jti"].as_str().unwrap()), 128, "and nobody else can sign one");
    }

    /// FAPI 2.0 section 5.3.4, item 2; `happy-flow`: in the header and never in the address, whatever kinds of answers are taken.
    async fn an_access_token_is_taken_in_the_header_alone(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let tokens = portal.tokens().await;
        let token = tokens.text("access_token");
        let by = async |uri: &str, headers: &[(header::HeaderName, &str)]| {
            let proof = portal.key.proof(&app, "GET", "/userinfo").of(token).sign();
            let mut request = Request::get(uri).header("DPoP", proof);
            for (name, value) in headers {
                request = request.header(name, *value);
            }
            answer(app.send(request.body(Body::empty()).unwrap()).await).await
        };
        let own = format!("DPoP {token}");
        for accept in ["application/json; charset=UTF-8", "application/json, application/*+json, */*", "*/*"] {
            let told = by("/userinfo", &[(header::AUTHORIZATION, own.as_str()), (header::ACCEPT, accept)]).await;
            assert_eq!((told.status, &told.headers["content-type"]), (200, &"application/json".parse().unwrap()), "{accept}");
        }
        assert_eq!(by(&format!("/userinfo?access_token={token}"), &[]).await.status, 401);
    }

    /// RFC 9126 section 2.3; `par-attempt-invalid-http-method`, which is PUT.
    async fn nothing_but_a_post_is_a_push(app) {
        let portal = Portal::registered(&app).await;
        for method in ["PUT", "PATCH", "DELETE", "GET"] {
            let request = Request::builder()
                .method(method)
                .uri("/par")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(portal.client.authorization_query()));
            let refused = answer(app.send(request.unwrap()).await).await;
            assert_eq!((refused.status, refused.headers["allow"].to_str().unwrap()), (405, "POST"), "{method}");
        }
    }
}
