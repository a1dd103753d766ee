//! "Security Questions" (R48-R52; Q2-Q6): the guides' words, a reason for each refused row, hashes at rest.

use std::collections::BTreeSet;

use super::arrived;
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const GOOD: [(&str, &str); 3] = [
    ("first-stuffed-toy", "Mister Bun"),
    ("driving-instructor", "Old Henry"),
    ("lost-treasure", "a red kite"),
];

async fn asked(app: &TestApp) -> (Browser<'_>, Page) {
    app.activate(FRANK).await;
    let mut browser = app.browser();
    let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
    (browser, page)
}

async fn save(browser: &mut Browser<'_>, page: &Page, rows: [(&str, &str); 3]) -> Page {
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

fn chosen(page: &Page, row: usize) -> String {
    page.attribute(&format!("#question-{row} option[selected]"), "value").unwrap_or_default()
}

on_each_database! {
    /// R49, R50, Q2: title, lead, labels, texts and buttons of the guides; a bank of at least fifteen.
    async fn the_page_has_the_guides_words(app) {
        let (_, page) = asked(&app).await;
        assert_eq!(page.heading(), "Security Questions");
        assert!(
            page.shows(
                "Please complete three security questions. These will be used to verify your identity."
            )
        );
        for row in 1..=3 {
            assert_eq!(page.select(&format!("label[for=question-{row}]")), [format!("Question #{row}")]);
            let bank = page.select(&format!("#question-{row} option"));
            assert_eq!(bank[0], "Please choose a question");
            assert!(bank.len() > 15 && bank.iter().collect::<BTreeSet<_>>().len() == bank.len(), "{bank:?}");
            assert_eq!(page.attribute(&format!("#answer-{row}"), "placeholder").as_deref(), Some("answer"));
        }
        assert_eq!(page.select("#questions-save"), ["Save"]);
        assert_eq!(page.select("#questions-cancel"), ["Cancel"]);
    }

    /// R52, Q4, Q5: each refused row says why, the good ones and everything typed stay.
    async fn a_weak_answer_is_refused_in_its_own_row_and_everything_typed_is_kept(app) {
        let (mut browser, mut page) = asked(&app).await;
        let [a, b, c] = GOOD;
        let long = "long words ".repeat(20);
        let refusals = [
            ([("", "Mister Bun"), b, c], vec!["Choose question #1."]),
            ([("which-is-none", "Mister Bun"), b, c], vec!["Choose question #1."]),
            ([a, (a.0, "Old Henry"), c], vec!["Question #2 is chosen twice. Choose another one."]),
            ([a, b, (c.0, "")], vec!["Enter answer #3."]),
            ([(a.0, "Li!"), b, c], vec!["Answer #1 is too short. Use at least 4 letters or digits."]),
            ([(a.0, &long), b, c], vec!["Answer #1 is too long. A few words are enough."]),
            (
                [a, (b.0, "MISTER-bun"), c],
                vec!["Answer #2 is given twice. Give each question its own answer."],
            ),
            ([a, b, (c.0, "N/A")], vec!["Answer #3 is too easy to guess. Give a real answer."]),
            (
                [(a.0, "Frank Jones II"), b, c],
                vec!["Answer #1 contains your user name. Give an answer without it."],
            ),
            ([(a.0, "stuffed"), b, c], vec!["Answer #1 is a word of its question. Give another answer."]),
            ([(a.0, "z zzz"), b, c], vec!["Answer #1 is one character repeated. Give a real answer."]),
            ([a, (b.0, PASSWORD), c], vec!["Answer #2 is your password. Give another answer."]),
            (
                [("", ""), (b.0, "1234"), (b.0, "abc")],
                vec![
                    "Choose question #1.",
                    "Answer #2 is too easy to guess. Give a real answer.",
                    "Question #3 is chosen twice. Choose another one.",
                ],
            ),
        ];
        for (rows, told) in refusals {
            page = save(&mut browser, &page, rows).await;
            assert_eq!((page.status, problems(&page)), (200, told.iter().map(ToString::to_string).collect()));
            for (n, (question, answer)) in rows.into_iter().enumerate() {
                let kept = page.attribute(&format!("#answer-{}", n + 1), "value").unwrap();
                assert_eq!(kept, answer, "{rows:?}");
                let question = if question == "which-is-none" { "" } else { question };
                assert_eq!(chosen(&page, n + 1), question);
            }
            assert!(!app.account(FRANK).await.questions_enrolled);
        }
        page = save(&mut browser, &page, GOOD).await;
        assert!(arrived(&page), "{page:?}");
    }

    /// Q4, Q6: three hashes, each bound to its person and question; nowhere the answer itself.
    async fn answers_are_stored_hashed_and_bound_to_person_and_question(app) {
        let (mut browser, page) = asked(&app).await;
        save(&mut browser, &page, GOOD).await;
        let account = app.account(FRANK).await;
        assert!(account.questions_enrolled);
        let mut tx = app.env.store.read().await.unwrap();
        let stored = tx.answers().list(account.id).await.unwrap();
        assert_eq!(stored.iter().map(|it| it.hash.as_str()).collect::<BTreeSet<_>>().len(), 3);
        for (id, typed) in GOOD {
            let row = stored.iter().find(|it| it.question.as_str() == id).expect("the question");
            let answer = idp_domain::question::Answer::typed(&typed.to_uppercase());
            let verdict =
                app.env.hasher.verify(Some(&row.hash), &answer.keyed(account.id, row.question)).await;
            assert!(verdict.unwrap().is_match(), "{id}");
            let bare = idp_domain::password::Password::typed(answer.expose());
            assert!(!app.env.hasher.verify(Some(&row.hash), &bare).await.unwrap().is_match(), "bound (Q6)");
        }
        assert!(app.audited().await.contains(&"questions.enrolled"));
    }

    /// Q9: questions are asked once; the page does not change them later, by whatever request.
    async fn questions_are_not_asked_twice_nor_changed_by_this_page(app) {
        let (mut browser, page) = asked(&app).await;
        save(&mut browser, &page, GOOD).await;
        let before = app.account(FRANK).await.id;
        let mut tx = app.env.store.read().await.unwrap();
        let first: Vec<_> = tx.answers().list(before).await.unwrap().into_iter().map(|it| it.hash).collect();
        drop(tx);
        let other = [("first-kiss-place", "the old mill"), ("first-school-teacher", "Miss Honey"), GOOD[2]];
        let again = save(&mut browser, &page, other).await;
        assert!(arrived(&again), "the flow goes on: {again:?}");
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        assert!(arrived(&browser.get(&format!("/questions?flow={flow}")).await));
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(arrived(&page), "{page:?}");
        let mut tx = app.env.store.read().await.unwrap();
        let now: Vec<_> = tx.answers().list(before).await.unwrap().into_iter().map(|it| it.hash).collect();
        assert_eq!(first, now);
    }

    /// Two tabs answer at once: one set is stored, whole, and both go on.
    async fn of_two_forms_sent_at_once_one_set_is_stored(app) {
        let (mut browser, page) = asked(&app).await;
        let mut twin = app.browser();
        twin.cookies = browser.cookies.clone();
        let other = [("first-kiss-place", "the old mill"), ("first-school-teacher", "Miss Honey"), GOOD[2]];
        let (one, two) = tokio::join!(save(&mut browser, &page, GOOD), save(&mut twin, &page, other));
        assert!(arrived(&one) && arrived(&two), "{one:?} {two:?}");
        let account = app.account(FRANK).await.id;
        let mut tx = app.env.store.read().await.unwrap();
        let stored = tx.answers().list(account).await.unwrap();
        let ids: BTreeSet<_> = stored.iter().map(|it| it.question.as_str()).collect();
        let sets = [GOOD, other].map(|set| set.map(|(id, _)| id).into_iter().collect::<BTreeSet<_>>());
        assert!(sets.contains(&ids), "{ids:?}");
    }
}
