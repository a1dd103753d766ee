//! How somebody stands with their agency, in words: made from the own membership and nothing else (R26, R33).

use idp_domain::Timestamp;
use idp_domain::mail_failure::MailFailure;

use crate::locale::Key;
use crate::moment::Told;
use crate::pages::Chrome;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonStanding {
    /// Invited, and has not logged in to this agency yet.
    NotActivated {
        since: Timestamp,
    },
    /// Invited, and the mailed link was not used in time.
    Expired {
        at: Timestamp,
    },
    /// Invited, and the mail came back (R85).
    CameBack {
        why: MailFailure,
    },
    Active,
    /// Wrong passwords make them wait.
    LockedUntil(Timestamp),
    /// So many that only a new password or the office helps.
    LockedUntilReset,
    Inactive {
        since: Timestamp,
    },
    Removed {
        at: Timestamp,
    },
}

impl PersonStanding {
    /// Whether somebody should look at it.
    pub fn is_trouble(self) -> bool {
        matches!(
            self,
            Self::Expired { .. } | Self::CameBack { .. } | Self::LockedUntil(_) | Self::LockedUntilReset
        )
    }

    pub fn is_good(self) -> bool {
        self == Self::Active
    }

    pub fn words(self, chrome: &Chrome) -> Told {
        let texts = &chrome.texts;
        match self {
            Self::NotActivated { since } => Told::with_day(texts, Key("office-not-activated"), since),
            Self::Expired { at } => Told::with_day(texts, Key("office-expired"), at),
            Self::CameBack { why } => {
                Told::plain(texts.t_with("office-came-back", "why", reason(chrome, why)))
            }
            Self::Active => Told::plain(texts.t("office-active")),
            Self::LockedUntil(until) => Told::with_moment(texts, Key("office-locked-until"), until),
            Self::LockedUntilReset => Told::plain(texts.t("office-locked-until-reset")),
            Self::Inactive { since } => Told::with_day(texts, Key("office-inactive"), since),
            Self::Removed { at } => Told::with_day(texts, Key("office-gone"), at),
        }
    }
}

/// Why a mail came back, to go on a sentence with.
pub(super) fn reason(chrome: &Chrome, why: MailFailure) -> String {
    chrome.texts.of(match why {
        MailFailure::MailboxUnknown => Key("office-why-mailbox-unknown"),
        MailFailure::DomainUnknown => Key("office-why-domain-unknown"),
        MailFailure::MailboxFull => Key("office-why-mailbox-full"),
        MailFailure::Refused => Key("office-why-refused"),
        MailFailure::Undelivered => Key("office-why-undelivered"),
    })
}
