//! A forgotten password: the mail, the three questions, the new password, and what ends with the old one (R45, R53, R81-R84,
//! R90; L2-L8, Q1, Q7, Q8, Q10; attacks section 1).

mod alike;
mod answers;
mod code;
mod former;
mod help;
mod limits;
mod link;
mod order;
mod saved_code;
mod secrets;
mod strangers;
mod success;
mod vouched;
mod way;

use std::time::Duration;

use idp_domain::account::Account;
use idp_domain::ports::Envelope;
use idp_domain::recovery_code::{RecoveryCode, StoredRecoveryCode};

use super::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

const FORGOT: &str = "Forgot your password?";
const CHECK_MAIL: &str = "Check your mail";
const QUESTIONS: &str = "Answer your security questions";
const SAVED_CODE: &str = "Enter your saved recovery code";
const CHOOSE: &str = "Choose a new password";
const SENT: &str = "If that address has an identity, we sent a message.";
const BANNER: &str = "Your password has been reset. Please log in.";

/// What people choose in place of the password they forgot.
const NEW: &str = "a lantern for the long night";

/// What [`Browser::answer_questions`] enrolled.
const ANSWERS: [(&str, &str); 3] = [
    ("answer-first-stuffed-toy", "Mister Bun"),
    ("answer-driving-instructor", "Old Henry"),
    ("answer-lost-treasure", "a red kite"),
];

/// What a mail lets its reader do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mailed {
    link: String,
    code: String,
}

impl Mailed {
    fn of(mail: &Envelope) -> Self {
        let words = || mail.text.split_whitespace();
        let links: Vec<&str> = words().filter(|word| word.contains("/reset?ticket=")).collect();
        let codes: Vec<&str> = words().filter(|word| is_code(word)).collect();
        let ([link], [code]) = (&links[..], &codes[..]) else { panic!("{}", mail.text) };
        Self { link: (*link).to_owned(), code: (*code).to_owned() }
    }

    /// What stands behind the point.
    fn secret(&self) -> &str {
        self.link.rsplit_once('.').unwrap().1
    }
}

fn is_code(word: &str) -> bool {
    word.len() == 9
        && word.char_indices().all(|(at, c)| if at == 4 { c == '-' } else { c.is_ascii_uppercase() })
}

/// Frank, with his three answers; every mail so far is forgotten.
async fn frank(app: &TestApp) {
    app.enrol(FRANK).await;
    app.send_mails().await;
    app.postman.take();
}

async fn ask(browser: &mut Browser<'_>, user_name: &str) -> Page {
    let page = browser.get("/forgot").await;
    assert_eq!(page.heading(), FORGOT, "{page:?}");
    browser.fill(&page, "forgot-submit", &[("Email address", user_name)]).await
}

/// What was sent since the last look, to whomever.
async fn mails(app: &TestApp) -> Vec<Envelope> {
    while !app.send_mails().await.is_idle() {}
    app.postman.take()
}

/// The reset mail that was sent since the last look.
async fn mailed(app: &TestApp, user_name: &str) -> Mailed {
    let mails = mails(app).await;
    let resets: Vec<_> = mails.iter().filter(|mail| mail.text.contains("/reset?ticket=")).collect();
    assert_eq!(resets.len(), 1, "{mails:?}");
    assert_eq!(resets[0].to.as_str(), user_name);
    Mailed::of(resets[0])
}

/// Asks in a browser that is closed again, and reads the mail.
async fn asked(app: &TestApp, user_name: &str) -> Mailed {
    let sent = ask(&mut app.browser(), user_name).await;
    assert!(sent.heading() == CHECK_MAIL && sent.shows(SENT), "{sent:?}");
    mailed(app, user_name).await
}

/// A new browser in which the link was opened, at the questions.
async fn at_questions<'a>(app: &'a TestApp, user_name: &str) -> (Browser<'a>, Page) {
    let mailed = asked(app, user_name).await;
    let mut browser = app.browser();
    let page = browser.get(&mailed.link).await;
    assert_eq!(page.heading(), QUESTIONS, "{page:?}");
    (browser, page)
}

async fn answer(browser: &mut Browser<'_>, page: &Page, answers: &[(&str, &str)]) -> Page {
    browser.fill_named(page, "answers-submit", answers).await
}

/// The same, past the questions.
async fn at_new_password<'a>(app: &'a TestApp, user_name: &str) -> (Browser<'a>, Page) {
    let (mut browser, page) = at_questions(app, user_name).await;
    let page = answer(&mut browser, &page, &ANSWERS).await;
    assert_eq!(page.heading(), CHOOSE, "{page:?}");
    (browser, page)
}

async fn choose(browser: &mut Browser<'_>, page: &Page, password: &str) -> Page {
    let fields = [("Password", password), ("Confirm Password", password)];
    browser.fill(page, "password-submit", &fields).await
}

/// From the log-in page to the portal with the new password; the browser they did it in.
async fn reset<'a>(app: &'a TestApp, user_name: &str) -> Browser<'a> {
    let (mut browser, page) = at_new_password(app, user_name).await;
    let done = choose(&mut browser, &page, NEW).await;
    assert!(done.left_to("https://maple.example/login"), "{done:?}");
    browser
}

/// Which of the two passwords opens the account.
async fn opens_with(app: &TestApp, password: &str) -> bool {
    let mut browser = app.browser();
    let page = app.relying_party().log_in(&mut browser, FRANK, password).await;
    let opened = page.left_to("https://maple.example/callback");
    assert!(opened || page.shows("Invalid username or password"), "{page:?}");
    opened
}

/// Nothing happened to the password.
async fn assert_untouched(app: &TestApp, before: &Account) {
    let now = app.account(before.user_name.as_str()).await;
    assert_eq!(
        (now.password(), now.credential_version),
        (before.password(), before.credential_version),
        "the password was changed"
    );
}

/// A saved code of this person, made past every page.
async fn save_code(app: &TestApp, user_name: &str) -> String {
    let account = app.account(user_name).await;
    let code = RecoveryCode::draw(app.env.entropy());
    let stored = StoredRecoveryCode { account: account.id, digest: code.digest(), made_at: app.env.now() };
    let mut tx = app.env.store.write().await.expect("a transaction");
    tx.recovery_codes().put(&stored).await.expect("a code");
    tx.commit().await.expect("a commit");
    code.reveal()
}

async fn recorded(app: &TestApp, action: &str) -> usize {
    app.audited().await.iter().filter(|recorded| **recorded == action).count()
}

/// The new password opens the account, and the old one does not.
async fn assert_reset(app: &TestApp) {
    assert!(opens_with(app, NEW).await, "the new one");
    assert!(!opens_with(app, PASSWORD).await, "the old one");
}
