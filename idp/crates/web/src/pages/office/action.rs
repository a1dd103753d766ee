//! What an office does to one person besides saving fields: each has its button, a sentence before it happens and news after.

use super::OfficeNews;
use crate::locale::Key;
use crate::pages::Chrome;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $label:literal, $will:literal, $news:ident;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum PersonAction { $($(#[$doc])* $variant),+ }
        impl PersonAction {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            /// As addresses and forms say it; the id of its button is `do-` and this.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),+ } }
            const fn label(self) -> Key { match self { $(Self::$variant => Key($label)),+ } }
            const fn will(self) -> Key { match self { $(Self::$variant => Key($will)),+ } }
            pub const fn news(self) -> OfficeNews { match self { $(Self::$variant => OfficeNews::$news),+ } }
        }
    };
}

actions! {
    /// Another mail (R67).
    Resend = "resend", "office-do-resend", "office-will-resend", Resent;
    RevokeInvitation = "revoke-invitation", "office-do-revoke", "office-will-revoke", Revoked;
    /// A mail to choose another password (L10).
    ResetPassword = "reset-password", "office-do-reset", "office-will-reset", ResetSent;
    Unlock = "unlock", "office-do-unlock", "office-will-unlock", Unlocked;
    RevokeSessions = "revoke-sessions", "office-do-sessions", "office-will-sessions", SessionsEnded;
    /// R72.
    ProposeEmail = "propose-email", "office-do-propose", "office-will-propose", EmailProposed;
    Remove = "remove", "office-do-remove", "office-will-remove", Removed;
}

impl PersonAction {
    pub fn parse(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|action| action.name() == name)
    }

    /// What will happen to `person`, who reads mails at `address`.
    pub fn warning(self, chrome: &Chrome, person: &str, address: &str) -> String {
        let texts = chrome.texts.clone().with("person", person.to_owned());
        texts.t_with(self.will().0, "address", address.to_owned())
    }
}

/// A button that leads to "Are you Sure?".
#[derive(Debug, Clone)]
pub struct ActionLink {
    pub action: PersonAction,
    pub url: String,
}

impl ActionLink {
    pub(super) fn label(&self) -> Key {
        self.action.label()
    }
}
