//! A person at the real server, over HTTP and without JavaScript: keeps cookies, follows redirects, presses buttons.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::RequestBuilder;
use reqwest::cookie::{CookieStore as _, Jar};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::rig::{PASSWORD, PORTAL, PORTAL_SECRET, Reachable, USER_NAME};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A page, or a redirect to another site.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) url: Url,
    pub(crate) leads_to: Option<Url>,
    pub(crate) html: String,
}

impl Shown {
    pub(crate) fn heading(&self) -> String {
        let html = Html::parse_document(&self.html);
        select(&html, "h1").map(|heading| heading.text().collect()).unwrap_or_default()
    }

    /// What a client gets instead of a page.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.html).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Status and `error` of an answer to a client.
    pub(crate) fn error(&self) -> (u16, String) {
        (self.status, self.json()["error"].as_str().unwrap_or_default().to_owned())
    }

    /// A parameter of the address this leads to.
    pub(crate) fn sent(&self, name: &str) -> String {
        let to = self.leads_to.as_ref().unwrap_or_else(|| panic!("leads nowhere: {self:?}"));
        let found = to.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_else(|| panic!("no {name} in {to}"))
    }
}

/// One browser.
pub(crate) struct Visitor {
    http: reqwest::Client,
    cookies: Arc<Jar>,
    request_ids: Mutex<Vec<String>>,
}

impl Visitor {
    pub(crate) fn new() -> Self {
        let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let cookies = Arc::new(Jar::default());
        let builder = builder.cookie_provider(Arc::clone(&cookies)).timeout(super::process::PATIENCE);
        Self { http: builder.build().expect("an HTTP client"), cookies, request_ids: Mutex::default() }
    }

    /// Another browser with the cookies that this one has now for a site.
    pub(crate) fn twin(&self, at: &impl Reachable) -> Self {
        let site: Url = at.address().parse().expect("a URL");
        let twin = Self::new();
        let cookies = self.cookies.cookies(&site).expect("cookies to copy");
        for cookie in cookies.to_str().expect("ASCII").split("; ") {
            twin.cookies.add_cookie_str(&format!("{cookie}; Path=/"), &site);
        }
        twin
    }

    /// The `X-Request-Id` of every answer so far.
    pub(crate) fn request_ids(&self) -> Vec<String> {
        self.request_ids.lock().expect("a list").clone()
    }

    /// Opens an address and follows redirects as long as they stay on its site.
    pub(crate) async fn open(&self, address: &str) -> Shown {
        let shown = self.fetch(self.http.get(address)).await;
        self.follow(shown).await
    }

    /// Presses a button by its id, with these fields filled in by name.
    pub(crate) async fn press(&self, page: &Shown, button: &str, typed: &[(&str, &str)]) -> Shown {
        let shown = self.submit(page, button, typed).await;
        self.follow(shown).await
    }

    /// The same, without following where the answer leads.
    pub(crate) async fn submit(&self, page: &Shown, button: &str, typed: &[(&str, &str)]) -> Shown {
        let (action, fields) = form_of(page, button, typed);
        self.fetch(self.http.post(action).form(&fields)).await
    }

    /// Follows redirects as long as they stay on the site.
    pub(crate) async fn follow(&self, mut shown: Shown) -> Shown {
        for _ in 0..10 {
            match &shown.leads_to {
                Some(to) if to.origin() == shown.url.origin() => {
                    shown = self.fetch(self.http.get(to.clone())).await;
                }
                _ => return shown,
            }
        }
        panic!("redirected ten times, last to {}", shown.url)
    }

    async fn fetch(&self, request: RequestBuilder) -> Shown {
        let response = request.send().await.expect("an answer");
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().expect("ASCII").to_owned());
        self.request_ids.lock().expect("a list").extend(header("x-request-id"));
        let url = response.url().clone();
        let leads_to = header("location").map(|location| url.join(&location).expect("an address"));
        let status = response.status().as_u16();
        Shown { status, url, leads_to, html: response.text().await.expect("a body") }
    }

    /// From "Log In" to the redirect with the code.
    pub(crate) async fn log_in(&self, page: &Shown, user_name: &str, password: &str) -> Shown {
        assert_eq!(page.heading(), "Log In", "{page:?}");
        self.press(page, "login-submit", &[("username", user_name), ("password", password)]).await
    }

    /// Signs the account of the seed in at the portal of the seed, and redeems the code.
    pub(crate) async fn tokens(&self, at: &impl Reachable) -> Value {
        let page = self.open(&authorization_request(at)).await;
        let back = self.log_in(&page, USER_NAME, PASSWORD).await;
        let answer = self.redeem(at, &back.sent("code")).await;
        assert!(answer["id_token"].is_string(), "{answer}");
        answer
    }

    pub(crate) async fn redeem(&self, at: &impl Reachable, code: &str) -> Value {
        self.exchange(at, code).await.json()
    }

    /// The code grant, whatever comes of it.
    pub(crate) async fn exchange(&self, at: &impl Reachable, code: &str) -> Shown {
        let redirect_uri = format!("{PORTAL}/callback");
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.ask(at, "/token", &grant).await
    }

    /// The refresh grant, whatever comes of it.
    pub(crate) async fn refresh(&self, at: &impl Reachable, tokens: &Value) -> Shown {
        let token = tokens["refresh_token"].as_str().expect("a refresh token");
        self.ask(at, "/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// A token request of the seed's portal.
    pub(crate) async fn token(&self, at: &impl Reachable, grant: &[(&str, &str)]) -> Value {
        self.ask(at, "/token", grant).await.json()
    }

    /// What the provider says of an access token when the seed's portal asks (RFC 7662).
    pub(crate) async fn introspect(&self, at: &impl Reachable, tokens: &Value) -> Value {
        let token = tokens["access_token"].as_str().expect("an access token");
        self.ask(at, "/introspect", &[("token", token)]).await.json()
    }

    /// A form from the seed's portal, with its secret.
    async fn ask(&self, at: &impl Reachable, endpoint: &str, form: &[(&str, &str)]) -> Shown {
        let request = self.http.post(format!("{}{endpoint}", at.address())).form(form);
        self.fetch(request.basic_auth("portal.99999", Some(PORTAL_SECRET))).await
    }

    pub(crate) async fn user_info(&self, at: &impl Reachable, tokens: &Value) -> Shown {
        let token = tokens["access_token"].as_str().expect("an access token");
        self.fetch(self.http.get(format!("{}/userinfo", at.address())).bearer_auth(token)).await
    }

    /// "Log out" at the seed's portal (RP-Initiated Logout 1.0 section 2): leads back to it, nobody is asked.
    pub(crate) async fn log_out(&self, at: &impl Reachable, tokens: &Value) -> Shown {
        let back = format!("{PORTAL}/signed-out");
        let query = [
            ("id_token_hint", tokens["id_token"].as_str().expect("an ID token")),
            ("post_logout_redirect_uri", &back),
        ];
        let address = format!("{}/logout", at.address());
        self.open(Url::parse_with_params(&address, query).expect("a URL").as_str()).await
    }
}

/// An authorization request of the seed's portal.
pub(crate) fn authorization_request(at: &impl Reachable) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let redirect_uri = format!("{PORTAL}/callback");
    let query = [
        ("response_type", "code"),
        ("client_id", "portal.99999"),
        ("redirect_uri", &redirect_uri),
        ("scope", "openid profile email company"),
        ("state", "a state of the portal"),
        ("nonce", "a nonce of the portal"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    Url::parse_with_params(&format!("{}/authorize", at.address()), query).expect("a URL").into()
}

fn select<'h>(html: &'h Html, selector: &str) -> Option<ElementRef<'h>> {
    html.select(&Selector::parse(selector).expect("a selector")).next()
}

/// Where the form of a button goes, and its fields.
fn form_of(page: &Shown, button: &str, typed: &[(&str, &str)]) -> (Url, Vec<(String, String)>) {
    let html = Html::parse_document(&page.html);
    let pressed = select(&html, &format!("#{button}")).unwrap_or_else(|| panic!("no #{button}: {page:?}"));
    let form = match pressed.attr("form") {
        Some(id) => select(&html, &format!("form#{id}")),
        None => {
            pressed.ancestors().filter_map(ElementRef::wrap).find(|element| element.value().name() == "form")
        }
    };
    let form = form.expect("the button belongs to a form");
    let kept = "input[name]:not([type=checkbox]), input[type=checkbox][checked]";
    let mut fields: Vec<(String, String)> = form
        .select(&Selector::parse(kept).expect("a selector"))
        .filter_map(|input| {
            Some((input.attr("name")?.to_owned(), input.attr("value").unwrap_or_default().to_owned()))
        })
        .filter(|(name, _)| !typed.iter().any(|(field, _)| field == name))
        .collect();
    fields.extend(typed.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
    if let (Some(name), Some(value)) = (pressed.attr("name"), pressed.attr("value")) {
        fields.push((name.to_owned(), value.to_owned()));
    }
    let action = page.url.join(form.attr("action").expect("an action")).expect("an address");
    (action, fields)
}
