//! Programs of the day: those that call the provisioning API, and those that people log in to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::support::rig::{Rig, http};
use crate::support::visitor::{Shown, Visitor};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Somebody with a token at the provisioning API.
pub(super) struct Program {
    http: reqwest::Client,
    /// `.../admin/v1`
    base: String,
    token: String,
}

impl Program {
    /// A program in its own name.
    pub(super) async fn of_client(rig: &Rig, id: &str, secret: &str) -> Self {
        let request = http().post(format!("{}/token", rig.address())).basic_auth(id, Some(secret));
        let answer = request.form(&[("grant_type", "client_credentials")]).send().await.expect("a server");
        let tokens: Value = answer.json().await.expect("tokens");
        Self::with(rig, &tokens)
    }

    /// Whoever these tokens were given to.
    pub(super) fn with(rig: &Rig, tokens: &Value) -> Self {
        let token = tokens["access_token"].as_str().unwrap_or_else(|| panic!("no token: {tokens}"));
        Self { http: http(), base: format!("{}/admin/v1", rig.address()), token: token.to_owned() }
    }

    /// Status and body; what is no JSON is text.
    async fn call(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.bearer_auth(&self.token).send().await.expect("a server");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Whatever comes of it; `path` follows `/admin/v1/`.
    pub(super) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = self.http.request(method, format!("{}/{path}", self.base));
        self.call(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, Some(body)).await;
        assert!([200, 201, 202].contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// `POST .../{thing}:verb`
    pub(super) async fn act(&self, path: &str) -> Value {
        let (status, answer) = self.send(Method::POST, path, None).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// A file, by the name of its kind.
    pub(super) async fn file(&self, path: &str, accept: &str) -> String {
        let request = self.http.get(format!("{}/{path}", self.base)).header("accept", accept);
        let answer = request.bearer_auth(&self.token).send().await.expect("a server");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("a file")
    }

    /// The report on a spreadsheet.
    pub(super) async fn dry_run(&self, company: &str, options: &str, sheet: String) -> Value {
        let path =
            format!("companies/{company}/bulk-invitations?dry_run=true&default_type=caregiver{options}");
        let request = self.http.post(format!("{}/{path}", self.base)).header("content-type", "text/csv");
        let (status, report) = self.call(request.body(sheet)).await;
        assert_eq!(status, 200, "{report}");
        report
    }

    /// Everybody of an agency's list, page by page.
    pub(super) async fn members(&self, company: &str, filter: &str) -> Vec<Value> {
        let (mut members, mut cursor) = (vec![], String::new());
        loop {
            let mut page = self.get(&format!("companies/{company}/members?{filter}{cursor}")).await;
            members.append(page["members"].as_array_mut().expect("members"));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return members,
            }
        }
    }

    /// The member of this user name.
    pub(super) async fn member(&self, company: &str, user_name: &str) -> Value {
        let found = self.members(company, &format!("q={user_name}")).await;
        let [member] = found.as_slice() else { panic!("{user_name}: {found:?}") };
        member.clone()
    }
}

/// A program that people log in to.
pub(super) struct Portal {
    pub(super) id: String,
    /// Whoever runs on somebody's own machine has none.
    pub(super) secret: Option<String>,
    pub(super) redirect_uri: String,
    pub(super) scope: &'static str,
    /// The API its tokens are for (RFC 8707), if it says one.
    pub(super) resource: Option<String>,
}

impl Portal {
    /// The log-in page; or where the browser is sent to at once, when somebody is logged in there.
    pub(super) async fn open(&self, rig: &Rig, visitor: &Visitor) -> Shown {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", self.scope),
            ("state", "a state"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        query.extend(self.resource.as_deref().map(|resource| ("resource", resource)));
        let address = Url::parse_with_params(&format!("{}/authorize", rig.address()), query).expect("a URL");
        visitor.open(address.as_str()).await
    }

    /// What the code in this redirect is worth.
    pub(super) async fn redeem(&self, rig: &Rig, back: &Shown) -> Value {
        let code = back.sent("code");
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        form.extend(self.resource.as_deref().map(|resource| ("resource", resource)));
        let (status, tokens) = self.ask(rig, "token", &form).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// A form from this program.
    pub(super) async fn ask(&self, rig: &Rig, endpoint: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let request = http().post(format!("{}/{endpoint}", rig.address()));
        let request = match &self.secret {
            Some(secret) => request.basic_auth(&self.id, Some(secret)).form(form),
            None => request.form(&[&[("client_id", self.id.as_str())], form].concat()),
        };
        let answer = request.send().await.expect("a server");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// Whether UserInfo and introspection accept the access token: both or neither.
    pub(super) async fn is_alive(&self, rig: &Rig, tokens: &Value) -> bool {
        let token = tokens["access_token"].as_str().expect("an access token");
        let user_info = http().get(format!("{}/userinfo", rig.address())).bearer_auth(token);
        let user_info = user_info.send().await.expect("a server").status().as_u16();
        let (_, introspected) = self.ask(rig, "introspect", &[("token", token)]).await;
        assert!([200, 401].contains(&user_info), "{user_info}");
        assert_eq!(user_info == 200, introspected["active"] == true, "{introspected}");
        user_info == 200
    }

    /// Status and `error` of the refresh grant.
    pub(super) async fn refresh(&self, rig: &Rig, tokens: &Value) -> (u16, Value) {
        let token = tokens["refresh_token"].as_str().expect("a refresh token");
        self.ask(rig, "token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }
}
