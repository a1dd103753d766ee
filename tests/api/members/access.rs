//! In and out: Status, sessions, reset and unlocking, at this agency only (R74-R76, R80).

use std::time::Duration;

use idp_domain::member::MembershipState;
use serde_json::{Value, json};

use super::{id, invited, joined, listed, state_at_maple};
use crate::account::own::{assert_dead, birch, is_alive, joins_birch, phone, portals_listen, told};
use crate::api::{FRANK, problem};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const SECOND: Duration = Duration::from_secs(1);

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
        app.advance(SECOND);
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
        app.advance(SECOND);
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
        app.advance(SECOND);
        assert_eq!(app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await.status, 200);
    }

    /// R74, R75: a browser that was logged in before gives the password once more, at this agency's programs and nowhere else
    /// (R33); however what was open was ended. Then everything is as it was.
    async fn a_browser_from_before_is_asked_for_the_password_here_and_nowhere_else(app) {
        let member = joined(&app, FRANK).await;
        joins_birch(&app, FRANK).await;
        let maple = app.relying_party();
        let silent = || app.relying_party().with("prompt", "none");
        let mut browser = app.browser();
        maple.code(&mut browser, FRANK, PASSWORD).await;
        for verbs in [&["revoke-sessions"][..], &["deactivate", "activate"]] {
            app.advance(SECOND);
            let before = app.other_admin().get("").await.json;
            for verb in verbs {
                app.admin().done(id(&member), verb).await;
            }
            app.advance(SECOND);
            assert_eq!(silent().authorize(&mut browser).await.sent("error").as_deref(), Some("login_required"));
            assert_eq!(app.other_admin().get("").await.json, before, "R33");
            assert!(birch(&app).with("prompt", "none").authorize(&mut browser).await.sent("code").is_some());
            let page = maple.authorize(&mut browser).await;
            assert_eq!(page.heading(), "Log In", "{verbs:?}");
            let fields = [("UserName", FRANK), ("Password", PASSWORD)];
            let back = browser.fill(&page, "login-submit", &fields).await;
            assert!(back.sent("code").is_some(), "{back:?}");
            assert!(silent().authorize(&mut browser).await.sent("code").is_some());
        }
    }

    /// R76: nor does it come back by a new invitation, which is accepted by logging in.
    async fn a_browser_from_before_a_removal_accepts_no_new_invitation(app) {
        let member = joined(&app, FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        app.advance(SECOND);
        app.admin().remove(id(&member)).await;
        app.admin().create(FRANK).await;
        app.advance(SECOND);
        assert_eq!(app.relying_party().authorize(&mut browser).await.heading(), "Log In");
        assert_eq!(state_at_maple(&app, FRANK).await, MembershipState::Invited);
    }

    /// Attack 48: a code that nobody has redeemed is worth nothing any more, either.
    async fn a_code_from_before_is_worth_nothing(app) {
        let member = joined(&app, FRANK).await;
        let code = app.relying_party().code(&mut app.browser(), FRANK, PASSWORD).await;
        app.advance(SECOND);
        app.admin().done(id(&member), "revoke-sessions").await;
        assert_eq!(app.relying_party().redeem(&code).await.error(), (400, "invalid_grant"));
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
