//! Wrong passwords of one account (rules section 4; R81, R82): counted before they are looked at, whoever sends them and from
//! wherever, so that fifty at one moment learn no more than six one after the other.

use std::time::Duration;

use futures::future::join_all;
use idp_domain::ports::PasswordHasher as _;

use super::{GUESS, RECOVER, WRONG, arrived, stranger, type_in};
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::database::TestDatabase;
use crate::support::on_each_database;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// How many guesses come in one burst, each from a network of its own.
const BURST: u16 = 50;

/// The log-in page in as many browsers as a burst has, at each node in turn.
async fn attackers<'a>(nodes: &[&'a TestApp]) -> Vec<(Browser<'a>, Page)> {
    let mut attackers = vec![];
    for (network, node) in (0..BURST).zip(nodes.iter().cycle()) {
        let mut browser = stranger(node, network);
        let page = node.relying_party().authorize(&mut browser).await;
        attackers.push((browser, page));
    }
    attackers
}

/// All of them send this password at the same moment; what each of them is told, and how many were looked at.
async fn burst(app: &TestApp, attackers: &mut [(Browser<'_>, Page)], password: &str) -> (Vec<Page>, u64) {
    let before = app.hasher.computed();
    let told = join_all(
        attackers.iter_mut().map(async |(browser, page)| type_in(browser, page, FRANK, password).await),
    )
    .await;
    (told, app.hasher.computed() - before)
}

async fn a_burst_at_these_nodes_is_looked_at_six_times(nodes: &[&TestApp]) {
    let app = nodes[0];
    app.enrol(FRANK).await;
    let mut attackers = attackers(nodes).await;
    let (told, looked_at) = burst(app, &mut attackers, GUESS).await;
    assert_eq!(looked_at, 6);
    let (wrong, waiting): (Vec<_>, Vec<_>) = told.iter().partition(|page| page.status == 200);
    assert_eq!((wrong.len(), waiting.len()), (6, 44));
    assert!(wrong.iter().all(|page| problems(page) == [WRONG]), "{wrong:?}");
    assert!(waiting.iter().all(|page| (page.status, retry_after(page)) == (429, 30)), "{waiting:?}");

    let (told, looked_at) = burst(app, &mut attackers, PASSWORD).await;
    assert_eq!(looked_at, 0, "the right one is not looked at either");
    assert!(told.iter().all(|page| page.status == 429), "nor is it told apart: {told:?}");
    app.advance(SECOND * 30);
    let (_, looked_at) = burst(app, &mut attackers, GUESS).await;
    assert_eq!(looked_at, 1, "one after each pause");
}

/// One try from a network that nobody failed from yet.
async fn guess(app: &TestApp, network: u16, user_name: &str, password: &str) -> Page {
    app.relying_party().log_in(&mut stranger(app, network), user_name, password).await
}

/// Seconds.
fn retry_after(page: &Page) -> u64 {
    let header = page.headers.get("retry-after").unwrap_or_else(|| panic!("nothing said of when: {page:?}"));
    header.to_str().unwrap().parse().unwrap()
}

/// Notices that were queued, sent or not.
async fn notices(app: &TestApp, event: &str) -> i64 {
    app.count(&format!("SELECT count(*) FROM outbox WHERE letter LIKE '%\"{event}\"%'")).await
}

on_each_database! {
    /// Section 4: counted in one statement, before the password is looked at.
    async fn of_fifty_guesses_at_one_moment_six_are_looked_at(app) {
        a_burst_at_these_nodes_is_looked_at_six_times(&[&app]).await;
    }

    /// R81, section 4: five are free, the sixth costs 30 s, then twice as long each time up to 30 min; success resets. P9:
    /// what waits is not looked at, right or wrong, and nobody speaks of a lock.
    async fn each_wrong_password_beyond_five_costs_twice_the_wait_of_the_one_before(app) {
        app.enrol(FRANK).await;
        let mut networks = 0..;
        let mut next = || networks.next().unwrap();
        for _ in 0..2 {
            for free in 1..=6 {
                let page = guess(&app, next(), FRANK, GUESS).await;
                assert_eq!((page.status, problems(&page)), (200, vec![WRONG.to_owned()]), "{free}");
            }
            let mut pauses = vec![];
            for _ in 0..8 {
                let before = app.hasher.computed();
                let page = guess(&app, next(), FRANK, PASSWORD).await;
                assert_eq!((page.status, app.hasher.computed()), (429, before), "{page:?}");
                assert!(page.shows("There were too many tries. Please wait"), "{page:?}");
                assert!(!page.text().to_lowercase().contains("locked"), "{page:?}");
                pauses.push(retry_after(&page));
                app.advance(Duration::from_secs(retry_after(&page)) - SECOND);
                assert_eq!(retry_after(&guess(&app, next(), FRANK, PASSWORD).await), 1);
                app.advance(SECOND);
                assert_eq!(problems(&guess(&app, next(), FRANK, GUESS).await), [WRONG]);
            }
            assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1800, 1800]);
            app.advance(MINUTE * 30);
            assert!(arrived(&guess(&app, next(), FRANK, PASSWORD).await), "and it begins anew");
        }
    }

    /// Section 4: the right password gets in as long as it is looked at, and forgets what was counted before it.
    async fn the_right_password_among_the_first_six_gets_in_and_begins_a_new_count(app) {
        app.enrol(FRANK).await;
        for network in 0..5 {
            assert_eq!(problems(&guess(&app, network, FRANK, GUESS).await), [WRONG]);
        }
        assert!(arrived(&guess(&app, 5, FRANK, PASSWORD).await));
        for network in 6..12 {
            assert_eq!(problems(&guess(&app, network, FRANK, GUESS).await), [WRONG], "{network}");
        }
        assert_eq!(guess(&app, 12, FRANK, PASSWORD).await.status, 429);
    }

    /// Section 4, NIST SP 800-63B-4 section 3.2.2: a hundred in a row, however far apart, and only a recovery helps. The
    /// person is told at the sixth and at the hundredth, once each.
    async fn a_hundred_wrong_passwords_leave_only_the_recovery_and_are_told_twice(app) {
        app.enrol(FRANK).await;
        app.postman.take();
        let mut browser = stranger(&app, 1);
        let mut page = app.relying_party().authorize(&mut browser).await;
        for failures in 1..=100 {
            page = type_in(&mut browser, &page, FRANK, GUESS).await;
            assert_eq!(problems(&page), [WRONG], "{failures}");
            let told = [notices(&app, "guesses_throttled").await, notices(&app, "password_refused").await];
            assert_eq!(told, [i64::from(failures >= 6), i64::from(failures >= 100)], "{failures}");
            app.advance(MINUTE * 30);
        }
        let before = app.hasher.computed();
        for years in 0..2 {
            page = type_in(&mut browser, &page, FRANK, PASSWORD).await;
            assert_eq!(problems(&page), [RECOVER], "{years}");
            app.advance(Duration::from_secs(365 * 24 * 3600));
        }
        assert_eq!((app.hasher.computed(), browser.session()), (before, None));
        assert_eq!(app.send_mails().await.sent, 2);
        assert!(app.postman.take().iter().all(|mail| mail.to.as_str() == FRANK));
        assert_eq!(app.audited().await.iter().filter(|it| **it == "throttle.account").count(), 2);
    }

    /// Attack 28 (CVE-2025-24806), R82, P11: the account is counted, not what was typed; so is one that does not exist.
    async fn every_spelling_of_a_user_name_shares_one_count(app) {
        app.enrol(FRANK).await;
        for name in [FRANK, "nobody@example.com"] {
            let wide: String =
                name.chars().map(|c| if c == 'n' { '\u{ff4e}' } else { c }).collect();
            let spellings = [
                name.to_owned(),
                name.to_uppercase(),
                format!("  {name}\t"),
                wide,
                name.replace("example", "EXAMPLE"),
                format!("\u{a0}{name}"),
            ];
            for (network, typed) in (0..).zip(&spellings) {
                assert_eq!(problems(&guess(&app, network, typed, GUESS).await), [WRONG], "{typed:?}");
            }
            for (network, typed) in (10..).zip(&spellings) {
                assert_eq!(guess(&app, network, typed, PASSWORD).await.status, 429, "{typed:?}");
            }
        }
    }

    /// P7, section 4: what was not looked at, because too many passwords were being hashed, is not counted.
    async fn a_guess_that_was_not_looked_at_costs_no_try(app) {
        app.enrol(FRANK).await;
        app.hasher.set_busy(true);
        for network in 0..10 {
            assert_eq!(guess(&app, network, FRANK, PASSWORD).await.status, 503);
        }
        app.hasher.set_busy(false);
        for network in 10..16 {
            assert_eq!(problems(&guess(&app, network, FRANK, GUESS).await), [WRONG]);
        }
        app.advance(SECOND * 30);
        app.hasher.set_busy(true);
        assert_eq!(guess(&app, 16, FRANK, PASSWORD).await.status, 503);
        app.hasher.set_busy(false);
        assert!(arrived(&guess(&app, 17, FRANK, PASSWORD).await), "no pause for what was not looked at");
    }
}

/// Section 4: nodes count together, whatever ephemeral state each has of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_guesses_at_two_nodes_six_are_looked_at() {
    let app = TestApp::on(TestDatabase::postgres().await).await;
    let other = app.another_node().await;
    a_burst_at_these_nodes_is_looked_at_six_times(&[&app, &other]).await;
}
