//! What an office does to one person besides saving fields: each has its button, a sentence before it happens and news after.

use super::OfficeNews;
use crate::locale::Key;
use crate::pages::Chrome;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $label:expr, $will:expr, $news:ident;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum PersonAction { $($(#[$doc])* $variant),+ }
        impl PersonAction {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            /// As addresses and forms say it; the id of its button is `do-` and this.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),+ } }
            const fn label(self) -> Key { match self { $(Self::$variant => $label),+ } }
            const fn will(self) -> Key { match self { $(Self::$variant => $will),+ } }
            pub const fn news(self) -> OfficeNews { match self { $(Self::$variant => OfficeNews::$news),+ } }
        }
    };
}

actions! {
    /// Another mail (R67).
    Resend = "resend", Key("office-do-resend"), Key("office-will-resend"), Resent;
    RevokeInvitation = "revoke-invitation", Key("office-do-revoke"), Key("office-will-revoke"), Revoked;
    /// A mail to choose another password (L10).
    ResetPassword = "reset-password", Key("office-do-reset"), Key("office-will-reset"), ResetSent;
    Unlock = "unlock", Key("office-do-unlock"), Key("office-will-unlock"), Unlocked;
    RevokeSessions = "revoke-sessions", Key("office-do-sessions"), Key("office-will-sessions"), SessionsEnded;
    /// R72.
    ProposeEmail = "propose-email", Key("office-do-propose"), Key("office-will-propose"), EmailProposed;
    Remove = "remove", Key("office-do-remove"), Key("office-will-remove"), Removed;
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
