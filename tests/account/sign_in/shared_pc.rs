//! Two people at one PC: what one left open does not act for the other, and ends when the other logs in.

use super::arrived;
use crate::account::{FRANK, GRACE};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

async fn log_in_after(app: &TestApp, browser: &mut Browser<'_>, user_name: &str) -> Page {
    // A log-in of the very same instant would count as the answer to this request.
    app.advance(std::time::Duration::from_secs(1));
    let page = app.relying_party().with("prompt", "login").authorize(browser).await;
    browser.fill(&page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await
}

on_each_database! {
    /// R48, attack 79: the questions one person left open are not saved for the next one.
    async fn a_form_left_open_by_one_person_does_not_act_for_the_next(app) {
        app.activate(FRANK).await;
        app.activate(GRACE).await;
        let mut browser = app.browser();
        let franks = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        let graces = log_in_after(&app, &mut browser, GRACE).await;
        assert_eq!(graces.heading(), "Security Questions");
        let answer = browser.answer_questions(&franks).await;
        assert_eq!(answer.heading(), "Security Questions", "drawn anew, for Grace: {answer:?}");
        for person in [FRANK, GRACE] {
            assert!(!app.account(person).await.questions_enrolled, "{person}");
        }
        let refused = browser.fill(&franks, "questions-cancel", &[]).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        assert!(browser.session().is_some(), "Frank's Cancel does not sign Grace out");
        assert!(arrived(&browser.answer_questions(&graces).await));
        assert!(app.account(GRACE).await.questions_enrolled && !app.account(FRANK).await.questions_enrolled);
    }

    /// Section 5: the next person's log-in ends the session of the one before, and what began in it.
    async fn the_next_persons_log_in_ends_the_session_and_the_tokens_of_the_one_before(app) {
        app.enrol(FRANK).await;
        app.enrol(GRACE).await;
        let portal = app.relying_party();
        let mut browser = app.browser();
        let tokens = portal.tokens(&mut browser, FRANK, PASSWORD).await;
        let cookie = browser.session().unwrap().to_owned();
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 200);
        let elsewhere = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;

        assert!(arrived(&log_in_after(&app, &mut browser, GRACE).await));
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401);
        if let Some(refresh) = tokens.json["refresh_token"].as_str() {
            assert_eq!(portal.refresh(refresh).await.error(), (400, "invalid_grant"));
        }
        let mut ghost = app.browser();
        ghost.cookies.insert("__Host-idp_session".to_owned(), cookie);
        assert!(!super::is_signed_in(&app, &mut ghost).await);
        let other = portal.userinfo(elsewhere.text("access_token")).await;
        assert_eq!(other.status, 200, "his session at another PC goes on");
    }

    /// Section 5: a session that only went idle ends as well when the next person logs in.
    async fn an_idle_session_ends_when_the_next_person_logs_in(app) {
        app.enrol(FRANK).await;
        app.enrol(GRACE).await;
        let portal = app.relying_party();
        let mut browser = app.browser();
        let tokens = portal.tokens(&mut browser, FRANK, PASSWORD).await;
        app.advance(std::time::Duration::from_secs(3600));
        let kept = portal.refresh(tokens.text("refresh_token")).await;
        assert_eq!(kept.status, 200, "the portal's own use goes on: {kept:?}");
        assert!(arrived(&log_in_after(&app, &mut browser, GRACE).await));
        assert_eq!(portal.refresh(kept.text("refresh_token")).await.error(), (400, "invalid_grant"));
    }

    /// Section 5, "the shared office PC": Frank logs out, Grace logs in: what he left open in other tabs, and the tokens he
    /// left behind, do nothing, least of all as Grace.
    async fn what_a_person_left_open_before_logging_out_does_nothing_as_the_next_one(app) {
        app.enrol(FRANK).await;
        app.enrol(GRACE).await;
        let portal = app.relying_party();
        let mut browser = app.browser();
        let tokens = portal.tokens(&mut browser, FRANK, PASSWORD).await;
        app.advance(std::time::Duration::from_secs(1));
        let old_login = portal.with("prompt", "login").authorize(&mut browser).await;
        let [account, apps] = [browser.get("/account").await, browser.get("/account/apps").await];
        let [log_out, old_log_out] = [browser.get("/logout").await, browser.get("/logout").await];
        let (cookie, left_behind) = (browser.session().unwrap().to_owned(), browser.cookies.clone());
        assert_eq!((account.heading().as_str(), apps.status), ("Your account", 200));
        browser.fill(&log_out, "logout-yes", &[]).await;
        assert_eq!(browser.session(), None);

        let portal = app.relying_party();
        let page = portal.authorize(&mut browser).await;
        assert_eq!(page.value("UserName"), "", "nobody ticked anything: {page:?}");
        let page = browser.fill(&page, "login-submit", &[("UserName", GRACE), ("Password", PASSWORD)]).await;
        assert!(arrived(&page), "{page:?}");
        let graces = portal.redeem(&page.sent("code").unwrap()).await;

        browser.fill(&account, "account-save", &[("Nickname", "Left open")]).await;
        for person in [FRANK, GRACE] {
            assert_eq!(app.account(person).await.profile.nickname, None, "{person}");
        }
        assert_eq!(browser.fill(&old_log_out, "logout-yes", &[]).await.status, 403);
        let page = browser.fill(&old_login, "login-submit", &[("UserName", FRANK), ("Password", "no")]).await;
        assert!(page.shows("Invalid username or password"), "his old log-in page asks for his password");
        assert!(super::is_signed_in(&app, &mut browser).await, "Grace stays");
        assert_eq!(portal.userinfo(graces.text("access_token")).await.status, 200);

        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
        let mut ghost = app.browser();
        ghost.cookies = left_behind;
        assert_eq!(ghost.session(), Some(cookie.as_str()));
        assert!(!super::is_signed_in(&app, &mut ghost).await);
    }

    /// A wrong password for somebody else does not end the session that is there.
    async fn a_failed_log_in_ends_nobodys_session(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        let page = log_in_after(&app, &mut browser, "nobody@example.com").await;
        assert!(page.shows("Invalid username or password"));
        assert!(super::is_signed_in(&app, &mut browser).await);
    }

    /// Section 5: the same person's second log-in keeps what began in the session.
    async fn the_same_persons_second_log_in_keeps_the_tokens(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let mut browser = app.browser();
        let tokens = portal.tokens(&mut browser, FRANK, PASSWORD).await;
        assert!(arrived(&log_in_after(&app, &mut browser, FRANK).await));
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 200);
    }
}
