//! One account, two agencies: accepted by logging in, told by a mail without a link (R33, R77, R78, R91).

use std::time::Duration;

use super::arrived;
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

fn birch_portal(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "portal.22222", "https://birch.example/callback")
}

fn arrived_at_birch(page: &Page) -> bool {
    page.left_to("https://birch.example/callback") && page.sent("code").is_some()
}

async fn seen_by_birch(app: &TestApp) -> serde_json::Value {
    app.other_admin().get("").await.json["members"][0].clone()
}

on_each_database! {
    /// R91: the right password while the membership is still invited: accepted on the spot, noted and audited.
    async fn an_invited_member_is_accepted_by_logging_in(app) {
        app.activate(FRANK).await;
        let before = app.admin().get("").await.json["members"][0].clone();
        assert_eq!(
            (&before["state"], &before["last_sign_in"]),
            (&"invited".into(), &serde_json::Value::Null)
        );
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        let waiting = app.admin().get("").await.json["members"][0]["state"].clone();
        assert_eq!(waiting, "invited", "not before the questions are answered");
        assert!(arrived(&browser.answer_questions(&page).await));
        let after = app.admin().get("").await.json["members"][0].clone();
        assert_eq!(
            (&after["state"], &after["last_sign_in"]),
            (&"active".into(), &app.env.now().to_rfc3339().into())
        );
        assert!(app.audited().await.contains(&"membership.accepted"));
    }

    /// R77: an existing identity gets a mail with company code and portal, and no link to any password.
    async fn a_second_agencys_mail_has_no_link_and_the_old_password_opens_it(app) {
        app.enrol(FRANK).await;
        app.postman.take();
        assert_eq!(app.other_admin().create(FRANK).await["state"], "invited");
        assert_eq!(app.send_mails().await.sent, 1);
        let mail = app.postman.take().remove(0);
        assert_eq!(mail.subject, "You have been granted access to Birch Home Care");
        for part in [&mail.text, &mail.html] {
            assert!(
                !part.contains("ticket") && !part.contains("/activate") && !part.contains("id.example"),
                "{part}"
            );
            assert!(
                part.contains("22222")
                    && part.contains("https://portal.maple.example/")
                    && part.contains(FRANK)
            );
        }
        let mut browser = app.browser();
        let page = birch_portal(&app).log_in(&mut browser, FRANK, PASSWORD).await;
        assert!(arrived_at_birch(&page), "{page:?}");
        assert_eq!(seen_by_birch(&app).await["state"], "active");
        assert!(super::is_signed_in(&app, &mut browser).await, "R4: Maple asks for nothing either");
    }

    /// R26, R33: what the second agency sees of the invitation moves on as it does for any new person.
    async fn the_second_agency_sees_its_invitation_accepted_after_the_log_in(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        assert_eq!(seen_by_birch(&app).await["invitation"]["state"], "queued");
        app.send_mails().await;
        assert_eq!(seen_by_birch(&app).await["invitation"]["state"], "sent");
        birch_portal(&app).log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(seen_by_birch(&app).await["invitation"]["state"], "accepted");
    }

    /// R33: an invitation nobody reacted to looks expired after 72 hours, known person or not.
    async fn an_invitation_nobody_reacts_to_expires_for_known_and_unknown_people_alike(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        app.advance(Duration::from_millis(1));
        app.other_admin().create("new@example.com").await;
        app.send_mails().await;
        app.advance(app.env.policy.activation_life);
        let members = app.other_admin().get("").await.json["members"].clone();
        for member in members.as_array().unwrap() {
            assert_eq!(member["invitation"]["state"], "expired", "{member}");
        }
        let page = birch_portal(&app).log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(arrived_at_birch(&page), "R91: the known person still gets in: {page:?}");
        assert_eq!(seen_by_birch(&app).await["state"], "active");
    }

    /// R78: invited by two before the first activation: one account, one activation, both open by logging in.
    async fn two_pending_agencies_share_one_account_and_one_activation(app) {
        app.admin().create(FRANK).await;
        app.other_admin().create(FRANK).await;
        let link = app.activation_link(FRANK).await;
        let newest = app.postman.take().pop().unwrap();
        assert_eq!(newest.subject, "Activate your account for Birch Home Care");
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let done = browser
            .fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)])
            .await;
        assert!(done.left_to("https://birch.example/login"), "the inviting agency's portal: {done:?}");
        let page = birch_portal(&app).log_in(&mut browser, FRANK, PASSWORD).await;
        assert!(arrived_at_birch(&browser.answer_questions(&page).await));
        assert_eq!(seen_by_birch(&app).await["state"], "active");
        let maple = app.admin().get("").await.json["members"][0].clone();
        assert_eq!((&maple["state"], &maple["last_sign_in"]), (&"invited".into(), &serde_json::Value::Null));
        assert!(super::is_signed_in(&app, &mut browser).await);
        assert_eq!(app.admin().get("").await.json["members"][0]["state"], "active");
    }
}
