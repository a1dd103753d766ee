//! Request objects by value: RFC 9101, OpenID Connect Core section 6.1; attack 61 (RFC 8725); `protocol.md`, "Authorization
//! endpoint".

mod address;
mod demanded;
mod forged;
mod meant;
mod taken;

use serde_json::{Map, Value, json};

use super::private_key_jwt::{Pair, inline, with};
use super::{authorization_error, post_from_client, register};
use crate::support::app::{ISSUER, TestApp};
use crate::support::browser::Page;
use crate::support::relying_party::Answer;

const PORTAL: &str = "portal.99999";
const INVALID: &str = "invalid_request_object";

/// Maple's portal with the ES256 key of all tests; it proves itself by its secret all the same.
async fn register_portal(app: &TestApp) {
    register(app, |client| client.keys = Some(inline(&[Pair::es256().public.clone()]))).await;
}

/// All that the portal asks for, inside.
pub(super) fn claims(app: &TestApp) -> Value {
    let query = app.relying_party().authorization_query();
    let params = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    let params: Map<String, Value> = params.map(|(name, value)| (name, Value::String(value))).collect();
    let now = app.env.now().seconds();
    let own =
        json!({"iss": PORTAL, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300, "jti": "one of many"});
    with(&own, &Value::Object(params))
}

/// Signed by the portal; members that are null are taken out.
pub(super) fn object(app: &TestApp, members: &Value) -> String {
    let header = json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"});
    Pair::es256().sign(&header, &with(&claims(app), members))
}

/// A query with the object, and with nothing beside it but this.
pub(super) fn query(object: &str, beside: &[(&str, &str)]) -> String {
    let params = [("client_id", PORTAL), ("request", object)];
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).extend_pairs(beside).finish()
}

/// A push of the object, and of nothing beside it.
async fn push(app: &TestApp, object: &str) -> Answer {
    let client = app.relying_party();
    client.post("/par", &[("request", object)], Some(&client.basic())).await
}

/// Where strangers' browsers land with this query, by GET and by a client's POST.
async fn both(app: &TestApp, query: &str) -> [Page; 2] {
    let by_get = app.browser().get(&format!("/authorize?{query}")).await;
    [by_get, post_from_client(app, &mut app.browser(), "/authorize", query).await]
}

/// By GET, by POST and inside a push: never ignored, although what stands beside it is in order.
async fn assert_refused(app: &TestApp, object: &str, expected: &str, what: &str) {
    let beside = url::form_urlencoded::Serializer::new(app.relying_party().authorization_query())
        .append_pair("request", object)
        .finish();
    for page in both(app, &beside).await {
        assert_eq!(authorization_error(&page), expected, "{what}");
    }
    let pushed = push(app, object).await;
    assert_eq!(pushed.error(), (400, expected), "{what}: {pushed:?}");
}

/// By GET, by POST and inside a push.
async fn assert_taken(app: &TestApp, object: &str, what: &str) {
    for page in both(app, &query(object, &[])).await {
        assert_eq!(page.heading(), "Log In", "{what}: {page:?}");
    }
    let pushed = push(app, object).await;
    assert_eq!(pushed.status, 201, "{what}: {pushed:?}");
}
