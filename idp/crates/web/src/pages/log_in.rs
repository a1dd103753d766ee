//! "Log In" (R44-R47): user name, password, remember me.
//! Never says which of the two was wrong, nor that an account exists, is locked or is disabled.

use askama::Template;

use super::{Chrome, ClientCard, Form, Problem, Problems, wait_text};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "log_in.html")]
pub struct LogIn {
    pub chrome: Chrome,
    pub form: Form,
    pub notice: Option<Notice>,
    /// What was typed before, or comes from the activation (R42) or a `login_hint`.
    pub username: String,
    pub remember: bool,
    pub problem: Option<LogInProblem>,
    /// R45.
    pub forgot_url: String,
    /// Why somebody who was logged in a moment ago is asked again.
    pub again: Option<Again>,
    /// Who sent the person here, where that is somebody else's program, or has pages of its own to read first.
    pub client: Option<Sender>,
}

/// The client whose request is behind the page (OpenID Connect Registration section 2, `policy_uri`).
#[derive(Debug, Clone)]
pub struct Sender {
    pub card: ClientCard,
    /// Whether it is nobody's we know: it is named in a sentence of ours, as what it is.
    pub is_stranger: bool,
}

/// Why the log-in is asked for once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The page they want is opened to nobody who did not log in a moment ago (rules Q9).
    ForSafety,
    /// What they sent came too late.
    NothingSaved,
}

/// A message of success above the form, said once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub news: News,
    /// Shows the page without it.
    pub dismiss_url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// After an activation: R41, word for word.
    PasswordCreated,
    /// After a forgotten one.
    PasswordReset,
    /// After the link of `idp bootstrap`.
    OperatorReady,
}

impl News {
    pub const VARIANTS: [Self; 3] = [Self::PasswordCreated, Self::PasswordReset, Self::OperatorReady];

    fn words(self) -> Key {
        match self {
            Self::PasswordCreated => Key("notice-password-created"),
            Self::PasswordReset => Key("notice-password-reset"),
            Self::OperatorReady => Key("notice-operator-ready"),
        }
    }
}

/// Why the person is not logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogInProblem {
    UserNameMissing,
    PasswordMissing,
    /// Anything that may not be told apart (rules P9).
    WrongCredentials,
    TooManyTries {
        seconds: u32,
    },
    /// So many in a row that only a reset by mail helps; said of every user name, whether it exists or not.
    RecoverFirst,
    /// The page was older than the request it belongs to, or its form token was not ours.
    Stale,
}

impl LogIn {
    fn problems(&self) -> Problems {
        self.problem.iter().map(|problem| problem.told(&self.chrome)).collect()
    }

    fn why(&self) -> Option<String> {
        let Key(key) = match self.again? {
            Again::ForSafety => Key("log-in-for-safety"),
            Again::NothingSaved => Key("log-in-nothing-saved"),
        };
        Some(self.chrome.t(key))
    }

    /// The first empty field, unless the summary takes the focus.
    fn focus(&self) -> &'static str {
        match (&self.problem, self.username.is_empty()) {
            (Some(_), _) => "",
            (None, true) => "username",
            (None, false) => "password",
        }
    }
}

impl LogInProblem {
    fn told(self, chrome: &Chrome) -> Problem {
        let (field, Key(key)) = match self {
            Self::UserNameMissing => (Some("username"), Key("log-in-username-missing")),
            Self::PasswordMissing => (Some("password"), Key("log-in-password-missing")),
            Self::WrongCredentials => (None, Key("log-in-wrong")),
            Self::TooManyTries { .. } => (None, Key("log-in-too-many-tries")),
            Self::RecoverFirst => (None, Key("log-in-recover-first")),
            Self::Stale => (None, Key("log-in-stale")),
        };
        let text = match self {
            Self::TooManyTries { seconds } => {
                chrome.texts.t_with(key, "wait", wait_text(&chrome.texts, seconds))
            }
            _ => chrome.t(key),
        };
        Problem { field, text }
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for LogIn {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, client_logo, form};
        let empty = Self {
            chrome: chrome.clone(),
            form: form("/log-in"),
            notice: None,
            username: String::new(),
            remember: false,
            problem: None,
            forgot_url: "/forgot?flow=abc".into(),
            again: None,
            client: None,
        };
        let filled = Self {
            chrome: chrome.clone().for_agency(agency()),
            username: "frank.jones@example.com".into(),
            ..empty.clone()
        };
        let told = |problem| Self { problem: Some(problem), remember: true, ..filled.clone() };
        let noticed = |news| Self {
            notice: Some(Notice { news, dismiss_url: "/log-in?flow=abc".into() }),
            ..filled.clone()
        };
        let url = |path: &str| Some(format!("https://shifts.example/{path}"));
        let card = ClientCard {
            name: "Shift Swap".into(),
            site_url: url(""),
            policy_url: url("privacy?lang=en&v=2"),
            terms_url: url("terms"),
            logo: None,
        };
        let pictured =
            |width, height| ClientCard { logo: Some(client_logo(chrome, width, height)), ..card.clone() };
        let hostile = ClientCard {
            name: "</h1><script>alert(1)</script>{product} \"&amp;".into(),
            site_url: url("\"><script>alert(1)</script>"),
            policy_url: url("' onclick='alert(1)"),
            terms_url: None,
            logo: None,
        };
        let sent_by =
            |card, is_stranger| Self { client: Some(Sender { card, is_stranger }), ..filled.clone() };
        vec![
            ("of-a-stranger", sent_by(card.clone(), true)),
            ("of-a-stranger-with-a-wide-logo", sent_by(pictured(480, 120), true)),
            ("of-a-stranger-with-a-high-logo", sent_by(pictured(60, 160), true)),
            ("of-an-agency", sent_by(card, false)),
            ("of-a-hostile-stranger", sent_by(hostile, true)),
            ("after-activation", noticed(News::PasswordCreated)),
            ("after-reset", noticed(News::PasswordReset)),
            ("after-bootstrap", noticed(News::OperatorReady)),
            ("wrong", told(LogInProblem::WrongCredentials)),
            ("password-missing", told(LogInProblem::PasswordMissing)),
            ("wait-seconds", told(LogInProblem::TooManyTries { seconds: 30 })),
            ("wait-minutes", told(LogInProblem::TooManyTries { seconds: 1800 })),
            ("recover-first", told(LogInProblem::RecoverFirst)),
            ("for-safety", Self { again: Some(Again::ForSafety), ..filled.clone() }),
            ("nothing-saved", Self { again: Some(Again::NothingSaved), ..filled.clone() }),
            ("stale", told(LogInProblem::Stale)),
            ("nobody-typed", Self { problem: Some(LogInProblem::UserNameMissing), ..empty.clone() }),
            ("empty", empty),
        ]
    }
}
