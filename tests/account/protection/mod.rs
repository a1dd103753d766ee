//! How an account is protected (R48, R53, R55; rules P4, P10, Q2-Q9, L3, L6, L8): changing the password, the questions and
//! the saved code, and the steps that nobody skips.

mod at_rest;
mod compromised;
mod elsewhere;
mod known_browsers;
mod old_address;
mod password;
mod password_guesses;
mod questions;
mod recovery_code;
mod required;
pub(super) mod verify_email;

use std::time::Duration;

use idp_domain::outbox::{Letter, SecurityEvent};
use idp_domain::question::{Answer, EnrolledAnswer, QuestionId};
use idp_domain::recovery_code::StoredRecoveryCode;

use super::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// What [`PASSWORD`] is changed to.
const NEW: &str = "violet harbour winter pencil";
const SECURITY: &str = "Security";
const CHANGE: &str = "Change your password";
const QUESTIONS: &str = "Security Questions";
const CODE: &str = "Recovery code";
const OTHER_ANSWERS: [(&str, &str); 3] = [
    ("first-kiss-place", "the old mill"),
    ("first-school-teacher", "Miss Honey"),
    ("lost-treasure", "a marble"),
];

/// Fills in "Log In" and goes where it leads.
async fn log_in(browser: &mut Browser<'_>, page: &Page, user_name: &str, password: &str) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    browser.fill(page, "login-submit", &[("UserName", user_name), ("Password", password)]).await
}

/// A new browser in which this person, of whom only the password is asked, looks at a page of theirs.
async fn at<'a>(app: &'a TestApp, user_name: &str, path: &str) -> (Browser<'a>, Page) {
    let mut browser = app.browser();
    let page = browser.get(path).await;
    let page = log_in(&mut browser, &page, user_name, PASSWORD).await;
    assert_eq!((page.status, page.url.path()), (200, path), "{page:?}");
    (browser, page)
}

/// The same, of Frank.
async fn frank_at<'a>(app: &'a TestApp, path: &str) -> (Browser<'a>, Page) {
    app.enrol(FRANK).await;
    at(app, FRANK, path).await
}

/// Fills in the form that changes the password, as it stands on both pages.
async fn change(browser: &mut Browser<'_>, page: &Page, current: &str, new: &str) -> Page {
    let fields = [("Current password", current), ("New password", new), ("Confirm new password", new)];
    browser.fill(page, "password-submit", &fields).await
}

/// Chooses and answers three questions.
async fn answer(browser: &mut Browser<'_>, page: &Page, rows: [(&str, &str); 3]) -> Page {
    let [(a, x), (b, y), (c, z)] = rows;
    let fields = [
        ("question-1", a),
        ("answer-1", x),
        ("question-2", b),
        ("answer-2", y),
        ("question-3", c),
        ("answer-3", z),
    ];
    browser.fill_named(page, "questions-save", &fields).await
}

fn arrived(page: &Page) -> bool {
    page.left_to("https://maple.example/callback") && page.sent("code").is_some()
}

/// Whether this password opens the account, from a browser that nobody knows.
async fn opens(app: &TestApp, user_name: &str, password: &str) -> bool {
    let page = app.relying_party().log_in(&mut app.browser(), user_name, password).await;
    page.heading() != "Log In"
}

/// Whether the provider lets this browser in without asking for anything.
async fn is_signed_in(app: &TestApp, browser: &mut Browser<'_>) -> bool {
    app.relying_party().authorize(browser).await.sent("code").is_some()
}

/// A browser with nothing but this session cookie.
fn with_cookie<'a>(app: &'a TestApp, cookie: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.cookies.insert("__Host-idp_session".to_owned(), cookie.to_owned());
    browser
}

/// How often something was recorded.
async fn recorded(app: &TestApp, action: &str) -> usize {
    app.audited().await.iter().filter(|recorded| **recorded == action).count()
}

/// The notices to a person that wait to be mailed, those about a new device left out.
async fn notices(app: &TestApp, user_name: &str) -> Vec<SecurityEvent> {
    let now = app.env.now();
    let mut tx = app.env.store.write().await.expect("a transaction");
    // Never committed: the dispatcher still finds them.
    let mails = tx.outbox().lease("a look", now, now + SECOND, 1000).await.expect("the outbox");
    let of_person = |letter| match letter {
        Letter::Notice(notice) if notice.to.as_str() == user_name => Some(notice.event),
        _ => None,
    };
    let told = mails.into_iter().filter_map(|mail| of_person(mail.letter));
    told.filter(|event| *event != SecurityEvent::NewDevice).collect()
}

async fn answers(app: &TestApp, user_name: &str) -> Vec<EnrolledAnswer> {
    let account = app.account(user_name).await.id;
    let mut tx = app.env.store.read().await.expect("a transaction");
    tx.answers().list(account).await.expect("the answers")
}

/// Whether this is the stored answer to a question.
async fn is_answer(app: &TestApp, user_name: &str, (question, typed): (&str, &str)) -> bool {
    let question = QuestionId::parse(question).expect("a question");
    let stored = answers(app, user_name).await.into_iter().find(|stored| stored.question == question);
    let Some(stored) = stored else { return false };
    let keyed = Answer::typed(typed).keyed(stored.account, question);
    app.env.hasher.verify(Some(&stored.hash), &keyed).await.expect("a verdict").is_match()
}

async fn saved_code(app: &TestApp, user_name: &str) -> Option<StoredRecoveryCode> {
    let account = app.account(user_name).await.id;
    let mut tx = app.env.store.read().await.expect("a transaction");
    tx.recovery_codes().find(account).await.expect("the codes")
}

/// Everything that protects an account, as it is stored.
async fn protection(app: &TestApp, user_name: &str) -> String {
    let account = app.account(user_name).await;
    let hashes: Vec<String> =
        answers(app, user_name).await.into_iter().map(|it| it.hash.as_str().to_owned()).collect();
    let code = saved_code(app, user_name).await.map(|code| *code.digest.bytes());
    let password = account.password().map(|hash| hash.as_str().to_owned());
    format!("{password:?} {:?} {} {hashes:?} {code:?}", account.password_state, account.email_verified)
}
