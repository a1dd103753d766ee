//! Where a computer cannot be let in: the code is over, or meant for somebody else, of whom nothing is said.

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
    pub stale: bool,
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
            stale: false,
        };
        vec![("stale", Self { stale: true, ..fresh.clone() }), ("fresh", fresh)]
    }
}
