//! How long a session lives, and that it changes its secret at every log-in (rules section 5).

use std::time::Duration;

use serde_json::json;

use super::{activate_office_staff, arrived, is_signed_in};
use crate::account::{FRANK, GRACE};
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

async fn log_in_remembered(app: &TestApp, browser: &mut Browser<'_>, user_name: &str) {
    let page = app.relying_party().authorize(browser).await;
    let fields = [("UserName", user_name), ("Password", PASSWORD), ("Remember me", "true")];
    let page = browser.fill(&page, "login-submit", &fields).await;
    let page =
        if page.heading() == "Security Questions" { browser.answer_questions(&page).await } else { page };
    assert!(arrived(&page), "{page:?}");
}

on_each_database! {
    /// Section 5, HIPAA automatic log-off: 60 minutes without use end a session, to the minute.
    async fn an_idle_session_ends_after_an_hour(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        for _ in 0..3 {
            app.advance(MINUTE * 59);
            assert!(is_signed_in(&app, &mut browser).await, "use keeps it alive");
        }
        app.advance(HOUR);
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// Section 5: twelve hours after the log-in it is over, however busy.
    async fn a_busy_session_ends_after_twelve_hours(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        for _ in 0..23 {
            app.advance(MINUTE * 30);
            assert!(is_signed_in(&app, &mut browser).await);
        }
        app.advance(MINUTE * 30);
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// R54, section 5: without "Remember me" closing the browser ends it.
    async fn closing_the_browser_signs_out_and_forgets_the_user_name(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        browser.restart();
        let page = app.relying_party().authorize(&mut browser).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", ""));
    }

    /// Section 5: a remembered caregiver stays for 7 idle days and 30 in all, also when the browser is closed.
    async fn a_remembered_caregiver_stays_signed_in_for_seven_idle_and_thirty_days(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        log_in_remembered(&app, &mut browser, FRANK).await;
        for _ in 0..4 {
            browser.restart();
            app.advance(DAY * 7 - MINUTE);
            assert!(is_signed_in(&app, &mut browser).await);
        }
        app.advance(DAY * 2);
        assert!(is_signed_in(&app, &mut browser).await, "not yet thirty days");
        app.advance(MINUTE * 4);
        let page = app.relying_party().authorize(&mut browser).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK));
        log_in_remembered(&app, &mut browser, FRANK).await;
        app.advance(DAY * 7);
        assert!(!is_signed_in(&app, &mut browser).await, "idle for seven days");
    }

    /// Section 5: for office staff "Remember me" keeps the user name and nothing else.
    async fn remembered_office_staff_only_finds_the_user_name_filled_in(app) {
        activate_office_staff(&app, GRACE).await;
        let mut browser = app.browser();
        log_in_remembered(&app, &mut browser, GRACE).await;
        browser.restart();
        let page = app.relying_party().authorize(&mut browser).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", GRACE));
        assert!(page.attribute("#remember", "checked").is_some());
        log_in_remembered(&app, &mut browser, GRACE).await;
        app.advance(HOUR);
        assert!(!is_signed_in(&app, &mut browser).await, "idle for an hour, remembered or not");
    }

    /// Attack 74 (GHSA-64w3-5q9m-68xf): what was remembered under a softer rule ends with it.
    async fn a_stricter_policy_holds_for_the_sessions_that_are_there(app) {
        app.enrol(FRANK).await;
        let mut cookies = vec![];
        for _ in 0..2 {
            let mut browser = app.browser();
            log_in_remembered(&app, &mut browser, FRANK).await;
            cookies.push(browser.cookies);
        }
        app.advance(HOUR * 3);
        let app = app.restarted_under(|policy| policy.remembered_session.idle = HOUR * 4).await;
        let mut browser = app.browser();
        browser.cookies = cookies[0].clone();
        assert!(is_signed_in(&app, &mut browser).await, "idle for three hours");
        let app = app.restarted_under(|policy| policy.remembered_session = policy.session).await;
        for cookies in cookies {
            let mut browser = app.browser();
            browser.cookies = cookies;
            let still = is_signed_in(&app, &mut browser).await;
            app.advance(HOUR);
            assert!(!still || !is_signed_in(&app, &mut browser).await, "remembered no more");
        }
    }

    /// Section 5: whoever becomes office staff keeps no caregiver's month, in no browser.
    async fn a_caregiver_who_becomes_office_staff_is_remembered_no_longer(app) {
        app.enrol(FRANK).await;
        let (mut phone, mut pc) = (app.browser(), app.browser());
        log_in_remembered(&app, &mut phone, FRANK).await;
        let mut body = caregiver_body(FRANK);
        body["member_type"] = json!("office_staff");
        body["security_role"] = json!("Scheduling");
        assert_eq!(app.other_admin().post(&body, &[]).await.status, 201);
        let birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        let page = birch.authorize(&mut pc).await;
        let fields = [("UserName", FRANK), ("Password", PASSWORD), ("Remember me", "true")];
        let page = pc.fill(&page, "login-submit", &fields).await;
        assert!(page.left_to("https://birch.example/callback") && page.sent("code").is_some(), "{page:?}");
        for browser in [&mut phone, &mut pc] {
            assert!(is_signed_in(&app, browser).await, "not logged out at once");
        }
        let begun = app.env.now();
        while app.env.now() < begun + HOUR * 12 {
            for browser in [&mut phone, &mut pc] {
                assert!(is_signed_in(&app, browser).await);
            }
            app.advance(MINUTE * 30);
        }
        for browser in [&mut phone, &mut pc] {
            assert!(!is_signed_in(&app, browser).await, "twelve hours, not thirty days");
        }
    }

    /// Section 5, R79: a hat in the office counts as the office, from the moment it is put on.
    async fn a_caregiver_with_a_hat_in_the_office_is_remembered_no_longer(app) {
        app.enrol(FRANK).await;
        let mut phone = app.browser();
        log_in_remembered(&app, &mut phone, FRANK).await;
        let member = app.membership(&app.maple, FRANK).await.id.to_string();
        let hats = json!([{"member_type": "office_staff", "person_ref": "S-1"}]);
        assert_eq!(app.admin().patch(&member, &json!({"other_persons": hats})).await.status, 200);
        assert!(is_signed_in(&app, &mut phone).await, "not logged out at once");
        app.advance(HOUR);
        assert!(!is_signed_in(&app, &mut phone).await, "idle for an hour");
        log_in_remembered(&app, &mut phone, FRANK).await;
        app.advance(HOUR);
        assert!(!is_signed_in(&app, &mut phone).await, "nor ever again");
        assert_eq!(app.admin().patch(&member, &json!({"other_persons": []})).await.status, 200);
        log_in_remembered(&app, &mut phone, FRANK).await;
        app.advance(DAY);
        assert!(is_signed_in(&app, &mut phone).await, "a caregiver and nothing else again");
    }

    /// Section 5: accepting an invitation with a hat in the office ends the month of the other agency's caregiver.
    async fn who_accepts_a_hat_in_the_office_is_remembered_no_longer(app) {
        app.enrol(FRANK).await;
        let mut phone = app.browser();
        log_in_remembered(&app, &mut phone, FRANK).await;
        let mut body = caregiver_body(FRANK);
        body["other_persons"] = json!([{"member_type": "office_staff", "person_ref": "S-1"}]);
        assert_eq!(app.other_admin().post(&body, &[]).await.status, 201);
        let birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        assert!(birch.authorize(&mut phone).await.sent("code").is_some());
        app.advance(HOUR);
        assert!(!is_signed_in(&app, &mut phone).await);
        app.send_mails().await;
    }

    /// Section 5, attack 71 (CVE-2026-7507): every log-in has a new secret, and the one before it is dead.
    async fn each_log_in_changes_the_secret_of_the_session(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        let first = browser.session().unwrap().to_owned();
        app.advance(MINUTE);
        let page = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert!(arrived(&page), "{page:?}");
        assert_ne!(browser.session().unwrap(), first);
        let mut thief = app.browser();
        thief.cookies.insert("__Host-idp_session".to_owned(), first);
        assert!(!is_signed_in(&app, &mut thief).await);
        assert!(is_signed_in(&app, &mut browser).await);
    }

    /// Session fixation: a cookie planted before the log-in is not the cookie after it.
    async fn a_planted_session_cookie_is_worth_nothing_after_the_log_in(app) {
        app.enrol(FRANK).await;
        app.enrol(GRACE).await;
        let mut attacker = app.browser();
        app.relying_party().code(&mut attacker, GRACE, PASSWORD).await;
        let planted = attacker.session().unwrap().to_owned();
        let mut victim = app.browser();
        victim.cookies.insert("__Host-idp_session".to_owned(), planted.clone());
        app.advance(MINUTE);
        let page = app.relying_party().with("login_hint", FRANK).authorize(&mut victim).await;
        let page = victim.fill(&page, "login-submit", &[("Password", PASSWORD)]).await;
        assert!(arrived(&page), "{page:?}");
        assert_ne!(victim.session().unwrap(), planted);
        let hers = app.relying_party().with("prompt", "none").authorize(&mut attacker).await;
        assert_eq!(hers.sent("error").as_deref(), Some("login_required"), "{hers:?}");
    }

    /// Section 5: altered, truncated, foreign: a cookie that is not a live session is nobody.
    async fn a_cookie_that_is_no_session_is_nobody(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        let genuine = browser.session().unwrap().to_owned();
        let (id, secret) = genuine.split_once('.').unwrap();
        for made_up in [
            format!("{id}.{}", "A".repeat(43)),
            format!("{id}."),
            format!("tkt_{}.{secret}", &id[4..]),
            format!("{genuine}x"),
            "'; DROP TABLE sessions; --".to_owned(),
        ] {
            browser.cookies.insert("__Host-idp_session".to_owned(), made_up.clone());
            assert!(!is_signed_in(&app, &mut browser).await, "{made_up}");
        }
    }

    /// Attack 74, R13: switching an account off ends what it has open at once.
    async fn a_disabled_accounts_session_opens_nothing(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        log_in_remembered(&app, &mut browser, FRANK).await;
        let now = app.env.now();
        app.change_account(FRANK, |account| {
            let password = account.password().cloned();
            account.state = idp_domain::account::AccountState::Disabled { at: now, password };
        })
        .await;
        assert!(!is_signed_in(&app, &mut browser).await);
    }
}
