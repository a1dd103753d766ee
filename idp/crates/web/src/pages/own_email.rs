//! Another address, which is the user name (R72). Says before anything happens that nothing changes until the new address is
//! proven; says the same whether somebody else has that address or nobody (R73).

use askama::Template;

use super::{Chrome, Form, OwnMenu, Problem, Problems, wait_text};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "own_email.html")]
pub struct OwnEmailPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// Fields `email` and `password`; or `action`, which is `again` or `cancel`.
    pub form: Form,
    /// The present address.
    pub username: String,
    /// The address that waits to be proven.
    pub waiting: Option<WaitingAddress>,
    /// What was typed before.
    pub typed: String,
    pub news: OwnEmailNews,
}

/// An address that waits to be proven.
#[derive(Debug, Clone)]
pub struct WaitingAddress {
    pub address: String,
    /// The agency that proposed it; `None` when the person asked.
    pub proposer: Option<String>,
}

/// What became of the last press of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnEmailNews {
    Fresh,
    Sent,
    Cancelled,
    /// The page was older than the session it belongs to; nothing was changed.
    TooOld,
    Refused(OwnEmailProblem),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnEmailProblem {
    AddressMissing,
    AddressTooLong,
    AddressInvalid,
    AddressSame,
    PasswordMissing,
    PasswordWrong,
    TooManyTries {
        seconds: u32,
    },
    /// So many in a row that only a reset by mail helps.
    RecoverFirst,
    /// `seconds` when it is the network that asked for too many.
    TooManyMails {
        seconds: Option<u32>,
    },
}

impl OwnEmailNews {
    /// How long nothing more is looked at, seconds.
    pub fn wait(self) -> Option<u32> {
        match self {
            Self::Refused(problem) => problem.wait(),
            Self::Fresh | Self::Sent | Self::Cancelled | Self::TooOld => None,
        }
    }
}

impl OwnEmailProblem {
    fn wait(self) -> Option<u32> {
        match self {
            Self::TooManyTries { seconds } => Some(seconds),
            Self::TooManyMails { seconds } => seconds,
            _ => None,
        }
    }

    fn told(self, chrome: &Chrome) -> Problem {
        let (field, Key(key)) = match self {
            Self::AddressMissing => (Some("email"), Key("own-email-missing")),
            Self::AddressTooLong => (Some("email"), Key("own-email-too-long")),
            Self::AddressInvalid => (Some("email"), Key("own-email-invalid")),
            Self::AddressSame => (Some("email"), Key("own-email-same")),
            Self::PasswordMissing => (Some("password"), Key("own-email-password-missing")),
            Self::PasswordWrong => (Some("password"), Key("own-email-password-wrong")),
            Self::TooManyTries { .. } => (None, Key("own-email-too-many-tries")),
            Self::RecoverFirst => (None, Key("own-email-recover-first")),
            Self::TooManyMails { seconds: Some(_) } => (None, Key("own-email-too-many-mails-wait")),
            Self::TooManyMails { seconds: None } => (None, Key("own-email-too-many-mails")),
        };
        let text = match self.wait() {
            Some(seconds) => chrome.texts.t_with(key, "wait", wait_text(&chrome.texts, seconds)),
            None => chrome.t(key),
        };
        Problem { field, text }
    }
}

impl OwnEmailPage {
    fn problems(&self) -> Problems {
        let problem = match self.news {
            OwnEmailNews::Refused(problem) => Some(problem.told(&self.chrome)),
            OwnEmailNews::TooOld => Some(Problem { field: None, text: self.chrome.t("own-email-too-old") }),
            OwnEmailNews::Fresh | OwnEmailNews::Sent | OwnEmailNews::Cancelled => None,
        };
        problem.into_iter().collect()
    }

    /// Heading and sentence of the address that waits.
    fn waits(&self, waiting: &WaitingAddress) -> (String, String) {
        let texts = &self.chrome.texts;
        match &waiting.proposer {
            Some(proposer) => (
                texts.t_with("own-email-proposed", "proposer", proposer.clone()),
                texts.t("own-email-proposed-next"),
            ),
            None => (texts.t("own-email-waiting"), texts.t("own-email-waiting-next")),
        }
    }

    fn note(&self) -> Option<String> {
        match self.news {
            OwnEmailNews::Sent => Some(self.chrome.t("own-email-sent")),
            OwnEmailNews::Cancelled => Some(self.chrome.t("own-email-cancelled")),
            _ => None,
        }
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for OwnEmailPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use OwnEmailProblem as P;
        let empty = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::Email),
            form: super::samples::form("/account/email"),
            username: "frank.jones@example.com".into(),
            waiting: None,
            typed: String::new(),
            news: OwnEmailNews::Fresh,
        };
        let typed = |problem| Self {
            typed: "\"><script>alert(1)</script>".into(),
            news: OwnEmailNews::Refused(problem),
            ..empty.clone()
        };
        let at = |proposer| WaitingAddress { address: "frank@home.example".into(), proposer };
        let waiting = |news| Self { waiting: Some(at(None)), news, ..empty.clone() };
        let proposed = Self { waiting: Some(at(Some("Maple Home Care".into()))), ..empty.clone() };
        vec![
            ("sent", waiting(OwnEmailNews::Sent)),
            ("proposed", proposed),
            ("cancelled", Self { news: OwnEmailNews::Cancelled, ..empty.clone() }),
            ("too-old", Self { news: OwnEmailNews::TooOld, ..empty.clone() }),
            ("missing", typed(P::AddressMissing)),
            ("too-long", typed(P::AddressTooLong)),
            ("invalid", typed(P::AddressInvalid)),
            ("same", typed(P::AddressSame)),
            ("password-missing", typed(P::PasswordMissing)),
            ("password-wrong", typed(P::PasswordWrong)),
            ("too-many-tries", typed(P::TooManyTries { seconds: 60 })),
            ("recover-first", typed(P::RecoverFirst)),
            ("too-many-mails", waiting(OwnEmailNews::Refused(P::TooManyMails { seconds: None }))),
            ("network-mails", typed(P::TooManyMails { seconds: Some(1800) })),
            ("empty", empty),
        ]
    }
}
