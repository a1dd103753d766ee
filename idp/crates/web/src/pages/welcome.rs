//! What stands at the issuer's own address, for people who got there without a portal. The way in is always an agency's
//! portal or app; who is in already finds the own account here.

use askama::Template;

use super::Chrome;

#[derive(Debug, Clone, Template)]
#[template(path = "welcome.html")]
pub struct Welcome {
    pub chrome: Chrome,
    pub visitor: Option<Visitor>,
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub username: String,
    pub account_url: String,
    pub log_out_url: String,
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for Welcome {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let visitor = Visitor {
            username: "frank.jones@example.com".into(),
            account_url: "/account".into(),
            log_out_url: "/logout".into(),
        };
        vec![
            ("nobody", Self { chrome: chrome.clone(), visitor: None }),
            ("logged-in", Self { chrome: chrome.clone(), visitor: Some(visitor) }),
        ]
    }
}
