//! A request that waited for long in an open page: answered as if it had just arrived, and never a dead end (OpenID
//! Connect Core section 3.1.2.1; `protocol.md`: state belongs to the flow; attack 71).

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use idp_domain::email::EmailAddress;
use idp_domain::member::MembershipState;

use super::consent::{allow, asked, redeemed, register_third_party, third_party};
use super::{FRANK, HOUR, MARY, MINUTE, SECOND, change_membership, flow_of, franks_browser};
use crate::support::app::{ISSUER, PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const CREDENTIALS: [(&str, &str); 2] = [("UserName", FRANK), ("Password", PASSWORD)];

/// Goes on with the request of a page, as a reload does.
async fn go_on(browser: &mut Browser<'_>, page: &Page) -> Page {
    browser.get(&format!("/continue?flow={}", flow_of(page))).await
}

/// Frank logs in for something else in another tab, 50 minutes later; then the page is more than an hour old.
async fn log_in_elsewhere(app: &TestApp, browser: &mut Browser<'_>) {
    app.advance(MINUTE * 50);
    app.relying_party().with("prompt", "login").code(browser, FRANK, PASSWORD).await;
    app.advance(MINUTE * 11);
}

/// Sends the log-in page, and follows only after a while: no two requests come at the same moment.
async fn log_in_slowly(app: &TestApp, browser: &mut Browser<'_>, page: &Page, pause: Duration) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    let hidden = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap();
    let (flow, csrf) = (flow_of(page), hidden("csrf"));
    let form = [("flow", &*flow), ("csrf", &*csrf), ("username", FRANK), ("password", PASSWORD)];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let cookies: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::post("/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, ISSUER)
        .header(header::COOKIE, cookies.join("; "));
    let response = app.send(request.body(Body::from(form)).unwrap()).await;
    assert_eq!(response.status(), 303, "{response:?}");
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        browser.cookies.insert(name.to_owned(), value.to_owned());
    }
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    app.advance(pause);
    browser.get(location).await
}

fn birch_portal(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "portal.22222", "https://birch.example/callback")
}

/// Whether Frank's invitation to Birch Home Care still waits.
async fn is_invited(app: &TestApp) -> bool {
    let mut tx = app.env.store.read().await.unwrap();
    let account = tx.accounts().find_by_user_name(&EmailAddress::parse(FRANK).unwrap()).await.unwrap();
    let membership = tx.memberships().find_of_account(app.birch.id, account.unwrap().id).await.unwrap();
    membership.expect("a membership").state == MembershipState::Invited
}

on_each_database! {
    /// `prompt=login`, `max_age` and a hint want a log-in now: once the request has waited for an hour, one that was for
    /// something else is none. `select_account` wants to be told as whom.
    async fn a_log_in_of_before_does_not_answer_a_stale_request(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        for (name, value) in [("prompt", "login"), ("max_age", "30"), ("login_hint", MARY)] {
            let mut browser = franks_browser(&app).await;
            let client = app.relying_party().with(name, value);
            let page = client.authorize(&mut browser).await;
            assert_eq!(page.heading(), "Log In", "{name}={value}: {page:?}");
            log_in_elsewhere(&app, &mut browser).await;
            let again = go_on(&mut browser, &page).await;
            assert_eq!(again.heading(), "Log In", "{name}={value}: {again:?}");
            let done = browser.fill(&again, "login-submit", &CREDENTIALS).await;
            redeemed(&client, &done).await;
        }
        let mut browser = franks_browser(&app).await;
        let client = app.relying_party().with("prompt", "select_account");
        let page = client.authorize(&mut browser).await;
        log_in_elsewhere(&app, &mut browser).await;
        let again = go_on(&mut browser, &page).await;
        assert_eq!(again.heading(), "Continue as Frank Jones?", "{again:?}");
        redeemed(&client, &browser.fill(&again, "continue", &[]).await).await;
    }

    /// The same for `prompt=consent`: what was allowed in another tab does not answer a request that waited longer than
    /// an hour; an answer on its own page does.
    async fn a_consent_of_before_does_not_answer_a_stale_request(app) {
        app.enrol(FRANK).await;
        register_third_party(&app, |_| {}).await;
        let mut browser = franks_browser(&app).await;
        let client = third_party(&app).with("prompt", "consent");
        let page = client.authorize(&mut browser).await;
        app.advance(MINUTE * 50);
        let other = client.authorize(&mut browser).await;
        redeemed(&client, &allow(&mut browser, &other).await).await;
        app.advance(MINUTE * 11);
        let again = go_on(&mut browser, &page).await;
        assert!(asked(&again).iter().all(|(_, known)| *known), "{again:?}");
        redeemed(&client, &allow(&mut browser, &page).await).await;
    }

    /// One log-in on a page that stood open for hours or days is enough, whatever the request wanted, though the
    /// browser follows a second later.
    async fn a_stale_log_in_page_is_answered_by_one_log_in(app) {
        app.enrol(FRANK).await;
        for prompt in ["", "login", "select_account", "login select_account"] {
            for later in [HOUR - SECOND, HOUR, HOUR + SECOND, HOUR * 13, HOUR * 24 * 3] {
                for mut browser in [app.browser(), franks_browser(&app).await] {
                    let client = app.relying_party().with("prompt", prompt).with("max_age", "1");
                    let page = client.authorize(&mut browser).await;
                    app.advance(later);
                    let done = log_in_slowly(&app, &mut browser, &page, SECOND).await;
                    assert!(done.sent("code").is_some(), "{prompt} after {later:?}: {done:?}");
                }
            }
        }
    }

    /// Then comes what else was asked for, once.
    async fn a_stale_log_in_page_leads_to_consent_and_on(app) {
        app.enrol(FRANK).await;
        register_third_party(&app, |_| {}).await;
        let client = third_party(&app).with("prompt", "login consent");
        for later in [HOUR + SECOND, HOUR * 24 * 3] {
            let mut browser = app.browser();
            let page = client.authorize(&mut browser).await;
            app.advance(later);
            let page = log_in_slowly(&app, &mut browser, &page, SECOND).await;
            assert_eq!(page.heading(), "Allow Shift Planner?", "{later:?}: {page:?}");
            app.advance(SECOND);
            redeemed(&client, &allow(&mut browser, &page).await).await;
        }
    }

    /// Who takes long over the security questions is asked for the password once more at most, and only where a fresh
    /// log-in matters: because the client wants one, or an invitation is accepted by it.
    async fn a_slow_person_gets_through_the_security_questions(app) {
        let since = app.env.now();
        for (person, prompt, invited) in
            [(FRANK, "", false), (MARY, "", true), ("olive.reed@example.com", "login", false)]
        {
            app.activate(person).await;
            if !invited {
                change_membership(&app, person, |it| it.state = MembershipState::Active { since }).await;
            }
            let client = app.relying_party().with("prompt", prompt);
            let mut browser = app.browser();
            let page = client.authorize(&mut browser).await;
            app.advance(MINUTE * 40);
            let credentials = [("UserName", person), ("Password", PASSWORD)];
            let page = browser.fill(&page, "login-submit", &credentials).await;
            app.advance(MINUTE * 40);
            let mut page = browser.answer_questions(&page).await;
            if page.heading() == "Log In" {
                assert!(invited || prompt == "login", "nothing wants a fresh log-in: {page:?}");
                page = browser.fill(&page, "login-submit", &credentials).await;
            }
            redeemed(&client, &page).await;
        }
    }

    /// Attack 71: a request that was planted long ago accepts no invitation by a log-in that was for something else.
    async fn a_stale_request_accepts_no_invitation_by_a_log_in_of_before(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let page = birch_portal(&app).authorize(&mut browser).await;
        assert_eq!(page.heading(), "Log In", "an open session accepts nothing: {page:?}");
        log_in_elsewhere(&app, &mut browser).await;
        let again = go_on(&mut browser, &page).await;
        assert_eq!(again.heading(), "Log In", "{again:?}");
        assert!(is_invited(&app).await);
        let done = log_in_slowly(&app, &mut browser, &again, SECOND).await;
        redeemed(&birch_portal(&app), &done).await;
        assert!(!is_invited(&app).await);
    }
}
