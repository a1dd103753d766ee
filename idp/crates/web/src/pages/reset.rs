//! Between a proven mailbox and the new password: the three answers, or the saved code in their place (Q1, Q7, L8).
//! One message for anything wrong; what was typed never comes back.

use askama::Template;
use idp_domain::question::QuestionId;

use super::{Chrome, Form, Problem, Problems};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "reset_questions.html")]
pub struct ResetQuestions {
    pub chrome: Chrome,
    /// Fields `answer-` and the id of the question.
    pub form: Form,
    pub questions: Vec<QuestionId>,
    /// Where the saved code is typed instead, if there is one.
    pub saved_code_url: Option<String>,
    /// How many tries are left after a wrong one.
    pub left: Option<u32>,
}

impl ResetQuestions {
    fn problems(&self) -> Problems {
        wrong(&self.chrome, Key("reset-answers-wrong"), self.left)
    }
}

fn wrong(chrome: &Chrome, Key(key): Key, left: Option<u32>) -> Problems {
    let told = |left| Problem { field: None, text: chrome.texts.t_with(key, "left", left) };
    left.into_iter().map(told).collect()
}

#[derive(Debug, Clone, Template)]
#[template(path = "reset_recovery_code.html")]
pub struct ResetRecoveryCode {
    pub chrome: Chrome,
    pub form: Form,
    /// Where the questions are answered instead, if there are any.
    pub questions_url: Option<String>,
    /// How many tries are left after a wrong one.
    pub left: Option<u32>,
}

impl ResetRecoveryCode {
    fn problems(&self) -> Problems {
        wrong(&self.chrome, Key("reset-code-wrong"), self.left)
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for ResetQuestions {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let fresh = Self {
            chrome: chrome.clone().for_agency(agency()),
            form: form("/reset/questions"),
            questions: vec![
                QuestionId::FirstStuffedToy,
                QuestionId::DrivingInstructor,
                QuestionId::LostTreasure,
            ],
            saved_code_url: None,
            left: None,
        };
        let saved_code_url = Some("/reset/recovery-code".into());
        vec![
            ("wrong", Self { left: Some(3), ..fresh.clone() }),
            ("last-try", Self { left: Some(1), ..fresh.clone() }),
            ("saved-code", Self { saved_code_url, ..fresh.clone() }),
            ("fresh", fresh),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for ResetRecoveryCode {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let fresh = Self {
            chrome: chrome.clone().for_agency(agency()),
            form: form("/reset/recovery-code"),
            questions_url: Some("/reset/questions".into()),
            left: None,
        };
        vec![
            ("wrong", Self { left: Some(4), ..fresh.clone() }),
            ("only", Self { questions_url: None, ..fresh.clone() }),
            ("fresh", fresh),
        ]
    }
}
