//! Guesses at user codes: RFC 8628 section 5.1; rules section 6; attack 27.

use std::time::Duration;

use futures::future::join_all;
use idp_service::device::Entered;

use super::{browser_of, prepare};
use crate::oidc::{FRANK, HOUR, MARY, MINUTE, SECOND};
use crate::support::app::{MASTER, TestApp};
use crate::support::browser::Browser;
use crate::support::desktop::Desktop;
use crate::support::on_each_database;

/// Codes of nothing; there are 25.6 thousand million.
const WRONG: [&str; 5] = ["BBBB-BBBB", "bbbb cccc", "DDDDDDDD", "F-F-F-F-F-F-F-F", "GGGG-GGGH"];

/// A browser of its own, in which nobody is logged in.
fn browser_at(app: &TestApp, address: [u8; 4]) -> Browser<'_> {
    let mut browser = app.browser();
    browser.address = address;
    browser
}

fn is_unknown(entered: &Entered) -> bool {
    matches!(entered, Entered::Unknown)
}

#[track_caller]
fn assert_waits(entered: &Entered, at_most: Duration) {
    let Entered::TooMany { wait } = entered else { panic!("{entered:?}") };
    assert!(*wait > Duration::ZERO && *wait <= at_most, "{wait:?}");
}

on_each_database! {
    /// Rules section 6: "5 per browser session": then not even the right one is looked at, until the span is over.
    async fn a_browser_has_five_wrong_codes(app) {
        prepare(&app).await;
        let browser = browser_at(&app, [192, 0, 2, 7]);
        for code in WRONG {
            assert!(is_unknown(&app.enter(&browser, code).await), "{code}");
        }
        let codes = Desktop::new(&app).ask().await;
        assert_waits(&app.enter(&browser, &codes.user_code).await, MINUTE * 10);
        let neighbour = browser_at(&app, [192, 0, 2, 8]);
        app.open(&neighbour, &codes).await;
        app.advance(MINUTE * 10);
        let codes = Desktop::new(&app).ask().await;
        app.open(&browser, &codes).await;
    }

    /// Rules section 6: "20/h per IP", whichever browsers they came by: a cookie that is thrown away buys no more of them.
    async fn a_network_has_twenty_wrong_codes_in_an_hour(app) {
        prepare(&app).await;
        for host in 1..=4 {
            for code in WRONG {
                assert!(is_unknown(&app.enter(&browser_at(&app, [203, 0, 113, host]), code).await), "{host}");
            }
        }
        let codes = Desktop::new(&app).ask().await;
        assert_waits(&app.enter(&browser_at(&app, [203, 0, 113, 99]), &codes.user_code).await, HOUR);
        app.open(&browser_at(&app, [198, 51, 100, 1]), &codes).await;
        app.advance(HOUR);
        let codes = Desktop::new(&app).ask().await;
        app.open(&browser_at(&app, [203, 0, 113, 99]), &codes).await;
    }

    /// Rules section 6, the same at one moment: each is counted before it is looked at, so that a burst learns no more than the
    /// limits allow, and neither a right one among them nor one that was not looked at is held against anybody.
    async fn a_burst_of_codes_learns_no_more_than_the_limits_allow(app) {
        prepare(&app).await;
        let app = &app;
        let looked_at = async |count: u8, browser: fn(u8) -> [u8; 4]| {
            let guesses = (0..count).map(|n| async move { app.enter(&browser_at(app, browser(n)), WRONG[0]).await });
            let answers = join_all(guesses).await;
            answers.iter().filter(|entered| is_unknown(entered)).count()
        };
        assert_eq!(looked_at(40, |_| [192, 0, 2, 7]).await, 5, "one browser");
        assert_eq!(looked_at(40, |n| [203, 0, 113, n]).await, 20, "one network");
        assert_eq!(looked_at(40, |n| [10, 0, n, 1]).await, 40, "forty networks");

        let desktop = Desktop::new(app);
        let browser = browser_at(app, [198, 51, 100, 1]);
        for code in &WRONG[1..] {
            assert!(is_unknown(&app.enter(&browser, code).await), "four wrong ones: {code}");
        }
        for _ in 0..3 {
            app.open(&browser, &desktop.ask().await).await;
        }
        assert!(is_unknown(&app.enter(&browser, WRONG[0]).await), "right ones took none of the tries");
        for _ in 0..3 {
            assert_waits(&app.enter(&browser, WRONG[0]).await, MINUTE * 10);
        }
        app.advance(MINUTE * 10);
        app.open(&browser, &desktop.ask().await).await;
    }

    /// Rules section 6: what cannot be a code is a slip, and an office types many right ones.
    async fn right_codes_and_slips_cost_nothing(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let browser = browser_at(&app, [192, 0, 2, 7]);
        for _ in 0..10 {
            app.open(&browser, &desktop.ask().await).await;
            for slip in ["", "BCDF", "BCDF-GHJ", "BCDF-GHJK-L", "ABCD-EFGH", "1234-5678", "hello there"] {
                assert!(is_unknown(&app.enter(&browser, slip).await), "{slip}");
            }
        }
        let codes = desktop.ask().await;
        let typed = codes.user_code.to_lowercase().replace('-', " ");
        assert!(matches!(app.enter(&browser, &typed).await, Entered::Found(_)), "as people type");
    }

    /// A code is found by what was derived from it under the master key of its time, as long as that one is there.
    async fn a_code_outlives_the_master_key_it_was_made_under(app) {
        prepare(&app).await;
        let codes = Desktop::new(&app).ask().await;
        let app = app.restarted_with(&["another", MASTER]).await;
        let browser = browser_of(&app, FRANK).await;
        app.allow(&browser, &codes).await;
        let newer = Desktop::new(&app).ask().await;
        app.allow(&browser, &newer).await;
        for codes in [codes, newer] {
            assert_eq!(Desktop::new(&app).poll(&codes).await.status, 200);
        }
    }

    /// Rules section 6: "never distinguish unknown/expired/used", nor what somebody else has opened; each of them counts.
    async fn every_code_that_cannot_be_answered_is_unknown(app) {
        prepare(&app).await;
        app.enrol(MARY).await;
        let desktop = Desktop::new(&app);
        let expired = desktop.ask().await;
        app.advance(MINUTE * 10);
        let (frank, mut mary) = (browser_of(&app, FRANK).await, browser_of(&app, MARY).await);
        mary.address = [192, 0, 2, 2];
        let [allowed, fetched, denied, opened] =
            [desktop.ask().await, desktop.ask().await, desktop.ask().await, desktop.ask().await];
        app.allow(&frank, &allowed).await;
        app.allow(&frank, &fetched).await;
        assert_eq!(desktop.poll(&fetched).await.status, 200);
        app.deny(&frank, &denied).await;
        let flow = app.open(&frank, &opened).await;
        app.view(&frank, &flow).await;
        for codes in [&expired, &allowed, &fetched, &denied, &opened] {
            assert!(is_unknown(&app.enter(&mary, &codes.user_code).await));
        }
        assert_waits(&app.enter(&mary, WRONG[0]).await, MINUTE * 10);
        app.open(&frank, &opened).await;
    }

    /// Rules section 6: "global alarm": once an hour, in the log that operators read.
    async fn an_unusual_number_of_wrong_codes_raises_an_alarm(app) {
        let app = app.restarted_under(|policy| policy.user_codes_alarm_per_hour = 7).await;
        let alarms = async || {
            let audited = app.audited().await;
            audited.into_iter().filter(|action| *action == "device.code_alarm").count()
        };
        let guess = async |network: u8| {
            assert!(is_unknown(&app.enter(&browser_at(&app, [10, 0, network, 1]), WRONG[0]).await));
        };
        for network in 0..6 {
            guess(network).await;
        }
        assert_eq!(alarms().await, 0);
        for network in 6..20 {
            guess(network).await;
        }
        assert_eq!(alarms().await, 1);
        app.advance(HOUR + SECOND);
        for network in 0..7 {
            guess(network).await;
        }
        assert_eq!(alarms().await, 2);
    }
}
