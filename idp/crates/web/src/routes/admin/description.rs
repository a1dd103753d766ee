//! The OpenAPI 3.1 description, completed: what is the same for every operation is written here once, so that no operation can
//! forget it. Says no secret, and nothing of any company.

use idp_domain::scope::Scope;
use idp_service::endpoint::{Endpoint, Issuer};
use serde_json::{Map, Value, json};

use super::verbs::Verb;

const PROBLEM: &str = "#/components/schemas/Problem";
const WORDS: &str = include_str!("description.md");

/// Name and words of a header.
type Told = (&'static str, &'static str);

/// Refusals that any operation may answer with: status, words, and the header that goes with them.
const REFUSALS: [(&str, &str, Option<Told>); 6] = [
    ("400", "A parameter, a header or the body is not as described", None),
    (
        "401",
        "No valid token, or a person's last log-in is too long ago to write",
        Some(("WWW-Authenticate", "What to present (RFC 6750, RFC 9449)")),
    ),
    ("403", "Scope missing", None),
    ("404", "Nothing here for this caller: a foreign id and an unknown one look the same", None),
    ("429", "Too many calls", Some(("Retry-After", "Seconds to wait"))),
    ("503", "Overload", Some(("Retry-After", "Seconds to wait"))),
];

/// What each part of the API is for.
const TAGS: [(&str, &str); 8] = [
    ("members", "The people of one company: their identities, invitations and status."),
    ("bulk", "Many people at once: a dry run, a confirmation, a job."),
    ("jobs", "How far a job is, row by row."),
    ("companies", "Companies: names and codes, contact block, branding, state."),
    ("clients", "The programs of one company."),
    ("audit", "Who did what, and when."),
    ("readiness", "Who cannot be given an identity yet, and why."),
    ("mail", "Mails that came back."),
];

/// Completes what the handlers say of themselves.
pub(super) fn complete(mut document: Value, issuer: &Issuer) -> Value {
    document["servers"] = json!([{"url": issuer.as_str().trim_end_matches('/')}]);
    document["info"]["description"] = json!(WORDS);
    document["externalDocs"] =
        json!({"url": issuer.address(Endpoint::ApiDocs), "description": "The same as a page to read"});
    document["components"]["securitySchemes"] = json!({"token": schemes(issuer)});
    add_verbs(&mut document);
    let mut used = Vec::new();
    for operation in operations(&mut document) {
        refuse(operation);
        used.extend(operation["tags"][0].as_str().map(str::to_owned));
    }
    let tags = TAGS.iter().filter(|(name, _)| used.iter().any(|used| used == name));
    document["tags"] = tags.map(|(name, words)| json!({"name": name, "description": words})).collect();
    document
}

/// Every operation there is.
fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut)
}

/// How a caller gets a token: a program for itself, or a person through a program (RFC 6749 sections 4.4 and 4.1).
fn schemes(issuer: &Issuer) -> Value {
    let administrative = Scope::VARIANTS.iter().filter(|scope| scope.is_administrative());
    let scopes: Map<String, Value> =
        administrative.map(|scope| (scope.as_str().to_owned(), json!(words(*scope)))).collect();
    let token = issuer.address(Endpoint::Token);
    json!({
        "type": "oauth2",
        "description": format!(
            "An access token for `{}`. A provisioning client gets one by its own credentials. A person who administers the company \
             gets one by code and PKCE, with that `resource`; to write, the last log-in must be recent (`max_age`). \
             A token that is bound to a key (RFC 9449) is presented as `Authorization: DPoP`, each time with a new proof in the \
             header `DPoP`.",
            issuer.admin_audience()
        ),
        "flows": {
            "clientCredentials": {"tokenUrl": token, "scopes": scopes},
            "authorizationCode": {
                "authorizationUrl": issuer.address(Endpoint::Authorization), "tokenUrl": token, "refreshUrl": token,
                "scopes": scopes,
            },
        },
    })
}

const fn words(scope: Scope) -> &'static str {
    match scope {
        Scope::MembersRead => "Read members",
        Scope::MembersWrite => "Create and change members",
        Scope::CompaniesRead => "Read companies and their clients",
        Scope::CompaniesWrite => "Create and change companies and their clients",
        Scope::AuditRead => "Read the audit log",
        Scope::BouncesWrite => "Tell of mails that came back",
        Scope::Operator => "Act for whoever runs this server, at every company",
        Scope::Openid
        | Scope::Profile
        | Scope::Email
        | Scope::Address
        | Scope::Phone
        | Scope::OfflineAccess
        | Scope::Company
        | Scope::Companies => "",
    }
}

/// One path each, with parameters and answers as removing a member has them.
fn add_verbs(document: &mut Value) {
    let path = Endpoint::Member.path();
    let like = document["paths"][path]["delete"].clone();
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.extend(Verb::describe(path, &like));
    }
}

fn refuse(operation: &mut Value) {
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, words, _) in REFUSALS {
        let schema = json!({"$ref": PROBLEM});
        let refusal =
            json!({"description": words, "content": {"application/problem+json": {"schema": schema}}});
        responses.entry(status).or_insert(refusal);
    }
    for (status, response) in &mut *responses {
        mark_problem(response);
        let header = REFUSALS.iter().find(|(of, ..)| of == status).and_then(|(.., header)| *header);
        if let Some((name, words)) = header {
            let kind = if name == "Retry-After" { "integer" } else { "string" };
            response["headers"][name] = json!({"description": words, "schema": {"type": kind}});
        }
        if let Some(etag) = response.pointer_mut("/headers/ETag") {
            *etag = json!({"description": "For If-Match", "schema": {"type": "string"}});
        }
    }
    responses.sort_keys();
}

/// A problem is told apart by its media type (RFC 9457 section 3).
fn mark_problem(response: &mut Value) {
    let Some(content) = response["content"].as_object_mut() else { return };
    if content.get("application/json").is_some_and(|it| it["schema"]["$ref"] == PROBLEM) {
        let problem = content.remove("application/json").unwrap_or_default();
        content.insert("application/problem+json".to_owned(), problem);
    }
}
