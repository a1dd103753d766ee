//! Who may look at a person's own pages, and the way there: the log-in and what must be done first (R48, R51, R76; rules
//! section 5).

use idp_domain::account::AccountState;
use idp_domain::member::MembershipState;

use super::{ACCOUNT, APPS, HOUR, SECOND, at_account, frank_at_account, log_in, recorded, save, stored};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const PAGES: [(&str, &str); 2] = [("/account", ACCOUNT), ("/account/apps", APPS)];

on_each_database! {
    /// Nobody signed in: the log-in, under the product's own name, and then the page that was asked for.
    async fn who_is_not_logged_in_logs_in_and_comes_to_the_page(app) {
        app.enrol(FRANK).await;
        for (path, heading) in PAGES {
            let mut browser = app.browser();
            let page = browser.get(path).await;
            assert_eq!(
                page.select(".brand"),
                [app.env.policy.product_name.as_str()],
                "no agency's: {page:?}"
            );
            assert!(!page.html.contains(FRANK) && !page.html.contains("Maple"), "{page:?}");
            let wrong = [("UserName", FRANK), ("Password", "not the password at all")];
            let page = browser.fill(&page, "login-submit", &wrong).await;
            let page = log_in(&mut browser, &page, FRANK).await;
            assert_eq!((page.heading().as_str(), page.url.path()), (heading, path));
            assert_eq!(browser.get(path).await.heading(), heading, "nothing is asked twice");
            let portal = app.relying_party().authorize(&mut browser).await;
            assert!(portal.sent("code").is_some(), "one log-in for everything: {portal:?}");
        }
    }

    /// R4: who is signed in for a portal is signed in here.
    async fn who_is_logged_in_at_a_portal_is_asked_nothing(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        for (path, heading) in PAGES {
            let page = browser.get(path).await;
            assert_eq!((page.status, page.heading().as_str()), (200, heading), "{page:?}");
        }
    }

    /// R48: the security questions come before the pages, and no form goes around them.
    async fn what_must_be_done_first_is_done_first(app) {
        for (person, (path, heading)) in [FRANK, GRACE].into_iter().zip(PAGES) {
            app.activate(person).await;
            let mut browser = app.browser();
            let page = browser.get(path).await;
            let page = log_in(&mut browser, &page, person).await;
            assert_eq!(page.heading(), "Security Questions", "{page:?}");
            for (path, _) in PAGES {
                assert_eq!(browser.get(path).await.heading(), "Security Questions", "{path}");
            }
            let csrf = page.attribute("input[name=csrf]", "value").unwrap();
            let sent =
                [("csrf", csrf.as_str()), ("nickname", "Early"), ("seen", ""), ("client", "portal.99999")];
            for (path, _) in PAGES {
                assert_eq!(browser.post(path, &sent).await.heading(), "Security Questions", "{path}");
            }
            assert_eq!(stored(&app, person).await.nickname, None);
            let page = browser.answer_questions(&page).await;
            assert_eq!((page.heading().as_str(), page.url.path()), (heading, path));
        }
        assert_eq!(recorded(&app, "account.profile_changed").await, 0);
    }

    /// R51: Cancel signs out; where no client waits it ends at the start page.
    async fn cancel_at_the_questions_ends_at_the_start_page(app) {
        app.activate(FRANK).await;
        let mut browser = app.browser();
        let page = browser.get("/account").await;
        let page = log_in(&mut browser, &page, FRANK).await;
        let page = browser.fill(&page, "questions-cancel", &[]).await;
        assert_eq!((page.status, page.url.path(), browser.session()), (200, "/", None));
        assert_eq!(browser.get("/account").await.heading(), "Log In");
    }

    /// Section 5, HIPAA automatic log-off: after an idle hour, and after twelve in all, the page is closed; a form that
    /// stood open saves nothing and leads through the log-in back to the page.
    async fn a_page_that_stood_open_too_long_saves_nothing(app) {
        app.enrol(FRANK).await;
        for later in [HOUR, HOUR * 12, HOUR * 24 * 40] {
            let (mut browser, page) = at_account(&app, FRANK).await;
            let csrf = page.attribute("input[name=csrf]", "value").unwrap();
            app.advance(later);
            for (path, _) in PAGES {
                assert_eq!(browser.get(path).await.heading(), "Log In", "{later:?}");
                let sent = [("csrf", csrf.as_str()), ("client", "portal.99999")];
                assert_eq!(browser.post(path, &sent).await.heading(), "Log In", "{later:?}");
            }
            let refused = save(&mut browser, &page, &[("Nickname", "Late")]).await;
            let back = log_in(&mut browser, &refused, FRANK).await;
            assert_eq!(
                (back.heading().as_str(), back.value("Nickname").as_str()),
                (ACCOUNT, ""),
                "{later:?}"
            );
            assert!(back.select("#notice").is_empty(), "not called a success: {back:?}");
            assert!(problems(&browser.get("/account").await).is_empty());
        }
        assert_eq!(recorded(&app, "account.profile_changed").await, 0);
    }

    /// A log-out in another tab closes the pages, and so does the end of the account.
    async fn a_page_that_outlived_its_session_saves_nothing(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let confirm = browser.get("/logout").await;
        let mut tab = app.browser();
        tab.cookies = browser.cookies.clone();
        browser.fill(&confirm, "logout-yes", &[]).await;
        for browser in [&mut browser, &mut tab] {
            assert_eq!(save(browser, &page, &[("Nickname", "Late")]).await.heading(), "Log In");
        }

        let (mut browser, page) = at_account(&app, FRANK).await;
        let now = app.env.now();
        app.change_account(FRANK, |account| {
            let password = account.password().cloned();
            account.state = AccountState::Disabled { at: now, password };
        })
        .await;
        let refused = save(&mut browser, &page, &[("Nickname", "Late")]).await;
        assert_eq!(
            log_in(&mut browser, &refused, FRANK).await.heading(),
            "Log In",
            "and there is no way back in"
        );
        assert_eq!(
            (stored(&app, FRANK).await.nickname, recorded(&app, "account.profile_changed").await),
            (None, 0)
        );
    }

    /// R76: a person whom no agency has any more still has an account, and may look at it.
    async fn a_person_without_an_agency_still_has_their_account(app) {
        app.enrol(FRANK).await;
        let now = app.env.now();
        for state in [MembershipState::Inactive { since: now }, MembershipState::Removed { at: now }] {
            app.change_membership(&app.maple, FRANK, |it| it.state = state).await;
            let (mut browser, page) = at_account(&app, FRANK).await;
            let page = super::saved(&mut browser, &page, &[("City", "Guelph")]).await;
            assert_eq!(page.value("City"), "Guelph");
            assert_eq!(browser.get("/account/apps").await.heading(), APPS);
            app.advance(SECOND);
        }
    }

    /// A flow of a visit leads to its page, wherever it is taken; it answers no client.
    async fn a_visits_flow_leads_nowhere_else(app) {
        let mut stranger = app.browser();
        let page = stranger.get("/account/apps").await;
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        let (mut browser, page) = frank_at_account(&app).await;
        for (path, heading) in
            [("/continue", APPS), ("/consent", APPS), ("/questions", APPS), ("/login", "Log In")]
        {
            let shown = browser.get(&format!("{path}?flow={flow}")).await;
            assert_eq!((shown.status, shown.heading().as_str()), (200, heading), "{path}: {shown:?}");
        }
        let csrf = page.attribute("input[name=csrf]", "value").unwrap();
        for answer in ["allow", "deny", "nonsense"] {
            let sent = [("csrf", csrf.as_str()), ("flow", &flow), ("answer", answer)];
            assert_eq!(browser.post("/consent", &sent).await.heading(), APPS, "{answer}");
        }
        for altered in ["", "x", &flow[1..], &format!("{flow}A")] {
            let page = browser.get(&format!("/continue?flow={altered}")).await;
            assert_eq!(
                (page.status, page.heading().as_str()),
                (400, "We could not open this page"),
                "{altered}"
            );
        }
    }

    /// `pages.md`, "Dead ends do not exist": from each page to the other and out, and from the start page in.
    async fn the_pages_lead_to_each_other_and_out(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let start = browser.get("/").await;
        assert_eq!(start.attribute("#account", "href").as_deref(), Some("/account"));
        assert!(start.shows(&format!("You are logged in as {FRANK}.")), "{start:?}");
        assert_eq!(app.browser().get("/").await.attribute("#account", "href"), None);
        let apps = browser.get("/account/apps").await;
        let menu = [
            ("Profile", "/account"),
            ("Security", "/account/security"),
            ("Devices", "/account/sessions"),
            ("Agencies", "/account/companies"),
            ("Apps", "/account/apps"),
            ("Activity", "/account/activity"),
            ("Your data", "/account/data"),
            ("Log out", "/logout"),
        ];
        for (page, here) in [(page, "Profile"), (apps, "Apps")] {
            assert_eq!(page.select("nav a"), menu.map(|(name, _)| name));
            assert_eq!(page.select("nav [aria-current=page]"), [here]);
            for (nth, (_, address)) in (1..).zip(menu) {
                let href = page.attribute(&format!("nav a:nth-child({nth})"), "href");
                assert_eq!(href.as_deref(), Some(address));
            }
        }
        let confirm = browser.get("/logout").await;
        let out = browser.fill(&confirm, "logout-yes", &[]).await;
        assert_eq!((out.heading().as_str(), browser.session()), ("You are signed out", None));
    }
}
