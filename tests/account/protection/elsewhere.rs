//! Attack 79 (CVE-2023-34927) and the shared PC: only the person's own page, in the browser and the session it was made for,
//! changes how their account is protected.

use idp_domain::account::PasswordState;

use super::{NEW, OTHER_ANSWERS, SECOND, at, frank_at, log_in, protection, recorded};
use crate::account::own_account::ELSEWHERE;
use crate::account::{FRANK, GRACE};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const PAGES: [&str; 3] = ["/account/password", "/account/questions", "/account/recovery-code"];

/// Fills in the form of one of [`PAGES`] rightly, with these fields put over it.
async fn send(browser: &mut Browser<'_>, page: &Page, over: &[(&str, &str)]) -> Page {
    let [(a, x), (b, y), (c, z)] = OTHER_ANSWERS;
    let questions = [
        ("question-1", a),
        ("answer-1", x),
        ("question-2", b),
        ("answer-2", y),
        ("question-3", c),
        ("answer-3", z),
    ];
    let password = [("current", PASSWORD), ("password", NEW), ("confirm", NEW)];
    let (button, fields): (&str, &[_]) = match page.url.path() {
        "/account/password" | "/change-password" => ("password-submit", &password),
        "/account/questions" => ("questions-save", &questions),
        _ => ("code-make", &[("answer", "make")]),
    };
    let fields: Vec<_> = fields.iter().filter(|(name, _)| !over.iter().any(|(it, _)| it == name)).collect();
    let fields: Vec<_> = fields.into_iter().chain(over).copied().collect();
    browser.fill_named(page, button, &fields).await
}

fn token(page: &Page) -> String {
    page.attribute("input[name=csrf]", "value").expect("a token")
}

async fn changes(app: &TestApp) -> usize {
    let mut changes = 0;
    for action in ["password.changed", "questions.changed", "recovery_code.made", "email.verified"] {
        changes += recorded(app, action).await;
    }
    changes
}

on_each_database! {
    /// Attack 79: another site's form, a missing, made-up or stolen token, and a GET change nothing.
    async fn a_form_from_elsewhere_changes_nothing(app) {
        app.enrol(GRACE).await;
        let (mut browser, _) = frank_at(&app, "/account/questions").await;
        let before = protection(&app, FRANK).await;
        let (_, hers) = at(&app, GRACE, "/account/password").await;
        let (_, another_of_his) = at(&app, FRANK, "/account/password").await;
        for path in PAGES {
            let page = browser.get(path).await;
            assert_eq!(page.url.path(), path);
            for (name, value) in ELSEWHERE {
                browser.headers = vec![(name.to_owned(), value.to_owned())];
                let refused = send(&mut browser, &page, &[]).await;
                assert!(refused.shows("nothing was changed"), "{path} {name}: {value}: {refused:?}");
            }
            browser.headers.clear();
            for stolen in ["", "nonsense", &token(&hers), &token(&another_of_his)] {
                let refused = send(&mut browser, &page, &[("csrf", stolen)]).await;
                assert!(refused.shows("nothing was changed"), "{path} {stolen}: {refused:?}");
            }
            let query = format!("{path}?csrf={}&current={PASSWORD}&password={NEW}&answer=make", token(&page));
            browser.get(&query.replace(' ', "%20")).await;
            let cold = send(&mut app.browser(), &page, &[]).await;
            assert_eq!(cold.heading(), "Log In", "{path}: {cold:?}");
        }
        assert_eq!((protection(&app, FRANK).await, changes(&app).await), (before, 0));
        for path in PAGES {
            let page = browser.get(path).await;
            send(&mut browser, &page, &[]).await;
        }
        assert_eq!(changes(&app).await, 3, "from its own page each does what it says");
    }

    /// Attack 79: the same of the steps before a code.
    async fn a_step_is_not_taken_from_elsewhere(app) {
        app.enrol(FRANK).await;
        app.change_account(FRANK, |account| account.password_state = PasswordState::MustChange).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        let before = protection(&app, FRANK).await;
        for (name, value) in ELSEWHERE {
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            let refused = send(&mut browser, &page, &[]).await;
            assert_eq!(refused.heading(), page.heading(), "{name}: {value}: shown again: {refused:?}");
        }
        browser.headers.clear();
        app.change_account(FRANK, |account| account.email_verified = false).await;
        let page = browser.get(page.url.as_str()).await;
        assert_eq!(page.heading(), "Check your mail");
        app.send_mails().await;
        let mails = app.postman.sent().len();
        browser.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
        browser.fill(&page, "verify-again", &[]).await;
        browser.fill(&page, "verify-submit", &[("Code", "BCDF-GHJK")]).await;
        app.send_mails().await;
        assert_eq!(app.postman.sent().len(), mails);
        assert_eq!(recorded(&app, "email.verification_refused").await, 0, "no try was used up");
        app.change_account(FRANK, |account| account.email_verified = true).await;
        assert_eq!((protection(&app, FRANK).await, changes(&app).await), (before, 0));
    }

    /// On a shared PC the pages that one person left open change nothing for the next one, and nothing for the first.
    async fn a_tab_of_the_last_person_changes_nothing_for_the_next_one(app) {
        app.enrol(GRACE).await;
        let (mut browser, _) = frank_at(&app, "/account/questions").await;
        let mut pages = vec![];
        for path in PAGES {
            pages.push(browser.get(path).await);
        }
        app.advance(SECOND);
        let page = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        assert!(log_in(&mut browser, &page, GRACE, PASSWORD).await.sent("code").is_some());
        let before = (protection(&app, FRANK).await, protection(&app, GRACE).await);
        for page in &pages {
            let refused = send(&mut browser, page, &[]).await;
            assert!(refused.shows("nothing was changed"), "{refused:?}");
        }
        assert_eq!((protection(&app, FRANK).await, protection(&app, GRACE).await), before);
        assert_eq!(changes(&app).await, 0);
    }
}
