//! A person at a browser: keeps cookies, follows redirects on our own site, fills in forms by their labels.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, header};
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::app::{ISSUER, TestApp};

/// What the browser shows, or where it was sent.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) url: Url,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) html: String,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} → {:?}: {}", self.status, self.url, self.location(), self.text())
    }
}

impl Page {
    /// Where a redirect leads.
    pub(crate) fn location(&self) -> Option<Url> {
        let location = self.headers.get(header::LOCATION)?.to_str().ok()?;
        self.url.join(location).ok()
    }

    /// Whether the browser was sent away, to this address with whatever query.
    pub(crate) fn left_to(&self, address: &str) -> bool {
        self.location().is_some_and(|to| to.as_str().split('?').next() == Some(address))
    }

    /// One parameter of the address the browser was sent to.
    pub(crate) fn sent(&self, name: &str) -> Option<String> {
        let to = self.location()?;
        to.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Everything there is to read, on one line.
    pub(crate) fn text(&self) -> String {
        // A place where a long word may be broken divides no words.
        let html = Html::parse_document(&self.html.replace("<wbr>", ""));
        html.root_element()
            .text()
            .collect::<Vec<_>>()
            .join(" ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The first heading.
    pub(crate) fn heading(&self) -> String {
        self.select("h1").first().cloned().unwrap_or_default()
    }

    /// The texts of what a CSS selector finds.
    pub(crate) fn select(&self, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&self.html);
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector).map(|element| element.text().collect::<String>().trim().to_owned()).collect()
    }

    /// An attribute of the first element a CSS selector finds.
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let html = Html::parse_document(&self.html);
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector).next()?.attr(name).map(str::to_owned)
    }

    /// The value of the field with this label.
    pub(crate) fn value(&self, label: &str) -> String {
        let html = Html::parse_document(&self.html);
        labelled(&html, label).and_then(|field| field.attr("value").map(str::to_owned)).unwrap_or_default()
    }
}

/// One browser; drop it to close it.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The names of those that outlive the browser.
    kept: BTreeSet<String>,
    /// The address it comes from.
    pub(crate) address: [u8; 4],
    pub(crate) headers: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookies: BTreeMap::new(),
            kept: BTreeSet::new(),
            address: [192, 0, 2, 1],
            headers: vec![],
        }
    }

    /// Opens an address and follows redirects until a page is shown or another site is reached.
    pub(crate) async fn get(&mut self, address: &str) -> Page {
        let page = self.fetch("GET", &absolute(address), None).await;
        self.follow(page).await
    }

    /// Opens an address without following anything.
    pub(crate) async fn get_once(&mut self, address: &str) -> Page {
        self.fetch("GET", &absolute(address), None).await
    }

    /// What a mail scanner sends before anybody clicks.
    pub(crate) async fn head_once(&mut self, address: &str) -> Page {
        self.fetch("HEAD", &absolute(address), None).await
    }

    /// Closes the browser and opens it again: cookies without a life of their own are gone.
    pub(crate) fn restart(&mut self) {
        self.cookies.retain(|name, _| self.kept.contains(name));
    }

    /// The session cookie, if there is one.
    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get("__Host-idp_session").map(String::as_str)
    }

    /// Sends a form as it is, without looking at any page.
    pub(crate) async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.post_once(address, fields).await;
        self.follow(page).await
    }

    /// [`Self::post`] without following where the answer leads.
    pub(crate) async fn post_once(&mut self, address: &str, fields: &[(&str, &str)]) -> Page {
        self.fetch("POST", &absolute(address), Some(Sent::encoded(fields))).await
    }

    /// Fills in the form of the button with this id, by label, and presses the button.
    pub(crate) async fn fill(&mut self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.submit(page, button, fields).await;
        self.follow(page).await
    }

    /// [`Self::fill`] without following where the answer leads.
    pub(crate) async fn submit(&mut self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
        let (action, form) = filled(page, button, fields);
        let action = page.url.join(&action).expect("a form action");
        self.fetch("POST", &action, Some(Sent::encoded(&form))).await
    }

    /// Chooses three questions, answers them and saves.
    pub(crate) async fn answer_questions(&mut self, page: &Page) -> Page {
        assert_eq!(page.heading(), "Security Questions", "{page:?}");
        let answers = [
            ("question-1", "first-stuffed-toy"),
            ("answer-1", "Mister Bun"),
            ("question-2", "driving-instructor"),
            ("answer-2", "Old Henry"),
            ("question-3", "lost-treasure"),
            ("answer-3", "a red kite"),
        ];
        self.fill_named(page, "questions-save", &answers).await
    }

    /// [`Self::fill`] by field name instead of label.
    pub(crate) async fn fill_named(&mut self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
        let (action, mut form) = filled(page, button, &[]);
        form.retain(|(name, _)| !fields.iter().any(|(field, _)| field == name));
        form.extend(fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        let action = page.url.join(&action).expect("a form action");
        let page = self.fetch("POST", &action, Some(Sent::encoded(&form))).await;
        self.follow(page).await
    }

    /// [`Self::fill_named`] of a form that has a file (RFC 7578).
    pub(crate) async fn upload(
        &mut self,
        page: &Page,
        button: &str,
        fields: &[(&str, &str)],
        file: &[u8],
    ) -> Page {
        let (action, mut form) = filled(page, button, &[]);
        form.retain(|(name, _)| name != "file" && !fields.iter().any(|(field, _)| field == name));
        form.extend(fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        let action = page.url.join(&action).expect("a form action");
        let page = self.fetch("POST", &action, Some(Sent::with_file(&form, file))).await;
        self.follow(page).await
    }

    async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            match page.location() {
                Some(to) if to.as_str().starts_with(ISSUER) => page = self.fetch("GET", &to, None).await,
                _ => return page,
            }
        }
        panic!("redirected ten times, last to {}", page.url)
    }

    async fn fetch(&mut self, method: &str, url: &Url, form: Option<Sent>) -> Page {
        let path = &url.as_str()[ISSUER.len()..];
        let mut request = Request::builder().method(method).uri(if path.is_empty() { "/" } else { path });
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            request = request.header(header::COOKIE, jar.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let own_origin = !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("origin"));
        let body = match form {
            Some(form) => {
                if own_origin {
                    request = request.header(header::ORIGIN, ISSUER);
                }
                request = request.header(header::CONTENT_TYPE, form.content_type);
                Body::from(form.body)
            }
            None => Body::empty(),
        };
        let peer: SocketAddr = (self.address, 40_000).into();
        let request = request.extension(ConnectInfo(peer)).body(body).expect("a request");
        let response = self.app.send(request).await;
        self.keep_cookies(&response);
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let html = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: parts.status.as_u16(), url: url.clone(), headers: parts.headers, html }
    }

    fn keep_cookies(&mut self, response: &Response<Body>) {
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("an ASCII cookie");
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie pair");
            for needed in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
                assert!(attributes.contains(needed), "{needed} is missing: {cookie}");
            }
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
                match attributes.contains("Max-Age=") {
                    true => self.kept.insert(name.to_owned()),
                    false => self.kept.remove(name),
                };
            }
        }
    }
}

/// The body of a form, as HTML section 4.10.21.8 has it made.
struct Sent {
    content_type: &'static str,
    body: Vec<u8>,
}

impl Sent {
    fn encoded<K: AsRef<str>, V: AsRef<str>>(fields: &[(K, V)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self { content_type: "application/x-www-form-urlencoded", body: body.into_bytes() }
    }

    /// The file comes where the fields that stand before it end: after those that are hidden.
    fn with_file(fields: &[(String, String)], file: &[u8]) -> Self {
        const PART: &str = "--the-edge\r\nContent-Disposition: form-data; name=";
        let part = |(name, value): &(String, String)| format!("{PART}\"{name}\"\r\n\r\n{value}\r\n");
        let (hidden, seen): (Vec<_>, Vec<_>) = fields.iter().partition(|(name, _)| name == "csrf");
        let mut body: Vec<u8> = hidden.into_iter().map(part).collect::<String>().into_bytes();
        body.extend(
            format!("{PART}\"file\"; filename=\"people.csv\"\r\nContent-Type: text/csv\r\n\r\n").bytes(),
        );
        body.extend(file);
        body.extend(b"\r\n");
        body.extend(seen.into_iter().map(part).collect::<String>().bytes());
        body.extend(b"--the-edge--\r\n");
        Self { content_type: "multipart/form-data; boundary=the-edge", body }
    }
}

fn absolute(address: &str) -> Url {
    Url::parse(ISSUER).expect("the issuer").join(address).expect("an address")
}

fn labelled<'h>(html: &'h Html, label: &str) -> Option<ElementRef<'h>> {
    let labels = Selector::parse("label[for]").expect("a selector");
    let wanted = html.select(&labels).find(|l| l.text().collect::<String>().trim() == label)?;
    let field = Selector::parse(&format!("#{}", wanted.attr("for")?)).expect("a selector");
    html.select(&field).next()
}

/// The action and the fields of the button's form, with the labelled ones filled in.
fn filled(page: &Page, button: &str, fields: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let html = Html::parse_document(&page.html);
    let button_selector = Selector::parse(&format!("#{button}")).expect("a selector");
    let pressed = html.select(&button_selector).next().unwrap_or_else(|| panic!("no #{button} on {page:?}"));
    let form = match pressed.attr("form") {
        Some(id) => html.select(&Selector::parse(&format!("form#{id}")).expect("a selector")).next(),
        None => pressed.ancestors().filter_map(ElementRef::wrap).find(|e| e.value().name() == "form"),
    };
    let form = form.expect("the button belongs to a form");
    let inputs = Selector::parse("input[name]").expect("a selector");
    let mut values: Vec<(String, String)> = form
        .select(&inputs)
        .filter(|input| {
            !matches!(input.attr("type"), Some("checkbox" | "radio")) || input.attr("checked").is_some()
        })
        .map(|input| {
            (input.attr("name").unwrap().to_owned(), input.attr("value").unwrap_or_default().to_owned())
        })
        .collect();
    values.extend(form.select(&Selector::parse("select[name]").expect("a selector")).map(chosen));
    values.extend(
        form.select(&Selector::parse("textarea[name]").expect("a selector")).map(|area| {
            (area.attr("name").expect("a named field").to_owned(), area.text().collect::<String>())
        }),
    );
    for (label, value) in fields {
        let field =
            labelled(&html, label).unwrap_or_else(|| panic!("no field labelled {label:?} on {page:?}"));
        let name = field.attr("name").expect("a named field").to_owned();
        values.retain(|(known, _)| *known != name);
        values.push((name, (*value).to_owned()));
    }
    if let (Some(name), Some(value)) = (pressed.attr("name"), pressed.attr("value")) {
        values.push((name.to_owned(), value.to_owned()));
    }
    (form.attr("action").expect("a form action").to_owned(), values)
}

/// The name of a drop-down and what it sends: the option that is selected, else the first (HTML section 4.10.7).
fn chosen(select: ElementRef<'_>) -> (String, String) {
    let options = Selector::parse("option").expect("a selector");
    let marked = select.select(&options).find(|option| option.attr("selected").is_some());
    let option = marked.or_else(|| select.select(&options).next());
    let value = option.and_then(|option| option.attr("value")).unwrap_or_default();
    (select.attr("name").expect("a named field").to_owned(), value.to_owned())
}
