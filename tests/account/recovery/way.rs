//! The whole way (R45; Q1, L6, L7): by the link, by the code, in one browser or two, back to where the person came from.

use idp_domain::member::Authority;

use super::{
    ANSWERS, BANNER, CHECK_MAIL, CHOOSE, FORGOT, MINUTE, NEW, QUESTIONS, SENT, answer, ask, asked,
    assert_reset, at_new_password, choose, frank, mailed, reset,
};
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp, default_policy};
use crate::support::browser::{Browser, Page};
use crate::support::database::TestDatabase;
use crate::support::on_each_database;

/// The address on the page behind "Forgot your password?".
async fn filled_in(browser: &mut Browser<'_>, log_in: &Page) -> String {
    let page = browser.get(&log_in.attribute("#forgot-password", "href").unwrap()).await;
    page.value("Email address")
}

on_each_database! {
    /// R45, Q1, L7: forgot, mail, link, questions, password, log-in page with its banner; and nobody is signed in.
    async fn by_the_link_to_the_portal(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let log_in = app.relying_party().authorize(&mut browser).await;
        let forgot = log_in.attribute("#forgot-password", "href").unwrap();
        let page = browser.get(&forgot).await;
        assert_eq!(page.heading(), FORGOT);
        assert!(page.shows("Maple Home Care"), "the agency whose portal the person came from");
        let sent = browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
        assert!(sent.heading() == CHECK_MAIL && sent.shows(SENT) && sent.shows("spam"), "{sent:?}");
        let mailed = mailed(&app, FRANK).await;

        let mut phone = app.browser();
        let page = phone.get(&mailed.link).await;
        assert_eq!((page.heading().as_str(), page.url.path(), page.url.query()), (QUESTIONS, "/reset/questions", None));
        let page = answer(&mut phone, &page, &ANSWERS).await;
        assert_eq!((page.heading().as_str(), page.value("Username").as_str()), (CHOOSE, FRANK));
        let done = choose(&mut phone, &page, NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
        assert_eq!(done.sent("login_hint").as_deref(), Some(FRANK));
        assert_eq!(phone.session(), None);

        let page = app.relying_party().with("login_hint", FRANK).authorize(&mut phone).await;
        assert_eq!(page.select("#notice p"), [BANNER]);
        assert_eq!(page.value("UserName"), FRANK);
        let page = phone.fill(&page, "login-submit", &[("Password", NEW)]).await;
        assert!(page.left_to("https://maple.example/callback"), "{page:?}");
        assert_reset(&app).await;
    }

    /// The code is typed where the mail was asked for, and leads back to the log-in page the person came from: the client's
    /// request was kept the whole way.
    async fn by_the_code_to_the_same_log_in_page(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let portal = app.relying_party().with("state", "the state of this very tab");
        let log_in = portal.authorize(&mut browser).await;
        let page = browser.get(&log_in.attribute("#forgot-password", "href").unwrap()).await;
        let page = browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
        assert_eq!(page.attribute("#code", "autocomplete").as_deref(), Some("one-time-code"));
        let code = mailed(&app, FRANK).await.code;
        let typed = format!(" {} ", code.to_lowercase().replace('-', " "));
        let page = browser.fill(&page, "code-submit", &[("Code from the mail", &typed)]).await;
        assert_eq!(page.heading(), QUESTIONS, "{page:?}");
        let page = answer(&mut browser, &page, &ANSWERS).await;
        let page = choose(&mut browser, &page, NEW).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK), "{page:?}");
        assert_eq!(page.select("#notice p"), [BANNER]);
        let page = browser.get(&page.attribute("#notice-dismiss", "href").unwrap()).await;
        assert!(page.select("#notice").is_empty() && page.value("UserName") == FRANK, "{page:?}");
        let page = browser.fill(&page, "login-submit", &[("Password", NEW)]).await;
        assert!(page.left_to("https://maple.example/callback"), "{page:?}");
        assert_eq!(page.sent("state").as_deref(), Some("the state of this very tab"));
    }

    /// L7: where there is no portal, whoever looks after an agency begins at the office, anybody else at their account.
    async fn without_a_portal_it_ends_at_the_office_or_the_account(app) {
        frank(&app).await;
        app.change_client("portal.99999", |portal| portal.initiate_login_uri = None).await;
        for (authority, heading) in [(Authority::None, "Your account"), (Authority::Administrator, "People")] {
            app.advance(MINUTE);
            app.change_membership(&app.maple, FRANK, |it| it.particulars.authority = authority).await;
            let (mut browser, page) = at_new_password(&app, FRANK).await;
            let page = choose(&mut browser, &page, NEW).await;
            assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK), "{page:?}");
            let page = browser.fill(&page, "login-submit", &[("Password", NEW)]).await;
            assert_eq!(page.heading(), heading, "{page:?}");
        }
    }

    /// L4: opened in the mail app's own browser, finished in another one; the first one is told.
    async fn begun_in_one_browser_and_finished_in_another(app) {
        frank(&app).await;
        let mailed = asked(&app, FRANK).await;
        let (mut mail_app, mut browser) = (app.browser(), app.browser());
        let abandoned = mail_app.get(&mailed.link).await;
        let page = browser.get(&mailed.link).await;
        let page = answer(&mut browser, &page, &ANSWERS).await;
        choose(&mut browser, &page, NEW).await;
        let late = answer(&mut mail_app, &abandoned, &ANSWERS).await;
        assert_eq!(late.heading(), "Your password has been reset", "{late:?}");
        assert_reset(&app).await;
    }

    /// Pages "Dead ends do not exist": somebody at two agencies, who came from nowhere, gets our own log-in page.
    async fn without_a_portal_to_go_to_our_own_log_in_page_waits(app) {
        frank(&app).await;
        app.other_admin().create(FRANK).await;
        let (mut browser, page) = at_new_password(&app, FRANK).await;
        let page = choose(&mut browser, &page, NEW).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK), "{page:?}");
        assert_eq!(page.select("#notice p"), [BANNER]);
        let page = browser.fill(&page, "login-submit", &[("Password", NEW)]).await;
        assert_eq!(page.heading(), "Your account", "{page:?}");
    }

    /// Where one of the two agencies has a portal, and the other none, there is one place to go.
    async fn the_only_portal_of_two_agencies_is_where_it_leads(app) {
        frank(&app).await;
        app.other_admin().create(FRANK).await;
        app.change_client("portal.22222", |portal| portal.initiate_login_uri = None).await;
        let (mut browser, page) = at_new_password(&app, FRANK).await;
        let done = choose(&mut browser, &page, NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
    }

    /// P1-P5: the new password obeys the rules of every password, and what is wrong is said beside its field.
    async fn the_new_password_is_as_good_as_a_first_one(app) {
        frank(&app).await;
        let (mut browser, page) = at_new_password(&app, FRANK).await;
        for bad in ["short", "frank.jones@example.com", "passwordpassword"] {
            let refused = choose(&mut browser, &page, bad).await;
            assert!(refused.heading() == CHOOSE && problems(&refused).len() == 1, "{bad}: {refused:?}");
            assert!(!refused.html.contains(&format!("value=\"{bad}\"")) || bad == FRANK, "never sent back");
        }
        let fields = [("Password", NEW), ("Confirm Password", "something else entirely")];
        let refused = browser.fill(&page, "password-submit", &fields).await;
        assert_eq!(problems(&refused), ["The two passwords are not the same. Type the same password in both fields."]);
        choose(&mut browser, &refused, NEW).await;
        assert_reset(&app).await;
    }

    /// Pages "Fields": the address is filled in with what was typed, what the client said, or what the browser remembers.
    async fn the_address_is_filled_in_where_it_is_known(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        assert_eq!(filled_in(&mut browser, &page).await, "");
        let page = app.relying_party().log_in(&mut browser, "typed@example.com", "not it, but long").await;
        assert_eq!(filled_in(&mut browser, &page).await, "typed@example.com");
        let page = app.relying_party().with("login_hint", "hinted@example.com").authorize(&mut browser).await;
        assert_eq!(filled_in(&mut browser, &page).await, "hinted@example.com");
        let mut home = app.browser();
        let page = app.relying_party().authorize(&mut home).await;
        let form = [("username", FRANK), ("password", PASSWORD), ("remember", "true")];
        home.fill_named(&page, "login-submit", &form).await;
        assert_eq!(home.get("/forgot").await.value("Email address"), FRANK);
    }

    /// Somebody who presses "Send it again" too soon gets no second mail, and the code of the first one stays good.
    async fn asking_twice_in_a_minute_keeps_the_first_code_good(app) {
        frank(&app).await;
        let mut browser = app.browser();
        ask(&mut browser, FRANK).await;
        let first = mailed(&app, FRANK).await;
        let page = ask(&mut browser, FRANK).await;
        assert!(super::mails(&app).await.is_empty(), "one a minute (L6)");
        let page = browser.fill(&page, "code-submit", &[("Code from the mail", &first.code)]).await;
        assert_eq!(page.heading(), QUESTIONS, "{page:?}");
        app.advance(MINUTE);
        let page = ask(&mut browser, FRANK).await;
        let second = mailed(&app, FRANK).await;
        assert_ne!(first, second);
        let page = browser.fill(&page, "code-submit", &[("Code from the mail", &second.code)]).await;
        assert_eq!(page.heading(), QUESTIONS, "{page:?}");
    }

    /// R82, R83, P11: the user name is the address, and the same account however it is typed.
    async fn the_user_name_is_recognised_in_every_spelling(app) {
        frank(&app).await;
        for typed in ["FRANK.JONES@EXAMPLE.COM", "  Frank.Jones@example.com\t", "\u{ff46}rank.jones@example.com"] {
            ask(&mut app.browser(), typed).await;
            mailed(&app, FRANK).await;
            app.advance(MINUTE);
        }
    }

    /// R81: whoever was kept waiting for wrong passwords gets in with the new one at once.
    async fn a_reset_ends_the_wait_for_wrong_passwords(app) {
        frank(&app).await;
        for _ in 0..7 {
            app.relying_party().log_in(&mut app.browser(), FRANK, "a wrong guess, and a long one").await;
        }
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(!page.left_to("https://maple.example/callback"), "{page:?}");
        reset(&app, FRANK).await;
        assert!(super::opens_with(&app, NEW).await);
    }
}

/// Q10: where the operator has switched the questions off, the mailbox is enough.
#[tokio::test]
async fn without_questions_the_mail_leads_straight_to_the_password() {
    let mut policy = default_policy();
    policy.questions = idp_domain::account::QuestionPolicy::Off;
    let app = TestApp::with(TestDatabase::sqlite().await, policy).await;
    app.activate(FRANK).await;
    app.send_mails().await;
    app.postman.take();
    let mailed = asked(&app, FRANK).await;
    let mut browser = app.browser();
    let page = browser.get(&mailed.link).await;
    assert_eq!((page.heading().as_str(), page.url.path()), (CHOOSE, "/reset/password"), "{page:?}");
    let done = choose(&mut browser, &page, NEW).await;
    assert!(done.left_to("https://maple.example/login"), "{done:?}");
    assert_reset(&app).await;
}
