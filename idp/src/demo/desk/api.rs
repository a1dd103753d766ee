//! The office as a client of the provisioning API: plain HTTP, as any agency's program would do it.
//!
//! Gets its token by `client_credentials` (RFC 6749 section 4.4) with `client_secret_basic`, and keeps it while it lives.

use std::time::{Duration, Instant};

use reqwest::header::HeaderName;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::demo::people::Person;

const CLIENT_ID: &str = "office.99999";
const COMPANY: &str = "99999";
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// A token that ends sooner is not worth using.
const MARGIN: Duration = Duration::from_secs(20);

pub(in crate::demo) struct Office {
    http: Client,
    issuer: String,
    secret: String,
    token: Mutex<Option<Token>>,
}

struct Token {
    text: String,
    good_until: Instant,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

/// The body of `POST .../members`.
#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct NewMember {
    pub(super) user_name: String,
    pub(super) email: String,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
    pub(super) person_ref: &'static str,
    pub(super) member_type: &'static str,
    pub(super) security_role: &'static str,
    pub(super) authority: &'static str,
    pub(super) status: String,
    pub(super) cell: String,
    pub(super) note: String,
}

impl From<&'static Person> for NewMember {
    fn from(person: &'static Person) -> Self {
        Self {
            user_name: person.email.to_owned(),
            email: person.email.to_owned(),
            given_name: person.given_name,
            family_name: person.family_name,
            person_ref: person.person_ref,
            member_type: person.kind.wire(),
            security_role: person.security_role,
            authority: person.authority,
            status: "active".to_owned(),
            cell: person.cell.to_owned(),
            note: String::new(),
        }
    }
}

/// A member as the API shows it; only what the form needs.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::demo) struct Member {
    pub(in crate::demo) person_ref: String,
    pub(super) user_name: String,
    pub(super) email: String,
    pub(super) is_identity: bool,
    pub(super) state: String,
    pub(super) status: String,
    pub(super) cell: Option<String>,
    pub(super) note: Option<String>,
    pub(super) last_sign_in: Option<String>,
    pub(super) invitation: Invitation,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Invitation {
    pub(super) state: String,
    pub(super) at: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    members: Vec<Member>,
    next_cursor: Option<String>,
}

/// What the API says was wrong (RFC 9457).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::demo) struct Problem {
    pub(super) title: String,
    pub(super) detail: Option<String>,
    pub(super) errors: Vec<FieldError>,
}

#[derive(Debug, Clone, Deserialize)]
pub(in crate::demo) struct FieldError {
    /// A JSONPath such as `$.email`.
    pub(super) path: String,
    pub(super) code: String,
    pub(super) detail: String,
}

#[derive(Debug, thiserror::Error)]
pub(in crate::demo) enum ApiError {
    #[error("{}", .0.title)]
    Refused(Problem),
    #[error("the provider answered {0} to the office")]
    Unexpected(StatusCode),
    #[error("the provider cannot be reached: {0}")]
    Unreachable(#[from] reqwest::Error),
}

impl Office {
    /// # Errors
    /// When no HTTP client can be made.
    pub(in crate::demo) fn new(issuer: &str, secret: String) -> Result<Self, reqwest::Error> {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
        Ok(Self { http, issuer: issuer.to_owned(), secret, token: Mutex::new(None) })
    }

    /// All members of the agency.
    ///
    /// # Errors
    /// [`ApiError`].
    pub(in crate::demo) async fn members(&self) -> Result<Vec<Member>, ApiError> {
        let mut members = Vec::new();
        let mut cursor = None;
        loop {
            let mut request = self.http.get(self.members_url()).query(&[("limit", "100")]);
            if let Some(cursor) = &cursor {
                request = request.query(&[("cursor", cursor)]);
            }
            let page: Page = self.send(request).await?.json().await?;
            members.extend(page.members);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(members);
            }
        }
    }

    /// Adds a person; the same `key` again gives the same answer and no second mail.
    ///
    /// # Errors
    /// [`ApiError`].
    pub(in crate::demo) async fn add(&self, member: &NewMember, key: &str) -> Result<Member, ApiError> {
        let request = self.http.post(self.members_url()).header(IDEMPOTENCY_KEY, key).json(member);
        Ok(self.send(request).await?.json().await?)
    }

    fn members_url(&self) -> String {
        format!("{}/admin/v1/companies/{COMPANY}/members", self.issuer)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, ApiError> {
        let token = self.token().await?;
        let answer = request.bearer_auth(token).send().await?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            StatusCode::UNAUTHORIZED => {
                // The next try gets a token of its own.
                *self.token.lock().await = None;
                Err(ApiError::Unexpected(StatusCode::UNAUTHORIZED))
            }
            status => Err(answer.json().await.map_or(ApiError::Unexpected(status), ApiError::Refused)),
        }
    }

    async fn token(&self) -> Result<String, ApiError> {
        let mut token = self.token.lock().await;
        if let Some(token) = token.as_ref().filter(|token| Instant::now() < token.good_until) {
            return Ok(token.text.clone());
        }
        let form = [("grant_type", "client_credentials"), ("scope", "members:read members:write")];
        let request =
            self.http.post(format!("{}/token", self.issuer)).basic_auth(CLIENT_ID, Some(&self.secret));
        let answer = request.form(&form).send().await?;
        if !answer.status().is_success() {
            return Err(ApiError::Unexpected(answer.status()));
        }
        let answer: TokenAnswer = answer.json().await?;
        let lives = Duration::from_secs(answer.expires_in).saturating_sub(MARGIN);
        let text = answer.access_token.clone();
        *token = Some(Token { text: answer.access_token, good_until: Instant::now() + lives });
        Ok(text)
    }
}
