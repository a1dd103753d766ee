//! Every address and every verb, without proof or with a proof for something else (attacks 83, 86 to 88).

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, header};
use idp_service::endpoint::Endpoint;
use serde_json::Value;

use super::FRANK;
use super::matrix::trace;
use crate::support::administrator::call;
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, answer};

const BIRCHES: &str = "somebody.else@example.com";

/// What may say something to people and programs of whom nothing is known: the pages that ask who they are, what
/// everybody may read, and what says that the server lives.
const PUBLIC: [Endpoint; 12] = [
    Endpoint::Home,
    Endpoint::Device,
    Endpoint::Forgot,
    Endpoint::ForgotCode,
    Endpoint::CompanyCodes,
    Endpoint::EndSession,
    Endpoint::SignedOut,
    Endpoint::Jwks,
    Endpoint::OpenApi,
    Endpoint::ApiDocs,
    Endpoint::Live,
    Endpoint::Ready,
];

/// Where mailed links lead: without one of ours, all of them say so.
const LINKS: [Endpoint; 6] = [
    Endpoint::Activate,
    Endpoint::Bootstrap,
    Endpoint::CreatePassword,
    Endpoint::ConfirmEmail,
    Endpoint::UndoEmail,
    Endpoint::Reset,
];

/// Where a GET may answer a request for good: HEAD says nothing there (RFC 9110 section 9.2.1).
const SILENT: [Endpoint; 2] = [Endpoint::Authorization, Endpoint::Continue];

/// Verbs that exist, some that do not belong here, and one that nobody knows.
const VERBS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"];

/// The path with somebody's real ids in it.
async fn filled(app: &TestApp, template: &str) -> String {
    let member = app.membership(&app.maple, FRANK).await.id.to_string();
    let known = [
        ("{company}", "99999"),
        ("{member}", &member),
        ("{client}", "portal.99999"),
        ("{alias}", "99999"),
        ("{job}", "job_00000000000000000000000000000000"),
        ("{name}", "idp.css"),
    ];
    let path = known.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value));
    assert!(!path.contains('{'), "{path}: give this parameter a value here");
    path
}

async fn send(app: &TestApp, verb: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let method = Method::from_bytes(verb.as_bytes()).expect("a method");
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(app.send(request.body(Body::from(body.to_owned())).expect("a request")).await).await
}

/// A body says nothing about anybody who is stored here.
fn tells_nothing(answer: &Answer) -> bool {
    [FRANK, BIRCHES, "Frank", "Jones", "office.99999"].iter().all(|word| !answer.body.contains(word))
}

/// Two agencies with a person each.
async fn inhabited(app: TestApp) -> TestApp {
    let app = app.restarted_under(|policy| policy.provisioning_calls_per_minute = u64::MAX).await;
    app.enrol(FRANK).await;
    app.other_admin().create(BIRCHES).await;
    app.send_mails().await;
    app
}

/// Path and verbs of the OpenAPI document, with the names of each operation's query parameters.
async fn operations(app: &TestApp) -> Vec<(String, String, Vec<String>)> {
    let document = RelyingParty::new(app, "", "").get("/admin/v1/openapi.json").await.json;
    let mut all = vec![];
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in operations.as_object().expect("operations") {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_query = parameters.iter().filter(|it| it["in"] == "query");
            let names = in_query.filter_map(|it| it["name"].as_str().map(str::to_owned)).collect();
            all.push((path.clone(), verb.to_uppercase(), names));
        }
    }
    all
}

on_each_database! {
    /// Attack 83 (CVE-2025-4210): without proof nothing answers but what is public, and nothing changes.
    async fn without_proof_only_what_is_public_answers(app) {
        let app = inhabited(app).await;
        let before = trace(&app).await;
        let forms = [
            ("application/x-www-form-urlencoded", "user_name=frank.jones%40example.com&flow=x&ticket=x"),
            ("application/json", "{}"),
        ];
        for endpoint in Endpoint::VARIANTS {
            let path = filled(&app, endpoint.path()).await;
            for verb in VERBS {
                for (content_type, body) in forms {
                    let headers = [("content-type", content_type), ("origin", "https://id.example")];
                    let answer = send(&app, verb, &path, &headers, body).await;
                    let place = format!("{verb} {path} as {content_type}: {answer:?}");
                    assert!(answer.status < 500, "{place}");
                    // The description's examples are called Frank, too.
                    let is_description = matches!(endpoint, Endpoint::OpenApi | Endpoint::ApiDocs);
                    assert!(is_description || tells_nothing(&answer), "{place}");
                    let is_public = PUBLIC.contains(endpoint) || *endpoint == Endpoint::Asset;
                    let is_dead_link = LINKS.contains(endpoint)
                        && (verb == "HEAD" || answer.body.contains("This link does not work"));
                    let is_silent = verb == "HEAD" && SILENT.contains(endpoint) && answer.body.is_empty();
                    assert!(is_public || is_dead_link || is_silent || answer.status >= 300, "{place}");
                    if !is_public && path.starts_with("/admin/") {
                        // 404: no operation that there is.
                        assert!([401, 404, 405].contains(&answer.status), "{place}");
                    }
                    if (300..400).contains(&answer.status) {
                        // To an address of ours, which is swept itself.
                        let to = answer.headers["location"].to_str().expect("ASCII");
                        assert!(to.starts_with('/') && !to.starts_with("//"), "{place}");
                    }
                }
            }
        }
        assert_eq!(trace(&app).await, before);
    }

    /// Attack 86 (CVE-2026-94001): a verb that is not documented does nothing, whoever sends it and however it is dressed.
    async fn no_verb_but_the_documented_ones_does_anything(app) {
        let app = inhabited(app).await;
        let token = format!("Bearer {}", app.admin().token().await);
        let operations = operations(&app).await;
        let paths: BTreeSet<&String> = operations.iter().map(|(path, ..)| path).collect();
        let before = trace(&app).await;
        for template in paths {
            let path = filled(&app, template).await;
            let documented = |verb: &str| operations.iter().any(|(it, known, _)| it == template && known == verb);
            for verb in VERBS {
                let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
                if verb == "HEAD" && documented("GET") {
                    let bare = send(&app, verb, &path, &[], "").await;
                    assert_eq!((bare.status, bare.body.as_str()), (401, ""), "HEAD {path}");
                } else if !documented(verb) {
                    let refused = send(&app, verb, &path, &headers, "{}").await;
                    assert!([403, 404, 405].contains(&refused.status), "{verb} {path}: {refused:?}");
                }
            }
            if documented("GET") {
                for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
                    let headers = [("authorization", token.as_str()), (name, "DELETE")];
                    send(&app, "GET", &format!("{path}?_method=DELETE"), &headers, "").await;
                }
            }
        }
        // Reading the audit log is itself recorded.
        let but_views = |trace: Vec<(&'static str, i64)>| -> Vec<_> {
            trace.into_iter().filter(|(table, _)| *table != "audit_events").collect()
        };
        assert_eq!(but_views(trace(&app).await), but_views(before));
        assert_eq!(app.admin().get("").await.json["members"].as_array().map(Vec::len), Some(1));
    }

    /// Attack 87 (CVE-2022-24124): whatever stands in a filter, a cursor or a name of a field is a value, never a statement.
    async fn filters_and_cursors_are_never_statements(app) {
        let app = inhabited(app).await;
        let token = app.admin().token().await;
        let values = [
            "'", "''", "\"", "' OR '1'='1", "' OR 1=1 --", "\") OR 1=1 --", "'; DROP TABLE memberships; --", "1; SELECT 1",
            "%", "_", "%25", "\\", "%00", "\u{0}", "name DESC", "(SELECT password FROM accounts)", "$1", "?1", "{}", "[]",
            "-1", "0", "18446744073709551616", "NaN", "1e309", "null", "mbr_", "2026-13-45T99:99:99Z", "9999-12-31", "\u{202e}",
            "ſ", "İ",
        ];
        for (template, verb, mut names) in operations(&app).await {
            if verb != "GET" {
                continue;
            }
            let path = filled(&app, &template).await;
            names.extend(["sort", "order_by", "filter", "fields", "limit", "q", "cursor"].map(str::to_owned));
            for name in &names {
                let long = "a' ".repeat(2000);
                for value in values.into_iter().chain([long.as_str()]) {
                    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
                    let answer = call(&app, (Method::GET, &format!("{path}?{query}")), Some(&token), None).await;
                    assert!(answer.status < 500, "{path} {name}={value:.40}: {answer:?}");
                    assert!(!answer.body.contains(BIRCHES), "{path} {name}={value:.40}");
                }
            }
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM memberships").await, 2);
    }

    /// Attack 88 (CVE-2020-10770): no address that a caller writes is called while it is written.
    async fn no_address_in_a_request_is_called(app) {
        let app = inhabited(app).await;
        let token = super::matrix::operators_token(&app).await;
        let inside = "http://169.254.169.254/latest/meta-data/";
        for (template, verb, _) in operations(&app).await {
            let path = filled(&app, &template).await;
            let mut body = serde_json::Map::new();
            for name in [
                "jwks_uri", "logo_uri", "logo", "client_uri", "sector_identifier_uri", "backchannel_logout_uri", "portal_url",
                "initiate_login_uri", "note", "url", "callback",
            ] {
                body.insert(name.to_owned(), inside.into());
                let one = Value::Object([(name.to_owned(), Value::from(inside))].into_iter().collect());
                let method = Method::from_bytes(verb.as_bytes()).expect("a method");
                let answer = call(&app, (method, &path), Some(&token), Some(&one)).await;
                assert!(answer.status < 500, "{verb} {path} {name}: {answer:?}");
            }
            let headers = [("authorization", format!("Bearer {token}"))];
            let headers = [(header::AUTHORIZATION.as_str(), headers[0].1.as_str()), ("content-type", "application/json")];
            send(&app, &verb, &path, &headers, &Value::Object(body).to_string()).await;
        }
        assert!(app.outbound.fetched().is_empty() && app.outbound.posts().is_empty(), "{:?}", app.outbound);
    }
}
