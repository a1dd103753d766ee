//! "Security Questions" (R48-R52, R55): three questions of a fixed bank, each with an answer; the first ones, or others in
//! their place. Keeps what was chosen and typed when something is wrong; shows nothing of those that are stored (Q9).

use askama::Template;
use idp_domain::Secret;
use idp_domain::question::{AnswerProblem, COUNT, QuestionId};
use idp_service::account::Held;

use super::{Chrome, Form, OwnMenu, Problem, Problems, security};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "security_questions.html")]
pub struct SecurityQuestions {
    pub chrome: Chrome,
    /// Fields `question-1` to `question-3` and `answer-1` to `answer-3`.
    pub form: Form,
    pub place: QuestionsPlace,
    pub rows: [QuestionRow; COUNT],
    pub news: QuestionsNews,
}

/// Where the page stands.
#[derive(Debug, Clone)]
pub enum QuestionsPlace {
    /// Between the log-in and the first code. Cancel is a form of its own, sends no answer, and is no access (R51).
    Required { cancel: Form },
    /// Among the person's own pages; Cancel goes back.
    Own { menu: OwnMenu, back_url: String },
}

/// What became of the last attempt, besides what the rows say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionsNews {
    Fresh,
    Held(Held),
    TooOld,
}

/// One question and its answer, as sent.
#[derive(Debug, Clone)]
pub struct QuestionRow {
    pub question: Option<QuestionId>,
    pub answer: Secret<String>,
    pub problem: Option<AnswerProblem>,
}

impl Default for QuestionRow {
    fn default() -> Self {
        Self { question: None, answer: Secret::new(String::new()), problem: None }
    }
}

/// A row as the template shows it.
struct Shown<'a> {
    number: usize,
    question_id: &'static str,
    answer_id: &'static str,
    row: &'a QuestionRow,
}

const QUESTION_IDS: [&str; COUNT] = ["question-1", "question-2", "question-3"];
const ANSWER_IDS: [&str; COUNT] = ["answer-1", "answer-2", "answer-3"];

impl SecurityQuestions {
    fn shown(&self) -> impl Iterator<Item = Shown<'_>> {
        let ids = QUESTION_IDS.into_iter().zip(ANSWER_IDS);
        let rows = self.rows.iter().zip(ids).enumerate();
        rows.map(|(at, (row, (question_id, answer_id)))| Shown {
            number: at + 1,
            question_id,
            answer_id,
            row,
        })
    }

    fn problems(&self) -> Problems {
        let of_page = match self.news {
            QuestionsNews::Fresh => None,
            QuestionsNews::Held(held) => Some(security::held(&self.chrome, held)),
            QuestionsNews::TooOld => security::too_old(&self.chrome, true),
        };
        let of_rows =
            self.shown().filter_map(|shown| Some(refused(&self.chrome, shown.row.problem?, &shown)));
        of_page.into_iter().chain(of_rows).collect()
    }

    fn lead(&self) -> String {
        self.chrome.texts.of(match self.place {
            QuestionsPlace::Required { .. } => Key("questions-lead"),
            QuestionsPlace::Own { .. } => Key("questions-change-lead"),
        })
    }

    fn bank(&self) -> impl Iterator<Item = QuestionId> {
        QuestionId::VARIANTS.iter().copied()
    }

    fn label(&self, key: &str, number: usize) -> String {
        self.chrome.texts.t_with(key, "number", number)
    }
}

fn refused(chrome: &Chrome, problem: AnswerProblem, shown: &Shown<'_>) -> Problem {
    use AnswerProblem as P;
    let (field, Key(key)) = match problem {
        P::NotChosen => (shown.question_id, Key("answer-not-chosen")),
        P::SameQuestionTwice => (shown.question_id, Key("answer-same-question")),
        P::Empty => (shown.answer_id, Key("answer-empty")),
        P::TooShort { .. } => (shown.answer_id, Key("answer-too-short")),
        P::TooLong => (shown.answer_id, Key("answer-too-long")),
        P::SameAnswerTwice => (shown.answer_id, Key("answer-same-answer")),
        P::TooCommon => (shown.answer_id, Key("answer-too-common")),
        P::ContainsUserName => (shown.answer_id, Key("answer-has-user-name")),
        P::EqualsPassword => (shown.answer_id, Key("answer-is-password")),
        P::InQuestion => (shown.answer_id, Key("answer-in-question")),
        P::OneCharacter => (shown.answer_id, Key("answer-one-character")),
    };
    let texts = match problem {
        P::TooShort { min } => chrome.texts.clone().with("min", min),
        _ => chrome.texts.clone(),
    };
    Problem { field: Some(field), text: texts.t_with(key, "number", shown.number) }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for SecurityQuestions {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use AnswerProblem as P;

        use super::samples::{agency, form};
        let fresh = Self {
            chrome: chrome.clone().for_agency(agency()),
            form: form("/security-questions"),
            place: QuestionsPlace::Required { cancel: form("/security-questions/cancel") },
            rows: Default::default(),
            news: QuestionsNews::Fresh,
        };
        let own = Self {
            chrome: chrome.clone(),
            form: form("/account/questions"),
            place: QuestionsPlace::Own {
                menu: OwnMenu::sample(idp_service::authorize::OwnPage::Questions),
                back_url: "/account/security".into(),
            },
            ..fresh.clone()
        };
        let held = QuestionsNews::Held(Held::Wait(std::time::Duration::from_secs(30)));
        let row = |question, answer: &str, problem| QuestionRow {
            question,
            answer: Secret::new(answer.to_owned()),
            problem: Some(problem),
        };
        let told = |first, second, third| Self {
            rows: [
                row(None, "Biscuit", first),
                row(Some(QuestionId::DrivingInstructor), "Marigold", second),
                row(Some(QuestionId::FirstCookedDish), "Pancakes", third),
            ],
            ..fresh.clone()
        };
        vec![
            ("not-chosen", told(P::NotChosen, P::TooShort { min: 4 }, P::TooCommon)),
            ("same", told(P::SameQuestionTwice, P::SameAnswerTwice, P::InQuestion)),
            ("known", told(P::ContainsUserName, P::EqualsPassword, P::OneCharacter)),
            ("length", told(P::NotChosen, P::TooLong, P::Empty)),
            ("held", Self { news: held, ..fresh.clone() }),
            ("own-too-old", Self { news: QuestionsNews::TooOld, ..own.clone() }),
            ("own", own),
            ("fresh", fresh),
        ]
    }
}
