//! What the log says of a change (R94): what was decided, before and after, and never what the office wrote about a person.

use idp_domain::audit::{AuditAction, Change};
use serde_json::json;

use super::{id, invited, joined};
use crate::api::FRANK;
use crate::support::app::TestApp;
use crate::support::on_each_database;

const GRACE: &str = "grace.hill@example.com";

/// The changes of the newest event of this kind.
async fn recorded(app: &TestApp, action: AuditAction) -> Vec<Change> {
    let mut tx = app.env.store.read().await.expect("a transaction");
    let mut events = tx.audit().list(Some(app.maple.id), 1000).await.expect("the audit log");
    events.retain(|event| event.action == action);
    events.into_iter().max_by_key(|event| event.id).expect("an event").changes
}

fn change(field: &'static str, before: Option<&str>, after: Option<&str>) -> Change {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Change { field: field.into(), before: text(before), after: text(after) }
}

on_each_database! {
    async fn a_change_is_recorded_before_and_after_without_what_is_private(app) {
        let member = invited(&app, FRANK).await;
        let body = json!({
            "authority": "administrator",
            "security_role": "Scheduling",
            "member_type": "office_staff",
            "person_ref": "4712",
            "other_persons": [{"member_type": "client", "person_ref": "C-1"}],
            "given_name": "Frances",
            "cell": "+1 555 0199",
            "note": "Nights",
            "email": "frank.other@example.com",
        });
        let changed = app.admin().patch(id(&member), &body).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!(
            recorded(&app, AuditAction::MemberChanged).await,
            [
                change("authority", Some("none"), Some("administrator")),
                change("security_role", Some("none"), Some("Scheduling")),
                change("member_type", Some("caregiver"), Some("office_staff")),
                change("person_ref", Some(FRANK), Some("4712")),
                change("other_persons", None, Some("client C-1")),
                change("given_name", None, None),
                change("cell", None, None),
                change("note", None, None),
                change("user_name", None, None),
            ]
        );
        app.advance(std::time::Duration::from_secs(1));
        app.admin().patch(id(&member), &json!({"note": "Nights", "family_name": "Birch"})).await;
        assert_eq!(
            recorded(&app, AuditAction::MemberChanged).await,
            [change("family_name", None, None)],
            "what stayed as it was is no change"
        );
    }

    async fn what_becomes_of_a_member_is_recorded_before_and_after(app) {
        let frank = invited(&app, FRANK).await;
        let status = |before, after| [change("status", Some(before), Some(after))];
        app.admin().done(id(&frank), "revoke-invitation").await;
        assert_eq!(recorded(&app, AuditAction::InvitationRevoked).await, status("invited", "inactive"));
        app.admin().done(id(&frank), "activate").await;
        assert_eq!(recorded(&app, AuditAction::MemberActivated).await, status("inactive", "invited"));
        app.send_mails().await;
        let grace = joined(&app, GRACE).await;
        app.admin().done(id(&grace), "deactivate").await;
        assert_eq!(recorded(&app, AuditAction::MemberDeactivated).await, status("active", "inactive"));
        app.admin().remove(id(&grace)).await;
        assert_eq!(recorded(&app, AuditAction::MemberRemoved).await, status("inactive", "removed"));
    }
}
