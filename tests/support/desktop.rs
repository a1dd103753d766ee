//! A program on a computer that shows a code (RFC 8628), and the person who types it in a browser.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::audit::Origin;
use idp_domain::client::{AuthMethod, Client, ClientId, Demands, GrantType};
use idp_domain::scope::Scopes;
use idp_domain::text::Line;
use idp_service::authorize::Flow;
use idp_service::device::{self, AnswerStep, Answered, DeviceAnswer, DeviceView, Entered, Visitor};
use idp_service::session::{self, SignedIn};
use sha2::Digest as _;

use super::app::TestApp;
use super::browser::Browser;
use super::relying_party::{Answer, VERIFIER, answer};

pub(crate) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(crate) const DESKTOP: &str = "desktop";

/// The operator's desktop program, which serves every agency.
pub(crate) fn desktop() -> Client {
    let name = Line::parse("Agency Desktop").expect("a name");
    Client {
        grant_types: vec![GrantType::DeviceCode, GrantType::RefreshToken],
        scopes: Scopes::parse("openid profile email offline_access company members:read members:write"),
        demands: Demands { require_device_pkce: true, ..Demands::default() },
        may_switch_company: true,
        first_party: true,
        ..Client::new(ClientId::parse(DESKTOP).expect("a client_id"), name, AuthMethod::None)
    }
}

/// The program; the computer is at the address of every browser of the tests.
pub(crate) struct Desktop<'a> {
    app: &'a TestApp,
    pub(crate) client_id: String,
    pub(crate) address: [u8; 4],
    /// Parameters added to, or replacing those of, its request.
    extra: Vec<(String, String)>,
}

/// What the program was given.
pub(crate) struct Codes {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
}

impl<'a> Desktop<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self { app, client_id: DESKTOP.to_owned(), address: [192, 0, 2, 1], extra: Vec::new() }
    }

    /// With this parameter; an empty value takes one out.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The device authorization request (section 3.1), whatever comes of it.
    pub(crate) async fn request(&self) -> Answer {
        let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(VERIFIER));
        let own = [
            ("client_id", self.client_id.as_str()),
            ("scope", "openid email company"),
            ("device_name", "FRONT-DESK-2"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let own = own.into_iter().filter(|(name, _)| !self.extra.iter().any(|(extra, _)| extra == name));
        let extra = self.extra.iter().filter(|(_, value)| !value.is_empty());
        let params: Vec<_> = own.chain(extra.map(|(name, value)| (name.as_str(), value.as_str()))).collect();
        self.post("/device_authorization", &params).await
    }

    /// The codes; there must be some.
    pub(crate) async fn ask(&self) -> Codes {
        let asked = self.request().await;
        assert_eq!(asked.status, 200, "{asked:?}");
        Codes {
            device_code: asked.text("device_code").to_owned(),
            user_code: asked.text("user_code").to_owned(),
        }
    }

    /// One question whether the person has answered (section 3.4).
    pub(crate) async fn poll(&self, codes: &Codes) -> Answer {
        self.poll_with(codes, &[("code_verifier", VERIFIER)]).await
    }

    /// [`Self::poll`] with these parameters beside the code.
    pub(crate) async fn poll_with(&self, codes: &Codes, more: &[(&str, &str)]) -> Answer {
        let own = [
            ("grant_type", DEVICE_GRANT),
            ("client_id", &self.client_id),
            ("device_code", &codes.device_code),
        ];
        self.post("/token", &[&own, more].concat()).await
    }

    pub(crate) async fn refresh(&self, tokens: &Answer) -> Answer {
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let own = [
            ("grant_type", "refresh_token"),
            ("client_id", &self.client_id),
            ("refresh_token", tokens.text("refresh_token")),
        ];
        self.post("/token", &own).await
    }

    /// Asks, is let in by whoever is logged in to this browser, and fetches the tokens.
    pub(crate) async fn let_in(&self, browser: &Browser<'_>) -> Answer {
        let codes = self.ask().await;
        self.app.allow(browser, &codes).await;
        let tokens = self.poll(&codes).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    pub(crate) async fn post(&self, path: &str, params: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        let peer: SocketAddr = (self.address, 40_000).into();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(ConnectInfo(peer))
            .body(Body::from(body));
        answer(self.app.send(request.expect("a request")).await).await
    }
}

impl TestApp {
    /// Whoever is logged in to this browser types the code.
    pub(crate) async fn enter(&self, browser: &Browser<'_>, user_code: &str) -> Entered {
        let visit = Visit::of(self, browser).await;
        device::enter(&self.env, user_code, visit.visitor()).await.expect("an answer")
    }

    /// Whoever is logged in to this browser types the code, which must be there to be answered.
    pub(crate) async fn open(&self, browser: &Browser<'_>, codes: &Codes) -> Flow {
        match self.enter(browser, &codes.user_code).await {
            Entered::Found(flow) => flow,
            other => panic!("{other:?}"),
        }
    }

    /// The approval page, for whoever is logged in to this browser.
    pub(crate) async fn view(&self, browser: &Browser<'_>, flow: &Flow) -> DeviceView {
        let visit = Visit::of(self, browser).await;
        let view = device::view(&self.env, flow.as_str(), visit.visitor()).await.expect("an answer");
        view.expect("nothing that comes first")
    }

    /// The answer of whoever is logged in to this browser; `None` when something comes first.
    pub(crate) async fn answer(
        &self,
        browser: &Browser<'_>,
        flow: &Flow,
        answer: DeviceAnswer,
    ) -> Option<Answered> {
        let visit = Visit::of(self, browser).await;
        match device::answer(&self.env, flow.as_str(), answer, visit.visitor()).await.expect("an answer") {
            AnswerStep::Done(answered) => Some(answered),
            AnswerStep::GoOn(_) | AnswerStep::AnotherAgency(_) => None,
        }
    }

    /// Whoever is logged in to this browser types the code and lets the computer in, for the agency that the page names first.
    pub(crate) async fn allow(&self, browser: &Browser<'_>, codes: &Codes) {
        let flow = self.open(browser, codes).await;
        let company = match self.view(browser, &flow).await {
            DeviceView::Ask(asked) => asked.companies.first().map(|company| company.id),
            other => panic!("{other:?}"),
        };
        let answered = self.answer(browser, &flow, DeviceAnswer::Allow(company)).await;
        assert_eq!(answered, Some(Answered::Allowed));
    }

    /// Whoever is logged in to this browser types the code and does not let the computer in.
    pub(crate) async fn deny(&self, browser: &Browser<'_>, codes: &Codes) {
        let flow = self.open(browser, codes).await;
        self.view(browser, &flow).await;
        assert_eq!(self.answer(browser, &flow, DeviceAnswer::Deny).await, Some(Answered::Denied));
    }
}

/// A browser of the tests as our pages see it. One is told from another by its address.
struct Visit {
    browser: String,
    signed_in: Option<SignedIn>,
    origin: Origin,
}

impl Visit {
    async fn of(app: &TestApp, browser: &Browser<'_>) -> Self {
        let recognised = session::recognise(&app.env, browser.session()).await.expect("the sessions");
        Self {
            browser: format!("{:?}", browser.address),
            signed_in: recognised.filter(|it| it.is_live).map(|it| it.signed_in),
            origin: Origin { address: Some(IpAddr::from(browser.address)), ..Origin::default() },
        }
    }

    fn visitor(&self) -> Visitor<'_> {
        Visitor { browser: &self.browser, signed_in: self.signed_in.as_ref(), origin: &self.origin }
    }
}
