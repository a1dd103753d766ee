//! An agency invites somebody who left (`company.md` section 2, "removed → invited"; R25, R31, R33, R77).

use idp_domain::audit::AuditAction;
use idp_domain::member::MembershipState;
use serde_json::json;

use super::{SECOND, assert_dead, events, frank_at, is_alive, notices};
use crate::account::{FRANK, GRACE};
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

/// Frank, after he left Maple.
async fn who_left(app: &TestApp) {
    let (mut browser, page) = frank_at(app, "/account/companies").await;
    browser.fill(&page, "company-1-leave", &[]).await;
    assert!(matches!(app.membership(&app.maple, FRANK).await.state, MembershipState::Removed { .. }));
}

on_each_database! {
    /// 201 as at the first time, with what the office says now; the mail needs no password; the log-in accepts. What was
    /// revoked by leaving stays revoked.
    async fn somebody_who_left_is_invited_again_and_comes_back_as_the_same_member(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let old = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let member = app.admin().get("").await.json["members"][0]["member_id"].clone();
        let mut browser = app.browser();
        let page = super::open(&mut browser, "/account/companies", FRANK).await;
        browser.fill(&page, "company-1-leave", &[]).await;

        let mut body = caregiver_body(FRANK);
        body["family_name"] = json!("Jones-Hill");
        let again = app.admin().post(&body, &[]).await;
        assert_eq!(again.status, 201, "{again:?}");
        assert_eq!(
            [&again.json["member_id"], &again.json["state"], &again.json["family_name"]],
            [&member, &json!("invited"), &json!("Jones-Hill")]
        );
        assert_eq!(notices(&app, FRANK, "You have been granted access to Maple Home Care").await.len(), 1);
        assert_eq!(events(&app, AuditAction::MemberProvisioned).await.len(), 2);
        assert_dead(&portal, &old).await;
        app.advance(SECOND);
        let fresh = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(is_alive(&portal, &fresh).await);
        assert!(app.membership(&app.maple, FRANK).await.is_active());
        assert_eq!(app.admin().post(&body, &[]).await.status, 200, "R25: safe to press twice");
    }

    /// Of two offices' programs that ask at once, one adds; the other finds the person there.
    async fn asked_twice_at_once_somebody_comes_back_once(app) {
        who_left(&app).await;
        let admin = app.admin();
        let body = caregiver_body(FRANK);
        let (one, other) = tokio::join!(admin.post(&body, &[]), admin.post(&body, &[]));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201], "{one:?} {other:?}");
        let invited = notices(&app, FRANK, "You have been granted access to Maple Home Care").await;
        assert_eq!(invited.len(), 1, "one mail");
    }

    /// R20: back on the list and not let in yet.
    async fn somebody_who_left_can_be_listed_again_as_inactive(app) {
        who_left(&app).await;
        let mut body = caregiver_body(FRANK);
        body["status"] = json!("inactive");
        assert_eq!(app.admin().post(&body, &[]).await.status, 201);
        assert!(matches!(app.membership(&app.maple, FRANK).await.state, MembershipState::Inactive { .. }));
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "You do not have access to this agency");
    }

    /// The reference of somebody who left is free: for another person, and for the same one under another address.
    async fn the_reference_of_somebody_who_left_is_free(app) {
        who_left(&app).await;
        app.advance(SECOND);
        let mut body = caregiver_body(GRACE);
        body["person_ref"] = json!(FRANK);
        let added = app.admin().post(&body, &[]).await;
        assert_eq!((added.status, &added.json["person_ref"]), (201, &json!(FRANK)), "{added:?}");
        let members = app.admin().get("?state=removed").await.json["members"].as_array().unwrap().clone();
        assert_eq!(members.len(), 1);
        assert_eq!((&members[0]["state"], &members[0]["person_ref"]), (&json!("removed"), &members[0]["member_id"]));

        let refused = app.admin().post(&caregiver_body(FRANK), &[]).await;
        assert_eq!(refused.status, 409, "now it is Grace's: {refused:?}");
        let mut body = caregiver_body(FRANK);
        body["person_ref"] = json!("7");
        let back = app.admin().post(&body, &[]).await;
        assert_eq!((back.status, &back.json["member_id"]), (201, &members[0]["member_id"]), "{back:?}");
    }

    /// R31: who is still there keeps address and reference.
    async fn who_did_not_leave_is_in_the_way_as_before(app) {
        app.enrol(GRACE).await;
        who_left(&app).await;
        let mut body = caregiver_body(FRANK);
        body["person_ref"] = json!(GRACE);
        assert_eq!(app.admin().post(&body, &[]).await.status, 409);
        let mut body = caregiver_body(GRACE);
        body["person_ref"] = json!(FRANK);
        assert_eq!(app.admin().post(&body, &[]).await.status, 409);
        assert!(app.membership(&app.maple, GRACE).await.is_active());
    }
}
