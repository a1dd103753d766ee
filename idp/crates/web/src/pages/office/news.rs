//! What became of the last press of a button on the office pages: waits in a cookie between the POST and the page, and is
//! said once. Holds no name and no address.

use crate::locale::{Key, Texts};
use crate::pages::{Chrome, Problem};

macro_rules! news {
    ($($(#[$doc:meta])* $variant:ident = $key:expr),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum OfficeNews {
            $($(#[$doc])* $variant,)+
            /// The mail was asked for again for everybody who has not activated.
            ResentToAll(Resent),
        }
        impl OfficeNews {
            /// Those that are told in a sentence without numbers.
            pub const PLAIN: &'static [Self] = &[$(Self::$variant),+];
            const fn key(self) -> Key {
                match self {
                    $(Self::$variant => $key,)+
                    Self::ResentToAll(_) => Key("office-resent"),
                }
            }
        }
    };
}

news! {
    /// The page was older than the session it belongs to; nothing was changed.
    TooOld = Key("own-too-old"),
    Added = Key("office-added"),
    /// Was there before, with the same user name and person id (R25).
    AddedBefore = Key("office-added-before"),
    AddedInactive = Key("office-added-inactive"),
    Saved = Key("office-saved"),
    NothingChanged = Key("office-nothing-changed"),
    /// The fields were saved, but *Status* could not be changed.
    StatusKept = Key("office-status-kept"),
    Resent = Key("office-resent-one"),
    Revoked = Key("office-revoked"),
    Activated = Key("office-activated"),
    Deactivated = Key("office-deactivated"),
    ResetSent = Key("office-reset-sent"),
    SessionsEnded = Key("office-sessions-ended"),
    Unlocked = Key("office-unlocked"),
    EmailProposed = Key("office-email-proposed"),
    Removed = Key("office-removed"),
    LogoSaved = Key("office-logo-saved"),
    LogoRemoved = Key("office-logo-removed"),
    /// A list was corrected and judged again.
    ListChecked = Key("bulk-list-checked"),
    /// The yes was for the list as it was before.
    ListChanged = Key("bulk-list-changed"),
    /// A second yes to the same list: nothing is done twice.
    ConfirmedBefore = Key("bulk-confirmed-before"),
    /// Corrections that came after the yes.
    CorrectedLate = Key("bulk-corrected-late"),
    JobActive = Key("bulk-job-active"),
    NothingReady = Key("bulk-nothing-ready"),
    JobStarted = Key("bulk-started"),
    JobStopped = Key("bulk-stopped"),
    JobOver = Key("bulk-over"),
    ListDiscarded = Key("bulk-list-discarded"),
}

/// How a mail to all of them went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resent {
    pub sent: u32,
    /// Their mails came back: the address has to be changed first (R85).
    pub undeliverable: u32,
    /// They got too many mails lately (L6).
    pub too_many: u32,
    /// They activated meanwhile, or are above what the person may touch.
    pub passed_over: u32,
}

impl OfficeNews {
    /// As it waits in the cookie.
    pub fn code(self) -> String {
        let Key(key) = self.key();
        match self {
            Self::ResentToAll(Resent { sent, undeliverable, too_many, passed_over }) => {
                format!("{key}.{sent}.{undeliverable}.{too_many}.{passed_over}")
            }
            _ => key.to_owned(),
        }
    }

    pub fn read(code: &str) -> Option<Self> {
        let plain = Self::PLAIN.iter().copied().find(|news| news.key().0 == code);
        plain.or_else(|| {
            let numbers = code.strip_prefix("office-resent.")?;
            let numbers: Vec<u32> = numbers.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
            let [sent, undeliverable, too_many, passed_over] = numbers[..] else { return None };
            Some(Self::ResentToAll(Resent { sent, undeliverable, too_many, passed_over }))
        })
    }

    /// Whether nothing was done, so that it stands where problems stand.
    const fn is_problem(self) -> bool {
        matches!(
            self,
            Self::TooOld
                | Self::StatusKept
                | Self::ListChanged
                | Self::CorrectedLate
                | Self::JobActive
                | Self::NothingReady
                | Self::JobOver
        )
    }

    pub fn problem(self, chrome: &Chrome) -> Option<Problem> {
        self.is_problem().then(|| Problem { field: None, text: chrome.texts.of(self.key()) })
    }

    /// The sentences of good news.
    pub fn notes(self, chrome: &Chrome) -> Vec<String> {
        match self {
            Self::ResentToAll(resent) => resent.notes(&chrome.texts),
            _ if self.is_problem() => Vec::new(),
            _ => vec![chrome.texts.of(self.key())],
        }
    }
}

impl Resent {
    fn notes(self, texts: &Texts) -> Vec<String> {
        let Self { sent, undeliverable, too_many, passed_over } = self;
        let sent = texts.t_with("office-resent", "count", sent);
        let others = [
            (Key("office-resent-undeliverable"), undeliverable),
            (Key("office-resent-too-many"), too_many),
            (Key("office-resent-passed-over"), passed_over),
        ];
        let others = others.into_iter().filter(|(_, count)| *count > 0);
        [sent].into_iter().chain(others.map(|(Key(key), count)| texts.t_with(key, "count", count))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_come_back_from_the_cookie_as_they_went_in() {
        let resent = Resent { sent: 12, undeliverable: 1, too_many: 0, passed_over: 3 };
        for news in OfficeNews::PLAIN.iter().copied().chain([OfficeNews::ResentToAll(resent)]) {
            assert_eq!(OfficeNews::read(&news.code()), Some(news));
        }
        for foreign in
            ["", "account-saved", "office-resent", "office-resent.1.2.3", "office-resent.1.2.3.<b>"]
        {
            assert_eq!(OfficeNews::read(foreign), None, "{foreign}");
        }
    }
}
