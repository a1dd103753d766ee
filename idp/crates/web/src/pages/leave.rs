//! Leaving, and not being let in: "Signed out", "Log out?" and "You do not have access to this agency".
//! The last one is the same for an unknown company, a suspended one and one the person does not belong to, and another where no
//! agency was named.

use askama::Template;

use super::{Chrome, Form, Way};

/// After logging out (OpenID Connect RP-Initiated Logout, section 2), or after Cancel (R51).
#[derive(Debug, Clone, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut {
    pub chrome: Chrome,
}

/// Asked when a logout request does not prove whom it is about.
#[derive(Debug, Clone, Template)]
#[template(path = "confirm_logout.html")]
pub struct ConfirmLogout {
    pub chrome: Chrome,
    /// Field `confirm` is `yes` or `no`.
    pub form: Form,
}

#[derive(Debug, Clone, Template)]
#[template(path = "no_access.html")]
pub struct NoAccess {
    pub chrome: Chrome,
    pub sign_out: Form,
    /// The name of who is logged in, where one is known.
    pub name: Option<String>,
    pub username: String,
    /// Where somebody else logs in for the same.
    pub other_url: Option<String>,
    /// Whether it is no agency at all, instead of one.
    pub is_any: bool,
    /// What else there is.
    pub way: Option<Way>,
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for SignedOut {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("out", Self { chrome: chrome.clone() })]
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for ConfirmLogout {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("asked", Self { chrome: chrome.clone(), form: super::samples::form("/logout") })]
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for NoAccess {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let refused = Self {
            chrome: chrome.clone(),
            sign_out: super::samples::form("/no-access"),
            name: Some("Frank Jones".to_owned()),
            username: "frank.jones@example.com".to_owned(),
            other_url: Some("/login?flow=sealed-flow&other=true".to_owned()),
            is_any: false,
            way: None,
        };
        let way = |url: &str, text| Some(Way { url: url.to_owned(), text });
        let another = way("/continue?flow=sealed-flow", chrome.t("no-access-another"));
        let account = way("/account", chrome.t("no-access-account"));
        vec![
            ("another", Self { way: another, ..refused.clone() }),
            ("any", Self { way: account, is_any: true, ..refused.clone() }),
            ("refused", refused),
        ]
    }
}
