//! Another password: on the person's own page (P10), or as the step before a code when the old one is as good as known (P4).
//! Never sends a typed password back.

use askama::Template;
use idp_domain::Secret;
use idp_service::account::ChangeProblem;
use idp_service::new_password::FormProblem;

use super::{Chrome, Form, OwnMenu, Problem, Problems, create_password, security};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "change_password.html")]
pub struct ChangePassword {
    pub chrome: Chrome,
    pub place: PasswordPlace,
    /// Fields `current`, `password`, `confirm` and `end_others`.
    pub form: Form,
    pub username: String,
    /// The least number of characters (rules P1).
    pub min: usize,
    /// A passphrase made by the server for this view of the page.
    pub suggestion: Secret<String>,
    pub suggest_url: String,
    /// "Sign out everywhere else", on unless the person said no (ASVS 7.4.3).
    pub end_others: bool,
    pub news: PasswordNews,
}

/// Where the page stands.
#[derive(Debug, Clone)]
pub enum PasswordPlace {
    Own(OwnMenu),
    /// Between the log-in and the first code; Cancel is no access (R51).
    Required {
        cancel: Form,
    },
}

/// What became of the last attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordNews {
    Fresh,
    TooOld,
    Refused(ChangeProblem),
}

impl ChangePassword {
    fn title(&self) -> String {
        self.chrome.texts.of(match self.place {
            PasswordPlace::Own(_) => Key("change-password-title"),
            PasswordPlace::Required { .. } => Key("change-password-required-title"),
        })
    }

    fn lead(&self) -> String {
        self.chrome.texts.of(match self.place {
            PasswordPlace::Own(_) => Key("create-password-lead"),
            PasswordPlace::Required { .. } => Key("change-password-required-lead"),
        })
    }

    fn hint(&self) -> String {
        self.chrome.texts.t_with("create-password-hint", "min", self.min)
    }

    fn problems(&self) -> Problems {
        let problem = match self.news {
            PasswordNews::Fresh => None,
            PasswordNews::TooOld => security::too_old(&self.chrome, true),
            PasswordNews::Refused(problem) => Some(self.told(problem)),
        };
        problem.into_iter().collect()
    }

    fn told(&self, problem: ChangeProblem) -> Problem {
        let chrome = &self.chrome;
        let (field, key) = match problem {
            ChangeProblem::CurrentMissing => ("current", Key("change-password-current-missing")),
            ChangeProblem::CurrentWrong => ("current", Key("change-password-current-wrong")),
            ChangeProblem::Unchanged => ("password", Key("change-password-unchanged")),
            ChangeProblem::New(FormProblem::Mismatch) => ("confirm", Key("password-mismatch")),
            ChangeProblem::New(FormProblem::Password(problem)) => {
                return create_password::refused(chrome, problem);
            }
            ChangeProblem::Held(held) => return security::held(chrome, held),
        };
        Problem { field: Some(field), text: chrome.texts.of(key) }
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for ChangePassword {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use std::time::Duration;

        use idp_domain::password::PasswordProblem;
        use idp_service::account::Held;

        use super::samples::{agency, form};
        let own = Self {
            chrome: chrome.clone(),
            place: PasswordPlace::Own(OwnMenu::sample(idp_service::authorize::OwnPage::Password)),
            form: form("/account/password"),
            username: "frank.jones@example.com".into(),
            min: 15,
            suggestion: Secret::new("copper ladder quiet meadow".into()),
            suggest_url: "/account/password?again".into(),
            end_others: true,
            news: PasswordNews::Fresh,
        };
        let required = Self {
            chrome: chrome.clone().for_agency(agency()),
            place: PasswordPlace::Required { cancel: form("/no-access") },
            form: form("/change-password"),
            ..own.clone()
        };
        let told = |problem| Self { end_others: false, news: PasswordNews::Refused(problem), ..own.clone() };
        let short = ChangeProblem::New(FormProblem::Password(PasswordProblem::TooShort { min: 15 }));
        vec![
            ("current-missing", told(ChangeProblem::CurrentMissing)),
            ("current-wrong", told(ChangeProblem::CurrentWrong)),
            ("unchanged", told(ChangeProblem::Unchanged)),
            ("mismatch", told(ChangeProblem::New(FormProblem::Mismatch))),
            ("too-short", told(short)),
            ("wait", told(ChangeProblem::Held(Held::Wait(Duration::from_secs(30))))),
            ("recover-first", told(ChangeProblem::Held(Held::RecoverFirst))),
            ("too-old", Self { news: PasswordNews::TooOld, ..own.clone() }),
            ("required-wrong", Self { news: told(ChangeProblem::CurrentWrong).news, ..required.clone() }),
            ("required", required),
            ("own", own),
        ]
    }
}
