//! The log-in form: its words, its one message for every refusal, and the cost of each (R44-R47, R82; P7-P9).

use idp_domain::account::AccountState;

use idp_domain::ports::PasswordHasher as _;

use super::{WRONG, arrived};
use crate::account::{FRANK, GRACE, anonymous, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

async fn enrolled(app: &TestApp) {
    app.enrol(FRANK).await;
    app.postman.take();
}

on_each_database! {
    /// R44, R46: the guides' words; one form that Enter submits; fields a password manager knows.
    async fn the_page_has_the_guides_words(app) {
        let page = app.relying_party().authorize(&mut app.browser()).await;
        assert_eq!(page.heading(), "Log In");
        assert!(page.shows(&format!("Use your {} account to log in.", app.env.policy.product_name)));
        assert_eq!(page.select("form label"), ["UserName", "Password", "Remember me"]);
        assert_eq!(page.select("form button[type=submit]"), ["Log in"]);
        assert_eq!(page.attribute("#password", "placeholder").as_deref(), Some("Password"));
        assert_eq!(page.attribute("#username", "autocomplete").as_deref(), Some("username"));
        assert_eq!(page.attribute("#password", "autocomplete").as_deref(), Some("current-password"));
        assert!(page.shows(&format!("\u{a9} 2026 {}", app.env.policy.operator_name)), "{page:?}");
        assert!(page.shows("Maple Home Care"), "the agency's own portal brands its log-in");
    }

    /// R47, P9, attacks 22-25 (CVE-2023-44399, CVE-2026-25050): one page and one hash, whatever the reason.
    async fn every_refusal_is_the_same_page_at_the_same_cost(app) {
        enrolled(&app).await;
        app.admin().create("invited@example.com").await;
        for person in ["disabled@example.com", "closed@example.com"] {
            app.activate(person).await;
        }
        let now = app.env.now();
        app.change_account("disabled@example.com", |account| {
            let password = account.password().cloned();
            account.state = AccountState::Disabled { at: now, password };
        })
        .await;
        app.change_account("closed@example.com", |it| it.state = AccountState::Closed { at: now }).await;
        let attempts = [
            (FRANK, "wrong password, but a long one"),
            ("nobody@example.com", PASSWORD),
            ("invited@example.com", PASSWORD),
            ("disabled@example.com", PASSWORD),
            ("closed@example.com", PASSWORD),
            ("not an address", PASSWORD),
            ("a@b@c", PASSWORD),
        ];
        let mut pages = vec![];
        for (user_name, password) in attempts {
            let mut browser = app.browser();
            let before = app.hasher.computed();
            let page = app.relying_party().log_in(&mut browser, user_name, password).await;
            assert_eq!(app.hasher.computed() - before, 1, "{user_name}");
            assert_eq!(problems(&page), [WRONG]);
            assert_eq!((page.value("UserName").as_str(), page.value("Password").as_str()), (user_name, ""));
            assert_eq!(browser.session(), None);
            let mut headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
            headers.sort();
            pages.push((page.status, headers, anonymous(&page, user_name)));
        }
        for (page, attempt) in pages.iter().zip(attempts) {
            assert_eq!(page, &pages[0], "{attempt:?}");
        }
        assert_eq!(app.audited().await.iter().filter(|it| **it == "session.sign_in_refused").count(), 7);
    }

    /// R82, P11: one person however the user name is typed; addresses that differ stay different.
    async fn a_user_name_opens_in_every_spelling_of_it(app) {
        enrolled(&app).await;
        for typed in [
            "FRANK.JONES@EXAMPLE.COM",
            "  Frank.Jones@example.com\t",
            "\u{ff46}rank.jones@example.com",
            "frank.jones@EXAMPLE.com",
        ] {
            let page = app.relying_party().log_in(&mut app.browser(), typed, PASSWORD).await;
            assert!(arrived(&page), "{typed}: {page:?}");
        }
        for other in [
            "frankjones@example.com",
            "frank.jones+x@example.com",
            "frank.jones@example.com.evil.example",
            "frank.jones\u{ff20}evil.example@example.com",
            "frank.jones@example.com\u{0}",
            "fr\u{430}nk.jones@example.com",
        ] {
            let page = app.relying_party().log_in(&mut app.browser(), other, PASSWORD).await;
            assert_eq!(problems(&page), [WRONG], "{other}");
        }
    }

    /// Pages "Words": what is missing is said beside its field, without any check of a password.
    async fn an_empty_field_is_named_and_costs_nothing(app) {
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let before = app.hasher.computed();
        let page = browser.fill(&page, "login-submit", &[("UserName", " "), ("Password", PASSWORD)]).await;
        assert_eq!(problems(&page), ["Enter your user name. It is your email address."]);
        let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", "")]).await;
        assert_eq!(problems(&page), ["Enter your password."]);
        assert_eq!(page.value("UserName"), FRANK, "what was typed is kept");
        assert_eq!(app.hasher.computed(), before);
    }

    /// P2, attack 13: a password is never sent back, and hostile input stays text.
    async fn what_was_typed_comes_back_as_text_and_the_password_not_at_all(app) {
        let hostile = "\"><script>alert(1)</script>@example.com";
        let page = app.relying_party().log_in(&mut app.browser(), hostile, "a password worth stealing").await;
        assert!(!page.html.contains("a password worth stealing") && !page.html.contains("<script>alert"));
        assert_eq!(page.value("UserName"), hostile);
    }

    /// P7, P8: after the pepper was rotated, one log-in renews the hash, and the next one has nothing to do.
    async fn a_log_in_renews_a_hash_that_is_out_of_date(app) {
        enrolled(&app).await;
        let old = app.account(FRANK).await;
        app.hasher.rotate();
        for hashes in [2, 1] {
            let before = app.hasher.computed();
            let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
            assert!(arrived(&page), "{page:?}");
            assert_eq!(app.hasher.computed() - before, hashes);
        }
        let new = app.account(FRANK).await;
        assert_ne!(old.password(), new.password());
        assert_eq!(old.credential_version, new.credential_version, "the same password");
        app.hasher.rotate();
        let wrong = app.relying_party().log_in(&mut app.browser(), FRANK, "not the password at all").await;
        assert_eq!(problems(&wrong), [WRONG]);
        assert_eq!(app.account(FRANK).await.password(), new.password(), "a wrong password renews nothing");
    }

    /// Attacks 21, 79: a log-in form sent from elsewhere, or with another browser's token, logs nobody in.
    async fn a_form_from_elsewhere_logs_nobody_in(app) {
        enrolled(&app).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let mut attacker = app.browser();
        let theirs = app.relying_party().authorize(&mut attacker).await;
        let flow = theirs.attribute("input[name=flow]", "value").unwrap();
        let csrf = theirs.attribute("input[name=csrf]", "value").unwrap();
        let fields =
            [("flow", flow.as_str()), ("csrf", csrf.as_str()), ("username", FRANK), ("password", PASSWORD)];
        let before = app.hasher.computed();
        let stale = browser.post("/login", &fields).await;
        assert_eq!(problems(&stale), ["This page was open for too long. Please log in again."]);
        browser.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
        let foreign =
            browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert_eq!(problems(&foreign), ["This page was open for too long. Please log in again."]);
        assert_eq!((app.hasher.computed(), browser.session()), (before, None));
        browser.headers.clear();
        let page =
            browser.fill(&foreign, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert!(arrived(&page), "never a dead end: {page:?}");
    }

    /// Attack 71 (CVE-2026-7507): a flow that is not ours, or was altered, leads nowhere.
    async fn a_made_up_flow_is_no_log_in(app) {
        enrolled(&app).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let genuine = page.attribute("input[name=flow]", "value").unwrap();
        let ticket = idp_service::activate::seal(&app.env, "{}");
        for flow in ["", "nonsense", &genuine[1..], &ticket] {
            for path in ["login", "continue"] {
                let page = browser.get(&format!("/{path}?flow={flow}")).await;
                assert_eq!(page.status, 400, "{path} {flow}: {page:?}");
            }
            let csrf = page.attribute("input[name=csrf]", "value").unwrap();
            let fields =
                [("flow", flow), ("csrf", csrf.as_str()), ("username", FRANK), ("password", PASSWORD)];
            let refused = browser.post("/login", &fields).await;
            assert_eq!((refused.status, browser.session()), (400, None), "{flow}");
        }
    }

    /// P7: a full queue is a 503 with Retry-After, never a wrong "wrong password".
    async fn a_busy_server_does_not_call_a_password_wrong(app) {
        enrolled(&app).await;
        app.activate(GRACE).await;
        app.hasher.set_busy(true);
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!((page.status, &page.headers["retry-after"]), (503, &"5".parse().unwrap()));
        app.hasher.set_busy(false);
        assert!(!app.audited().await.contains(&"session.sign_in_refused"));
    }
}
