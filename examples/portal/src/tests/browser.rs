//! A browser as far as the tests need one: a cookie jar, and a look at what came back.

use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use clap::Parser;
use tower::ServiceExt;
use url::Url;

use crate::cli::{Cli, Settings};

pub(super) struct Browser {
    portal: Router,
    pub(super) cookies: HashMap<String, String>,
}

impl Browser {
    pub(super) fn new(issuer: &str) -> Self {
        Self::at("http://127.0.0.1:8090/", issuer)
    }

    pub(super) fn at(public_url: &str, issuer: &str) -> Self {
        Self::with(&["--public-url", public_url, "--issuer", issuer])
    }

    /// At a portal with these flags.
    pub(super) fn with(flags: &[&str]) -> Self {
        let portal = crate::routes::router(settings(flags)).unwrap();
        Self { portal, cookies: HashMap::new() }
    }

    /// Another browser at the same portal.
    pub(super) fn neighbour(&self) -> Self {
        Self { portal: self.portal.clone(), cookies: HashMap::new() }
    }

    /// Another tab: the same cookies.
    pub(super) fn tab(&self) -> Self {
        Self { portal: self.portal.clone(), cookies: self.cookies.clone() }
    }

    /// Opens a path, or an absolute URL at the portal's host.
    pub(super) async fn get(&mut self, address: &str) -> Answer {
        let target = match Url::parse(address) {
            Ok(url) => url[url::Position::BeforePath..].to_owned(),
            Err(_) => address.to_owned(),
        };
        self.send(Request::get(target), Body::empty()).await
    }

    pub(super) async fn post(&mut self, path: &str, form: &str) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(form.to_owned())).await
    }

    /// What the script of an open page sends.
    pub(super) async fn ask(&mut self, csrf: &str) -> u16 {
        self.send(Request::get("/session").header("x-csrf-token", csrf), Body::empty()).await.status
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let response = self.portal.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match rest.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// Settings of a portal with these flags.
pub(super) fn settings(flags: &[&str]) -> Settings {
    let cli = ["sample-portal", "--client-id", "portal.99999", "--client-secret", provider_secret()];
    Settings::try_from(Cli::parse_from(cli.iter().chain(flags))).unwrap()
}

pub(super) fn provider_secret() -> &'static str {
    "s3cret+with/odd=chars"
}

pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where a redirect leads.
    pub(super) fn location(&self) -> Url {
        assert_eq!(self.status, 303, "a redirect was expected, not {}", self.body);
        Url::parse(self.header("location")).unwrap()
    }

    pub(super) fn set_cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
        cookies.into_iter().find(|cookie| cookie.starts_with(&format!("{name}=")))
    }

    /// The text of the element with this id.
    pub(super) fn text(&self, id: &str) -> String {
        let (_, rest) =
            self.body.split_once(&format!("id=\"{id}\">")).unwrap_or_else(|| panic!("{id}: {}", self.body));
        rest.split('<').next().unwrap().to_owned()
    }

    /// The value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

pub(super) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
