//! `/account/email`: what it refuses, in words, and what that costs.

use idp_domain::ports::PasswordHasher as _;

use super::{MINUTE, NEW, OWN, ask, frank_at_page, is_waiting, recorded};
use crate::account::{FRANK, problems};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

on_each_database! {
    /// R72, rules section 4: an open session is not enough, and no place to guess at the password.
    async fn a_wrong_password_is_refused_counted_and_throttled(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        for n in 0..6 {
            let refused = ask(&mut browser, &page, NEW, "not the password").await;
            assert_eq!(problems(&refused), ["This is not your current password. Try again."], "{n}");
            assert_eq!(refused.value("New email address"), NEW, "what was typed is kept");
            assert!(!refused.html.contains("not the password"), "except the password");
        }
        let before = app.hasher.computed();
        let refused = ask(&mut browser, &page, NEW, PASSWORD).await;
        assert_eq!(problems(&refused), ["There were too many tries. Please wait 30 seconds, then try again."]);
        assert_eq!((refused.status, refused.headers["retry-after"].to_str().unwrap()), (429, "30"));
        assert_eq!(app.hasher.computed(), before, "not looked at");
        assert!(!is_waiting(&app, FRANK).await);
        assert_eq!((recorded(&app, "password.refused").await, recorded(&app, "throttle.account").await), (6, 1));
        app.advance(MINUTE);
        let page = ask(&mut browser, &page, NEW, PASSWORD).await;
        assert!(is_waiting(&app, FRANK).await, "{page:?}");
    }

    /// Attack 28 (CVE-2025-24806): the page and the log-in, however the user name is spelled there, share one count.
    async fn guesses_on_the_page_and_at_the_log_in_are_counted_together(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        for _ in 0..3 {
            ask(&mut browser, &page, NEW, "not the password").await;
        }
        let session = browser.cookies.remove("__Host-idp_session").unwrap();
        for spelling in [FRANK, "FRANK.JONES@example.com", "ｆrank.jones@Example.com"] {
            let page = app.relying_party().authorize(&mut browser).await;
            let typed = [("UserName", spelling), ("Password", "not the password")];
            let page = browser.fill(&page, "login-submit", &typed).await;
            assert!(page.shows("Invalid username or password"), "{page:?}");
        }
        browser.cookies.insert("__Host-idp_session".to_owned(), session);
        let refused = ask(&mut browser, &page, NEW, PASSWORD).await;
        assert!(refused.shows("too many tries"), "{refused:?}");
    }

    /// What is missing is said beside its field, and costs no look at a password.
    async fn what_is_missing_is_said_before_a_password_is_looked_at(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let before = app.hasher.computed();
        for (address, password, problem) in [
            ("", PASSWORD, "Enter your new email address."),
            ("frank", PASSWORD, "We cannot write to this address. Check it: it must look like name@example.com."),
            (FRANK, PASSWORD, "This is the address you have already. Enter another one."),
            (" Frank.Jones@EXAMPLE.com ", PASSWORD, "This is the address you have already. Enter another one."),
            (NEW, "", "Enter your current password."),
        ] {
            let refused = ask(&mut browser, &page, address, password).await;
            assert_eq!((refused.heading().as_str(), problems(&refused)), (OWN, vec![problem.to_owned()]));
        }
        assert_eq!(app.hasher.computed(), before);
        assert!(!is_waiting(&app, FRANK).await);
    }

    /// L6: neither an account nor a network asks for mails without end, and what is refused queues nothing.
    async fn mails_are_asked_for_once_a_minute(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let guesses = app.count("SELECT COUNT(*) FROM throttles").await;
        ask(&mut browser, &page, NEW, PASSWORD).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM throttles").await, guesses, "a right password is no failure");
        let queued = app.count("SELECT COUNT(*) FROM outbox").await;
        let refused = ask(&mut browser, &page, "frank@other.example", PASSWORD).await;
        assert!(refused.shows("only a moment ago"), "{refused:?}");
        assert_eq!(refused.select("#email-waiting dd"), [NEW], "the older proposal stands");
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox").await, queued);
        app.advance(MINUTE);
        let page = ask(&mut browser, &page, "frank@other.example", PASSWORD).await;
        assert_eq!(page.select("#email-waiting dd"), ["frank@other.example"]);
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox").await, queued + 2);
    }

    /// A session that was ended, or a password that was changed, while the form stood open asks for nothing.
    async fn who_was_signed_out_meanwhile_changes_nothing(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        app.change_account(FRANK, |account| account.state = idp_domain::account::AccountState::Disabled { at: crate::support::app::START, password: None }).await;
        let page = ask(&mut browser, &page, NEW, PASSWORD).await;
        assert_eq!(page.heading(), "Log In", "{page:?}");
        assert!(!is_waiting(&app, FRANK).await);
    }
}
