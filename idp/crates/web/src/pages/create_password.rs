//! "Create Password" (R40-R43), where an activation link leads, and the page after it when the agency has no portal; under
//! its own heading also the last step after a forgotten password.
//! Never shows a user name without a valid link, and never sends a typed password back.

use askama::Template;
use idp_domain::Secret;
use idp_domain::password::PasswordProblem;

use super::{Chrome, Form, Problem, Problems};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "create_password.html")]
pub struct CreatePassword {
    pub chrome: Chrome,
    pub title: Key,
    pub form: Form,
    pub username: String,
    /// The least number of characters (rules P1).
    pub min: usize,
    /// A passphrase made by the server for this view of the page.
    pub suggestion: Secret<String>,
    pub suggest_url: String,
    pub problem: Option<PasswordProblem>,
    /// The second password is not the first.
    pub mismatch: bool,
}

impl CreatePassword {
    fn problems(&self) -> Problems {
        let refused = self.problem.map(|problem| refused(&self.chrome, problem));
        let mismatch = self
            .mismatch
            .then(|| Problem { field: Some("confirm"), text: self.chrome.t("password-mismatch") });
        refused.into_iter().chain(mismatch).collect()
    }

    fn hint(&self) -> String {
        self.chrome.texts.t_with("create-password-hint", "min", self.min)
    }
}

pub(super) fn refused(chrome: &Chrome, problem: PasswordProblem) -> Problem {
    use PasswordProblem as P;
    let texts = &chrome.texts;
    let text = match problem {
        P::Empty => texts.t("password-empty"),
        P::TooShort { min } => texts.t_with("password-too-short", "min", min),
        P::TooLong { max } => texts.t_with("password-too-long", "max", max),
        P::Common => texts.t("password-common"),
        P::Repetitive => texts.t("password-repetitive"),
        P::Personal => texts.t("password-personal"),
        P::ControlCharacter => texts.t("password-control"),
    };
    Problem { field: Some("password"), text }
}

/// Said after the password was created, where no more is known of the portal than its address.
#[derive(Debug, Clone, Template)]
#[template(path = "password_created.html")]
pub struct PasswordCreated {
    pub chrome: Chrome,
    pub portal_url: String,
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for CreatePassword {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let fresh = Self {
            chrome: chrome.clone().for_agency(agency()),
            title: Key("create-password-title"),
            form: form("/create-password"),
            username: "frank.jones@example.com".into(),
            min: 15,
            suggestion: Secret::new("copper ladder quiet meadow".into()),
            suggest_url: "/create-password?again".into(),
            problem: None,
            mismatch: false,
        };
        let told = |problem| Self { problem: Some(problem), ..fresh.clone() };
        vec![
            ("empty", told(PasswordProblem::Empty)),
            ("too-short", told(PasswordProblem::TooShort { min: 15 })),
            ("too-long", told(PasswordProblem::TooLong { max: 256 })),
            ("common", told(PasswordProblem::Common)),
            ("repetitive", told(PasswordProblem::Repetitive)),
            ("personal-and-mismatch", Self { mismatch: true, ..told(PasswordProblem::Personal) }),
            ("control", told(PasswordProblem::ControlCharacter)),
            ("forgotten", Self { title: Key("reset-password-title"), ..fresh.clone() }),
            ("fresh", fresh),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for PasswordCreated {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let chrome = chrome.clone().for_agency(super::samples::agency());
        vec![("portal", Self { chrome, portal_url: "https://maple.example/HTPortal/".into() })]
    }
}
