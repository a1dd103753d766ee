//! The description of the provisioning API as a page: the OpenAPI document, read by the server. Loads nothing from elsewhere,
//! needs no script, and says nothing that the document does not say.

mod read;

use askama::Template;

use super::Chrome;

#[derive(Debug, Clone, Template)]
#[template(path = "api.html")]
pub struct ApiPage {
    pub chrome: Chrome,
    /// Where the document itself is.
    document_url: String,
    version: String,
    introduction: Vec<Text>,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

/// A paragraph, with what is to be typed exactly told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Code(String),
    Strong(String),
}

/// Operations on the same kind of thing.
#[derive(Debug, Clone)]
struct Group {
    name: String,
    words: Text,
    operations: Vec<Operation>,
}

#[derive(Debug, Clone)]
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    words: Vec<Text>,
    scopes: Vec<String>,
    parameters: Vec<Field>,
    body: Option<Body>,
    answers: Vec<Answer>,
}

/// A parameter, or a field of a body.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    kind: String,
    is_required: bool,
    words: Text,
    /// The schema it has, if that is one of ours.
    schema: Option<String>,
}

/// What is sent.
#[derive(Debug, Clone)]
struct Body {
    media_types: Vec<String>,
    schema: Option<String>,
    example: Option<String>,
}

#[derive(Debug, Clone)]
struct Answer {
    status: String,
    words: Text,
    media_types: Vec<String>,
    schema: Option<String>,
}

/// A JSON object by its name.
#[derive(Debug, Clone)]
struct Schema {
    name: String,
    words: Vec<Text>,
    fields: Vec<Field>,
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for ApiPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let issuer = idp_service::endpoint::Issuer::new("https://id.example".to_owned());
        let document = issuer.ok().and_then(|issuer| crate::openapi(&issuer).ok()).unwrap_or_default();
        vec![("everything", Self::of(chrome.clone(), &document, "/admin/v1/openapi.json".to_owned()))]
    }
}
