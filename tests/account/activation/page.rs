//! "Create Password" word for word (R40), and each refused password with its own sentence (R43; P1-P6).

use std::collections::BTreeSet;

use super::{choose, invited, sent_to_portal};
use crate::account::{FRANK, problems};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

on_each_database! {
    /// R40, P6: title, labels and button are the guides' words; password managers recognise every field.
    async fn the_page_has_the_guides_words_and_tells_password_managers_what_is_what(app) {
        let link = invited(&app, FRANK).await;
        let page = app.browser().get(&link).await;
        assert_eq!(page.heading(), "Create Password");
        assert_eq!(page.select("form label"), ["Username", "Password", "Confirm Password"]);
        assert_eq!(page.select("#password-submit"), ["Change password"]);
        assert_eq!(page.value("Username"), FRANK);
        assert!(page.attribute("#username", "readonly").is_some());
        for (field, complete) in
            [("username", "username"), ("password", "new-password"), ("confirm", "new-password")]
        {
            assert_eq!(page.attribute(&format!("#{field}"), "autocomplete").as_deref(), Some(complete));
        }
        assert!(page.shows("Maple Home Care"), "the inviting agency's own page");
        assert!(!page.html.contains("onpaste") && !page.html.contains("maxlength"));
    }

    /// R43, P1, P2, P5: each refusal has a sentence of its own, and nothing typed comes back.
    async fn every_refused_password_has_its_own_sentence_and_is_not_sent_back(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        let mut page = browser.get(&link).await;
        let (long, bytes) = ("word ".repeat(52), "\u{1F33B}".repeat(257));
        let refusals = [
            ("", "Enter a password."),
            ("fourteen chars", "This password is too short. Use at least 15 characters"),
            (long.as_str(), "This password is too long. Use at most 256 characters."),
            (bytes.as_str(), "This password is too long. Use at most 256 characters."),
            ("123456789012345", "This password is one of those people guess first."),
            ("PassWordPassWord", "This password is one of those people guess first."),
            ("xkxk xkxk xkxk xkxk", "This password repeats itself or follows a pattern."),
            ("Maple Home Care 2026!", "This password is too close to a name"),
            ("frank.jones@example.com", "This password is too close to a name"),
            ("copper ladder\u{7} quiet", "This password holds a character that cannot be typed everywhere."),
        ];
        let mut sentences = BTreeSet::new();
        for (password, sentence) in refusals {
            page = choose(&mut browser, &page, password, password).await;
            assert_eq!(page.status, 200);
            let told = problems(&page);
            assert!(told.len() == 1 && told[0].starts_with(sentence), "{password:?}: {told:?}");
            assert_eq!(page.attribute("#password", "aria-invalid").as_deref(), Some("true"));
            let harmless = password.is_empty() || password == FRANK;
            assert!(harmless || !page.html.contains(password), "{password:?} came back");
            assert_eq!(
                (page.value("Password"), page.value("Confirm Password")),
                (String::new(), String::new())
            );
            sentences.insert(told[0].clone());
        }
        page = choose(&mut browser, &page, PASSWORD, "copper ladder quiet meadows").await;
        let told = problems(&page);
        assert_eq!(told, ["The two passwords are not the same. Type the same password in both fields."]);
        assert!(!page.html.contains("copper ladder"));
        sentences.insert(told[0].clone());
        assert_eq!(sentences.len(), 8, "{sentences:?}");
        assert!(
            sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await),
            "the link still works"
        );
    }

    /// Decision on P1: fifteen characters are easy, because the page suggests four words and takes them.
    async fn the_suggested_passphrase_is_new_on_each_view_and_accepted(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        let first = browser.get(&link).await.select("#suggestion");
        let page = browser.get("/create-password").await;
        let another = page.attribute("#suggest-another", "href").unwrap();
        assert_eq!(page.url.path(), another);
        let suggestion = page.select("#suggestion");
        assert_ne!(first, suggestion);
        assert!(suggestion[0].split(' ').count() >= 4 && suggestion[0].len() >= 15, "{suggestion:?}");
        let done = choose(&mut browser, &page, &suggestion[0], &suggestion[0]).await;
        assert!(sent_to_portal(&done), "{done:?}");
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, &suggestion[0]).await;
        assert_eq!(page.heading(), "Security Questions");
    }

    /// P1-P3: code points count, spaces at the ends belong to it, and both Unicode forms of it are the same password.
    async fn a_password_is_neither_trimmed_nor_folded_and_has_one_unicode_form(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let (composed, decomposed) =
            (" \u{e9}l\u{e8}ve Qui R\u{ea}ve ", " e\u{301}le\u{300}ve Qui Re\u{302}ve ");
        assert_eq!(composed.chars().count(), 16);
        assert!(sent_to_portal(&choose(&mut browser, &page, composed, decomposed).await));
        for (typed, opens) in [
            (composed.trim(), false),
            (composed.to_lowercase().as_str(), false),
            (composed, true),
            (decomposed, true),
        ] {
            let page = app.relying_party().log_in(&mut app.browser(), FRANK, typed).await;
            assert_eq!(page.heading() == "Security Questions", opens, "{typed:?}: {page:?}");
        }
    }

    /// P7: when too many passwords are being hashed, people are told to wait, and nothing is lost.
    async fn a_busy_server_says_when_to_come_back_and_keeps_the_link(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        app.hasher.set_busy(true);
        let busy = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
        assert_eq!((busy.status, &busy.headers["retry-after"]), (503, &"5".parse().unwrap()));
        assert!(busy.shows("Nothing was changed."), "{busy:?}");
        app.hasher.set_busy(false);
        assert!(sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await));
    }
}
