//! "Close your account": says what happens, and asks for the password and a check mark; and the page after it.

use askama::Template;
use idp_domain::Timestamp;

use crate::locale::Key;
use crate::pages::{Chrome, Form, OwnMenu, Problem, Problems, wait_text};

/// What closing means.
const MEANS: [Key; 4] =
    [Key("close-agencies"), Key("close-gone"), Key("close-everywhere"), Key("close-again")];

#[derive(Debug, Clone, Template)]
#[template(path = "close_account.html")]
pub struct CloseAccount {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// Fields `password` and `understood`.
    pub form: Form,
    pub username: String,
    /// The agencies that nobody else administers: while there are any, the account cannot be closed.
    pub held: Vec<String>,
    pub keep_url: String,
    /// Whether the box was checked.
    pub understood: bool,
    pub problems: Vec<CloseProblem>,
}

/// Why the account is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseProblem {
    PasswordMissing,
    PasswordWrong,
    NotUnderstood,
    TooManyTries {
        seconds: u32,
    },
    /// So many in a row that only a reset by mail helps.
    RecoverFirst,
    /// The address was changed lately, and the old one may still take that back.
    AddressChanged {
        until: Timestamp,
    },
    /// The page was older than the session it belongs to.
    TooOld,
}

impl CloseAccount {
    fn means(&self) -> impl Iterator<Item = String> {
        MEANS.iter().map(|key| self.chrome.texts.of(*key))
    }

    fn held_text(&self) -> String {
        self.chrome.texts.t_with("close-held", "agencies", self.held.join(", "))
    }

    fn problems(&self) -> Problems {
        self.problems.iter().map(|problem| problem.told(&self.chrome)).collect()
    }
}

impl CloseProblem {
    fn told(self, chrome: &Chrome) -> Problem {
        let texts = &chrome.texts;
        let (field, text) = match self {
            Self::PasswordMissing => (Some("password"), texts.t("close-password-missing")),
            Self::PasswordWrong => (Some("password"), texts.t("close-password-wrong")),
            Self::NotUnderstood => (Some("understood"), texts.t("close-not-understood")),
            Self::TooManyTries { seconds } => {
                (None, texts.t_with("close-too-many-tries", "wait", wait_text(texts, seconds)))
            }
            Self::RecoverFirst => (None, texts.t("close-recover-first")),
            Self::AddressChanged { until } => {
                (None, texts.t_with("close-address-changed", "date", chrome.day(until)))
            }
            Self::TooOld => (None, texts.t("own-too-old")),
        };
        Problem { field, text }
    }
}

/// The account is gone.
#[derive(Debug, Clone, Template)]
#[template(path = "account_closed.html")]
pub struct AccountClosed {
    pub chrome: Chrome,
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for CloseAccount {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use CloseProblem as P;
        let fresh = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::Close),
            form: crate::pages::samples::form("/account/close"),
            username: "frank.jones@example.com".to_owned(),
            held: Vec::new(),
            keep_url: "/account/data".to_owned(),
            understood: false,
            problems: Vec::new(),
        };
        let held = vec!["Maple Home Care".to_owned(), "\"><script>alert(1)</script>".to_owned()];
        let told = |problems: &[P]| Self { problems: problems.to_vec(), ..fresh.clone() };
        vec![
            ("missing", told(&[P::PasswordMissing, P::NotUnderstood])),
            ("wrong", Self { understood: true, ..told(&[P::PasswordWrong]) }),
            ("too-many", told(&[P::TooManyTries { seconds: 120 }])),
            ("recover-first", told(&[P::RecoverFirst])),
            ("address-changed", told(&[P::AddressChanged { until: Timestamp::from_seconds(1_782_950_400) }])),
            ("too-old", told(&[P::TooOld])),
            ("held", Self { held, ..fresh.clone() }),
            ("fresh", fresh),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for AccountClosed {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("closed", Self { chrome: chrome.clone() })]
    }
}
