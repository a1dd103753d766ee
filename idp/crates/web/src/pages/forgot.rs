//! "Forgot your password?" and "Forgot your company code?" (R45, R83, R84), and the page after either was asked for.
//! The answer is the same whatever address was typed (L6).

use askama::Template;

use super::{Chrome, Form, Problem, Problems, wait_text};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "forgot.html")]
pub struct Forgot {
    pub chrome: Chrome,
    pub form: Form,
    pub wanted: Wanted,
    /// Filled in where it is known; what was typed when the page comes back.
    pub address: String,
    pub problem: Option<ForgotProblem>,
    /// The page for what else can be forgotten.
    pub other_url: String,
    /// Back to the log-in page the person came from.
    pub log_in_url: Option<String>,
}

/// What the mail is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    NewPassword,
    CompanyCodes,
}

/// Why no mail was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgotProblem {
    AddressMissing,
    NotAnAddress,
    TooMany {
        seconds: u32,
    },
    /// The form token was not ours, or too old.
    Stale,
}

impl Wanted {
    fn title(self) -> Key {
        match self {
            Self::NewPassword => Key("forgot-title"),
            Self::CompanyCodes => Key("forgot-codes-title"),
        }
    }

    fn lead(self) -> Key {
        match self {
            Self::NewPassword => Key("forgot-lead"),
            Self::CompanyCodes => Key("forgot-codes-lead"),
        }
    }

    /// The other of the two: the id of its link, and its words.
    fn other(self) -> (&'static str, Key) {
        match self {
            Self::NewPassword => ("forgot-company-code", Self::CompanyCodes.title()),
            Self::CompanyCodes => ("forgot-password", Self::NewPassword.title()),
        }
    }
}

impl Forgot {
    fn problems(&self) -> Problems {
        self.problem.iter().map(|problem| problem.told(&self.chrome)).collect()
    }
}

impl ForgotProblem {
    fn told(self, chrome: &Chrome) -> Problem {
        let texts = &chrome.texts;
        let (field, text) = match self {
            Self::AddressMissing => (Some("email"), texts.t("forgot-address-missing")),
            Self::NotAnAddress => (Some("email"), texts.t("forgot-not-an-address")),
            Self::TooMany { seconds } => {
                (None, texts.t_with("forgot-too-many", "wait", wait_text(texts, seconds)))
            }
            Self::Stale => (None, texts.t("forgot-stale")),
        };
        Problem { field, text }
    }
}

/// After the mail was asked for.
#[derive(Debug, Clone, Template)]
#[template(path = "check_mail.html")]
pub struct CheckMail {
    pub chrome: Chrome,
    /// Where the code is typed; a reminder of company codes has none.
    pub code: Option<CodeForm>,
    /// Where the mail is asked for once more.
    pub again_url: String,
    pub log_in_url: Option<String>,
}

/// The way on for those who read their mail on another device.
#[derive(Debug, Clone)]
pub struct CodeForm {
    pub form: Form,
    /// How long link and code work.
    pub minutes: u64,
    pub problem: Option<CodeProblem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeProblem {
    Missing,
    /// Whatever is wrong with it.
    Wrong,
}

impl CheckMail {
    fn problems(&self) -> Problems {
        let problem = self.code.as_ref().and_then(|code| code.problem);
        let told = |problem| {
            let key = match problem {
                CodeProblem::Missing => Key("code-missing"),
                CodeProblem::Wrong => Key("code-wrong"),
            };
            Problem { field: Some("code"), text: self.chrome.texts.of(key) }
        };
        problem.into_iter().map(told).collect()
    }

    fn next(&self) -> Key {
        match self.code {
            Some(_) => Key("check-mail-next"),
            None => Key("check-mail-codes-next"),
        }
    }
}

impl CodeForm {
    fn hint(&self, chrome: &Chrome) -> String {
        chrome.texts.t_with("check-mail-code-hint", "minutes", self.minutes)
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for Forgot {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let empty = Self {
            chrome: chrome.clone(),
            form: form("/forgot"),
            wanted: Wanted::NewPassword,
            address: String::new(),
            problem: None,
            other_url: "/forgot/company-code".into(),
            log_in_url: None,
        };
        let filled = Self {
            chrome: chrome.clone().for_agency(agency()),
            address: "frank.jones@example.com".into(),
            log_in_url: Some("/login?flow=abc".into()),
            ..empty.clone()
        };
        let told = |problem| Self { problem: Some(problem), ..filled.clone() };
        let codes = Self { wanted: Wanted::CompanyCodes, other_url: "/forgot".into(), ..filled.clone() };
        vec![
            ("missing", told(ForgotProblem::AddressMissing)),
            ("not-an-address", told(ForgotProblem::NotAnAddress)),
            ("too-many", told(ForgotProblem::TooMany { seconds: 1800 })),
            ("stale", told(ForgotProblem::Stale)),
            ("company-codes", codes),
            ("filled", filled),
            ("empty", empty),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for CheckMail {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let typing = |problem| Self {
            chrome: chrome.clone().for_agency(agency()),
            code: Some(CodeForm { form: form("/forgot/code"), minutes: 30, problem }),
            again_url: "/forgot?flow=abc".into(),
            log_in_url: Some("/login?flow=abc".into()),
        };
        vec![
            ("code", typing(None)),
            ("missing", typing(Some(CodeProblem::Missing))),
            ("wrong", typing(Some(CodeProblem::Wrong))),
            ("company-codes", Self { code: None, log_in_url: None, ..typing(None) }),
        ]
    }
}
