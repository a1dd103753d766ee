//! Somebody at a browser, and the client that sent them: the code flow (OpenID Connect Core section 3.1), step by step as
//! a browser takes it, without scripts and pictures.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use hyper::Request;
use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use serde::Deserialize;

use crate::http::{Answer, Connection, get, post, with};
use crate::key::Key;
use crate::seed::{Client, PASSWORD};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A browser's cookies.
#[derive(Debug, Default)]
pub(crate) struct Cookies(BTreeMap<String, String>);

impl Cookies {
    async fn send(&mut self, connection: &mut Connection, mut request: Request<String>) -> Result<Answer> {
        if !self.0.is_empty() {
            let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert(COOKIE, HeaderValue::try_from(pairs.join("; "))?);
        }
        let answer = connection.send(request).await?;
        self.keep(&answer)?;
        Ok(answer)
    }

    fn keep(&mut self, answer: &Answer) -> Result<()> {
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without a value")?;
            if value.is_empty() {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }
}

/// A client's way to send people to the server and to redeem what they come back with.
#[derive(Debug)]
pub(crate) struct RelyingParty {
    client: Client,
    issuer: SocketAddr,
    authentication: Authentication,
    /// What its tokens are bound to.
    key: Option<Key>,
}

#[derive(Debug)]
enum Authentication {
    Basic(HeaderValue),
    Assertion(Key),
}

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The answer to a pushed request (RFC 9126 section 2.2).
#[derive(Debug, Deserialize)]
struct Pushed {
    request_uri: String,
}

/// What the token endpoint answers (RFC 6749 section 5.1), as far as it is used.
#[derive(Debug, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
}

impl RelyingParty {
    pub(crate) fn new(client: Client, issuer: SocketAddr) -> Result<Self> {
        let authentication = match client.signs()? {
            Some(key) => Authentication::Assertion(Key::of(&key)?),
            None => Authentication::Basic(client.authorization()?),
        };
        let key = client.proves().then(Key::generate).transpose()?;
        Ok(Self { client, issuer, authentication, key })
    }

    /// Path and query that the browser is sent to, after a push where the client pushes.
    async fn authorize(&self, connection: &mut Connection) -> Result<String> {
        let request = self.client.authorization_request();
        if !self.client.pushes() {
            return Client::authorize(self.issuer, &request);
        }
        let answer = self.post(connection, "/par", &request).await?.expect(201).context("pushed request")?;
        let Pushed { request_uri } = serde_json::from_slice(&answer.body)?;
        Client::authorize(self.issuer, &[("client_id", self.client.id()), ("request_uri", &request_uri)])
    }

    /// A form of the client's own, with its authentication, and a proof where it holds a key.
    async fn post(&self, connection: &mut Connection, path: &str, form: &[(&str, &str)]) -> Result<Answer> {
        let mut request = match &self.authentication {
            Authentication::Basic(header) => with(post(path, form)?, AUTHORIZATION, header),
            Authentication::Assertion(key) => {
                let assertion = key.assertion(self.client.id(), &format!("http://{}", self.issuer))?;
                let own = [("client_assertion_type", ASSERTION), ("client_assertion", &*assertion)];
                post(path, &[form, &own].concat())?
            }
        };
        if let Some(key) = &self.key {
            let proof = key.proof("POST", &self.address(path), None)?;
            request = with(request, DPOP, &HeaderValue::try_from(proof)?);
        }
        connection.send(request).await
    }

    /// UserInfo for this access token; the holder of its key proves that.
    pub(crate) async fn user_info(&self, connection: &mut Connection, token: &str) -> Result<()> {
        let mut request = get("/userinfo")?;
        let scheme = if self.key.is_some() { "DPoP" } else { "Bearer" };
        request = with(request, AUTHORIZATION, &HeaderValue::try_from(format!("{scheme} {token}"))?);
        if let Some(key) = &self.key {
            let proof = key.proof("GET", &self.address("/userinfo"), Some(token))?;
            request = with(request, DPOP, &HeaderValue::try_from(proof)?);
        }
        connection.send(request).await?.expect(200)?;
        Ok(())
    }

    fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.issuer)
    }

    /// Single sign-on: one redirect, and the code redeemed.
    pub(crate) async fn sign_on(&self, connection: &mut Connection, cookies: &mut Cookies) -> Result<Tokens> {
        let request = get(&self.authorize(connection).await?)?;
        let back = cookies.send(connection, request).await?.location().context("authorization request")?;
        self.redeem(connection, &back).await
    }

    /// The whole way: the request, the page, the password, and the code redeemed.
    pub(crate) async fn log_in(
        &self,
        connection: &mut Connection,
        cookies: &mut Cookies,
        user_name: &str,
    ) -> Result<Tokens> {
        let request = get(&self.authorize(connection).await?)?;
        let page = cookies.send(connection, request).await?.location().context("authorization request")?;
        let page = cookies.send(connection, get(&page)?).await?.expect(200).context("log-in page")?;
        let html = page.text()?;
        let form = [
            ("csrf", hidden(html, "csrf")?),
            ("flow", hidden(html, "flow")?),
            ("username", user_name),
            ("password", PASSWORD),
        ];
        let onward = cookies.send(connection, post("/login", &form)?).await?.location().context("log-in")?;
        let back = cookies.send(connection, get(&onward)?).await?.location().context("going on")?;
        self.redeem(connection, &back).await
    }

    async fn redeem(&self, connection: &mut Connection, back: &str) -> Result<Tokens> {
        let query = back.split_once('?').with_context(|| format!("no query in {back}"))?.1;
        let mut parameters = url::form_urlencoded::parse(query.as_bytes());
        let code =
            parameters.find(|(name, _)| name == "code").with_context(|| format!("no code in {back}"))?.1;
        self.token(connection, &Client::code_grant(&code)).await
    }

    /// A token request.
    pub(crate) async fn token(&self, connection: &mut Connection, grant: &[(&str, &str)]) -> Result<Tokens> {
        let answer = self.post(connection, "/token", grant).await?.expect(200).context("token request")?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Asks whether a token is good (RFC 7662); it must be.
    pub(crate) async fn introspect(&self, connection: &mut Connection, token: &str) -> Result<()> {
        let answer = self.post(connection, "/introspect", &[("token", token)]).await?;
        let answer = answer.expect(200).context("introspection")?;
        ensure!(answer.text()?.contains("\"active\":true"), "introspected: {}", answer.text()?);
        Ok(())
    }
}

/// The value of a hidden field. Ours are base64url, so nothing in them is escaped.
fn hidden<'h>(html: &'h str, name: &str) -> Result<&'h str> {
    let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let value = html.split_once(&field).and_then(|(_, rest)| rest.split_once('"'));
    Ok(value.with_context(|| format!("no field {name} in the page"))?.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_hidden_field_is_found_by_its_name() {
        let html = r#"<form><input type="hidden" name="csrf" value="a-b_c"><input type="hidden" name="flow" value="f">"#;
        assert_eq!((hidden(html, "csrf").unwrap(), hidden(html, "flow").unwrap()), ("a-b_c", "f"));
        assert!(hidden(html, "username").is_err());
    }

    #[test]
    fn a_cookie_is_kept_until_it_is_cleared() {
        let mut cookies = Cookies::default();
        let mut answered = |cookie: &'static str| {
            let headers = [(SET_COOKIE, HeaderValue::from_static(cookie))].into_iter().collect();
            cookies.keep(&Answer { status: 200, headers, body: Vec::new() }).unwrap();
            cookies.0.get("idp_session").cloned()
        };
        assert_eq!(answered("idp_session=abc=; HttpOnly; Path=/"), Some("abc=".to_owned()));
        assert_eq!(answered("other=1"), Some("abc=".to_owned()));
        assert_eq!(answered("idp_session=; Max-Age=0"), None);
    }
}
