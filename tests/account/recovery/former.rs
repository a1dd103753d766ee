//! The answers from before somebody else changed them (Q1, Q7-Q9, R55, L11): whoever knows the password and not the mailbox
//! cannot take the way back from the person; and the way back takes everything from whoever went there.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use idp_domain::audit::AuditAction;
use idp_domain::ports::{Envelope, PasswordHasher as _};
use idp_domain::question::FormerAnswer;

use super::{
    ANSWERS, CHOOSE, MINUTE, NEW, QUESTIONS, SECOND, answer, assert_untouched, at_questions, choose, frank,
    mails, opens_with, recorded, save_code,
};
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
const FORMER: &str = "/reset/questions?set=former";
const STOLEN: &str = "the thief chose this phrase";
const THIEFS: [(&str, &str); 3] = [
    ("answer-first-kiss-place", "the back alley"),
    ("answer-first-school-teacher", "Miss Tery"),
    ("answer-lost-treasure", "a stolen marble"),
];
const MORE_OF_THE_THIEFS: [(&str, &str); 3] = [
    ("answer-first-kiss-place", "the front alley"),
    ("answer-first-school-teacher", "Mister Ree"),
    ("answer-oldest-cousin-pet", "a magpie"),
];

/// A new browser in which somebody who knows the password looks at one of the account's pages.
async fn thief_at<'a>(app: &'a TestApp, password: &str, path: &str) -> (Browser<'a>, Page) {
    let mut browser = app.browser();
    let page = browser.get(path).await;
    let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", password)]).await;
    assert_eq!((page.status, page.url.path()), (200, path), "{page:?}");
    (browser, page)
}

/// Other questions, as the page for them changes them.
async fn change_questions<'a>(app: &'a TestApp, password: &str, answers: [(&str, &str); 3]) -> Browser<'a> {
    let (mut browser, page) = thief_at(app, password, "/account/questions").await;
    let rows = answers.iter().zip([
        ("question-1", "answer-1"),
        ("question-2", "answer-2"),
        ("question-3", "answer-3"),
    ]);
    let fields: Vec<(&str, &str)> = rows
        .flat_map(|((field, answer), (question, row))| {
            [(question, field.strip_prefix("answer-").unwrap()), (row, *answer)]
        })
        .collect();
    let done = browser.fill_named(&page, "questions-save", &fields).await;
    assert_eq!(done.heading(), "Security", "{done:?}");
    browser
}

/// Whoever knows the password takes the account: other questions, another password.
async fn steal(app: &TestApp) {
    let mut browser = change_questions(app, PASSWORD, THIEFS).await;
    let page = browser.get("/account/password").await;
    let fields = [("Current password", PASSWORD), ("New password", STOLEN), ("Confirm new password", STOLEN)];
    browser.fill(&page, "password-submit", &fields).await;
    assert!(opens_with(app, STOLEN).await);
    mails(app).await;
    app.advance(MINUTE);
}

/// Past the mailbox, from the present questions to those from before.
async fn at_former(app: &TestApp) -> (Browser<'_>, Page) {
    let (mut browser, page) = at_questions(app, FRANK).await;
    let link = page.attribute("#use-former-questions", "href").expect("a link to the questions from before");
    let page = browser.get(&link).await;
    assert_eq!(page.heading(), QUESTIONS, "{page:?}");
    (browser, page)
}

/// The questions a page asks, by their fields.
fn asked(page: &Page) -> BTreeSet<String> {
    let labels = |answers: &[(&'static str, &'static str)]| -> Vec<&'static str> {
        answers.iter().map(|(field, _)| *field).collect()
    };
    let known = [labels(&ANSWERS), labels(&THIEFS), labels(&MORE_OF_THE_THIEFS)].concat();
    let is_there = |field: &&str| page.attribute(&format!("#{field}"), "type").is_some();
    known.into_iter().filter(is_there).map(str::to_owned).collect()
}

fn fields(answers: &[(&str, &str)]) -> BTreeSet<String> {
    answers.iter().map(|(field, _)| (*field).to_owned()).collect()
}

async fn kept(app: &TestApp) -> Vec<FormerAnswer> {
    let account = app.account(FRANK).await.id;
    let mut tx = app.env.store.read().await.unwrap();
    tx.answers().list_former(account).await.unwrap()
}

/// The hashes of the present answers.
async fn present(app: &TestApp) -> BTreeSet<String> {
    let account = app.account(FRANK).await.id;
    let mut tx = app.env.store.read().await.unwrap();
    let answers = tx.answers().list(account).await.unwrap();
    answers.into_iter().map(|answer| answer.hash.as_str().to_owned()).collect()
}

async fn has_saved_code(app: &TestApp) -> bool {
    let account = app.account(FRANK).await.id;
    let mut tx = app.env.store.read().await.unwrap();
    tx.recovery_codes().find(account).await.unwrap().is_some()
}

/// Why the last password reset was what it was.
async fn reasons_of_resets(app: &TestApp) -> Vec<Option<String>> {
    let account = app.account(FRANK).await.id;
    let mut tx = app.env.store.read().await.unwrap();
    let events = tx.audit().list_of_account(account, 100).await.unwrap();
    let resets = events.into_iter().filter(|event| event.action == AuditAction::PasswordReset);
    resets.map(|event| event.reason.map(Cow::into_owned)).collect()
}

/// With the answers from before, to a new password.
async fn recover(app: &TestApp) {
    let (mut browser, page) = at_former(app).await;
    let page = answer(&mut browser, &page, &ANSWERS).await;
    assert_eq!(page.heading(), CHOOSE, "{page:?}");
    let done = choose(&mut browser, &page, NEW).await;
    assert!(done.left_to("https://maple.example/login"), "{done:?}");
}

/// Robbed, and past the questions in the last second of the answers from before; it is over now.
async fn answered_at_the_last_moment(app: &TestApp) -> (Browser<'_>, Page) {
    steal(app).await;
    app.advance(WEEK - MINUTE - SECOND);
    let (mut browser, page) = at_former(app).await;
    let page = answer(&mut browser, &page, &ANSWERS).await;
    assert_eq!(page.heading(), CHOOSE, "{page:?}");
    app.advance(SECOND * 2);
    (browser, page)
}

fn subjects(mails: &[Envelope]) -> Vec<&str> {
    mails.iter().map(|mail| mail.subject.as_str()).collect()
}

on_each_database! {
    /// Q1, Q9: the thief's questions are asked first, and cannot be answered; the person's own are one link away, open the way,
    /// and are the present ones from then on. Nothing of the thief's is left.
    async fn the_person_recovers_with_the_answers_from_before(app) {
        frank(&app).await;
        let own = present(&app).await;
        steal(&app).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        assert_eq!(asked(&page), fields(&THIEFS));
        let page = browser.get(&page.attribute("#use-former-questions", "href").unwrap()).await;
        assert_eq!(asked(&page), fields(&ANSWERS));
        assert!(page.shows("These are the questions you had before November"), "{page:?}");
        let page = browser.get(&page.attribute("#use-present-questions", "href").unwrap()).await;
        assert_eq!(asked(&page), fields(&THIEFS));
        app.advance(MINUTE);
        recover(&app).await;
        assert!(opens_with(&app, NEW).await && !opens_with(&app, STOLEN).await);
        assert_eq!((present(&app).await, kept(&app).await.len()), (own, 0));
        assert_eq!(reasons_of_resets(&app).await, [Some("former_answers".to_owned())]);

        app.advance(MINUTE);
        let (mut browser, page) = at_questions(&app, FRANK).await;
        assert_eq!((asked(&page), page.attribute("#use-former-questions", "href")), (fields(&ANSWERS), None));
        assert_eq!(problems(&answer(&mut browser, &page, &THIEFS).await).len(), 1, "the thief's are gone");
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
    }

    /// L11: the notice says that the answers from before work, and until when.
    async fn the_notice_says_how_long_the_answers_from_before_work(app) {
        frank(&app).await;
        change_questions(&app, PASSWORD, THIEFS).await;
        let mails = mails(&app).await;
        let notice = mails.iter().find(|mail| mail.text.contains("the questions you had before"));
        let notice = notice.unwrap_or_else(|| panic!("{:?}", subjects(&mails)));
        let until = chrono::DateTime::<chrono::Utc>::from(app.env.now() + WEEK).format("until %B %-d, %Y");
        assert!(notice.text.contains(&until.to_string()) && notice.text.contains("/forgot"), "{}", notice.text);
    }

    /// Changing twice does not push the trusted answers out, nor does waiting for their last day: they count for as long again.
    async fn changing_twice_does_not_push_the_answers_from_before_out(app) {
        frank(&app).await;
        change_questions(&app, PASSWORD, THIEFS).await;
        let hashes = |kept: Vec<FormerAnswer>| -> BTreeSet<String> {
            kept.into_iter().map(|former| former.answer.hash.as_str().to_owned()).collect()
        };
        let first = hashes(kept(&app).await);
        app.advance(DAY * 6);
        change_questions(&app, PASSWORD, MORE_OF_THE_THIEFS).await;
        assert_eq!(hashes(kept(&app).await), first);
        mails(&app).await;
        app.advance(DAY * 6 - SECOND * 2);
        recover(&app).await;
        assert!(opens_with(&app, NEW).await);
    }

    /// For seven days, and not a second longer: then there is one set again. What is sent late is compared with nothing, at the
    /// same cost (Q7).
    async fn after_seven_days_only_the_present_answers_count(app) {
        frank(&app).await;
        steal(&app).await;
        app.advance(WEEK - MINUTE - SECOND);
        let before = app.account(FRANK).await;
        let (mut browser, page) = at_former(&app).await;
        app.advance(SECOND * 2);
        let hashes = app.hasher.computed();
        let late = answer(&mut browser, &page, &ANSWERS).await;
        assert_eq!(app.hasher.computed() - hashes, 3);
        assert_eq!((late.heading().as_str(), asked(&late)), (QUESTIONS, fields(&THIEFS)), "{late:?}");
        assert_eq!(late.attribute("#use-former-questions", "href"), None);
        assert_eq!(asked(&browser.get(FORMER).await), fields(&THIEFS), "there is no such page any more");
        assert_untouched(&app, &before).await;
        assert_eq!(answer(&mut browser, &late, &THIEFS).await.heading(), CHOOSE);
        app.advance(DAY);
        idp_service::sweep::sweep(&app.env).await.unwrap();
        assert_eq!((kept(&app).await.len(), present(&app).await.len()), (0, 3), "swept, and only they");
    }

    /// Whoever answered in time may choose the password a little later.
    async fn answers_that_counted_when_they_were_typed_are_enough(app) {
        frank(&app).await;
        let own = present(&app).await;
        let (mut browser, page) = answered_at_the_last_moment(&app).await;
        let done = choose(&mut browser, &page, NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
        assert_eq!(present(&app).await, own);
    }

    /// The same, but the answers were replaced once more meanwhile: nobody else's come back in their stead.
    async fn only_the_set_that_was_answered_comes_back(app) {
        frank(&app).await;
        let (mut browser, page) = answered_at_the_last_moment(&app).await;
        change_questions(&app, STOLEN, MORE_OF_THE_THIEFS).await;
        let (before, newest) = (app.account(FRANK).await, present(&app).await);
        let refused = choose(&mut browser, &page, NEW).await;
        assert_eq!((refused.status, refused.heading().as_str()), (403, "One step is missing"), "{refused:?}");
        assert_untouched(&app, &before).await;
        assert_eq!(present(&app).await, newest);
    }

    /// Q7, attack 17: all three of one set; whatever is mixed is wrong, at the cost of three comparisons, and so is one set on
    /// the page of the other.
    async fn sets_are_never_mixed(app) {
        frank(&app).await;
        steal(&app).await;
        let before = app.account(FRANK).await;
        let [toy, instructor, treasure] = ANSWERS;
        let [kiss, teacher, marble] = THIEFS;
        let sets: [(&str, Vec<(&str, &str)>); 8] = [
            (FORMER, vec![toy, instructor, marble]),
            (FORMER, vec![kiss, teacher, treasure]),
            (FORMER, THIEFS.to_vec()),
            (FORMER, [ANSWERS, THIEFS].concat()),
            ("/reset/questions", vec![kiss, teacher, treasure]),
            ("/reset/questions", vec![toy, instructor, marble]),
            ("/reset/questions", ANSWERS.to_vec()),
            ("/reset/questions", [THIEFS, ANSWERS].concat()),
        ];
        let mut browser = app.browser();
        for (at, (path, set)) in sets.iter().enumerate() {
            if at % 4 == 0 {
                app.advance(DAY + SECOND);
                browser = at_questions(&app, FRANK).await.0;
            }
            let page = browser.get(path).await;
            let hashes = app.hasher.computed();
            let page = answer(&mut browser, &page, set).await;
            assert_eq!(app.hasher.computed() - hashes, 3, "{path} {set:?}");
            assert_eq!((page.heading().as_str(), problems(&page).len()), (QUESTIONS, 1), "{path} {set:?}");
            assert_eq!(asked(&page), fields(if *path == FORMER { &ANSWERS } else { &THIEFS }), "the same page again");
        }
        assert_untouched(&app, &before).await;
        let page = browser.get(FORMER).await;
        let hashes = app.hasher.computed();
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
        assert_eq!(app.hasher.computed() - hashes, 3, "the right one");
    }

    /// Q8: there are five tries a mail, not five for each set.
    async fn both_sets_share_the_tries_of_a_mail(app) {
        frank(&app).await;
        steal(&app).await;
        let (mut browser, page) = at_former(&app).await;
        for _ in 0..3 {
            answer(&mut browser, &page, &THIEFS).await;
        }
        let page = browser.get("/reset/questions").await;
        let told = problems(&answer(&mut browser, &page, &ANSWERS).await).concat();
        assert!(told.ends_with("You have 1 try left."), "{told}");
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), "This link no longer works");
        let former = browser.get(FORMER).await;
        assert_eq!(former.heading(), "This link no longer works", "{former:?}");
    }

    /// L8, L11: a code saved so lately may be the thief's: it is gone, and the person is told.
    async fn a_code_saved_meanwhile_goes_with_the_thiefs_answers(app) {
        frank(&app).await;
        save_code(&app, FRANK).await;
        steal(&app).await;
        save_code(&app, FRANK).await;
        recover(&app).await;
        assert!(!has_saved_code(&app).await);
        assert_eq!(recorded(&app, "recovery_code.removed").await, 1);
        let mails = mails(&app).await;
        assert!(subjects(&mails).iter().any(|subject| subject.contains("was removed")), "{:?}", subjects(&mails));
    }

    /// And so is one that the thief made before changing the questions; the person's own, of long ago, stays.
    async fn a_code_from_before_the_thief_stays(app) {
        frank(&app).await;
        save_code(&app, FRANK).await;
        app.advance(WEEK);
        steal(&app).await;
        recover(&app).await;
        assert!(has_saved_code(&app).await);
        app.advance(MINUTE);
        save_code(&app, FRANK).await;
        app.advance(MINUTE);
        change_questions(&app, NEW, THIEFS).await;
        mails(&app).await;
        app.advance(MINUTE);
        let (mut browser, page) = at_former(&app).await;
        let page = answer(&mut browser, &page, &ANSWERS).await;
        choose(&mut browser, &page, STOLEN).await;
        assert!(opens_with(&app, STOLEN).await && !has_saved_code(&app).await);
    }

    /// R72: the same after the address itself had to be taken back.
    async fn after_an_address_was_taken_back_the_answers_from_before_work(app) {
        const THIEFS_ADDRESS: &str = "thief@away.example";
        frank(&app).await;
        let (mut thief, page) = thief_at(&app, PASSWORD, "/account/email").await;
        let typed = [("New email address", THIEFS_ADDRESS), ("Current password", PASSWORD)];
        thief.fill(&page, "email-save", &typed).await;
        let sent = mails(&app).await;
        let confirm = link(&sent, THIEFS_ADDRESS, "/email/confirm");
        let page = thief.get(&confirm).await;
        thief.fill(&page, "email-confirm", &[]).await;
        let undo = link(&mails(&app).await, FRANK, "/email/undo");
        app.advance(MINUTE);
        let mut thief = app.browser();
        let page = thief.get("/account/questions").await;
        let page =
            thief.fill(&page, "login-submit", &[("UserName", THIEFS_ADDRESS), ("Password", PASSWORD)]).await;
        let fields = [
            ("question-1", "first-kiss-place"), ("answer-1", "the back alley"),
            ("question-2", "first-school-teacher"), ("answer-2", "Miss Tery"),
            ("question-3", "lost-treasure"), ("answer-3", "a stolen marble"),
        ];
        assert_eq!(thief.fill_named(&page, "questions-save", &fields).await.heading(), "Security");
        let mut owner = app.browser();
        let page = owner.get(&undo).await;
        let page = owner.fill(&page, "email-restore", &[]).await;
        assert_eq!(page.heading(), "You have your email address back");
        mails(&app).await;
        app.advance(MINUTE);
        recover(&app).await;
        assert!(opens_with(&app, NEW).await);
    }

    /// Nobody has answers from before who only ever chose the first ones.
    async fn the_first_answers_replace_none(app) {
        frank(&app).await;
        assert!(kept(&app).await.is_empty());
        let (mut browser, page) = at_questions(&app, FRANK).await;
        assert_eq!(page.attribute("#use-former-questions", "href"), None);
        assert_eq!(asked(&browser.get(FORMER).await), fields(&ANSWERS));
        let page = browser.get("/reset/questions").await;
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
    }
}

/// The newest link of this kind to an address.
fn link(mails: &[Envelope], to: &str, path: &str) -> String {
    let begins = format!("https://id.example{path}?ticket=");
    let mails = mails.iter().filter(|mail| mail.to.as_str() == to);
    let mut links =
        mails.flat_map(|mail| mail.text.split_whitespace()).filter(|word| word.starts_with(&begins));
    links.next_back().map(str::to_owned).unwrap_or_else(|| panic!("no {path} to {to}"))
}
