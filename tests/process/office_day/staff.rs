//! Whom the agency had before the list: three who work in the office, and people in every state that a list can meet.

use serde_json::{Value, json};

/// The administrator.
pub(super) const OLIVIA: &str = "olivia.park@maple.example";
pub(super) const SAM: &str = "sam.reed@maple.example";
pub(super) const TARA: &str = "tara.moss@maple.example";
/// Do not work here any more.
pub(super) const FORMER: [&str; 2] = ["former.one@example.com", "former.two@example.com"];
/// Invited on another day.
pub(super) const PENDING: [&str; 2] = ["pending.one@example.com", "pending.two@example.com"];
/// Mail to these comes back.
pub(super) const MISTYPED: [&str; 2] = ["mistyped.one@exmaple.com", "mistyped.two@exmaple.com"];
/// Works for the other agency, too.
pub(super) const FRANK: &str = "frank.jones@example.com";

/// The office's own id of somebody.
pub(super) fn reference(address: &str) -> &str {
    address.split_once('@').map_or(address, |(local, _)| local)
}

/// Somebody of the office.
pub(super) fn office_staff(address: &str, security_role: &str, authority: &str) -> Value {
    let mut body = caregiver(address, "active");
    body["member_type"] = json!("office_staff");
    body["security_role"] = json!(security_role);
    body["authority"] = json!(authority);
    body
}

pub(super) fn caregiver(address: &str, status: &str) -> Value {
    json!({
        "user_name": address, "email": address, "given_name": "Rose", "family_name": "Miller",
        "person_ref": reference(address), "member_type": "caregiver", "security_role": "none", "status": status,
    })
}
