//! What a bootstrap link does when it is looked at, and when it can no longer be used (L2-L4; attacks 6, 7).

use std::time::Duration;

use super::{FURTHER, RUTH, becomes_operator, first_link, operators, printed, send};
use crate::support::browser::Page;
use crate::support::on_each_database;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn has_no_form(page: &Page) -> bool {
    page.select("form").is_empty() && !page.html.contains(RUTH)
}

on_each_database! {
    /// R70: a scanner may open the link as often as it likes, by GET and by HEAD.
    async fn looking_at_the_link_never_uses_it_up(app) {
        let link = first_link(&app).await;
        for _ in 0..5 {
            assert_eq!(app.browser().get_once(&link).await.status, 303);
            assert_eq!(app.browser().head_once(&link).await.status, 303);
        }
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        for _ in 0..3 {
            assert_eq!(browser.get("/bootstrap").await.heading(), FURTHER);
        }
        assert_eq!(operators(&app).await, 0);
        assert_eq!(send(&mut browser, &page, &[]).await.heading(), "Log In");
    }

    /// L4: the secret leaves the address bar at once.
    async fn the_secret_is_swapped_for_a_cookie_and_a_clean_address(app) {
        let link = first_link(&app).await;
        let mut browser = app.browser();
        let landed = browser.get_once(&link).await;
        assert_eq!((landed.status, &landed.headers["location"]), (303, &"/bootstrap".parse().unwrap()));
        assert_eq!(landed.headers["cache-control"], "no-store");
        let cookie = browser.cookies.get("__Host-idp_bootstrap").expect("a cookie").clone();
        let secret = link.rsplit_once('.').unwrap().1;
        assert!(!cookie.contains(secret), "{cookie}");
        let page = browser.get("/bootstrap").await;
        assert!(page.url.query().is_none() && !page.html.contains(secret));
        assert_eq!(page.headers["referrer-policy"], "same-origin");
        send(&mut browser, &page, &[]).await;
        assert!(!browser.cookies.contains_key("__Host-idp_bootstrap"), "it has done its work");
    }

    /// L3: somebody who finds the link in a shell's history makes nobody an operator with it, however it is tried.
    async fn a_used_link_is_dead_for_whoever_finds_it(app) {
        let link = first_link(&app).await;
        let mut thief = app.browser();
        let opened_before = thief.get(&link).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        send(&mut browser, &page, &[]).await;
        let mine = [("Your email address", "thief@elsewhere.example")];
        for used in [
            send(&mut thief, &opened_before, &mine).await,
            thief.get(&link).await,
            app.browser().get(&link).await,
        ] {
            assert_eq!(used.heading(), "This link was used", "{used:?}");
            assert!(has_no_form(&used) && used.attribute("#log-in", "href").is_some());
        }
        assert_eq!(operators(&app).await, 1);
        assert!(app.find_account("thief@elsewhere.example").await.is_none());
    }

    /// L2, L3, attack 6: a second past its day a link is dead, and so is a form that was drawn in time.
    async fn a_link_works_for_a_day_to_the_second(app) {
        let link = first_link(&app).await;
        let mut browser = app.browser();
        app.advance(DAY - SECOND);
        let page = browser.get(&link).await;
        assert_eq!(page.heading(), FURTHER);
        app.advance(SECOND);
        for late in [send(&mut browser, &page, &[]).await, app.browser().get(&link).await] {
            assert_eq!(late.heading(), "This link has expired", "{late:?}");
            assert!(has_no_form(&late));
        }
        assert_eq!(operators(&app).await, 0);
        let renewed = first_link(&app).await;
        let page = browser.get(&renewed).await;
        assert_eq!(send(&mut browser, &page, &[]).await.heading(), "Log In");
    }

    /// L3: of two links only the newest ever works, and after it was used neither does.
    async fn a_newer_link_ends_the_one_before(app) {
        let older = first_link(&app).await;
        let (mut early, mut browser) = (app.browser(), app.browser());
        let opened = early.get(&older).await;
        let newer = first_link(&app).await;
        assert_ne!(older, newer);
        let refused = send(&mut early, &opened, &[]).await;
        assert_eq!(refused.heading(), "This link does not work", "{refused:?}");
        let page = browser.get(&newer).await;
        assert_eq!(send(&mut browser, &page, &[]).await.heading(), "Log In");
        assert!(has_no_form(&app.browser().get(&older).await));
        assert!(has_no_form(&app.browser().get(&newer).await));
        assert_eq!(operators(&app).await, 1);
    }

    /// A link for the first operator makes no second one, whatever made the first.
    async fn a_link_for_the_first_operator_is_dead_once_there_is_one(app) {
        let link = first_link(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        app.activate("sam@operator.example").await;
        app.change_account("sam@operator.example", |account| account.is_operator = true).await;
        for late in [send(&mut browser, &page, &[]).await, app.browser().get(&link).await] {
            assert_eq!(late.heading(), "There is an operator already", "{late:?}");
            assert!(has_no_form(&late));
        }
        assert_eq!(operators(&app).await, 1);
    }

    /// L3: of many who send the form at the same moment one becomes the operator, and the others are told.
    async fn of_many_at_once_one_becomes_the_operator(app) {
        let link = first_link(&app).await;
        let mut browsers: Vec<_> = (0..6).map(|_| app.browser()).collect();
        let mut sent = Vec::new();
        for (n, browser) in browsers.iter_mut().enumerate() {
            let page = browser.get(&link).await;
            let address = format!("operator{n}@operator.example");
            sent.push(async move { send(browser, &page, &[("Your email address", &address)]).await.heading() });
        }
        let headings = futures::future::join_all(sent).await;
        assert_eq!(headings.iter().filter(|heading| *heading == "Log In").count(), 1, "{headings:?}");
        assert_eq!(headings.iter().filter(|heading| *heading == "This link was used").count(), 5, "{headings:?}");
        assert_eq!(operators(&app).await, 1);
    }

    /// A forged, cut or foreign secret learns nothing.
    async fn a_forged_link_opens_nothing(app) {
        let link = first_link(&app).await;
        let (id, secret) = link.split_once("ticket=").unwrap().1.split_once('.').unwrap();
        let invited = { app.admin().create(crate::account::FRANK).await; app.activation_link(crate::account::FRANK).await };
        let foreign = invited.split_once("ticket=").unwrap().1.to_owned();
        for forged in [String::new(), id.to_owned(), format!("{id}.{}", "A".repeat(43)), format!("{id}.{}", &secret[1..]), foreign] {
            let page = app.browser().get(&format!("/bootstrap?ticket={forged}")).await;
            assert_eq!((page.status, page.heading().as_str()), (200, "This link does not work"), "{forged}");
            assert!(has_no_form(&page));
        }
        assert_eq!(app.browser().get("/bootstrap").await.heading(), "This link does not work");
    }

    /// CVE-2023-34927, CVE-2023-26481: neither another site's form nor one drawn for another link makes an operator.
    async fn a_form_from_elsewhere_or_of_another_link_makes_nobody_an_operator(app) {
        becomes_operator(&app).await;
        let link = printed(&app, true).await.unwrap();
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let fields = [("given_name", "Eve"), ("family_name", "Evil"), ("email", "eve@elsewhere.example")];
        assert_eq!(browser.post("/bootstrap", &fields).await.heading(), FURTHER, "no token");
        browser.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
        let foreign = send(&mut browser, &page, &[("Your email address", "eve@elsewhere.example")]).await;
        assert_eq!(foreign.heading(), FURTHER, "{foreign:?}");
        browser.headers.clear();
        let newer = printed(&app, true).await.unwrap();
        browser.get(&newer).await;
        let shown_again = send(&mut browser, &page, &[("Your email address", "eve@elsewhere.example")]).await;
        assert_eq!(shown_again.heading(), FURTHER, "{shown_again:?}");
        assert_eq!(operators(&app).await, 1);
    }

    /// L1: of the link there is a digest in the database, and nothing at all in the audit log.
    async fn the_secret_is_stored_nowhere(app) {
        let link = first_link(&app).await;
        let secret = link.rsplit_once('.').unwrap().1;
        let mut tx = app.env.store.read().await.unwrap();
        let log = format!("{:?}", tx.audit().list(None, 100).await.unwrap());
        assert!(log.contains("tkt_") && !log.contains(secret), "{log}");
        assert_eq!(app.count("SELECT CAST(length(digest) AS bigint) FROM bootstrap_tickets").await, 32);
    }
}
