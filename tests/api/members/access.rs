//! In and out: Status, sessions, reset and unlocking, at this agency only (R74-R76, R80).

use idp_domain::member::MembershipState;
use serde_json::{Value, json};

use super::{id, invited, joined, listed, state_at_maple};
use crate::account::own::{assert_dead, birch, is_alive, joins_birch, phone, portals_listen, told};
use crate::api::{FRANK, problem};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

on_each_database! {
    /// R74: UserInfo, refresh and introspection refuse at once, Maple's programs are told, no new token is given; Birch and the
    /// account are untouched. Set back: the same password, no mail (R75).
    async fn who_is_deactivated_is_out_of_this_agency_at_once_and_back_with_the_same_password(app) {
        portals_listen(&app).await;
        let member = joined(&app, FRANK).await;
        let at_birch = joins_birch(&app, FRANK).await;
        let maple = app.relying_party();
        let online = maple.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let offline = phone(&app).tokens(&mut app.browser(), FRANK, PASSWORD).await;
        app.send_mails().await;
        told(&app).await;

        let off = app.admin().done(id(&member), "deactivate").await;
        assert_eq!((&off["state"], &off["status"]), (&json!("inactive"), &json!("inactive")));
        for dead in [&online, &offline] {
            assert_dead(&maple, dead).await;
        }
        assert!(is_alive(&birch(&app), &at_birch).await);
        let told = told(&app).await;
        assert!(!told.is_empty() && told.iter().all(|host| host == "maple.example"), "{told:?}");
        let refused = maple.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(refused.heading(), "You do not have access to this agency");
        assert_eq!(app.other_admin().get("").await.json["members"][0]["state"], "active", "R33");

        app.send_mails().await;
        let on = app.admin().done(id(&member), "activate").await;
        assert_eq!((&on["state"], &on["joined_at"]), (&json!("active"), &off["joined_at"]));
        assert!(app.send_mails().await.is_idle(), "whoever knows the password needs no mail");
        assert_dead(&maple, &online).await;
        assert_eq!(maple.tokens(&mut app.browser(), FRANK, PASSWORD).await.status, 200);
    }

    /// R75: whoever never accepted is invited anew.
    async fn who_never_accepted_gets_a_mail_when_set_back(app) {
        let member = invited(&app, FRANK).await;
        app.send_mails().await;
        let off = app.admin().done(id(&member), "revoke-invitation").await;
        assert_eq!((&off["state"], &off["invitation"]["state"]), (&json!("inactive"), &json!("revoked")));
        let links = super::activation_links(&app, FRANK).await;
        let page = app.browser().get(&links[0]).await;
        assert!(page.select("#password-submit").is_empty(), "{page:?}");
        app.advance(std::time::Duration::from_secs(60));
        let on = app.admin().done(id(&member), "activate").await;
        assert_eq!((&on["state"], &on["invitation"]["state"]), (&json!("invited"), &json!("queued")));
        assert_eq!(super::activation_links(&app, FRANK).await.len(), 2);
    }

    /// R76: removed: tokens are dead, the account and the other agency stay; the address is not shown any more; added again, the
    /// same member is back, once.
    async fn who_is_removed_keeps_the_account_and_may_come_back(app) {
        let member = joined(&app, FRANK).await;
        let at_birch = joins_birch(&app, FRANK).await;
        let tokens = app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let removed = app.admin().remove(id(&member)).await;
        assert_eq!((removed.status, &removed.json["state"]), (200, &json!("removed")));
        assert_eq!((&removed.json["user_name"], &removed.json["email"]), (&Value::Null, &Value::Null));
        assert_eq!(removed.json["person_ref"], member["person_ref"]);
        assert_dead(&app.relying_party(), &tokens).await;
        assert!(is_alive(&birch(&app), &at_birch).await);
        assert_eq!(problem(&app.admin().remove(id(&member)).await), (409, "wrong-state"));
        assert_eq!(app.admin().get("").await.json["members"], json!([]));
        assert_eq!(app.admin().get("?state=removed").await.json["members"], json!([removed.json]));

        let back = app.admin().post(&crate::support::admin::caregiver_body(FRANK), &[]).await;
        assert_eq!((back.status, &back.json["member_id"]), (201, &member["member_id"]));
        assert_eq!(back.json["state"], "invited");
        assert!(app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await.sent("code").is_some());
        assert!(matches!(state_at_maple(&app, FRANK).await, MembershipState::Active { .. }));
    }

    /// What is open here ends; the person may log in again, and Birch notices nothing.
    async fn revoked_sessions_end_here_and_nowhere_else(app) {
        portals_listen(&app).await;
        let member = joined(&app, FRANK).await;
        let at_birch = joins_birch(&app, FRANK).await;
        let tokens = app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await;
        told(&app).await;
        let ended = app.admin().done(id(&member), "revoke-sessions").await;
        assert_eq!(ended["state"], "active");
        assert_dead(&app.relying_party(), &tokens).await;
        assert!(is_alive(&birch(&app), &at_birch).await);
        assert!(told(&app).await.iter().all(|host| host == "maple.example"));
        assert_eq!(app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await.status, 200);
    }

    /// R80, L10: the mail goes to the person; the answer holds no link, and the old password works until another is chosen.
    async fn a_started_reset_is_the_persons_alone(app) {
        let member = joined(&app, FRANK).await;
        app.postman.take();
        let answer = app.admin().act(id(&member), "reset-password").await;
        assert_eq!((answer.status, &answer.json), (200, &member));
        assert!(!answer.body.contains("ticket") && !answer.body.contains("https://"));
        app.send_mails().await;
        let sent = app.postman.take();
        assert_eq!(sent.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [FRANK]);
        assert!(sent[0].text.contains("https://id.example/reset?ticket="), "{}", sent[0].text);
        assert_eq!(app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await.status, 200);
    }

    /// A person who guessed wrong too often is shown as locked, found by the filter, and unlocked.
    async fn who_is_locked_is_seen_and_unlocked(app) {
        let member = joined(&app, FRANK).await;
        assert_eq!((&member["is_locked"], &member["locked_until"]), (&json!(false), &Value::Null));
        for _ in 0..app.env.policy.password_guesses.free + 1 {
            app.relying_party().log_in(&mut app.browser(), FRANK, "not the password").await;
        }
        let locked = listed(&app, FRANK).await;
        assert_eq!(locked["is_locked"], true, "{locked}");
        let until = app.env.now() + app.env.policy.password_guesses.first;
        assert_eq!(locked["locked_until"], until.to_rfc3339());
        assert_eq!(app.admin().get("?state=locked").await.json["members"], json!([locked]));
        let waits = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(waits.sent("code").is_none());

        let open = app.admin().done(id(&member), "unlock").await;
        assert_eq!((&open["is_locked"], &open["locked_until"]), (&json!(false), &Value::Null));
        assert_eq!(app.admin().get("?state=locked").await.json["members"], json!([]));
        assert!(app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await.sent("code").is_some());
    }
}
