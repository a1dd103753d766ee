//! What is recorded of a member (R94): what the office decided, before and after; of what it wrote about the person, only that
//! it is another text now. Never a name, a number, a note or an address, and nothing of other agencies (R33).

use idp_domain::audit::{AuditEvent, Change};
use idp_domain::member::{Membership, MembershipState, Particulars};

/// The event with everything that is different in `after`; all of it, of somebody who was not there `before`.
pub(super) fn told(event: AuditEvent, before: Option<&Membership>, after: &Membership) -> AuditEvent {
    let was = before.map(|before| &before.particulars);
    let is = &after.particulars;
    let event = event
        .change("status", before.map(status), Some(status(after)))
        .change("authority", was.map(|was| was.authority.as_str()), Some(is.authority.as_str()))
        .change("security_role", was.map(|was| was.security_role.as_str()), Some(is.security_role.as_str()))
        .change("member_type", was.map(|was| was.member_type.as_str()), Some(is.member_type.as_str()))
        .change("person_ref", was.map(|was| &was.person_ref), Some(&is.person_ref))
        .change("other_persons", was.and_then(other_persons).as_ref(), other_persons(is).as_ref());
    let untold = [
        ("given_name", was.is_none_or(|was| was.given_name != is.given_name)),
        ("family_name", was.is_none_or(|was| was.family_name != is.family_name)),
        ("cell", was.and_then(|was| was.cell.as_ref()) != is.cell.as_ref()),
        ("note", was.and_then(|was| was.note.as_ref()) != is.note.as_ref()),
        ("user_name", before.is_none_or(|before| before.account != after.account)),
    ];
    let untold = untold.into_iter().filter(|(_, is_changed)| *is_changed);
    event.changes(untold.map(|(field, _)| Change { field: field.into(), before: None, after: None }))
}

const fn status(membership: &Membership) -> &'static str {
    match membership.state {
        MembershipState::Invited => "invited",
        MembershipState::Active { .. } => "active",
        MembershipState::Inactive { .. } => "inactive",
        MembershipState::Removed { .. } => "removed",
    }
}

/// The further hats in one line.
fn other_persons(of: &Particulars) -> Option<String> {
    let hats = of.other_persons.iter().map(|hat| format!("{} {}", hat.member_type.as_str(), hat.person_ref));
    let hats = hats.collect::<Vec<_>>().join(", ");
    (!hats.is_empty()).then_some(hats)
}
