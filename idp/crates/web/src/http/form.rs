//! Forms of our own pages: nobody reads one that another site sent (CVE-2023-34927).

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::{StatusCode, header};
use idp_domain::Secret;
use idp_service::params::Params;

use super::browser::{Bound, Browser};
use super::failure::Failure;
use super::state::AppState;
use crate::pages::ErrorKind;

/// A posted form and the browser that sent it. The fields are reached only by saying what happens to a foreign one.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) browser: Browser,
    params: Params,
    /// Path and query; `None` for a form with a file, which a page cannot send again.
    sent_to: Option<String>,
}

/// The fields of a form that was made for this browser and sent from our own page.
#[derive(Debug)]
pub(crate) struct Verified {
    params: Params,
    sent_to: Option<String>,
}

/// The field that no page repeats.
const PASSWORD_FIELD: &str = "password";

impl Verified {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.params.get(name).unwrap_or_default()
    }

    /// Whether the field was sent, be it empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.params.is_sent(name)
    }

    /// Whether a field came more than once, so that nobody can say what was meant.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.params.repeated().is_some()
    }

    /// What follows `prefix` in the names of fields, with each of their values.
    pub(crate) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.params.below(prefix)
    }

    /// Where it was sent, for a page that offers to send it once more.
    pub(crate) fn sent_to(&self) -> Option<&str> {
        self.sent_to.as_deref()
    }

    /// Every field as it came, its token too, but the password: a page that repeats it opens nothing that the form did not.
    pub(crate) fn to_send_again(&self) -> Vec<(String, Secret<String>)> {
        let fields = self.params.sent().filter(|(name, _)| *name != PASSWORD_FIELD);
        fields.map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).collect()
    }
}

impl FromRequest<AppState> for Posted {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let browser = Browser::from_request_parts(&mut parts, state).await?;
        let sent_to = parts.uri.path_and_query().map(ToString::to_string);
        let params = read_form(Request::from_parts(parts, body), state).await?;
        Ok(Self { browser, params, sent_to })
    }
}

/// What a posted form turned out to be.
#[derive(Debug)]
pub(crate) enum Sent {
    Genuine(Browser, Verified),
    /// From elsewhere, or too old. Of it only the sealed flow is read, for pages that can simply be shown again.
    Foreign(Browser, String),
}

impl Posted {
    pub(crate) fn judge(self, bound: Bound) -> Sent {
        let Self { browser, params, sent_to } = self;
        if !browser.is_foreign && browser.made(params.get("csrf").unwrap_or_default(), bound) {
            Sent::Genuine(browser, Verified { params, sent_to })
        } else {
            let flow = params.get("flow").unwrap_or_default().to_owned();
            Sent::Foreign(browser, flow)
        }
    }

    /// The verified fields, or 403 with a way on.
    pub(crate) fn verified(self, bound: Bound) -> Result<(Browser, Verified), Failure> {
        match self.judge(bound) {
            Sent::Genuine(browser, form) => Ok((browser, form)),
            Sent::Foreign(..) => Err(ErrorKind::StaleForm.into()),
        }
    }
}

/// The name of the file in a form that has one.
const FILE_FIELD: &str = "file";

/// A posted form with one file, `multipart/form-data`.
#[derive(Debug)]
pub(crate) struct PostedFile {
    pub(crate) posted: Posted,
    /// Empty when none was chosen.
    pub(crate) file: Vec<u8>,
    /// Which part weighed too much, and counts as empty.
    pub(crate) too_large: Option<String>,
}

impl PostedFile {
    /// Reads the form, of each part at most `most` bytes. What is more is read and thrown away: a browser shows no answer
    /// before it has sent everything.
    pub(crate) async fn read(
        browser: Browser,
        mut multipart: Multipart,
        most: usize,
    ) -> Result<Self, Failure> {
        let bad = |error: MultipartError| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Failure::from(ErrorKind::TooLarge),
            _ => ErrorKind::BadRequest.into(),
        };
        let (mut fields, mut file, mut too_large) = (Vec::new(), Vec::new(), None);
        while let Some(part) = multipart.next_field().await.map_err(bad)? {
            let name = part.name().unwrap_or_default().to_owned();
            let value = at_most(part, most).await.map_err(bad)?.unwrap_or_else(|| {
                too_large = Some(name.clone());
                Vec::new()
            });
            if name == FILE_FIELD {
                file = value;
            } else {
                fields.push((name, String::from_utf8_lossy(&value).into_owned()));
            }
        }
        let posted = Posted { browser, params: fields.into_iter().collect(), sent_to: None };
        Ok(Self { posted, file, too_large })
    }
}

/// What a part holds; `None` when it is more than `most` bytes.
async fn at_most(mut part: Field<'_>, most: usize) -> Result<Option<Vec<u8>>, MultipartError> {
    let mut kept = Some(Vec::new());
    while let Some(chunk) = part.chunk().await? {
        kept = kept.filter(|bytes| bytes.len() + chunk.len() <= most);
        if let Some(bytes) = &mut kept {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(kept)
}

/// Reads an `application/x-www-form-urlencoded` body.
pub(crate) async fn read_form(request: Request, state: &AppState) -> Result<Params, Failure> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let why = "the body must be application/x-www-form-urlencoded";
        return Err(Failure::with_detail(ErrorKind::BadRequest, why));
    }
    let body = Bytes::from_request(request, state).await.map_err(|_| ErrorKind::TooLarge)?;
    Ok(Params::parse(&body))
}
