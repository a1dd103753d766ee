//! People of the day at their browsers, over HTTP and without JavaScript.

use serde_json::Value;

use super::mailbox::{Letter, Mailbox};
use super::program::Portal;
use crate::support::rig::Rig;
use crate::support::visitor::{Shown, Visitor};

pub(super) const RUTH: &str = "ruth@operator.example";
const PASSWORD: &str = "seven copper lanterns adrift";

/// Three questions, as anybody is asked at the first log-in (R49-R52).
async fn answer_questions(visitor: &Visitor, page: &Shown) -> Shown {
    assert_eq!(page.heading(), "Security Questions", "{page:?}");
    let answers = [
        ("question-1", "first-stuffed-toy"),
        ("answer-1", "Mister Bun"),
        ("question-2", "driving-instructor"),
        ("answer-2", "Old Henry"),
        ("question-3", "lost-treasure"),
        ("answer-3", "a red kite"),
    ];
    visitor.press(page, "questions-save", &answers).await
}

/// The printed link, its form with the first agency, and the first log-in: the mailbox is proven there (R13, R48).
pub(super) async fn become_operator(link: &str, mailbox: &mut Mailbox) {
    let visitor = Visitor::new();
    let page = visitor.open(link).await;
    let typed = [
        ("given_name", "Ruth"),
        ("family_name", "Baker"),
        ("email", RUTH),
        ("password", PASSWORD),
        ("confirm", PASSWORD),
        ("agency_name", "Birch Home Care"),
        ("agency_code", "BIRCH1"),
    ];
    let page = visitor.press(&page, "bootstrap-submit", &typed).await;
    let page = visitor.log_in(&page, RUTH, PASSWORD).await;
    assert_eq!(page.heading(), "Check your mail", "{page:?}");
    let code = mailbox.letter(RUTH, "", 1).await.code();
    let page = visitor.press(&page, "verify-submit", &[("code", &code)]).await;
    let page = answer_questions(&visitor, &page).await;
    assert_eq!((page.status, page.url.path()), (200, "/office"), "{page:?}");
    assert!(page.html.contains("Birch Home Care"), "an operator sees every agency: {page:?}");
}

/// From the mail up to being logged in at a portal (R40-R52); the tokens it got.
pub(super) async fn activate(
    rig: &Rig,
    visitor: &Visitor,
    (user_name, letter): (&str, &Letter),
    portal: &Portal,
) -> Value {
    let link = letter.activation_link().unwrap_or_else(|| panic!("no link in {letter:?}"));
    let page = visitor.open(&link).await;
    assert_eq!(page.heading(), "Create Password", "{page:?}");
    let chosen =
        visitor.press(&page, "password-submit", &[("password", PASSWORD), ("confirm", PASSWORD)]).await;
    assert!(chosen.status < 400, "{chosen:?}");
    let page = portal.open(rig, visitor).await;
    let page = visitor.log_in(&page, user_name, PASSWORD).await;
    let back = answer_questions(visitor, &page).await;
    portal.redeem(rig, &back).await
}

/// Somebody who has a password and answers, in a browser of their own.
pub(super) async fn log_in(rig: &Rig, user_name: &str, portal: &Portal) -> Shown {
    let visitor = Visitor::new();
    let page = portal.open(rig, &visitor).await;
    visitor.log_in(&page, user_name, PASSWORD).await
}

/// Logs in for an agency that invited somebody who is logged in for another one: an open session accepts nothing (R91).
pub(super) async fn accept(rig: &Rig, visitor: &Visitor, user_name: &str, portal: &Portal) -> Value {
    let page = portal.open(rig, visitor).await;
    let back = visitor.log_in(&page, user_name, PASSWORD).await;
    portal.redeem(rig, &back).await
}

/// What a link is worth that was mailed before a newer one (R67).
pub(super) async fn is_dead(letter: &Letter) -> bool {
    let link = letter.activation_link().expect("a link");
    Visitor::new().open(&link).await.heading() != "Create Password"
}
