//! Why the log-in is asked for again (Q9; rules section 5): a person who was logged in a moment ago is told, and a stranger at
//! the same PC learns nobody's user name.

use std::time::Duration;

use super::{HOUR, SECOND, at_account, frank_at_account, log_in, save, stored};
use crate::account::{FRANK, problems};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::on_each_database;

const MINUTE: Duration = Duration::from_secs(60);
const FOR_SAFETY: &str = "For your safety, log in again to go on.";
const NOTHING_SAVED: &str =
    "You were away for too long, so nothing was saved. Log in again and make your changes once more.";
/// Pages that open only after a fresh log-in.
const PROTECTED: [&str; 5] =
    ["/account/questions", "/account/email", "/account/recovery-code", "/account/data", "/account/close"];

/// What the log-in page says of why it is there, and whom it names.
fn asked(page: &Page) -> (Vec<String>, String) {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    (page.select("#again"), page.value("UserName"))
}

fn told(why: &str, user_name: &str) -> (Vec<String>, String) {
    (vec![why.to_owned()], user_name.to_owned())
}

fn nothing() -> (Vec<String>, String) {
    (vec![], String::new())
}

on_each_database! {
    /// Q9: the session is live and only not fresh; the person is known, and types a password only.
    async fn a_page_that_needs_a_fresh_log_in_says_so_and_fills_the_user_name_in(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        app.advance(MINUTE * 5);
        for path in PROTECTED {
            assert_eq!(asked(&browser.get(path).await), told(FOR_SAFETY, FRANK), "{path}");
        }
        let page = browser.get(PROTECTED[0]).await;
        let wrong = browser.fill(&page, "login-submit", &[("Password", "not the password at all")]).await;
        assert_eq!(wrong.select("#again"), [""; 0], "one message at a time: {wrong:?}");
        assert_eq!(problems(&wrong).len(), 1);
        let page = browser.fill(&wrong, "login-submit", &[("Password", PASSWORD)]).await;
        assert_eq!((page.status, page.url.path()), (200, PROTECTED[0]), "{page:?}");
    }

    /// Who was not logged in at all, or comes for a portal that wants another log-in, is told nothing of the kind.
    async fn a_first_log_in_and_a_portals_say_nothing_of_it(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        for path in PROTECTED {
            assert_eq!(asked(&app.browser().get(path).await), nothing(), "{path}");
        }
        app.advance(SECOND);
        let portals = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        assert_eq!(asked(&portals).0, [""; 0]);
    }

    /// Section 5: what was typed is gone, and it is said before somebody looks for it.
    async fn a_form_that_came_too_late_says_that_nothing_was_saved(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        app.advance(HOUR);
        let late = save(&mut browser, &page, &[("Nickname", "Late")]).await;
        assert_eq!(asked(&late), told(NOTHING_SAVED, ""), "an idle session names nobody");
        let back = log_in(&mut browser, &late, FRANK).await;
        assert_eq!((back.url.path(), stored(&app, FRANK).await.nickname), ("/account", None));

        let (mut browser, _) = at_account(&app, FRANK).await;
        let page = browser.get("/account/close").await;
        app.advance(MINUTE * 5);
        let typed = [("Password", PASSWORD), ("I understand that this cannot be undone.", "yes")];
        let late = browser.fill(&page, "close-submit", &typed).await;
        assert_eq!(asked(&late), told(NOTHING_SAVED, FRANK), "a live one does");
    }

    /// Section 5, the shared PC: whoever sits down after an idle hour is not told who was there.
    async fn an_idle_session_of_somebody_else_names_nobody(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        app.advance(HOUR);
        for path in PROTECTED.into_iter().chain(["/account", "/account/companies"]) {
            let page = browser.get(path).await;
            assert_eq!(asked(&page), nothing(), "{path}");
            assert!(!page.html.contains(FRANK), "{path}");
        }
    }
}
