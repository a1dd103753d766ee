//! A computer that asks to be let in, as far as anybody can tell.

use idp_domain::Timestamp;

use crate::moment::moment;
use crate::pages::Chrome;

#[derive(Debug, Clone)]
pub struct ComputerCard {
    /// The name of the registered client.
    pub program: String,
    /// What the computer calls itself; anybody may call theirs like this.
    pub name: Option<String>,
    pub network: Option<String>,
    /// City and country of that address, as far as it is known.
    pub location: Option<String>,
    /// Whether the page is looked at from the same address.
    pub is_here: bool,
    pub asked_at: Timestamp,
    pub shown_at: Timestamp,
}

impl ComputerCard {
    /// "3 minutes ago": nobody has to know what time zone the clock below is in.
    pub(super) fn age(&self, chrome: &Chrome) -> String {
        match self.shown_at.since(self.asked_at).as_secs() / 60 {
            0 => chrome.t("device-just-now"),
            minutes => chrome.texts.t_with("device-minutes-ago", "minutes", minutes),
        }
    }

    pub(super) fn moment(&self, chrome: &Chrome) -> String {
        moment(&chrome.texts, self.asked_at)
    }

    #[cfg(any(test, feature = "samples"))]
    pub(super) fn sample() -> Self {
        let asked_at = Timestamp::from_seconds(1_795_262_400);
        Self {
            program: "Maple Visits".to_owned(),
            name: Some("FRONT-DESK-2".to_owned()),
            network: Some("192.0.2.17".to_owned()),
            location: None,
            is_here: true,
            asked_at,
            shown_at: asked_at + std::time::Duration::from_secs(40),
        }
    }
}
