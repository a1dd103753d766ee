//! Forms that another site has the person's browser send (attack 79): it sends no cookie of ours with them (SameSite=Lax), so
//! the answer must not take the browser for a new one, or it would replace the cookie that every open page is bound to.

use super::arrived;
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;

const BROWSER: &str = "__Host-idp_browser";

/// Our own forms that need no proof in their address.
const FORMS: [&str; 9] = [
    "/login",
    "/questions",
    "/questions/cancel",
    "/no-access",
    "/consent",
    "/logout/confirm",
    "/account",
    "/account/apps",
    "/create-password",
];

/// What browsers say of a form that another site sent.
const ELSEWHERE: [&[(&str, &str)]; 4] = [
    &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    &[("origin", "https://other.example"), ("sec-fetch-site", "same-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
];

/// The person's browser as such a form leaves it: without our cookies.
fn sent_from<'a>(app: &'a TestApp, headers: &[(&str, &str)]) -> Browser<'a> {
    let mut browser = app.browser();
    browser.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    browser
}

on_each_database! {
    /// Attack 79: what another site sends changes nothing in the pages that stand open.
    async fn another_sites_form_does_not_replace_the_browsers_cookie(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        for headers in ELSEWHERE {
            for address in FORMS {
                let mut crossing = sent_from(&app, headers);
                let answer = crossing.post_once(address, &[("flow", &flow), ("username", FRANK)]).await;
                assert!(answer.status < 500, "{address}: {answer:?}");
                assert_eq!(crossing.cookies.get(BROWSER), None, "{address}: {headers:?}");
                assert_eq!(crossing.session(), None, "{address}: {headers:?}");
                browser.cookies.append(&mut crossing.cookies);
            }
        }
        let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert!(arrived(&page), "the page that stood open still works: {page:?}");
    }

    /// Never a dead end: a link from another site, and a form of a browser that has just lost its cookies, begin anew.
    async fn a_new_browser_is_given_its_cookie_by_a_link_from_anywhere_and_by_our_own_forms(app) {
        app.enrol(FRANK).await;
        let mut linked = sent_from(&app, &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]);
        let page = app.relying_party().authorize(&mut linked).await;
        assert!(linked.cookies.contains_key(BROWSER));
        linked.headers.clear();
        linked.cookies.clear();
        let fields = [("UserName", FRANK), ("Password", PASSWORD)];
        let page = linked.fill(&page, "login-submit", &fields).await;
        assert!(page.shows("This page was open for too long. Please log in again."), "{page:?}");
        assert!(arrived(&linked.fill(&page, "login-submit", &fields).await));
    }
}
