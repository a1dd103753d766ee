//! A client of the provider: starts the code flow with PKCE, redeems, refreshes, and verifies tokens by the JWKS.

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use josekit::jwk::JwkSet;
use josekit::jws::{ES256, JwsVerifier, RS256};
use serde_json::{Map, Value};
use sha2::Digest as _;

use super::app::{SECRET, TestApp};
use super::browser::{Browser, Page};

/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) struct RelyingParty<'a> {
    app: &'a TestApp,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    /// Parameters added to, or replacing those of, the next authorization request.
    pub(crate) extra: Vec<(String, String)>,
}

/// An answer of the token endpoint, UserInfo or the like.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: String,
    /// The body, or `Null` if it is not JSON.
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub(crate) fn error(&self) -> (u16, &str) {
        (self.status, self.json["error"].as_str().unwrap_or_default())
    }
}

impl<'a> RelyingParty<'a> {
    pub(crate) fn new(app: &'a TestApp, client_id: &str, redirect_uri: &str) -> Self {
        Self {
            app,
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            scope: "openid profile email company".to_owned(),
            extra: vec![],
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The authorization request as a query; an empty extra value takes a parameter out.
    pub(crate) fn authorization_query(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(VERIFIER));
        let mut params: Vec<(String, String)> = [
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", "state-of-the-flow"),
            ("nonce", "nonce-of-the-flow"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        params.retain(|(name, _)| !self.extra.iter().any(|(extra, _)| extra == name));
        params.extend(self.extra.iter().filter(|(_, value)| !value.is_empty()).cloned());
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
    }

    pub(crate) fn authorization_url(&self) -> String {
        format!("/authorize?{}", self.authorization_query())
    }

    /// Pushes the authorization request (RFC 9126).
    pub(crate) async fn push(&self) -> Answer {
        let query = self.authorization_query();
        let params: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.post("/par", &params, Some(&self.basic())).await
    }

    /// Pushes the authorization request; with this address a browser brings it.
    pub(crate) async fn pushed_url(&self) -> String {
        let pushed = self.push().await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        self.url_of(pushed.text("request_uri"))
    }

    /// The address with which a browser brings a pushed request.
    pub(crate) fn url_of(&self, request_uri: &str) -> String {
        let params = [("client_id", self.client_id.as_str()), ("request_uri", request_uri)];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        format!("/authorize?{query}")
    }

    /// Sends the browser to the provider.
    pub(crate) async fn authorize(&self, browser: &mut Browser<'_>) -> Page {
        browser.get(&self.authorization_url()).await
    }

    /// Sends the browser to the provider and fills in the log-in page.
    pub(crate) async fn log_in(&self, browser: &mut Browser<'_>, user_name: &str, password: &str) -> Page {
        let page = self.authorize(browser).await;
        assert_eq!(page.heading(), "Log In", "{page:?}");
        browser.fill(&page, "login-submit", &[("UserName", user_name), ("Password", password)]).await
    }

    /// A code for a person whom nothing else is asked.
    pub(crate) async fn code(&self, browser: &mut Browser<'_>, user_name: &str, password: &str) -> String {
        let page = self.log_in(browser, user_name, password).await;
        page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))
    }

    /// A token request with this client's own authentication.
    pub(crate) async fn token(&self, params: &[(&str, &str)]) -> Answer {
        self.post("/token", params, Some(&self.basic())).await
    }

    /// What the provider tells this client about a token (RFC 7662).
    pub(crate) async fn introspect(&self, token: &str) -> Answer {
        self.post("/introspect", &[("token", token)], Some(&self.basic())).await
    }

    /// Gives a token up (RFC 7009).
    pub(crate) async fn revoke(&self, token: &str) -> Answer {
        self.post("/revoke", &[("token", token)], Some(&self.basic())).await
    }

    /// The `Authorization` header of this client.
    pub(crate) fn basic(&self) -> String {
        let credentials = format!("{}:{}", form_encode(&self.client_id), form_encode(SECRET));
        format!("Basic {}", STANDARD.encode(credentials))
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        let params = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.token(&params).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Signs a person in and redeems the code.
    pub(crate) async fn tokens(&self, browser: &mut Browser<'_>, user_name: &str, password: &str) -> Answer {
        let code = self.code(browser, user_name, password).await;
        let tokens = self.redeem(&code).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    pub(crate) async fn userinfo(&self, access_token: &str) -> Answer {
        let request =
            Request::get("/userinfo").header(header::AUTHORIZATION, format!("Bearer {access_token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        params: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.app.send(request).await).await
    }

    /// The claims of a JWT whose signature the published keys verify, and its header.
    pub(crate) async fn verify(&self, token: &str) -> (Map<String, Value>, Map<String, Value>) {
        let published = self.get("/jwks").await;
        let set = JwkSet::from_bytes(published.json.to_string()).expect("a key set");
        let header = josekit::jwt::decode_header(token).expect("a header");
        let kid = header.claim("kid").and_then(Value::as_str).expect("a kid").to_owned();
        let key = set.get(&kid).into_iter().next().unwrap_or_else(|| panic!("{kid} is not published"));
        let verifier: Box<dyn JwsVerifier> = match key.algorithm() {
            Some("RS256") => Box::new(RS256.verifier_from_jwk(key).expect("an RSA key")),
            Some("ES256") => Box::new(ES256.verifier_from_jwk(key).expect("an EC key")),
            other => panic!("a key for {other:?}"),
        };
        let (payload, header) =
            josekit::jwt::decode_with_verifier(token, &*verifier).expect("a valid signature");
        (payload.into(), header.into())
    }
}

pub(crate) async fn answer(response: axum::http::Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body, json }
}

/// RFC 6749 section 2.3.1.
fn form_encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
