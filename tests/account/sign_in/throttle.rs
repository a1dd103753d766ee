//! Failures of one network (rules section 4): 20 a minute, 300 an hour, then a wait that is said in words; and those of one
//! company, of which nobody but its operator is told.

use std::time::Duration;

use idp_domain::audit::AuditAction;
use idp_domain::ports::PasswordHasher as _;

use super::{GUESS, arrived, stranger};
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const MINUTE: Duration = Duration::from_secs(60);

async fn fail(app: &TestApp, browser: &mut Browser<'_>, times: usize) {
    let mut page = app.relying_party().authorize(browser).await;
    for n in 0..times {
        let name = format!("nobody{n}.{}@example.com", app.env.now().seconds());
        page = browser.fill(&page, "login-submit", &[("UserName", &name), ("Password", "guess")]).await;
        assert!(page.shows("Invalid username or password"), "{n}: {page:?}");
    }
}

on_each_database! {
    /// Section 4, attack 34: the 21st try of a network in a minute is not looked at; other networks go on.
    async fn a_network_with_twenty_failures_waits_for_the_next_minute(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        browser.address = [198, 51, 100, 7];
        fail(&app, &mut browser, 20).await;
        let before = app.hasher.computed();
        app.advance(Duration::from_secs(15));
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(problems(&page), ["There were too many tries. Please wait 45 seconds, then try again."]);
        assert_eq!((page.status, page.headers["retry-after"].to_str().unwrap()), (429, "45"));
        assert_eq!(app.hasher.computed(), before, "a flood costs no hashing");

        let mut neighbour = app.browser();
        neighbour.address = [198, 51, 100, 250];
        let page = app.relying_party().log_in(&mut neighbour, FRANK, PASSWORD).await;
        assert!(page.shows("too many tries"), "the same /24: {page:?}");
        let mut forger = app.browser();
        forger.address = [198, 51, 100, 7];
        forger.headers = vec![("x-forwarded-for".to_owned(), "203.0.113.9".to_owned())];
        let page = app.relying_party().log_in(&mut forger, FRANK, PASSWORD).await;
        assert!(page.shows("too many tries"), "an untrusted X-Forwarded-For changes nothing: {page:?}");
        let mut elsewhere = app.browser();
        elsewhere.address = [198, 51, 101, 7];
        assert!(arrived(&app.relying_party().log_in(&mut elsewhere, FRANK, PASSWORD).await));

        app.advance(Duration::from_secs(45));
        assert!(arrived(&app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await));
    }

    /// Section 4: guesses sent at the same moment share the limit; the right one among the surplus is not told either.
    async fn a_burst_learns_no_more_than_the_limit_allows(app) {
        app.enrol(FRANK).await;
        let guess = async |n: usize| {
            let mut browser = app.browser();
            browser.address = [198, 51, 100, 7];
            let name = format!("nobody{n}@example.com");
            app.relying_party().log_in(&mut browser, &name, GUESS).await.status
        };
        let told = futures::future::join_all((0..60).map(guess)).await;
        assert_eq!(told.iter().filter(|status| **status == 200).count(), 20, "{told:?}");
        assert_eq!(told.iter().filter(|status| **status == 429).count(), 40, "{told:?}");
    }

    /// Section 4: 300 failures an hour, and the wait is said in minutes.
    async fn a_network_with_three_hundred_failures_waits_for_the_next_hour(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        for _ in 0..15 {
            fail(&app, &mut browser, 20).await;
            app.advance(MINUTE);
        }
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(problems(&page), ["There were too many tries. Please wait 45 minutes, then try again."]);
        app.advance(MINUTE * 45);
        assert!(arrived(&app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await));
    }

    /// Behind a trusted proxy it is the person's own network that counts (attack 34, CVE-2024-47070).
    async fn behind_a_trusted_proxy_the_forwarded_network_counts(app) {
        app.enrol(FRANK).await;
        let through_proxy = |from: &str| {
            let mut browser = app.browser();
            browser.address = [127, 0, 0, 1];
            browser.headers = vec![("x-forwarded-for".to_owned(), from.to_owned())];
            browser
        };
        fail(&app, &mut through_proxy("203.0.113.9"), 20).await;
        let mut same = through_proxy("8.8.8.8, 203.0.113.77");
        let page = app.relying_party().log_in(&mut same, FRANK, PASSWORD).await;
        assert!(page.shows("too many tries"), "{page:?}");
        let mut other = through_proxy("203.0.114.9");
        assert!(arrived(&app.relying_party().log_in(&mut other, FRANK, PASSWORD).await));
    }

    /// Attack 34: some proxies write the port, too; their clients are still told apart.
    async fn behind_a_proxy_that_writes_ports_clients_are_told_apart(app) {
        app.enrol(FRANK).await;
        let through_proxy = |from: &str| {
            let mut browser = app.browser();
            browser.address = [127, 0, 0, 1];
            browser.headers = vec![("x-forwarded-for".to_owned(), from.to_owned())];
            browser
        };
        for (flood, same, other) in [
            ("203.0.113.9:50001", "203.0.113.77:1", "203.0.114.9:50001"),
            ("[2001:db8:1:2::1]:443", "[2001:db8:1:2::2]", "[2001:db8:1:3::1]:443"),
        ] {
            fail(&app, &mut through_proxy(flood), 20).await;
            let page = app.relying_party().log_in(&mut through_proxy(same), FRANK, PASSWORD).await;
            assert_eq!(page.status, 429, "{same}");
            let page = app.relying_party().log_in(&mut through_proxy(other), FRANK, PASSWORD).await;
            assert!(arrived(&page), "{other}: {page:?}");
        }
    }

    /// Section 4: of IPv6 it is the /64 that one household or office has (attack 34).
    async fn of_ipv6_the_64_counts(app) {
        app.enrol(FRANK).await;
        let through_proxy = |from: &str| {
            let mut browser = app.browser();
            browser.address = [127, 0, 0, 1];
            browser.headers = vec![("x-forwarded-for".to_owned(), from.to_owned())];
            browser
        };
        fail(&app, &mut through_proxy("2001:db8:1:2::1"), 20).await;
        let mut same = through_proxy("2001:db8:1:2:ffff:ffff:ffff:ffff");
        assert_eq!(app.relying_party().log_in(&mut same, FRANK, PASSWORD).await.status, 429);
        let mut other = through_proxy("2001:db8:1:3::1");
        assert!(arrived(&app.relying_party().log_in(&mut other, FRANK, PASSWORD).await));
    }

    /// Section 4: an unusual number of failures through one agency's own log-in raises one alarm an hour; nobody waits for it.
    async fn a_companys_failures_raise_one_alarm_an_hour(app) {
        let app = app.restarted_under(|policy| policy.company_failures_per_hour = 4).await;
        app.enrol(FRANK).await;
        let birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        for n in 0..3 {
            birch.log_in(&mut stranger(&app, n), &format!("at-birch{n}@example.com"), GUESS).await;
        }
        for hour in 1..=2 {
            for n in 0..7 {
                assert_eq!(alarms(&app).await, hour - i64::from(n < 4), "{hour}: {n}");
                let page =
                    app.relying_party().log_in(&mut stranger(&app, n), &format!("{n}@example.com"), GUESS).await;
                assert!(page.shows("Invalid username or password"), "{page:?}");
                assert!(arrived(&app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await));
            }
            app.advance(MINUTE * 60);
        }
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(Some(app.maple.id), 1000).await.unwrap();
        let of_maple = events.iter().filter(|event| event.action == AuditAction::CompanyAlarm).count();
        assert_eq!((of_maple, alarms(&app).await), (2, 2), "Birch had too few");
    }
}

async fn alarms(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM audit_events WHERE action = 'throttle.company_alarm'").await
}
