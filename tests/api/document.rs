//! The OpenAPI document says what the API does: every documented status is met, every answer has the documented shape.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use idp_domain::member::MembershipState;
use serde_json::{Value, json};

use super::FRANK;
use crate::support::admin::{Admin, caregiver_body};
use crate::support::app::{SECRET, TestApp};
use crate::support::database::TestDatabase;
use crate::support::described::DESCRIBED;
use crate::support::relying_party::{Answer, RelyingParty};

const MEMBERS: &str = "/admin/v1/companies/{company}/members";

/// Every operation on members, as `POST /admin/v1/...`, with the good answers it describes.
fn described() -> BTreeMap<String, BTreeSet<u16>> {
    let paths = DESCRIBED.document["paths"].as_object().expect("paths");
    let of_members = paths.iter().filter(|(path, _)| path.starts_with(MEMBERS));
    let operations = of_members.flat_map(|(path, operations)| {
        operations.as_object().expect("operations").iter().map(move |(method, told)| {
            let statuses = told["responses"].as_object().expect("responses").keys();
            let statuses = statuses.filter_map(|status| status.parse().ok()).collect();
            (format!("{} {path}", method.to_uppercase()), statuses)
        })
    });
    operations.collect()
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

/// Sends requests to one operation and notes how they were answered; what the answer says is judged on the way.
struct Knocks<'a> {
    admin: Admin<'a>,
    met: BTreeMap<String, BTreeSet<u16>>,
}

impl Knocks<'_> {
    async fn knock(
        &mut self,
        method: &Method,
        suffix: &str,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let answer = self.admin.send(method.clone(), suffix, body.map(str::to_owned), headers).await;
        let uri = format!("/admin/v1/companies/{}/members{suffix}", self.admin.company);
        let path = DESCRIBED.path(uri.split('?').next().expect("a path")).expect("a described path");
        self.met.entry(format!("{method} {path}")).or_default().insert(answer.status);
        answer
    }

    /// What every operation refuses: no token, a token without the scope, a foreign company.
    async fn refusals(&mut self, method: &Method, suffix: &str, forbidden: &str) {
        self.knock(method, suffix, None, &[("authorization", "Bearer x")]).await;
        self.knock(method, suffix, None, &[("authorization", forbidden)]).await;
        self.admin.company = "22222".to_owned();
        self.knock(method, suffix, None, &[]).await;
        self.admin.company = "99999".to_owned();
    }

    /// What every operation that writes refuses besides: a body of another shape or size, a key reused, something stale.
    async fn refusals_of_a_write(&mut self, method: &Method, suffix: &str, good: Option<&str>) {
        self.knock(method, suffix, Some(&"x".repeat(70_000)), &[]).await;
        self.knock(method, suffix, Some("[1]"), &[]).await;
        self.knock(method, suffix, good, &[("if-match", "\"other\"")]).await;
        let key = ("idempotency-key", "used");
        self.knock(method, suffix, good, &[key]).await;
        let other = good.map_or("{}".to_owned(), |good| format!(" {good}"));
        self.knock(method, suffix, Some(&other), &[key]).await;
    }
}

/// Every described answer of every operation on members is met, but for overload, and looks as described.
#[tokio::test]
async fn members_answer_as_described_and_everything_described_is_answered() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let app = app.restarted_under(|policy| policy.provisioning_calls_per_minute = 400).await;
    app.enrol(FRANK).await;
    let (read_only, write_only) = (scoped(&app, "members:read").await, scoped(&app, "members:write").await);
    let mut knocks = Knocks { admin: app.admin(), met: BTreeMap::new() };
    let body = caregiver_body("new@example.com").to_string();
    let mut shared = caregiver_body("new@example.com");
    shared["person_ref"] = json!("other");

    knocks.refusals(&Method::POST, "", &read_only).await;
    for (body, headers) in [
        (body.as_str(), vec![("idempotency-key", "k")]),
        (body.as_str(), vec![]),
        ("[]", vec![]),
        (&"x".repeat(70_000), vec![]),
        (&shared.to_string(), vec![]),
        (&shared.to_string(), vec![("idempotency-key", "k")]),
        ("{}", vec![]),
    ] {
        knocks.knock(&Method::POST, "", Some(body), &headers).await;
    }
    knocks.refusals(&Method::GET, "", &write_only).await;
    knocks.knock(&Method::GET, "", None, &[]).await;
    knocks.knock(&Method::GET, "?limit=0", None, &[]).await;
    for n in 0..10 {
        let member = app.admin().create(&format!("person{n}@example.com")).await;
        app.change_membership(&app.maple, &format!("person{n}@example.com"), |it| {
            let now = app.env.now();
            match n {
                0..4 => {}
                4 => it.state = MembershipState::Inactive { since: now },
                _ => (it.state, it.joined_at) = (MembershipState::Active { since: now }, Some(now)),
            }
        })
        .await;
        let id = member["member_id"].as_str().unwrap();
        let verb = [
            "",
            "",
            ":resend",
            ":revoke-invitation",
            ":activate",
            ":deactivate",
            ":reset-password",
            ":revoke-sessions",
            ":unlock",
            ":propose-email",
        ][n];
        let suffix = format!("/{id}{verb}");
        let (method, good) = match n {
            0 => (Method::PATCH, Some(r#"{"note": "new"}"#)),
            1 => (Method::DELETE, None),
            9 => (Method::POST, Some(r#"{"email": "another@example.com"}"#)),
            _ => (Method::POST, None),
        };
        if n == 0 {
            knocks.refusals(&Method::GET, &suffix, &write_only).await;
            knocks.knock(&Method::GET, &suffix, None, &[]).await;
            knocks.knock(&Method::GET, "/%ff", None, &[]).await;
        }
        let read_only = scoped(&app, "members:read").await;
        knocks.refusals(&method, &suffix, &read_only).await;
        knocks.refusals_of_a_write(&method, &suffix, good).await;
        app.change_membership(&app.maple, &format!("person{n}@example.com"), |it| {
            it.state = MembershipState::Removed { at: app.env.now() };
        })
        .await;
        // Another mail may be asked for by then.
        app.advance(std::time::Duration::from_secs(3600));
        knocks.knock(&method, &suffix, good, &[]).await;
    }
    let mut described = described();
    for statuses in described.values_mut() {
        statuses.retain(|status| !matches!(status, 429 | 503));
    }
    assert_eq!(knocks.met, described);
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

/// The document is public, names where tokens come from and says no secret.
#[tokio::test]
async fn the_document_is_open_to_everybody() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let document = document(&app).await;
    assert_eq!(document, DESCRIBED.document, "what tests are judged by is what is served");
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "https://id.example");
    assert_eq!(document["externalDocs"]["url"], "https://id.example/admin/v1/docs");
    let flows = &document["components"]["securitySchemes"]["token"]["flows"];
    for (flow, address) in [("clientCredentials", "tokenUrl"), ("authorizationCode", "authorizationUrl")] {
        assert!(
            flows[flow][address].as_str().is_some_and(|url| url.starts_with("https://id.example/")),
            "{flow}"
        );
        assert!(flows[flow]["scopes"].as_object().is_some_and(|scopes| scopes.len() > 5), "{flow}");
    }
    assert!(!document.to_string().contains(SECRET));
}

/// Operation ids are unique; every operation has its tag, words, scope, and says what it refuses; every reference leads somewhere.
#[tokio::test]
async fn every_operation_is_described_completely() {
    let document = &DESCRIBED.document;
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, told) in operations.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(ids.insert(told["operationId"].as_str().expect("an id")), "{place}: the id is another's");
            assert!(tags.contains(told["tags"][0].as_str().expect("a tag")), "{place}: {}", told["tags"]);
            assert!(told["summary"].as_str().is_some_and(|it| !it.is_empty()), "{place}");
            for status in ["401", "403", "429", "503"] {
                let content = &told["responses"][status]["content"]["application/problem+json"];
                assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{place} {status}");
            }
            for parameter in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let told = told["parameters"].as_array().unwrap();
                assert!(
                    told.iter().any(|it| it["name"] == parameter && it["in"] == "path"),
                    "{place}: {parameter}"
                );
            }
        }
    }
    for reference in document.to_string().split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

/// The page is public, loads nothing but our stylesheet, needs no script, and has everything that the document has.
#[tokio::test]
async fn the_page_says_what_the_document_says() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let page = app.browser().get("/admin/v1/docs").await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Provisioning API"));
    assert!(page.select("script").is_empty() && page.select("img").is_empty());
    assert_eq!(page.attribute("#document", "href").as_deref(), Some("/admin/v1/openapi.json"));
    let paths = DESCRIBED.document["paths"].as_object().unwrap();
    for (path, operations) in paths {
        for (method, told) in operations.as_object().unwrap() {
            assert!(page.shows(&format!("{} {path}", method.to_uppercase())), "{method} {path}");
            let id = told["operationId"].as_str().unwrap();
            assert_eq!(page.select(&format!("h3#{id}")), [told["summary"].as_str().unwrap()]);
        }
    }
    for schema in DESCRIBED.document["components"]["schemas"].as_object().unwrap().keys() {
        assert_eq!(page.select(&format!("h3#schema-{schema}")), [schema.as_str()]);
    }
}

#[tokio::test]
async fn the_document_is_what_it_was() {
    let mut document = DESCRIBED.document.clone();
    assert_eq!(document["info"]["version"].take(), env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!("openapi", serde_json::to_string_pretty(&document).unwrap());
}
