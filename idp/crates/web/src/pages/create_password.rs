//! "Create Password" (R40-R43), where an activation link leads, and the page after it when the agency has no portal.
//! Never shows a user name without a valid link, and never sends a typed password back.

use askama::Template;
use idp_domain::Secret;

use super::{Chrome, Form, Problem, Problems};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "create_password.html")]
pub struct CreatePassword {
    pub chrome: Chrome,
    pub form: Form,
    pub username: String,
    /// The least number of characters (rules P1).
    pub min: u32,
    /// A passphrase made by the server for this view of the page.
    pub suggestion: Secret<String>,
    pub suggest_url: String,
    pub problems: Vec<PasswordProblem>,
}

/// Why a new password was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    Empty,
    TooShort { min: u32 },
    TooLong { max: u32 },
    Blocklisted(Blocklisted),
    Mismatch,
}

/// Why a password is too easy to guess (rules P5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocklisted {
    /// Among the most common ones.
    Common,
    /// A repeated piece, or a run of neighbours in the alphabet or on the keyboard.
    Repeated,
    /// Holds little more than a name known from here: the person's, the agency's, the product's.
    Context,
}

impl CreatePassword {
    fn problems(&self) -> Problems {
        self.problems.iter().map(|problem| problem.told(&self.chrome)).collect()
    }

    fn hint(&self) -> String {
        self.chrome.texts.t_with("create-password-hint", "min", self.min)
    }
}

impl PasswordProblem {
    fn told(self, chrome: &Chrome) -> Problem {
        let (field, Key(key)) = match self {
            Self::Empty => ("password", Key("password-empty")),
            Self::TooShort { .. } => ("password", Key("password-too-short")),
            Self::TooLong { .. } => ("password", Key("password-too-long")),
            Self::Blocklisted(Blocklisted::Common) => ("password", Key("password-common")),
            Self::Blocklisted(Blocklisted::Repeated) => ("password", Key("password-repeated")),
            Self::Blocklisted(Blocklisted::Context) => ("password", Key("password-context")),
            Self::Mismatch => ("confirm", Key("password-mismatch")),
        };
        let text = match self {
            Self::TooShort { min } => chrome.texts.t_with(key, "min", min),
            Self::TooLong { max } => chrome.texts.t_with(key, "max", max),
            _ => chrome.t(key),
        };
        Problem { field: Some(field), text }
    }
}

/// Said after the password was created, where there is no portal to go to.
#[derive(Debug, Clone, Template)]
#[template(path = "password_created.html")]
pub struct PasswordCreated {
    pub chrome: Chrome,
    pub portal_url: Option<String>,
}

#[cfg(test)]
impl super::tests::Samples for CreatePassword {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::tests::{agency, form};
        let fresh = Self {
            chrome: chrome.clone().for_agency(agency()),
            form: form("/create-password"),
            username: "frank.jones@example.com".into(),
            min: 15,
            suggestion: Secret::new("copper ladder quiet meadow".into()),
            suggest_url: "/create-password?again".into(),
            problems: Vec::new(),
        };
        let told = |problem| Self { problems: vec![problem], ..fresh.clone() };
        vec![
            ("empty", told(PasswordProblem::Empty)),
            ("too-short", told(PasswordProblem::TooShort { min: 15 })),
            ("too-long", told(PasswordProblem::TooLong { max: 256 })),
            ("common", told(PasswordProblem::Blocklisted(Blocklisted::Common))),
            ("repeated", told(PasswordProblem::Blocklisted(Blocklisted::Repeated))),
            (
                "context-and-mismatch",
                Self {
                    problems: vec![
                        PasswordProblem::Blocklisted(Blocklisted::Context),
                        PasswordProblem::Mismatch,
                    ],
                    ..fresh.clone()
                },
            ),
            ("fresh", fresh),
        ]
    }
}

#[cfg(test)]
impl super::tests::Samples for PasswordCreated {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let chrome = chrome.clone().for_agency(super::tests::agency());
        let portal_url = Some("/HTPortal/".into());
        vec![
            ("portal", Self { chrome: chrome.clone(), portal_url }),
            ("no-portal", Self { chrome, portal_url: None }),
        ]
    }
}
