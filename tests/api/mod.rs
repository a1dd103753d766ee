//! The provisioning API as an office's program meets it (R14-R26, R31, R33; `provisioning.md` section 2).

mod audit;
mod authority;
mod bounces;
pub(crate) mod bulk;
mod clients;
mod companies;
mod create;
mod document;
mod fields;
mod hostile;
mod idempotency;
mod list;
mod matrix;
mod members;
mod own_token;
mod pages;
mod privacy;
mod state;
mod sweep;

use crate::support::relying_party::Answer;

pub(crate) const FRANK: &str = "frank.jones@example.com";

/// Status, type and content type of an RFC 9457 problem.
fn problem(answer: &Answer) -> (u16, &str) {
    let content_type = answer.headers.get("content-type").map(|value| value.to_str().expect("ASCII"));
    assert_eq!(content_type, Some("application/problem+json"), "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.json["status"], answer.status, "{answer:?}");
    for member in ["title", "detail"] {
        assert!(answer.json[member].as_str().is_some_and(|text| !text.is_empty()), "{answer:?}");
    }
    let kind = answer.json["type"].as_str().expect("a type");
    (answer.status, kind.strip_prefix("urn:idp:problem:").expect("a stable name"))
}
