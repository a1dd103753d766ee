//! The OpenAPI document says what the API does: every documented status is met, every answer has the documented shape.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::FRANK;
use crate::support::admin::{Admin, caregiver_body};
use crate::support::app::{SECRET, TestApp};
use crate::support::database::TestDatabase;
use crate::support::relying_party::{Answer, RelyingParty};

const MEMBERS: &str = "/admin/v1/companies/{company}/members";
const MEMBER: &str = "/admin/v1/companies/{company}/members/{member}";

/// Checks a value against a schema of the document: types, required and unknown properties.
fn conform(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere"));
        return conform(document, target, value, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| choice["type"] != "null" || value.is_null();
        let choice = choices.iter().filter(|it| (it["type"] == "null") == value.is_null()).find(fits);
        return conform(document, choice.unwrap_or_else(|| panic!("{place}: {value}")), value, place);
    }
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        other => panic!("{place} has the type {other}"),
    };
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(allowed.contains(&actual), "{place}: {value} is no {allowed:?}");
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        conform(document, &schema["items"], item, &format!("{place}[{n}]"));
    }
    if let Some(object) = value.as_object() {
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(object.contains_key(required.as_str().unwrap()), "{place} lacks {required}");
        }
        for (name, inner) in object {
            let property = &schema["properties"][name];
            assert!(!property.is_null(), "{place}.{name} is not documented");
            conform(document, property, inner, &format!("{place}.{name}"));
        }
    }
}

/// Checks answers against the document and remembers which of its answers were met.
struct Checked {
    document: Value,
    met: BTreeSet<(String, String, u16)>,
}

impl Checked {
    fn note(&mut self, method: &str, path: &str, answer: &Answer) {
        let place = format!("{method} {path} {}", answer.status);
        let documented = &self.document["paths"][path][method]["responses"][answer.status.to_string()];
        assert!(!documented.is_null(), "{place} is not documented: {answer:?}");
        let content =
            documented["content"].as_object().unwrap_or_else(|| panic!("{place} documents no body"));
        let schema = content.values().next().map(|it| it["schema"].clone()).unwrap();
        conform(&self.document, &schema, &answer.json, &place);
        self.met.insert((method.to_owned(), path.to_owned(), answer.status));
    }

    fn documented(&self) -> BTreeSet<(String, String, u16)> {
        let mut all = BTreeSet::new();
        for (path, operations) in self.document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                for status in operation["responses"].as_object().expect("responses").keys() {
                    all.insert((method.clone(), path.clone(), status.parse().expect("a status")));
                }
            }
        }
        all
    }
}

async fn document(app: &TestApp) -> Value {
    let answer = RelyingParty::new(app, "", "").get("/admin/v1/openapi.json").await;
    assert_eq!(answer.status, 200);
    answer.json
}

/// An `Authorization` header with one scope only.
async fn scoped(app: &TestApp, scope: &str) -> String {
    let client = RelyingParty::new(app, "office.99999", "");
    let tokens = client.token(&[("grant_type", "client_credentials"), ("scope", scope)]).await;
    format!("Bearer {}", tokens.text("access_token"))
}

async fn exercise_create(app: &TestApp, checked: &mut Checked) -> Value {
    let admin = app.admin();
    let created = admin.post(&caregiver_body(FRANK), &[("idempotency-key", "k")]).await;
    checked.note("post", MEMBERS, &created);
    let mut shared = caregiver_body(FRANK);
    shared["person_ref"] = json!("other");
    let read_only = scoped(app, "members:read").await;
    let answers = [
        admin.post(&caregiver_body(FRANK), &[]).await,
        admin.post(&json!([]), &[]).await,
        admin.post(&caregiver_body(FRANK), &[("authorization", "Bearer x")]).await,
        admin.post(&caregiver_body(FRANK), &[("authorization", &read_only)]).await,
        app.admin_of("22222").post(&caregiver_body(FRANK), &[]).await,
        admin.post(&shared, &[]).await,
        admin.post(&json!({}), &[]).await,
        admin.post(&shared, &[("idempotency-key", "k")]).await,
        admin.post(&json!({"note": "x".repeat(70_000)}), &[]).await,
    ];
    for answer in &answers {
        checked.note("post", MEMBERS, answer);
    }
    created.json
}

impl TestApp {
    /// Maple's program at a company in the path that is not its own.
    fn admin_of(&self, company: &str) -> Admin<'_> {
        Admin::new(self, "office.99999", company)
    }
}

async fn exercise_read(app: &TestApp, checked: &mut Checked, member: &str) {
    let write_only = scoped(app, "members:write").await;
    for (path, suffix) in [(MEMBERS, String::new()), (MEMBER, format!("/{member}"))] {
        let admin = app.admin();
        let forbidden = [("authorization", write_only.as_str())];
        let answers = [
            admin.get(&suffix).await,
            admin.send(Method::GET, &suffix, None, &[("authorization", "Bearer x")]).await,
            admin.send(Method::GET, &suffix, None, &forbidden).await,
            app.admin_of("22222").get(&suffix).await,
        ];
        for answer in &answers {
            checked.note("get", path, answer);
        }
    }
    checked.note("get", MEMBERS, &app.admin().get("?limit=0").await);
}

/// Every documented answer of every documented operation is met, and looks as documented.
#[tokio::test]
async fn the_api_answers_as_documented_and_everything_documented_is_answered() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let mut checked = Checked { document: document(&app).await, met: BTreeSet::new() };
    let created = exercise_create(&app, &mut checked).await;
    exercise_read(&app, &mut checked, created["member_id"].as_str().unwrap()).await;
    assert_eq!(checked.met, checked.documented());
    app.send_mails().await;
}

/// The request body of the document is the one that is accepted: each of its fields, and no other.
#[tokio::test]
async fn the_documented_request_body_is_the_one_that_is_read() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let document = document(&app).await;
    let body = &document["components"]["schemas"]["NewMemberBody"];
    let required: BTreeSet<&str> =
        body["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(required, caregiver_body(FRANK).as_object().unwrap().keys().map(String::as_str).collect());
    let mut full = caregiver_body(FRANK);
    for field in body["properties"].as_object().unwrap().keys().filter(|it| !required.contains(it.as_str())) {
        full[field] = Value::Null;
    }
    assert_eq!(app.admin().post(&full, &[]).await.status, 201, "null is the same as not said");
    app.send_mails().await;
}

/// The document is public, names the token endpoint and says no secret.
#[tokio::test]
async fn the_document_is_open_to_everybody() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let document = document(&app).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "https://id.example");
    let flow = &document["components"]["securitySchemes"]["token"]["flows"]["clientCredentials"];
    assert!(flow["tokenUrl"].as_str().is_some_and(|url| url.ends_with("/token")), "{flow}");
    assert!(!document.to_string().contains(SECRET));
}

#[tokio::test]
async fn the_document_is_what_it_was() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let mut document = document(&app).await;
    assert_eq!(document["info"]["version"].take(), env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!("openapi", serde_json::to_string_pretty(&document).unwrap());
}
