//! What is recorded of a change (R94): what the office decided, before and after; of what it wrote about the person, only that
//! it is another text now. Never a name, a number, a note or an address.

use idp_domain::audit::{AuditAction, AuditEvent, Change};
use idp_domain::member::{Membership, MembershipState, Particulars};
use idp_domain::ports::Tx;

use super::Turn;
use crate::fault::Fault;

impl Turn<'_> {
    pub(super) async fn record(&self, tx: &mut dyn Tx, action: AuditAction) -> Result<(), Fault> {
        Ok(tx.audit().record(&self.event(action)).await?)
    }

    /// The same, with everything that is different in `after`.
    pub(super) async fn record_change(
        &self,
        tx: &mut dyn Tx,
        action: AuditAction,
        after: &Membership,
    ) -> Result<(), Fault> {
        let event = told(self.event(action), self.membership(), after);
        Ok(tx.audit().record(&event).await?)
    }

    fn event(&self, action: AuditAction) -> AuditEvent {
        let membership = self.membership();
        self.scope.event(self.env, action).account(membership.account).subject(membership.id)
    }
}

fn told(event: AuditEvent, before: &Membership, after: &Membership) -> AuditEvent {
    let (was, is) = (&before.particulars, &after.particulars);
    let event = event
        .change("status", Some(status(before)), Some(status(after)))
        .change("authority", Some(was.authority.as_str()), Some(is.authority.as_str()))
        .change("security_role", Some(was.security_role.as_str()), Some(is.security_role.as_str()))
        .change("member_type", Some(was.member_type.as_str()), Some(is.member_type.as_str()))
        .change("person_ref", Some(&was.person_ref), Some(&is.person_ref))
        .change("other_persons", other_persons(was).as_ref(), other_persons(is).as_ref());
    let untold = [
        ("given_name", was.given_name != is.given_name),
        ("family_name", was.family_name != is.family_name),
        ("cell", was.cell != is.cell),
        ("note", was.note != is.note),
        ("user_name", before.account != after.account),
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
