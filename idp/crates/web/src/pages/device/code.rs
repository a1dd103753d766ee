//! "Log in on your computer": the code that it shows. Never says whether a code is unknown, expired, used or somebody else's.

use askama::Template;

use crate::pages::{Chrome, Form, Problem, Problems, wait_text};

#[derive(Debug, Clone, Template)]
#[template(path = "device/code.html")]
pub struct DeviceCode {
    pub chrome: Chrome,
    pub form: Form,
    /// What stands in the field: from the address of the page, or as it was typed.
    pub code: String,
    pub problem: Option<DeviceCodeProblem>,
}

/// Why nothing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceCodeProblem {
    Missing,
    Unknown,
    TooMany {
        seconds: u32,
    },
    /// The form token was not ours, or too old.
    Stale,
}

impl DeviceCode {
    /// A code that stands there without having been typed is compared.
    fn lead(&self) -> String {
        let is_given = !self.code.is_empty() && self.problem.is_none();
        if is_given { self.chrome.t("device-code-compare") } else { self.chrome.t("device-code-lead") }
    }

    fn problems(&self) -> Problems {
        let field = Some("user-code");
        let texts = &self.chrome.texts;
        let problem = self.problem.map(|problem| match problem {
            DeviceCodeProblem::Missing => Problem { field, text: texts.t("device-code-missing") },
            DeviceCodeProblem::Unknown => Problem { field, text: texts.t("device-code-unknown") },
            DeviceCodeProblem::TooMany { seconds } => {
                let text = texts.t_with("device-code-too-many", "wait", wait_text(texts, seconds));
                Problem { field: None, text }
            }
            DeviceCodeProblem::Stale => Problem { field: None, text: texts.t("device-code-stale") },
        });
        problem.into_iter().collect()
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceCode {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let form = crate::pages::samples::form("/device");
        let empty = Self { chrome: chrome.clone(), form, code: String::new(), problem: None };
        let given = Self { code: "WDJB-MJHT".to_owned(), ..empty.clone() };
        let told = |problem| Self { problem: Some(problem), ..given.clone() };
        vec![
            ("missing", Self { problem: Some(DeviceCodeProblem::Missing), ..empty.clone() }),
            ("unknown", told(DeviceCodeProblem::Unknown)),
            ("too-many", told(DeviceCodeProblem::TooMany { seconds: 600 })),
            ("stale", Self { problem: Some(DeviceCodeProblem::Stale), ..empty.clone() }),
            ("given", given),
            ("empty", empty),
        ]
    }
}
