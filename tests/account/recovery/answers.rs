//! The three answers: all compared, the same work and one message whatever is wrong (Q7, attack 17); five tries a mail, ten
//! wrong ones a day (Q8).

use idp_domain::ports::PasswordHasher as _;

use super::{
    ANSWERS, CHOOSE, HOUR, MINUTE, Mailed, QUESTIONS, SECOND, answer, ask, asked, assert_untouched,
    at_questions, frank, mailed, mails, recorded,
};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const WRONG: [(&str, &str); 3] = [
    ("answer-first-stuffed-toy", "Mister Bun"),
    ("answer-driving-instructor", "Old Henry"),
    ("answer-lost-treasure", "a blue kite"),
];
const BURNED: &str = "This link no longer works";
const PAUSED: &str = "Too many wrong tries";

fn told(left: u32) -> Vec<String> {
    let tries = if left == 1 { "1 try".to_owned() } else { format!("{left} tries") };
    vec![format!("At least one answer is not right. Check all three and try again. You have {tries} left.")]
}

/// Sends wrong answers until this mail is dead.
async fn burn(browser: &mut Browser<'_>, page: &Page) {
    for left in (1..5).rev() {
        assert_eq!(problems(&answer(browser, page, &WRONG).await), told(left));
    }
    assert_eq!(answer(browser, page, &WRONG).await.heading(), BURNED);
}

/// Ten wrong sets within minutes, by two mails.
async fn burn_two_mails(app: &TestApp) {
    for _ in 0..2 {
        let (mut browser, page) = at_questions(app, FRANK).await;
        burn(&mut browser, &page).await;
        app.advance(MINUTE);
    }
}

on_each_database! {
    /// Q1, Q7: the questions of this person, in words, with empty fields that nothing fills in; capitals, accents and spaces
    /// do not matter (Q4).
    async fn the_persons_own_questions_are_asked(app) {
        frank(&app).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        let mut labels = page.select("form label");
        labels.sort();
        assert_eq!(labels, [
            "What did you lose as a child and never find again?",
            "What was the name of your first stuffed toy?",
            "Who taught you to drive? First name only.",
        ]);
        for (field, _) in ANSWERS {
            assert_eq!(page.attribute(&format!("#{field}"), "autocomplete").as_deref(), Some("off"));
            assert_eq!(page.attribute(&format!("#{field}"), "value"), None);
        }
        assert!(page.attribute("#use-recovery-code", "href").is_none(), "Frank saved none");
        assert!(page.shows("office@maple.example"), "whom to ask for help: {page:?}");
        let typed = [
            ("answer-first-stuffed-toy", "  mister   BUN "),
            ("answer-driving-instructor", "ÓLD-henry!"),
            ("answer-lost-treasure", "A Red Kite"),
        ];
        let page = answer(&mut browser, &page, &typed).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
    }

    /// Q7, attack 17: the enrolled set must be covered exactly once; every other set is wrong, with one message, and costs
    /// three comparisons like the right one.
    async fn only_the_whole_set_is_right_and_every_set_costs_the_same(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let [toy, instructor, treasure] = ANSWERS;
        let same = |answer| [(toy.0, answer), (instructor.0, answer), (treasure.0, answer)].to_vec();
        let sets: Vec<Vec<(&str, &str)>> = vec![
            vec![],
            vec![toy],
            vec![toy, instructor],
            vec![toy, toy, toy],
            vec![toy, toy, instructor, treasure],
            vec![toy, instructor, treasure, ("answer-first-kiss-place", "behind the gym")],
            vec![toy, instructor, treasure, ("answer-no-such-question", "x")],
            vec![toy, instructor, ("answer-first-kiss-place", treasure.1)],
            vec![toy, instructor, ("answer-no-such-question", treasure.1)],
            vec![(toy.0, instructor.1), (instructor.0, toy.1), treasure],
            vec![(toy.0, "wrong"), (toy.0, toy.1), instructor, treasure],
            same("Mister Bun"),
            same("wrong"),
            vec![(toy.0, "wrong"), (instructor.0, "wrong"), treasure],
            vec![(toy.0, "%"), (instructor.0, "' OR 1=1 --"), (treasure.0, "*")],
        ];
        let mut browser = app.browser();
        for (at, set) in sets.iter().enumerate() {
            if at % 4 == 0 {
                app.advance(HOUR * 25);
                browser = at_questions(&app, FRANK).await.0;
            }
            let page = browser.get("/reset/questions").await;
            let csrf = page.attribute("input[name=csrf]", "value").unwrap();
            let ticket = page.attribute("input[name=flow]", "value").unwrap();
            let mut fields = vec![("csrf", csrf.as_str()), ("flow", ticket.as_str())];
            fields.extend(set);
            let hashes = app.hasher.computed();
            let page = browser.post("/reset/questions", &fields).await;
            assert_eq!(app.hasher.computed() - hashes, 3, "{set:?}");
            let left = 4 - u32::try_from(at % 4).unwrap();
            assert_eq!((page.heading().as_str(), problems(&page)), (QUESTIONS, told(left)), "{set:?}");
            assert!(!page.html.contains("Mister Bun"), "what was typed does not come back");
        }
        app.advance(HOUR * 25);
        let (mut browser, page) = at_questions(&app, FRANK).await;
        let hashes = app.hasher.computed();
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
        assert_eq!(app.hasher.computed() - hashes, 3, "the right one");
        assert_untouched(&app, &before).await;
    }

    /// Q8: the fifth wrong set ends the mail, link and code; the right answers come too late, another mail is as good as new.
    async fn five_wrong_sets_end_the_mail(app) {
        frank(&app).await;
        let mailed = asked(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&mailed.link).await;
        burn(&mut browser, &page).await;
        let hashes = app.hasher.computed();
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), BURNED);
        assert_eq!(app.hasher.computed(), hashes, "nothing is compared any more");
        let burned = app.browser().get(&mailed.link).await;
        assert!(burned.heading() == BURNED && burned.select("input:not([type=hidden])").is_empty(), "{burned:?}");
        app.advance(MINUTE);
        let burned = browser.get(&mailed.link).await;
        let sent = browser.fill(&burned, "link-renew", &[]).await;
        let newer = super::mailed(&app, FRANK).await;
        let page = browser.fill(&sent, "code-submit", &[("Code from the mail", &newer.code)]).await;
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
    }

    /// Q8: the code of the mail dies with its answers.
    async fn five_wrong_sets_end_the_code_too(app) {
        frank(&app).await;
        let mut asking = app.browser();
        let sent = ask(&mut asking, FRANK).await;
        let Mailed { link, code } = mailed(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        burn(&mut browser, &page).await;
        let page = asking.fill(&sent, "code-submit", &[("Code from the mail", &code)]).await;
        assert_eq!(page.heading(), "This code no longer works", "{page:?}");
    }

    /// Q8: ten wrong sets within a day, by whichever mails and networks, turn the questions off for 24 hours: the right
    /// answers are not looked at, the person is told once, another person is not touched; after that it works again.
    async fn ten_wrong_sets_turn_the_questions_off_for_a_day(app) {
        frank(&app).await;
        app.enrol(GRACE).await;
        mails(&app).await;
        burn_two_mails(&app).await;
        let notices = mails(&app).await;
        assert_eq!(notices.iter().filter(|mail| mail.to.as_str() == FRANK).count(), 1, "{notices:?}");
        assert_eq!(recorded(&app, "throttle.account").await, 1);

        let (mut browser, page) = {
            let mailed = asked(&app, FRANK).await;
            let mut browser = app.browser();
            browser.address = [203, 0, 113, 9];
            let page = browser.get(&mailed.link).await;
            (browser, page)
        };
        let hashes = app.hasher.computed();
        let paused = answer(&mut browser, &page, &ANSWERS).await;
        assert_eq!((paused.status, paused.heading().as_str()), (429, PAUSED), "{paused:?}");
        assert!(paused.shows("24 hours") && paused.shows("office@maple.example"), "{paused:?}");
        let wait: u64 = paused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((HOUR.as_secs() * 23..=HOUR.as_secs() * 24).contains(&wait), "{wait}");
        assert_eq!(app.hasher.computed(), hashes, "nothing is compared");
        assert!(mails(&app).await.is_empty(), "told once");

        let (mut graces, page) = at_questions(&app, GRACE).await;
        assert_eq!(answer(&mut graces, &page, &ANSWERS).await.heading(), CHOOSE);

        app.advance(std::time::Duration::from_secs(wait) - SECOND);
        let (mut browser, page) = at_questions(&app, FRANK).await;
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), PAUSED);
        app.advance(SECOND);
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
    }

    /// Q8: failures are those of 24 hours; yesterday's do not add up with today's.
    async fn yesterdays_wrong_sets_are_forgotten(app) {
        frank(&app).await;
        for _ in 0..4 {
            let (mut browser, page) = at_questions(&app, FRANK).await;
            burn(&mut browser, &page).await;
            app.advance(HOUR * 24);
        }
        let (mut browser, page) = at_questions(&app, FRANK).await;
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
        assert_eq!(recorded(&app, "throttle.account").await, 0);
    }

    /// Rules section 4: fifty sets at the same moment are five tries.
    async fn a_burst_of_answers_gets_five_tries(app) {
        frank(&app).await;
        let (browser, page) = at_questions(&app, FRANK).await;
        let cookies = browser.cookies.clone();
        let hashes = app.hasher.computed();
        let guess = async |_| {
            let mut tab = app.browser();
            tab.cookies.clone_from(&cookies);
            answer(&mut tab, &page, &WRONG).await.heading()
        };
        let told = futures::future::join_all((0..50).map(guess)).await;
        assert_eq!(app.hasher.computed() - hashes, 15, "five times three");
        assert!(told.iter().all(|heading| [QUESTIONS, BURNED].contains(&heading.as_str())), "{told:?}");
        assert_eq!(recorded(&app, "password.reset_refused").await, 5);
        assert!(mails(&app).await.is_empty(), "five are no reason for a pause, nor for a mail about one");
        let late = answer(&mut app.browser(), &page, &ANSWERS).await;
        assert_ne!(late.heading(), CHOOSE);
        app.advance(MINUTE);
        let (mut browser, page) = at_questions(&app, FRANK).await;
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE, "with another mail");
    }

    /// Q8: tries at a dead mail count for nobody, and are never told of a pause.
    async fn a_dead_mail_counts_no_further_failures(app) {
        frank(&app).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        burn(&mut browser, &page).await;
        for _ in 0..20 {
            assert_eq!(answer(&mut browser, &page, &WRONG).await.heading(), BURNED);
        }
        assert!(mails(&app).await.is_empty());
        app.advance(MINUTE);
        let (mut browser, page) = at_questions(&app, FRANK).await;
        for left in (1..5).rev() {
            assert_eq!(problems(&answer(&mut browser, &page, &WRONG).await), told(left));
        }
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE, "the tenth may be right");
    }

    /// Q8: what is not looked at because of the pause costs the mail no try.
    async fn a_pause_costs_the_mail_no_tries(app) {
        frank(&app).await;
        burn_two_mails(&app).await;
        app.advance(HOUR * 24 - MINUTE * 10);
        let (mut browser, page) = at_questions(&app, FRANK).await;
        for _ in 0..6 {
            assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), PAUSED);
        }
        app.advance(MINUTE * 10);
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
    }

    /// Q8: of a double click with the right answers on the last try one is looked at; the answer to the other one takes
    /// nothing back, in whichever order the browser hears of them.
    async fn a_double_click_on_the_last_try_does_not_throw_the_person_back(app) {
        frank(&app).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        for left in (1..5).rev() {
            assert_eq!(problems(&answer(&mut browser, &page, &WRONG).await), told(left));
        }
        let csrf = page.attribute("input[name=csrf]", "value").unwrap();
        let ticket = page.attribute("input[name=flow]", "value").unwrap();
        let mut fields = vec![("csrf", csrf.as_str()), ("flow", ticket.as_str())];
        fields.extend(ANSWERS);
        let mut twin = app.browser();
        twin.cookies.clone_from(&browser.cookies);
        let (first, second) = tokio::join!(
            browser.post_once("/reset/questions", &fields),
            twin.post_once("/reset/questions", &fields),
        );
        let (mut right, refused) = if first.status == 303 { (browser, second) } else { (twin, first) };
        assert_eq!((refused.status, refused.heading().as_str()), (200, BURNED), "{refused:?}");
        let set = refused.headers.get_all("set-cookie").iter();
        let of_recovery = |it: &&axum::http::HeaderValue| it.to_str().unwrap().starts_with("__Host-idp_recovery=");
        assert_eq!(set.filter(of_recovery).count(), 0, "what the right answers proved stays");
        let again = right.post("/reset/questions", &fields).await;
        assert_eq!(again.heading(), CHOOSE, "a third click: {again:?}");
        let done = super::choose(&mut right, &again, super::NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
    }

    /// P7: when too many passwords are being hashed, the try is given back.
    async fn a_busy_hasher_costs_no_failure_of_the_day(app) {
        frank(&app).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        app.hasher.set_busy(true);
        for _ in 0..4 {
            assert_eq!(answer(&mut browser, &page, &ANSWERS).await.status, 503);
        }
        app.hasher.set_busy(false);
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
        assert_eq!(recorded(&app, "password.reset_refused").await, 0);
    }

    /// Audit: every wrong set is recorded, without what was typed.
    async fn wrong_answers_are_recorded(app) {
        frank(&app).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        answer(&mut browser, &page, &WRONG).await;
        answer(&mut browser, &page, &WRONG).await;
        assert_eq!(recorded(&app, "password.reset_refused").await, 2);
        let mut tx = app.env.store.read().await.unwrap();
        let recorded = format!("{:?}", tx.audit().list(None, 1000).await.unwrap());
        assert!(!recorded.contains("blue kite"), "{recorded}");
    }
}
