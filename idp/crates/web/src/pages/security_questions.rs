//! "Security Questions" (R48-R52): three questions of a fixed bank, each with an answer.
//! Keeps what was chosen and typed when something is wrong; Cancel is a form of its own and sends no answer (R51).

use askama::Template;
use idp_domain::Secret;

use super::{Chrome, Form, Problem, Problems};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "security_questions.html")]
pub struct SecurityQuestions {
    pub chrome: Chrome,
    /// Fields `question-1` to `question-3` and `answer-1` to `answer-3`.
    pub form: Form,
    pub cancel: Form,
    /// The ids of all questions, in the order in which they are offered (rules Q2).
    pub bank: Vec<&'static str>,
    pub rows: [QuestionRow; 3],
}

/// One question and its answer, as sent.
#[derive(Debug, Clone)]
pub struct QuestionRow {
    /// The id of the chosen question; empty before one is chosen.
    pub question: String,
    pub answer: Secret<String>,
    pub problem: Option<AnswerProblem>,
}

impl Default for QuestionRow {
    fn default() -> Self {
        Self { question: String::new(), answer: Secret::new(String::new()), problem: None }
    }
}

/// Why a question or its answer was refused (R52, rules Q4 and Q5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerProblem {
    NotChosen,
    SameQuestion,
    TooShort { min: u32 },
    TooLong { max: u32 },
    SameAnswer,
    /// "none", "unknown", "test" and their like.
    Denylisted,
    HasUserName,
    IsPassword,
    IsInQuestion,
    Repeated,
}

/// A row as the template shows it.
struct Shown<'a> {
    number: usize,
    question_id: &'static str,
    answer_id: &'static str,
    row: &'a QuestionRow,
}

const QUESTION_IDS: [&str; 3] = ["question-1", "question-2", "question-3"];
const ANSWER_IDS: [&str; 3] = ["answer-1", "answer-2", "answer-3"];

impl SecurityQuestions {
    fn shown(&self) -> impl Iterator<Item = Shown<'_>> {
        let ids = QUESTION_IDS.into_iter().zip(ANSWER_IDS);
        let rows = self.rows.iter().zip(ids).enumerate();
        rows.map(|(at, (row, (question_id, answer_id)))| Shown { number: at + 1, question_id, answer_id, row })
    }

    fn problems(&self) -> Problems {
        self.shown().filter_map(|shown| Some(shown.row.problem?.told(&self.chrome, &shown))).collect()
    }

    fn question_text(&self, id: &str) -> String {
        self.chrome.t(&format!("question-{id}"))
    }

    fn label(&self, key: &str, number: usize) -> String {
        self.chrome.texts.t_with(key, "number", number)
    }
}

impl AnswerProblem {
    fn told(self, chrome: &Chrome, shown: &Shown<'_>) -> Problem {
        let Key(key) = match self {
            Self::NotChosen => Key("answer-not-chosen"),
            Self::SameQuestion => Key("answer-same-question"),
            Self::TooShort { .. } => Key("answer-too-short"),
            Self::TooLong { .. } => Key("answer-too-long"),
            Self::SameAnswer => Key("answer-same-answer"),
            Self::Denylisted => Key("answer-denylisted"),
            Self::HasUserName => Key("answer-has-user-name"),
            Self::IsPassword => Key("answer-is-password"),
            Self::IsInQuestion => Key("answer-is-in-question"),
            Self::Repeated => Key("answer-repeated"),
        };
        let of_question = matches!(self, Self::NotChosen | Self::SameQuestion);
        let field = if of_question { shown.question_id } else { shown.answer_id };
        let texts = chrome.texts.clone().with("number", shown.number);
        let text = match self {
            Self::TooShort { min } => texts.t_with(key, "min", min),
            Self::TooLong { max } => texts.t_with(key, "max", max),
            _ => texts.t(key),
        };
        Problem { field: Some(field), text }
    }
}

#[cfg(test)]
impl super::tests::Samples for SecurityQuestions {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::tests::{BANK, agency, form};
        let fresh = Self {
            chrome: chrome.clone().for_agency(agency()),
            form: form("/security-questions"),
            cancel: form("/security-questions/cancel"),
            bank: BANK.to_vec(),
            rows: Default::default(),
        };
        let row = |question: &str, answer: &str, problem| QuestionRow {
            question: question.to_owned(),
            answer: Secret::new(answer.to_owned()),
            problem: Some(problem),
        };
        let told = |first, second, third| Self {
            rows: [
                row("", "Biscuit", first),
                row("driving-instructor", "Marigold", second),
                row("first-cooked-dish", "Pancakes", third),
            ],
            ..fresh.clone()
        };
        use AnswerProblem as P;
        vec![
            ("not-chosen", told(P::NotChosen, P::TooShort { min: 4 }, P::Denylisted)),
            ("same", told(P::SameQuestion, P::SameAnswer, P::IsInQuestion)),
            ("known", told(P::HasUserName, P::IsPassword, P::Repeated)),
            ("too-long", told(P::TooLong { max: 100 }, P::TooLong { max: 100 }, P::TooLong { max: 100 })),
            ("fresh", fresh),
        ]
    }
}
