//! Where a computer cannot be let in: the code is over, meant for somebody else, or for an agency that is not open to the person.
//! What was mistyped at the computer is corrected there, and nobody has to log out for it.

use askama::Template;

use super::stale;
use crate::pages::{Chrome, Form, Problems};

/// Expired, or answered or opened by another session: never says which.
#[derive(Debug, Clone, Template)]
#[template(path = "device/over.html")]
pub struct DeviceOver {
    pub chrome: Chrome,
    pub code_url: String,
}

/// The program asked for another account.
#[derive(Debug, Clone, Template)]
#[template(path = "device/wrong_person.html")]
pub struct DeviceWrongPerson {
    pub chrome: Chrome,
    /// Field `answer` is `other-account`.
    pub form: Form,
    pub username: String,
    /// The user name that was typed at the computer.
    pub asked_for: String,
    /// Where the code is typed that the computer shows when it starts again.
    pub code_url: String,
    pub stale: bool,
}

/// The same page for every reason (`company.md` section 3).
#[derive(Debug, Clone, Template)]
#[template(path = "device/no_access.html")]
pub struct DeviceNoAccess {
    pub chrome: Chrome,
    /// Field `answer` is `deny` or `other-account`.
    pub form: Form,
    pub username: String,
    /// Whether it is no agency at all, instead of one.
    pub is_any: bool,
    pub stale: bool,
}

impl DeviceNoAccess {
    fn problems(&self) -> Problems {
        stale(&self.chrome, self.stale)
    }
}

impl DeviceWrongPerson {
    fn problems(&self) -> Problems {
        stale(&self.chrome, self.stale)
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceOver {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("over", Self { chrome: chrome.clone(), code_url: "/device".to_owned() })]
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceWrongPerson {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let fresh = Self {
            chrome: chrome.clone(),
            form: crate::pages::samples::form("/device/approve"),
            username: "frank.jones@example.com".to_owned(),
            asked_for: "frank.jomes@example.com".to_owned(),
            code_url: "/device".to_owned(),
            stale: false,
        };
        vec![("stale", Self { stale: true, ..fresh.clone() }), ("fresh", fresh)]
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceNoAccess {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let one = Self {
            chrome: chrome.clone(),
            form: crate::pages::samples::form("/device/approve"),
            username: "frank.jones@example.com".to_owned(),
            is_any: false,
            stale: false,
        };
        vec![
            ("any", Self { is_any: true, ..one.clone() }),
            ("stale", Self { stale: true, ..one.clone() }),
            ("one", one),
        ]
    }
}
