//! L11, R72: whoever lost an address to somebody else hears of everything that is done in their name, for as long as they can
//! take the change back.

use idp_domain::outbox::SecurityEvent;

use super::{NEW, OTHER_ANSWERS, answer, at, change, log_in, notices};
use crate::account::FRANK;
use crate::account::email_change;
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

/// The address Frank has from now on.
const MOVED: &str = email_change::NEW;

on_each_database! {
    /// L11, R72: each notice, and the mail itself, goes to both addresses; a week later to the new one alone.
    async fn notices_go_to_the_old_address_too_until_its_undo_ends(app) {
        app.enrol(FRANK).await;
        email_change::change(&app, FRANK, MOVED).await;
        let (mut browser, page) = at(&app, MOVED, "/account/password").await;
        app.send_mails().await;
        app.postman.take();
        change(&mut browser, &page, PASSWORD, NEW).await;
        let page = browser.get("/account/questions").await;
        answer(&mut browser, &page, OTHER_ANSWERS).await;
        for (path, button) in [
            ("/account/recovery-code", "code-make"),
            ("/account/recovery-code", "code-remove"),
            ("/account/data", "download"),
        ] {
            let page = browser.get(path).await;
            assert_eq!(browser.fill(&page, button, &[]).await.status, 200, "{button}");
        }
        for address in [FRANK, MOVED] {
            let told = notices(&app, address).await;
            for event in [
                SecurityEvent::PasswordChanged,
                SecurityEvent::QuestionsChanged,
                SecurityEvent::RecoveryCodeMade,
                SecurityEvent::RecoveryCodeRemoved,
                SecurityEvent::DataDownloaded,
            ] {
                let said = told.iter().filter(|it| **it == event).count();
                assert_eq!(said, 1, "{event:?} to {address}: {told:?}");
            }
        }
        app.send_mails().await;
        let sent = app.postman.take();
        let subjects = |to: &str| {
            let mut subjects: Vec<&str> =
                sent.iter().filter(|mail| mail.to.as_str() == to).map(|mail| mail.subject.as_str()).collect();
            subjects.sort_unstable();
            subjects
        };
        assert!(subjects(FRANK).len() >= 5);
        assert_eq!(subjects(FRANK), subjects(MOVED));

        app.advance(app.env.policy.email_undo_life);
        let page = browser.get("/account/recovery-code").await;
        let page = log_in(&mut browser, &page, MOVED, NEW).await;
        browser.fill(&page, "code-make", &[]).await;
        assert_eq!(notices(&app, MOVED).await, [SecurityEvent::RecoveryCodeMade]);
        assert_eq!(notices(&app, FRANK).await, [], "it is nobody's business there any more");
    }

    /// R72: a change that was only asked for, or was cancelled, makes no address one to be told.
    async fn an_address_that_was_only_asked_for_is_told_nothing(app) {
        app.enrol(FRANK).await;
        let (mut browser, page) = at(&app, FRANK, "/account/email").await;
        let typed = [("New email address", MOVED), ("Current password", PASSWORD)];
        let page = browser.fill(&page, "email-save", &typed).await;
        assert_eq!(page.select("#email-waiting dd"), [MOVED]);
        let page = browser.get("/account/recovery-code").await;
        browser.fill(&page, "code-make", &[]).await;
        assert!(notices(&app, FRANK).await.contains(&SecurityEvent::RecoveryCodeMade));
        assert_eq!(notices(&app, MOVED).await, []);
    }
}
