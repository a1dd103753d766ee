//! The way into the office: to the very page that was asked for and nowhere else, noted as a log-in, and closed to a browser
//! whose log-in the agency has ended (R33, R74, R91; RFC 9700 section 4.11).

use idp_domain::member::{Authority, MembershipState};

use super::{MINUTE, RUTH, SECOND, at, log_in, notice, person_path, press, ruth};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

/// From "Log In" to wherever it leads.
async fn enter(browser: &mut Browser<'_>, page: &Page) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    browser.fill(page, "login-submit", &[("UserName", RUTH), ("Password", PASSWORD)]).await
}

/// Path and query of a page.
fn address(page: &Page) -> String {
    page.url.query().map_or(page.url.path().to_owned(), |query| format!("{}?{query}", page.url.path()))
}

async fn last_log_in(app: &TestApp, company: &idp_domain::company::Company) -> Option<idp_domain::Timestamp> {
    app.membership(company, RUTH).await.last_sign_in
}

on_each_database! {
    async fn whoever_logs_in_is_at_the_page_they_asked_for(app) {
        ruth(&app).await;
        let person = person_path(&app, RUTH).await;
        for asked in [at(&app.maple, "?state=locked&q=J%C3%B6rg"), at(&app.maple, "/add"), person, "/office".to_owned()] {
            let mut browser = app.browser();
            let page = browser.get(&asked).await;
            let page = enter(&mut browser, &page).await;
            let expected = if asked == "/office" { at(&app.maple, "") } else { asked };
            assert_eq!((page.status, address(&page)), (200, expected), "{page:?}");
        }
    }

    /// RFC 9700 section 4.11: no open redirect. Whatever stood in the address, the log-in leads to the office on our own host.
    async fn the_log_in_leads_nowhere_but_to_the_office(app) {
        ruth(&app).await;
        let long = at(&app.maple, &format!("?q={}", "x".repeat(2000)));
        for asked in [
            "/office/%2F%2Fevil.example",
            "/office/%5C%5Cevil.example",
            "/office/..%2Faccount",
            "/office/x?next=//evil.example",
            "/office?//evil.example",
            "/office?https://evil.example/office",
            &long,
        ] {
            let mut browser = app.browser();
            let page = browser.get(asked).await;
            let page = enter(&mut browser, &page).await;
            assert_eq!((page.location(), page.url.host_str()), (None, Some("id.example")), "{asked}: {page:?}");
            assert!(page.url.path().starts_with("/office"), "{asked}: {page:?}");
        }
        for asked in ["//evil.example", "//evil.example/office", "/%5Cevil.example", "/office//evil.example/x"] {
            let page = app.browser().get_once(&format!("https://id.example{asked}")).await;
            assert_eq!((page.status, page.location()), (404, None), "{asked}: {page:?}");
        }
        // What a flow leads to stands sealed in it; a word beside it leads nowhere.
        let mut browser = app.browser();
        let page = browser.get("/office").await;
        let page = browser.get(&format!("{}&next=//evil.example&path=//evil.example", address(&page))).await;
        let page = enter(&mut browser, &page).await;
        assert_eq!(address(&page), at(&app.maple, ""));
        let forged = browser.get_once("/continue?flow=//evil.example").await;
        assert!(forged.status == 400 && forged.location().is_none(), "{forged:?}");
    }

    /// Who uses no portal has logged in, too: at the agency whose pages they opened, and at no other (R33).
    async fn the_first_visit_since_the_log_in_is_the_last_log_in(app) {
        app.employ(RUTH, &[(&app.maple, Authority::Administrator), (&app.birch, Authority::Administrator)]).await;
        for company in [&app.maple, &app.birch] {
            app.change_membership(company, RUTH, |it| it.last_sign_in = None).await;
        }
        app.advance(MINUTE);
        let mut browser = log_in(&app, RUTH).await;
        browser.get("/office").await;
        assert_eq!(last_log_in(&app, &app.maple).await, None, "seen from the list only");
        app.advance(MINUTE);
        let visited = app.env.now();
        let page = browser.get(&at(&app.maple, "?state=never_signed_in")).await;
        assert!(!page.shows("Ruth"), "{page:?}");
        app.advance(MINUTE);
        browser.get(&at(&app.maple, "")).await;
        assert_eq!(last_log_in(&app, &app.maple).await, Some(visited));
        assert_eq!(last_log_in(&app, &app.birch).await, None, "R33");
        let mut browser = log_in(&app, RUTH).await;
        browser.get(&at(&app.maple, "")).await;
        assert_eq!(last_log_in(&app, &app.maple).await, Some(app.env.now()));
    }

    /// R74: where an agency ended what somebody had open, they prove who they are again; elsewhere they go on (R33).
    async fn who_was_logged_out_at_one_agency_logs_in_there_again(app) {
        app.employ(RUTH, &[(&app.maple, Authority::Administrator), (&app.birch, Authority::Administrator)]).await;
        let mut browser = log_in(&app, RUTH).await;
        app.advance(SECOND);
        let stale = browser.get(&at(&app.maple, "/add")).await;
        let page = press(&app, &mut browser, RUTH, "revoke-sessions").await;
        assert_eq!(page.heading(), "Log In", "{page:?}");
        for asked in [at(&app.maple, ""), person_path(&app, RUTH).await] {
            assert_eq!(browser.get(&asked).await.heading(), "Log In", "{asked}");
        }
        assert_eq!(browser.fill(&stale, "create", &[]).await.heading(), "Log In");
        assert_eq!(browser.get(&at(&app.birch, "")).await.heading(), "People", "R33");
        app.advance(SECOND);
        let page = enter(&mut browser, &page).await;
        assert_eq!(page.heading(), "Manage Identity Account", "{page:?}");
        assert_eq!(browser.get(&at(&app.maple, "")).await.heading(), "People");
    }

    /// R76, R91: removed and invited again, an old browser accepts nothing; the log-in at the office does.
    async fn who_was_removed_and_invited_again_is_accepted_by_a_log_in(app) {
        let mut browser = ruth(&app).await;
        app.advance(SECOND);
        let now = app.env.now();
        app.change_membership(&app.maple, RUTH, |it| {
            let particulars = it.particulars.clone();
            *it = it.clone().leave(now).and_then(|left| left.invite_again(particulars)).unwrap();
        })
        .await;
        let page = browser.get("/office").await;
        assert_eq!(page.heading(), "Log In", "{page:?}");
        assert_eq!(app.membership(&app.maple, RUTH).await.state, MembershipState::Invited);
        app.advance(SECOND);
        let page = enter(&mut browser, &page).await;
        assert_eq!(page.heading(), "People", "{page:?}");
        assert!(app.membership(&app.maple, RUTH).await.is_active() && notice(&page).is_empty());
    }
}
