//! Writing needs a log-in of the last ten minutes: the password is asked in place, and nothing that was typed is lost. Forms
//! of elsewhere, of yesterday or of somebody else change nothing (CVE-2023-34927).

use super::{FRANK, MINUTE, RUTH, TOO_OLD, ask, at, notice, open_person, person_path, problems, ruth};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const WRONG: &str = "This is not your password. Nothing was changed. Type it again.";

on_each_database! {
    async fn the_password_is_asked_in_place_and_nothing_typed_is_lost(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        app.advance(MINUTE * 11);
        let sure = browser.fill_named(&page, "person-save", &[("note", "Nights")]).await;
        assert!(sure.shows("to make sure it is you"), "{sure:?}");
        let missing = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(problems(&missing), ["Enter your password."]);
        let wrong = browser.fill(&missing, "sure-yes", &[("Your password", "wrong")]).await;
        assert_eq!((problems(&wrong), wrong.value("Your password").as_str()), (vec![WRONG.to_owned()], ""));
        assert!(app.membership(&app.maple, FRANK).await.particulars.note.is_none());
        let page = browser.fill(&wrong, "sure-yes", &[("Your password", PASSWORD)]).await;
        assert_eq!((notice(&page).as_str(), page.value("Note:").as_str()), ("Saved.", "Nights"));
        let sure = ask(&app, &mut browser, FRANK, "remove").await;
        assert!(sure.select("#password").is_empty(), "it counts as a log-in of this moment");
    }

    async fn every_action_asks_for_it(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        app.advance(MINUTE * 11);
        for path in [
            format!("{}?ask=resend", person_path(&app, FRANK).await),
            format!("{}?ask=remove", person_path(&app, FRANK).await),
            at(&app.maple, "/resend"),
        ] {
            let before = app.audited().await.len();
            let sure = browser.get(&path).await;
            assert_eq!((sure.heading().as_str(), sure.select("#password").len()), ("Are you Sure?", 1), "{path}");
            let page = browser.fill(&sure, "sure-yes", &[]).await;
            assert_eq!((problems(&page), app.audited().await.len()), (vec!["Enter your password.".to_owned()], before));
        }
    }

    /// Rules section 4: a session left open is no place to guess at a password.
    async fn wrong_passwords_are_counted(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        app.advance(MINUTE * 11);
        let mut page = ask(&app, &mut browser, FRANK, "remove").await;
        for _ in 0..30 {
            page = browser.fill(&page, "sure-yes", &[("Your password", "wrong")]).await;
            if page.status == 429 {
                assert!(problems(&page).concat().starts_with("There were too many tries. Please wait"));
                assert!(page.headers.contains_key("retry-after"));
                return;
            }
        }
        panic!("guessed without end: {page:?}");
    }

    async fn a_form_from_elsewhere_or_of_yesterday_changes_nothing(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let path = person_path(&app, FRANK).await;
        let before = app.audited().await.len();
        let sure = ask(&app, &mut browser, FRANK, "remove").await;
        let forged = browser.fill_named(&sure, "sure-yes", &[("csrf", "forged")]).await;
        assert_eq!((forged.url.path(), problems(&forged)), (path.as_str(), vec![TOO_OLD.to_owned()]));
        browser.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
        browser.fill(&sure, "sure-yes", &[]).await;
        browser.headers.clear();
        assert_eq!(app.audited().await.len(), before);

        app.advance(MINUTE * 60 * 24);
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(page.heading(), "Log In", "{page:?}");
        assert!(page.select("#again").concat().contains("so nothing was saved"), "{page:?}");
        let page = browser.fill(&page, "login-submit", &[("UserName", RUTH), ("Password", PASSWORD)]).await;
        assert_eq!((page.url.path(), problems(&page)), (path.as_str(), vec![]), "said once");
        assert!(!app.membership(&app.maple, FRANK).await.is_removed());
    }
}
