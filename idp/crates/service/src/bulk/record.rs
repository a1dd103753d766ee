//! What is recorded of a list (R94): where it was and is, and how many rows came, or would come, to what. Whoever reads the
//! agency's log reads this: somebody known elsewhere counts as somebody new, an operator's list included (R33).

use idp_domain::audit::AuditEvent;
use idp_domain::bulk::{BatchState, Counts};

pub(super) fn told(
    event: AuditEvent,
    (before, after): (Option<BatchState>, BatchState),
    counts: Counts,
) -> AuditEvent {
    let Counts { created, membership_added, resent, skipped, failed } = counts;
    let event = event.change("state", before.map(BatchState::as_str), Some(after.as_str()));
    let rows = [
        ("rows_created", created + membership_added),
        ("rows_resent", resent),
        ("rows_skipped", skipped),
        ("rows_failed", failed),
    ];
    rows.into_iter().fold(event, |event, (field, rows)| event.change(field, None, Some(&rows)))
}
