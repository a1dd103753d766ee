//! What became of the answer, and what to do now.

use askama::Template;
use idp_service::device::Answered;

use crate::pages::Chrome;

#[derive(Debug, Clone, Template)]
#[template(path = "device/done.html")]
pub struct DeviceDone {
    pub chrome: Chrome,
    pub answered: Answered,
    /// Where a computer is logged out again.
    pub sessions_url: String,
}

impl DeviceDone {
    fn is_allowed(&self) -> bool {
        self.answered == Answered::Allowed
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceDone {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let done = |answered| Self {
            chrome: chrome.clone(),
            answered,
            sessions_url: "/account/sessions".to_owned(),
        };
        vec![("denied", done(Answered::Denied)), ("allowed", done(Answered::Allowed))]
    }
}
