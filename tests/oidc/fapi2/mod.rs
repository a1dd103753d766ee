//! A client of the FAPI 2.0 Security Profile (Final), with `private_key_jwt` and DPoP: sections 5.3.2 and 5.4;
//! `protocol.md`, "PAR, DPoP, FAPI 2.0". What is said of everybody's assertions, pushes and proofs is said elsewhere.

mod assertions;
mod check;
mod conformance;
mod demands;
mod tokens;

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Request, header};
use idp_domain::client::{AssertionAlg, AuthMethod, Client, ClientKeys, Profile};
use serde_json::{Value, json};

use super::private_key_jwt::{Pair, TYPE, inline, with};
use super::{CALLBACK, FRANK, register};
use crate::support::app::{ISSUER, PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::dpop::{DpopKey, Proof};
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER, answer};

/// Maple's portal as the profile wants it: it signs what it sends, and holds a key for its tokens.
struct Portal<'a> {
    app: &'a TestApp,
    client: RelyingParty<'a>,
    key: DpopKey,
    /// What it signs assertions with.
    pair: &'static Pair,
}

/// Every key of the tests that an assertion can be signed with.
fn keys() -> ClientKeys {
    inline(&AssertionAlg::VARIANTS.map(|alg| Pair::of(alg).public.clone()))
}

fn of_the_profile(client: &mut Client) {
    client.auth_method = AuthMethod::PrivateKeyJwt;
    client.secrets.clear();
    client.keys = Some(keys());
    client.profile = Profile::Fapi2;
}

impl<'a> Portal<'a> {
    async fn registered(app: &'a TestApp) -> Self {
        Self::registered_as(app, of_the_profile).await
    }

    async fn registered_as(app: &'a TestApp, change: impl FnOnce(&mut Client)) -> Self {
        register(app, change).await;
        Self { app, client: app.relying_party(), key: DpopKey::new(), pair: Pair::es256() }
    }

    /// What an assertion of its own says when it is in order: each is another one.
    fn claims(&self) -> Value {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let (id, now) = (&self.client.client_id, self.app.env.now().seconds());
        let jti = format!("portal {}", MADE.fetch_add(1, Ordering::Relaxed));
        json!({"iss": id, "sub": id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti})
    }

    async fn post_with(
        &self,
        path: &str,
        params: &[(&str, &str)],
        (assertion, proof): (&str, Option<&str>),
    ) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(params);
        form.extend_pairs([("client_assertion_type", TYPE), ("client_assertion", assertion)]);
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(proof) = proof {
            request = request.header("DPoP", proof);
        }
        let request = request.body(Body::from(form.finish())).unwrap();
        answer(self.app.send(request).await).await
    }

    /// The way it always sends: with an assertion and a proof.
    async fn post(&self, path: &str, params: &[(&str, &str)]) -> Answer {
        let proof = self.key.proof(self.app, "POST", path).sign();
        self.post_with(path, params, (&self.pair.assert(&self.claims()), Some(&proof))).await
    }

    /// Pushes its authorization request with these parameters instead; an empty one is left out.
    async fn push(&self, instead: &[(&str, &str)]) -> Answer {
        let query = self.client.authorization_query();
        let mut params: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        params.retain(|(name, _)| !instead.iter().any(|(other, _)| other == name));
        let mut params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
        params.extend(instead.iter().filter(|(_, value)| !value.is_empty()));
        self.post("/par", &params).await
    }

    /// A code of a fresh log-in of Frank's.
    async fn code(&self, browser: &mut Browser<'_>) -> String {
        let pushed = self.push(&[]).await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        let page = browser.get(&self.client.url_of(pushed.text("request_uri"))).await;
        let names = [("UserName", FRANK), ("Password", PASSWORD)];
        let page = browser.fill(&page, "login-submit", &names).await;
        page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))
    }

    async fn redeem(&self, code: &str) -> Answer {
        let params = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.post("/token", &params).await
    }

    async fn refresh(&self, refresh_token: &str) -> Answer {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Tokens of a fresh log-in of Frank's.
    async fn tokens(&self) -> Answer {
        let code = self.code(&mut self.app.browser()).await;
        let tokens = self.redeem(&code).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    async fn user_info(&self, access_token: &str) -> Answer {
        self.user_info_by(access_token, &self.key.proof(self.app, "GET", "/userinfo")).await
    }

    async fn user_info_by(&self, access_token: &str, proof: &Proof<'_>) -> Answer {
        let request = Request::get("/userinfo")
            .header(header::AUTHORIZATION, format!("DPoP {access_token}"))
            .header("DPoP", proof.clone().of(access_token).sign());
        answer(self.app.send(request.body(Body::empty()).unwrap()).await).await
    }

    /// The claims of an assertion with these members besides, or instead.
    fn saying(&self, members: &Value) -> Value {
        with(&self.claims(), members)
    }
}
