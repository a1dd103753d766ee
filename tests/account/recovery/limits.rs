//! How many mails may be asked for (L6): one a minute, five an hour, ten a day for an account; thirty an hour from a network.

use super::{CHECK_MAIL, FORGOT, HOUR, MINUTE, ask, frank, mails};
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;

/// Asks from another network each time, so that only the account's own limit counts; how many mails came of it.
async fn ask_from_everywhere(app: &TestApp, times: u8, pause: std::time::Duration) -> usize {
    let mut sent = 0;
    for n in 0..times {
        let mut browser = app.browser();
        browser.address = [203, 0, n, 9];
        assert_eq!(ask(&mut browser, FRANK).await.heading(), CHECK_MAIL, "never told");
        sent += mails(app).await.len();
        app.advance(pause);
    }
    sent
}

async fn ask_for_many(browser: &mut Browser<'_>, times: usize) {
    for n in 0..times {
        let page = ask(browser, &format!("somebody{n}@example.com")).await;
        assert_eq!(page.heading(), CHECK_MAIL, "{n}: {page:?}");
    }
}

on_each_database! {
    /// L6: the tests begin at a full hour of a UTC day.
    async fn an_account_gets_one_a_minute_five_an_hour_and_ten_a_day(app) {
        frank(&app).await;
        assert_eq!(ask_from_everywhere(&app, 3, MINUTE / 6).await, 1);
        app.advance(MINUTE);
        assert_eq!(ask_from_everywhere(&app, 8, MINUTE).await, 4, "with the first one five");
        app.advance(HOUR);
        assert_eq!(ask_from_everywhere(&app, 8, MINUTE).await, 5);
        app.advance(HOUR);
        assert_eq!(ask_from_everywhere(&app, 3, MINUTE).await, 0, "ten a day");
        app.advance(HOUR * 24);
        assert_eq!(ask_from_everywhere(&app, 1, MINUTE).await, 1);
    }

    /// L6, attack 31: strangers who use up an account's mails do not use up those of its person's own devices.
    async fn a_known_device_has_mails_of_its_own(app) {
        frank(&app).await;
        let mut home = app.browser();
        app.relying_party().code(&mut home, FRANK, PASSWORD).await;
        mails(&app).await;
        assert_eq!(ask_from_everywhere(&app, 7, MINUTE).await, 5);
        ask(&mut home, FRANK).await;
        assert_eq!(mails(&app).await.len(), 1, "asked for at home");
        ask(&mut home, FRANK).await;
        assert!(mails(&app).await.is_empty(), "one a minute at home, too");
    }

    /// L6: the thirty-first of a network in an hour is told how long to wait, whoever it is for; other networks go on.
    async fn a_network_gets_thirty_an_hour(app) {
        frank(&app).await;
        let mut browser = app.browser();
        browser.address = [198, 51, 100, 7];
        ask_for_many(&mut browser, 30).await;
        app.advance(MINUTE * 15);
        let mut neighbour = app.browser();
        neighbour.address = [198, 51, 100, 250];
        for (form, known) in [("/forgot", FRANK), ("/forgot/company-code", FRANK), ("/forgot", "nobody@example.com")] {
            let page = neighbour.get(form).await;
            let told = neighbour.fill(&page, "forgot-submit", &[("Email address", known)]).await;
            assert_eq!((told.status, told.headers["retry-after"].to_str().unwrap()), (429, "2700"), "{told:?}");
            let message = "Too many mails were asked for. Please wait 45 minutes, then try again.";
            assert_eq!((problems(&told), told.value("Email address").as_str()), (vec![message.to_owned()], known));
        }
        let mut elsewhere = app.browser();
        elsewhere.address = [198, 51, 101, 7];
        assert_eq!(ask(&mut elsewhere, FRANK).await.heading(), CHECK_MAIL);
        app.advance(MINUTE * 45);
        assert_eq!(ask(&mut neighbour, FRANK).await.heading(), CHECK_MAIL);
    }

    /// Attack 34: an address that an untrusted peer says it forwards for is not believed.
    async fn a_forged_network_counts_as_the_real_one(app) {
        frank(&app).await;
        let mut browser = app.browser();
        browser.address = [198, 51, 100, 7];
        ask_for_many(&mut browser, 30).await;
        browser.headers = vec![("x-forwarded-for".to_owned(), "203.0.113.9".to_owned())];
        let page = ask(&mut browser, FRANK).await;
        assert_eq!((page.status, page.heading().as_str()), (429, FORGOT), "{page:?}");
    }

    /// R68, attack 31: whoever holds a link gets a new one, whatever the neighbours asked for.
    async fn a_networks_mails_do_not_stop_a_new_link(app) {
        frank(&app).await;
        let mailed = super::asked(&app, FRANK).await;
        app.advance(MINUTE * 31);
        let mut browser = app.browser();
        browser.address = [198, 51, 100, 7];
        ask_for_many(&mut browser, 30).await;
        let expired = browser.get(&mailed.link).await;
        let sent = browser.fill(&expired, "link-renew", &[]).await;
        assert_eq!(sent.heading(), CHECK_MAIL, "{sent:?}");
        super::mailed(&app, FRANK).await;
    }

    /// R68, L6: new links have limits of their own, those of any other mail: one a minute, five an hour.
    async fn new_links_are_limited_too(app) {
        frank(&app).await;
        let link = super::asked(&app, FRANK).await.link;
        app.advance(HOUR);
        let mut told = vec![];
        for n in 0..7_u8 {
            let mut browser = app.browser();
            browser.address = [203, 0, n, 9];
            let dead = browser.get(&link).await;
            let answer = browser.fill(&dead, "link-renew", &[]).await;
            let wait = answer.headers.get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
            told.push((mails(&app).await.len(), wait));
            app.advance(MINUTE);
        }
        let expected: Vec<(usize, Option<String>)> =
            [None, None, None, None, None, Some(55), Some(54)].map(|minutes: Option<u64>| {
                (usize::from(minutes.is_none()), minutes.map(|minutes| (minutes * 60).to_string()))
            }).into();
        assert_eq!(told, expected);
    }
}
