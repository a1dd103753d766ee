//! DPoP at the token endpoint, at authorization and at a push: RFC 9449; `protocol.md`, "PAR, DPoP, FAPI 2.0". What resources
//! make of bound tokens is said in [`super::bound_token`].

mod codes;
mod nonces;
mod proofs;
mod refresh;
mod tokens;

use axum::body::Body;
use axum::http::{Request, header};
use idp_domain::client::AuthMethod;
use serde_json::{Map, Value};

use super::{CALLBACK, FRANK, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::dpop::DpopKey;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER, answer};

const INVALID_PROOF: (u16, &str) = (400, "invalid_dpop_proof");
const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

/// Maple's portal as somebody who may hold a key.
struct Sender<'a> {
    app: &'a TestApp,
    client: RelyingParty<'a>,
    is_public: bool,
}

impl<'a> Sender<'a> {
    /// With a secret.
    fn confidential(app: &'a TestApp) -> Self {
        Self { app, client: app.relying_party(), is_public: false }
    }

    /// A page or an app that has none.
    async fn public(app: &'a TestApp) -> Self {
        register(app, |client| {
            client.auth_method = AuthMethod::None;
            client.secrets.clear();
        })
        .await;
        Self { app, client: app.relying_party(), is_public: true }
    }

    /// With this in its authorization requests.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.client = self.client.with(name, value);
        self
    }

    /// A form for one of our endpoints, with these DPoP headers.
    fn request(&self, path: &str, params: &[(&str, &str)], proofs: &[&str]) -> Request<Body> {
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for proof in proofs {
            request = request.header("DPoP", *proof);
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(params);
        let names_itself = params.iter().any(|(name, _)| *name == "client_id");
        match self.is_public {
            true if names_itself => {}
            true => _ = form.append_pair("client_id", &self.client.client_id),
            false => request = request.header(header::AUTHORIZATION, self.client.basic()),
        }
        request.body(Body::from(form.finish())).unwrap()
    }

    async fn post(&self, path: &str, params: &[(&str, &str)], proofs: &[&str]) -> Answer {
        answer(self.app.send(self.request(path, params, proofs)).await).await
    }

    /// A code of a fresh log-in of Frank's.
    async fn code(&self) -> String {
        self.client.code(&mut self.app.browser(), FRANK, PASSWORD).await
    }

    async fn redeem(&self, code: &str, key: Option<&DpopKey>) -> Answer {
        let params = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token(&params, key).await
    }

    async fn refresh(&self, refresh_token: &str, key: Option<&DpopKey>) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)], key).await
    }

    /// A token request with a good proof of this key.
    async fn token(&self, params: &[(&str, &str)], key: Option<&DpopKey>) -> Answer {
        let proof = key.map(|key| key.proof(self.app, "POST", "/token").sign());
        self.post("/token", params, proof.as_deref().as_slice()).await
    }

    /// Tokens of a fresh log-in of Frank's.
    async fn tokens(&self, key: Option<&DpopKey>) -> Answer {
        let tokens = self.redeem(&self.code().await, key).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    async fn access_token(&self, tokens: &Answer) -> Map<String, Value> {
        assert_eq!(tokens.status, 200, "{tokens:?}");
        self.client.verify(tokens.text("access_token")).await.0
    }

    /// The tokens are for the holder of this key, in what the client is told and in what a resource reads.
    async fn assert_bound(&self, tokens: &Answer, key: &DpopKey) {
        assert_eq!(tokens.text("token_type"), "DPoP", "{tokens:?}");
        assert_eq!(self.access_token(tokens).await["cnf"], serde_json::json!({"jkt": key.thumbprint()}));
    }

    /// The tokens are for whoever bears them.
    async fn assert_unbound(&self, tokens: &Answer) {
        assert_eq!(tokens.text("token_type"), "Bearer", "{tokens:?}");
        assert!(!self.access_token(tokens).await.contains_key("cnf"));
    }
}

fn refresh_token(tokens: &Answer) -> &str {
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens.text("refresh_token")
}
