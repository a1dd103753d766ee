//! A pushed request is answered once (RFC 9126 section 7.3; `protocol.md`: "consumed when the authorization completes"), whoever
//! has the address of a page that carries it.

use axum::body::Body;
use axum::http::{Request, header};
use futures::future::join_all;
use idp_service::authorize::renew;
use idp_service::sweep::sweep;

use super::super::{FRANK, HOUR, MARY, MINUTE, SECOND, authorization_error, flow_of, franks_browser};
use super::assert_over;
use super::bring::log_in;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

/// The consent page of a request that was pushed.
async fn asked_for_consent(app: &TestApp, browser: &mut Browser<'_>) -> Page {
    let page = browser.get(&app.relying_party().with("prompt", "consent").pushed_url().await).await;
    assert!(page.attribute("#consent-allow", "id").is_some(), "{page:?}");
    page
}

async fn allow(browser: &mut Browser<'_>, page: &Page) -> Page {
    browser.fill(page, "consent-allow", &[]).await
}

on_each_database! {
    /// Section 7.3: not to another browser, not to another person, not at the same moment and not later.
    async fn a_page_that_carries_an_answered_request_gives_no_more_codes(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let mut browser = app.browser();
        let page = browser.get(&app.relying_party().pushed_url().await).await;
        let (mut second, mut marys) = (app.browser(), app.browser());
        let seconds_page = second.get(page.url.as_str()).await;
        let marys_page = marys.get(page.url.as_str()).await;
        let first = log_in(&mut browser, &page).await;
        assert!(first.sent("code").is_some(), "{first:?}");
        assert_over(&log_in(&mut second, &seconds_page).await);
        let mary = [("UserName", MARY), ("Password", PASSWORD)];
        assert_over(&marys.fill(&marys_page, "login-submit", &mary).await);
        app.advance(MINUTE);
        let mut later = app.browser();
        assert_over(&later.get(page.url.as_str()).await);
        let mut frank = franks_browser(&app).await;
        assert_over(&frank.get(&format!("/continue?flow={}", flow_of(&page))).await);
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_requests WHERE sealed IS NOT NULL").await, 0);
    }

    /// RFC 9110 section 9.2.1: a browser that looks ahead, or a scanner, uses nothing up.
    async fn a_head_request_answers_nothing(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let address = app.relying_party().pushed_url().await;
        let looked = browser.head_once(&address).await;
        assert_eq!((looked.status, looked.location()), (200, None));
        assert!(browser.get(&address).await.sent("code").is_some());
    }

    /// Whoever presses Back after logging in, or reloads, is told before a password is typed for nothing. For ten seconds the same
    /// session goes on to the client, as after a double click.
    async fn a_log_in_page_that_was_answered_says_so_at_once(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&app.relying_party().pushed_url().await).await;
        let page = browser.get(page.url.as_str()).await;
        assert!(log_in(&mut browser, &page).await.sent("code").is_some());
        app.advance(SECOND * 10);
        assert!(browser.get(page.url.as_str()).await.sent("code").is_some());
        app.advance(SECOND);
        let guesses = "SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM throttles";
        let before = app.count(guesses).await;
        for _ in 0..2 {
            assert_over(&browser.get(page.url.as_str()).await);
            let typed = [("UserName", FRANK), ("Password", "not looked at")];
            assert_over(&browser.fill(&page, "login-submit", &typed).await);
            assert_over(&browser.get(&format!("/continue?flow={}", flow_of(&page))).await);
        }
        assert_eq!(app.count(guesses).await, before, "nobody's password is taken for what is over");
    }

    /// A stranger with the address learns neither whose it was nor for whom, from the moment it is answered.
    async fn a_stranger_with_the_address_of_an_answered_page_learns_nothing(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party().with("login_hint", FRANK);
        let mut browser = app.browser();
        let page = browser.get(&client.pushed_url().await).await;
        assert!(log_in(&mut browser, &page).await.sent("code").is_some());
        for path in ["/login", "/continue", "/consent", "/choose"] {
            let page = app.browser().get(&format!("{path}?flow={}", flow_of(&page))).await;
            assert_over(&page);
            assert!(!page.html.to_lowercase().contains("frank"), "{page:?}");
            assert!(!page.html.contains("Maple"), "{page:?}");
        }
    }

    /// Nor is a page shown that asks what was answered: the consent page of the other tab.
    async fn a_consent_page_that_was_answered_asks_nothing(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let page = asked_for_consent(&app, &mut browser).await;
        let denied = browser.fill(&page, "consent-deny", &[]).await;
        assert_eq!(authorization_error(&denied), "access_denied");
        assert_over(&browser.get(page.url.as_str()).await);
    }

    /// RFC 9126 section 4, "one-time use"; RFC 9101 section 7: in a hidden frame nobody reads a page, so the client is told to push
    /// another.
    async fn a_silent_request_that_was_answered_is_told_to_the_client(app) {
        let url = app.relying_party().with("prompt", "none").pushed_url().await;
        let form = Request::post("/authorize").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let query = url["/authorize?".len()..].to_owned();
        let carried = app.send(form.body(Body::from(query)).unwrap()).await;
        let mut browser = app.browser();
        let flow = carried.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(authorization_error(&browser.get(&flow).await), "login_required");
        app.advance(SECOND * 11);
        let again = browser.get(&flow).await;
        assert_eq!(authorization_error(&again), "invalid_request_uri");
        assert_eq!(again.sent("state").as_deref(), Some("state-of-the-flow"));
        assert_over(&browser.get(&url).await);
    }

    /// An impatient press is no second answer; ten seconds later it is one.
    async fn a_double_click_on_allow_goes_back_to_the_client(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let page = asked_for_consent(&app, &mut browser).await;
        for wait in [0, 5, 5] {
            app.advance(SECOND * wait);
            let answered = allow(&mut browser, &page).await;
            assert!(answered.sent("code").is_some(), "{answered:?}");
        }
        app.advance(SECOND);
        assert_over(&allow(&mut browser, &page).await);
        assert_over(&browser.fill(&page, "consent-deny", &[]).await);
    }

    /// Nor is a No turned into a Yes by somebody else who has the address.
    async fn a_request_that_was_denied_is_nobody_elses_to_allow(app) {
        app.enrol(FRANK).await;
        let (mut browser, mut other) = (franks_browser(&app).await, franks_browser(&app).await);
        let page = asked_for_consent(&app, &mut browser).await;
        let others_page = other.get(page.url.as_str()).await;
        for _ in 0..2 {
            let denied = browser.fill(&page, "consent-deny", &[]).await;
            assert_eq!(authorization_error(&denied), "access_denied");
        }
        assert_over(&allow(&mut other, &others_page).await);
        assert_over(&other.fill(&others_page, "consent-deny", &[]).await);
    }

    /// As a race: twenty tabs of one session are one answer.
    async fn twenty_at_once_in_one_session_go_back_to_the_client(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let page = asked_for_consent(&app, &mut browser).await;
        let answers = join_all((0..20).map(|_| {
            let mut tab = app.browser();
            tab.cookies = browser.cookies.clone();
            let page = &page;
            async move { allow(&mut tab, page).await }
        }));
        for answered in answers.await {
            assert!(answered.sent("code").is_some(), "{answered:?}");
        }
    }

    /// As a race: of six sessions one is answered.
    async fn of_six_sessions_at_once_one_is_answered(app) {
        app.enrol(FRANK).await;
        let mut first = franks_browser(&app).await;
        let page = asked_for_consent(&app, &mut first).await;
        let mut pages = Vec::new();
        for _ in 0..6 {
            let mut browser = franks_browser(&app).await;
            pages.push((browser.get(page.url.as_str()).await, browser));
        }
        let answers = join_all(pages.iter_mut().map(|(page, browser)| allow(browser, page))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|page| page.sent("code").is_some());
        assert_eq!((won.len(), lost.len()), (1, 5), "{lost:?}");
        for page in lost {
            assert_over(page);
        }
    }

    /// The page may stand open over lunch; after a day it is over, swept or not yet answered.
    async fn after_a_day_the_log_in_is_over(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&app.relying_party().pushed_url().await).await;
        app.advance(HOUR * 24 + MINUTE + SECOND);
        sweep(&app.env).await.unwrap();
        assert_over(&log_in(&mut browser, &page).await);
    }

    /// A flow that begins anew is the same request.
    async fn a_flow_that_begins_anew_is_answered_no_more(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&app.relying_party().pushed_url().await).await;
        let before = renew(&app.env, &flow_of(&page)).await.unwrap();
        assert!(log_in(&mut browser, &page).await.sent("code").is_some());
        let after = renew(&app.env, &flow_of(&page)).await.unwrap();
        for flow in [before, after] {
            let mut other = app.browser();
            assert_over(&other.get(&format!("/login?flow={}", flow.as_str())).await);
        }
    }
}
