//! What stands at the issuer's own address, for people who got there without a portal.
//! Links to nothing: the way in is always an agency's portal or app.

use askama::Template;

use super::Chrome;

#[derive(Debug, Clone, Template)]
#[template(path = "welcome.html")]
pub struct Welcome {
    pub chrome: Chrome,
}

#[cfg(test)]
impl super::tests::Samples for Welcome {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("welcome", Self { chrome: chrome.clone() })]
    }
}
