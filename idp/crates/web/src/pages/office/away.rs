//! What somebody sees whose session ended while they typed: how to go on, with every field of the form in the page.

use askama::Template;
use idp_domain::Secret;

use crate::pages::Chrome;

#[derive(Debug, Clone, Template)]
#[template(path = "office/away.html")]
pub struct AwayPage {
    pub chrome: Chrome,
    /// Where the form was sent.
    pub action: String,
    /// Its fields as they came, the token among them: a new one would vouch for whoever wrote them.
    pub kept: Vec<(String, Secret<String>)>,
    /// Leads through the log-in.
    pub log_in_url: String,
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for AwayPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let hostile = "\"><script>alert(1)</script>";
        let away = Self {
            chrome: chrome.clone(),
            action: "/office/cmp_1/add".to_owned(),
            kept: [("csrf", "csrf-token"), ("flow", "sealed-flow"), ("note", hostile), (hostile, "")]
                .map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned())))
                .to_vec(),
            log_in_url: "/office/cmp_1/add".to_owned(),
        };
        vec![("away", away)]
    }
}
