//! Between a proven mailbox and the new password: the three answers, those from before they were replaced, or the saved code
//! in their place (Q1, Q7, L8).
//! One message for anything wrong; what was typed never comes back.

use askama::Template;
use idp_domain::Timestamp;
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
    pub set: QuestionSet,
    /// Where the saved code is typed instead, if there is one.
    pub saved_code_url: Option<String>,
    /// How many tries are left after a wrong one.
    pub left: Option<u32>,
}

/// Which questions these are, and where the others are answered.
#[derive(Debug, Clone)]
pub enum QuestionSet {
    /// The present ones; and when those from before were replaced, while they count.
    Present { former: Option<(String, Timestamp)> },
    /// Those from before.
    Former { present_url: Option<String>, replaced_at: Timestamp },
}

impl ResetQuestions {
    fn lead(&self) -> String {
        match self.set {
            QuestionSet::Present { .. } => self.chrome.t("reset-questions-lead"),
            QuestionSet::Former { replaced_at, .. } => self.on_day(Key("reset-former-lead"), replaced_at),
        }
    }

    /// The id, address and text of the link to the other questions.
    fn other_set(&self) -> Option<(&'static str, &str, String)> {
        match &self.set {
            QuestionSet::Present { former } => former.as_ref().map(|(url, replaced_at)| {
                ("use-former-questions", url.as_str(), self.on_day(Key("reset-use-former"), *replaced_at))
            }),
            QuestionSet::Former { present_url, .. } => present_url
                .as_ref()
                .map(|url| ("use-present-questions", url.as_str(), self.chrome.t("reset-use-present"))),
        }
    }

    fn on_day(&self, Key(key): Key, at: Timestamp) -> String {
        self.chrome.texts.t_with(key, "day", self.chrome.day(at))
    }

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
            set: QuestionSet::Present { former: None },
            saved_code_url: None,
            left: None,
        };
        let replaced_at = Timestamp::from_seconds(1_795_219_200);
        let had_others =
            QuestionSet::Present { former: Some(("/reset/questions?set=former".into(), replaced_at)) };
        let former = QuestionSet::Former { present_url: Some("/reset/questions".into()), replaced_at };
        let saved_code_url = Some("/reset/recovery-code".to_owned());
        vec![
            ("wrong", Self { left: Some(3), ..fresh.clone() }),
            ("last-try", Self { left: Some(1), ..fresh.clone() }),
            ("had-others", Self { set: had_others, saved_code_url: saved_code_url.clone(), ..fresh.clone() }),
            ("former", Self { set: former, ..fresh.clone() }),
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
