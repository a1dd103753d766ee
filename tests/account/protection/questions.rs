//! `/account/questions` (R55, Q9): other questions in place of the ones there are, after a fresh log-in, with a notice.

use idp_domain::account::QuestionPolicy;
use idp_domain::outbox::SecurityEvent;

use super::{
    MINUTE, OTHER_ANSWERS, QUESTIONS, SECOND, SECURITY, answer, answers, arrived, at, frank_at, is_answer,
    log_in, notices, protection, recorded,
};
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp, default_policy};
use crate::support::database::TestDatabase;
use crate::support::on_each_database;

const PATH: &str = "/account/questions";

on_each_database! {
    /// R55, Q9: all three are replaced; nothing of the old ones is shown; the person is told, and it is recorded.
    async fn other_questions_take_the_place_of_all_three(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        assert_eq!(page.heading(), QUESTIONS);
        for row in 1..=3 {
            assert_eq!(page.attribute(&format!("#answer-{row}"), "value").as_deref(), Some(""));
            assert_eq!(page.attribute(&format!("#question-{row} option[selected]"), "value"), None);
        }
        assert!(!page.html.contains("Mister Bun"), "{page:?}");
        let done = answer(&mut browser, &page, OTHER_ANSWERS).await;
        assert_eq!((done.heading().as_str(), done.select("#notice").concat().as_str()),
            (SECURITY, "Your questions and answers are changed."));
        assert_eq!(answers(&app, FRANK).await.len(), 3);
        for row in OTHER_ANSWERS {
            assert!(is_answer(&app, FRANK, row).await, "{row:?}");
        }
        assert!(!is_answer(&app, FRANK, ("lost-treasure", "a red kite")).await);
        assert_eq!(recorded(&app, "questions.changed").await, 1);
        let told = notices(&app, FRANK).await;
        assert!(told.ends_with(&[SecurityEvent::QuestionsChanged]), "{told:?}");
    }

    /// L11: the first ones are told by mail, too, once.
    async fn enrolling_is_told_by_mail(app) {
        app.activate(FRANK).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        assert!(arrived(&browser.answer_questions(&page).await));
        assert_eq!(notices(&app, FRANK).await, [SecurityEvent::QuestionsEnrolled]);
        assert_eq!((recorded(&app, "questions.enrolled").await, recorded(&app, "questions.changed").await), (1, 0));
    }

    /// Q9: five minutes after the log-in the page asks for the password again, and a form sent later saves nothing.
    async fn only_a_fresh_log_in_opens_the_page(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        app.advance(MINUTE * 5 - SECOND);
        assert_eq!(browser.get(PATH).await.heading(), QUESTIONS);
        app.advance(SECOND);
        let before = protection(&app, FRANK).await;
        let late = answer(&mut browser, &page, OTHER_ANSWERS).await;
        assert_eq!(protection(&app, FRANK).await, before);
        let back = log_in(&mut browser, &late, FRANK, PASSWORD).await;
        assert_eq!((back.heading().as_str(), problems(&back)), (QUESTIONS, vec![]));
        let done = answer(&mut browser, &back, OTHER_ANSWERS).await;
        assert_eq!(done.heading(), SECURITY, "{done:?}");
    }

    /// R52, Q2, Q4, Q5: the same checks as when they were enrolled; a name may be as short as names are.
    async fn the_checks_are_those_of_the_first_ones(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let [a, b, c] = OTHER_ANSWERS;
        for (rows, told) in [
            ([a, (a.0, "Old Henry"), c], "Question #2 is chosen twice. Choose another one."),
            ([a, b, (c.0, a.1)], "Answer #3 is given twice. Give each question its own answer."),
            ([a, b, (c.0, "kit")], "Answer #3 is too short. Use at least 4 letters or digits."),
            ([a, (b.0, "L"), c], "Answer #2 is one character repeated. Give a real answer."),
            ([("", a.1), b, c], "Choose question #1."),
        ] {
            let refused = answer(&mut browser, &page, rows).await;
            assert_eq!(problems(&refused), [told]);
            assert_eq!(refused.attribute("#answer-1", "value").as_deref(), Some(rows[0].1), "typed stays");
        }
        let done = answer(&mut browser, &page, [a, (b.0, "Li"), c]).await;
        assert_eq!(done.heading(), SECURITY, "{done:?}");
        assert!(is_answer(&app, FRANK, (b.0, "LI")).await);
    }

    /// Cancel goes back, and changes nothing.
    async fn cancel_goes_back_to_security(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let back = page.attribute("#questions-cancel", "href").expect("a way back");
        assert_eq!(browser.get(&back).await.heading(), SECURITY);
        assert!(is_answer(&app, FRANK, ("lost-treasure", "a red kite")).await);
    }
}

/// Q10: an installation that does without questions has neither them nor a code in their place on its pages.
#[tokio::test]
async fn an_installation_without_questions_has_none_to_change() {
    let policy = idp_service::Policy { questions: QuestionPolicy::Off, ..default_policy() };
    let app = TestApp::with(TestDatabase::sqlite().await, policy).await;
    app.activate(FRANK).await;
    let (mut browser, page) = at(&app, FRANK, "/account/security").await;
    assert_eq!(page.attribute("#to-questions", "href").or(page.attribute("#to-recovery-code", "href")), None);
    for path in [PATH, "/account/recovery-code"] {
        assert_eq!(browser.get(path).await.heading(), SECURITY, "{path}");
    }
}
