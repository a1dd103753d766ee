//! The browsers a person logged in from before (rules section 4, "known device"): strangers cannot lock them out, each has a
//! count of its own, and what makes one known is worth nothing else.

use std::time::Duration;

use idp_domain::ports::Purpose;

use super::{GUESS, RECOVER, WRONG, arrived, is_signed_in, stranger, strangers_failed, type_in};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const DAY: Duration = Duration::from_secs(86_400);
const DEVICE: &str = "__Host-idp_device";

/// A browser in which these people logged in one after the other, and in which nobody is logged in now.
async fn device_of<'a>(app: &'a TestApp, people: &[&str]) -> Browser<'a> {
    let mut browser = app.browser();
    for person in people {
        assert!(arrived(&app.relying_party().log_in(&mut browser, person, PASSWORD).await), "{person}");
        browser.cookies.remove("__Host-idp_session");
    }
    browser
}

/// A browser with nothing but this device cookie.
fn with_device<'a>(app: &'a TestApp, cookie: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.cookies.insert(DEVICE.to_owned(), cookie.to_owned());
    browser
}

async fn log_in(app: &TestApp, browser: &mut Browser<'_>, user_name: &str, password: &str) -> Page {
    app.relying_party().log_in(browser, user_name, password).await
}

async fn new_device_notices(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM outbox WHERE letter LIKE '%\"new_device\"%'").await
}

on_each_database! {
    /// Attack 31 (CVE-2024-1722), section 4: strangers use up what strangers have, and the person's own browser goes on.
    async fn strangers_at_the_ceiling_do_not_stop_a_known_device(app) {
        app.enrol(FRANK).await;
        let mut known = device_of(&app, &[FRANK]).await;
        for network in 0..6 {
            log_in(&app, &mut stranger(&app, network), FRANK, GUESS).await;
        }
        assert_eq!(log_in(&app, &mut stranger(&app, 6), FRANK, PASSWORD).await.status, 429);
        assert!(arrived(&log_in(&app, &mut known, FRANK, PASSWORD).await), "while strangers wait");

        strangers_failed(&app, FRANK, 100).await;
        known.cookies.remove("__Host-idp_session");
        assert!(arrived(&log_in(&app, &mut known, FRANK, PASSWORD).await), "at their ceiling");
        let page = log_in(&app, &mut stranger(&app, 7), FRANK, PASSWORD).await;
        assert_eq!(problems(&page), [RECOVER], "that a known device got in resets nothing for strangers");
    }

    /// Section 4: its own wrong passwords are counted as strictly, for that browser alone.
    async fn a_known_devices_own_wrong_passwords_are_counted_for_it_alone(app) {
        app.enrol(FRANK).await;
        let mut known = device_of(&app, &[FRANK]).await;
        let mut other = device_of(&app, &[FRANK]).await;
        for n in 0..6 {
            assert_eq!(problems(&log_in(&app, &mut known, FRANK, GUESS).await), [WRONG], "{n}");
        }
        let page = log_in(&app, &mut known, FRANK, PASSWORD).await;
        assert_eq!(problems(&page), ["There were too many tries. Please wait 30 seconds, then try again."]);
        assert!(arrived(&log_in(&app, &mut other, FRANK, PASSWORD).await));
        assert!(arrived(&log_in(&app, &mut stranger(&app, 1), FRANK, PASSWORD).await));
        assert_eq!(log_in(&app, &mut known, FRANK, PASSWORD).await.status, 429, "nor do they reset it");
        app.advance(Duration::from_secs(30));
        assert!(arrived(&log_in(&app, &mut known, FRANK, PASSWORD).await));
    }

    /// Attack 31: whoever shares the address, an office or a carrier, cannot stop it either.
    async fn the_failures_of_its_network_do_not_stop_a_known_device(app) {
        app.enrol(FRANK).await;
        let mut known = device_of(&app, &[FRANK]).await;
        let mut neighbour = app.browser();
        let mut page = app.relying_party().authorize(&mut neighbour).await;
        for n in 0..20 {
            page = type_in(&mut neighbour, &page, &format!("nobody{n}@example.com"), GUESS).await;
            assert_eq!(problems(&page), [WRONG]);
        }
        assert_eq!(type_in(&mut neighbour, &page, FRANK, PASSWORD).await.status, 429);
        assert_eq!(log_in(&app, &mut known, GRACE, PASSWORD).await.status, 429, "known to Frank only");
        assert_eq!(problems(&log_in(&app, &mut known, FRANK, GUESS).await), [WRONG]);
        assert!(arrived(&log_in(&app, &mut known, FRANK, PASSWORD).await));
    }

    /// Section 4: 90 days after the last log-in it is a stranger's.
    async fn a_device_is_known_for_ninety_days(app) {
        app.enrol(FRANK).await;
        let mut known = device_of(&app, &[FRANK]).await;
        strangers_failed(&app, FRANK, 100).await;
        app.advance(DAY * 90 - Duration::from_secs(1));
        assert!(arrived(&log_in(&app, &mut known, FRANK, PASSWORD).await), "and from here on for 90 more");
        known.cookies.remove("__Host-idp_session");
        app.advance(DAY * 90);
        assert_eq!(problems(&log_in(&app, &mut known, FRANK, PASSWORD).await), [RECOVER]);
    }

    /// Section 4: sealed, for one account: forged, altered, foreign and somebody else's are a stranger's, and it signs
    /// nobody in.
    async fn a_device_cookie_that_is_not_the_persons_own_is_a_strangers(app) {
        app.enrol(FRANK).await;
        app.enrol(GRACE).await;
        let genuine = device_of(&app, &[FRANK]).await.cookies[DEVICE].clone();
        let graces = device_of(&app, &[GRACE]).await.cookies[DEVICE].clone();
        let page = app.relying_party().authorize(&mut app.browser()).await;
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        let account = app.account(FRANK).await.id;
        let plain = format!("[{{\"account\":\"{account}\",\"device\":\"{account}\",\"seen\":{}}}]", i64::MAX);
        let sealed_otherwise = app.env.sealer.seal(Purpose::RecoveryCookie, plain.as_bytes());
        assert!(!genuine.contains(&account.uuid().simple().to_string()), "it names nobody");
        strangers_failed(&app, FRANK, 100).await;
        let middle = genuine.len() / 2;
        let swapped = if genuine[middle..].starts_with('A') { "B" } else { "A" };
        for cookie in [
            graces,
            flow,
            plain,
            sealed_otherwise,
            String::new(),
            genuine[..genuine.len() - 2].to_owned(),
            format!("{genuine}AA"),
            format!("{}{swapped}{}", &genuine[..middle], &genuine[middle + 1..]),
        ] {
            let mut browser = with_device(&app, &cookie);
            assert_eq!(problems(&log_in(&app, &mut browser, FRANK, PASSWORD).await), [RECOVER], "{cookie}");
        }
        let mut browser = with_device(&app, &genuine);
        assert!(!is_signed_in(&app, &mut browser).await, "it proves nothing");
        assert!(arrived(&log_in(&app, &mut browser, FRANK, PASSWORD).await));
    }

    /// Attack 71: whoever plants their own device cookie gives the victim's guesses to nobody and gains no try at the victim.
    async fn a_planted_device_cookie_counts_for_its_own_person_only(app) {
        app.enrol(FRANK).await;
        app.enrol(GRACE).await;
        let attackers = device_of(&app, &[GRACE]).await.cookies[DEVICE].clone();
        for network in 0..6 {
            let mut browser = with_device(&app, &attackers);
            browser.address = [198, 51, network, 7];
            assert_eq!(problems(&log_in(&app, &mut browser, FRANK, GUESS).await), [WRONG]);
        }
        let mut planted = with_device(&app, &attackers);
        assert_eq!(log_in(&app, &mut planted, FRANK, PASSWORD).await.status, 429, "counted as a stranger's");
        assert!(arrived(&log_in(&app, &mut planted, GRACE, PASSWORD).await));
    }

    /// Section 4, the shared office PC: it is known to each of its people, and counts for each of them apart.
    async fn a_shared_pc_is_known_to_each_of_its_people(app) {
        let people = [FRANK, GRACE, "helen@example.com"];
        for person in people {
            app.enrol(person).await;
        }
        let mut shared = device_of(&app, &people).await;
        for person in people {
            log_in(&app, &mut stranger(&app, 1), person, GUESS).await;
        }
        strangers_failed(&app, FRANK, 100).await;
        for _ in 0..6 {
            assert_eq!(problems(&log_in(&app, &mut shared, GRACE, GUESS).await), [WRONG]);
        }
        assert_eq!(log_in(&app, &mut shared, GRACE, PASSWORD).await.status, 429);
        for person in [FRANK, "helen@example.com"] {
            assert!(arrived(&log_in(&app, &mut shared, person, PASSWORD).await), "{person}");
            shared.cookies.remove("__Host-idp_session");
        }
    }

    /// Section 4, L11: kept for 90 days, out of reach of scripts; logging out does not make the browser a stranger's, and
    /// only a log-in from a new one is told by mail, but for the first of all.
    async fn a_log_in_from_a_new_browser_is_told_and_makes_it_known(app) {
        app.enrol(FRANK).await;
        assert_eq!(new_device_notices(&app).await, 0, "the first log-in of all");
        app.postman.take();
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let fields = [("UserName", FRANK), ("Password", PASSWORD)];
        let landed = browser.submit(&page, "login-submit", &fields).await;
        let set = landed.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
        let device = set.into_iter().find(|cookie| cookie.starts_with(DEVICE)).expect("a device cookie");
        for attribute in ["Max-Age=7776000", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(device.contains(attribute), "{attribute}: {device}");
        }
        assert_eq!(new_device_notices(&app).await, 1);
        assert_eq!(app.send_mails().await.sent, 1);
        assert_eq!(app.postman.take()[0].to.as_str(), FRANK);

        let page = browser.get("/logout").await;
        browser.fill(&page, "logout-yes", &[]).await;
        browser.restart();
        assert!(arrived(&log_in(&app, &mut browser, FRANK, PASSWORD).await));
        assert_eq!(new_device_notices(&app).await, 1, "known from then on");
        log_in(&app, &mut app.browser(), FRANK, GUESS).await;
        assert_eq!(new_device_notices(&app).await, 1, "nobody got in");
    }
}
