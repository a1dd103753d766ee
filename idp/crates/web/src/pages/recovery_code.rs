//! The saved recovery code (L8): what it is for, and the one page that ever shows it.

use askama::Template;
use idp_domain::{Secret, Timestamp};

use super::{Chrome, Form, OwnMenu, Problem, Problems, security};

#[derive(Debug, Clone, Template)]
#[template(path = "recovery_code.html")]
pub struct RecoveryCodePage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// The buttons are `answer` = `make` and `remove`.
    pub form: Form,
    pub made_at: Option<Timestamp>,
    /// Field `replaces`: the code this page was drawn for, so that a form sent twice makes one.
    pub replaces: String,
    pub news: CodeNews,
}

/// What became of the last press of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeNews {
    Fresh,
    /// The same form was sent before.
    Already,
    TooOld,
}

impl RecoveryCodePage {
    fn problems(&self) -> Problems {
        let already = self.news == CodeNews::Already;
        let already = already.then(|| Problem { field: None, text: self.chrome.t("recovery-code-already") });
        already
            .or_else(|| security::too_old(&self.chrome, self.news == CodeNews::TooOld))
            .into_iter()
            .collect()
    }

    fn made(&self, at: &Timestamp) -> String {
        self.chrome.texts.t_with("recovery-code-made", "date", self.chrome.day(*at))
    }
}

/// The answer to making one: never stored, by nobody on the way, and drawn once.
#[derive(Debug, Clone, Template)]
#[template(path = "recovery_code_shown.html")]
pub struct RecoveryCodeShown {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    pub code: Secret<String>,
    /// Whose it is, for the sheet of paper.
    pub username: String,
    pub done_url: String,
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for RecoveryCodePage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let none = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::RecoveryCode),
            form: super::samples::form("/account/recovery-code"),
            made_at: None,
            replaces: String::new(),
            news: CodeNews::Fresh,
        };
        let made = Self {
            made_at: Some(Timestamp::from_seconds(1_782_950_400)),
            replaces: "1782950400000".into(),
            ..none.clone()
        };
        vec![
            ("already", Self { news: CodeNews::Already, ..made.clone() }),
            ("too-old", Self { news: CodeNews::TooOld, ..none.clone() }),
            ("made", made),
            ("none", none),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for RecoveryCodeShown {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let shown = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::RecoveryCode),
            code: Secret::new("7Z0QK-3M9WX-A1B2C-D3E4F-G5H6J0".into()),
            username: "frank.jones@example.com".into(),
            done_url: "/account/security".into(),
        };
        vec![("shown", shown)]
    }
}
