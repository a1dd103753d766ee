//! Which of its members an office asks for (R26; `provisioning.md` section 2). Every filter is about the membership, the
//! agency's own invitation, or guesses that anybody can make: none can tell that a person works elsewhere (R33).

use unicode_normalization::UnicodeNormalization as _;

use crate::Timestamp;
use crate::member::{Authority, MemberType};
use crate::text::{TextError, is_forbidden};
use crate::throttle::Schedule;

/// Members of one kind. Who was removed is listed only when asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberFilter {
    /// Invited and not in yet, whatever became of the mail.
    Invited,
    Active,
    Inactive,
    Removed,
    /// The office's word for `Invited`.
    NotActivated,
    /// Mails to the newest address come back (R85).
    Undeliverable,
    /// Active, and made to wait by wrong passwords.
    Locked,
    /// Never logged in to this company.
    NeverSignedIn,
    /// Invited, and the mailed link is too old.
    Expired,
}

impl MemberFilter {
    pub const VARIANTS: [Self; 9] = [
        Self::Invited,
        Self::Active,
        Self::Inactive,
        Self::Removed,
        Self::NotActivated,
        Self::Undeliverable,
        Self::Locked,
        Self::NeverSignedIn,
        Self::Expired,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Removed => "removed",
            Self::NotActivated => "not_activated",
            Self::Undeliverable => "undeliverable",
            Self::Locked => "locked",
            Self::NeverSignedIn => "never_signed_in",
            Self::Expired => "expired",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|filter| filter.as_str() == text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MemberOrder {
    /// As they were added.
    #[default]
    Added,
    /// By family name, then given name.
    Name,
}

impl MemberOrder {
    pub const VARIANTS: [Self; 2] = [Self::Added, Self::Name];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Name => "name",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|order| order.as_str() == text)
    }
}

/// What people and programs write for an apostrophe. A search passes over all of them, in what is looked for and in what it is
/// looked for in: "obrien" finds O'Brien and O’Brien.
pub const APOSTROPHES: [char; 6] = ['\'', '\u{2018}', '\u{2019}', '\u{2bc}', '`', '\u{b4}'];

/// What is looked for: each word must be somewhere in the name, the user name or the `person_ref`, in capitals or not, with
/// [`APOSTROPHES`] or without. "Jones, Frank" are two words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    /// The longest text to look for, in characters.
    pub const MAX: usize = 100;

    /// Nothing but spaces, commas and apostrophes looks for everybody.
    ///
    /// # Errors
    /// [`TextError`] when it is too long or holds characters that no name has.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text: String = text.trim().nfc().collect();
        if text.chars().count() > Self::MAX {
            return Err(TextError::TooLong);
        }
        if text.chars().any(is_forbidden) {
            return Err(TextError::Control);
        }
        let words = text.split(|letter: char| letter.is_whitespace() || letter == ',');
        let words = words.map(|word| word.replace(APOSTROPHES, "").to_lowercase());
        Ok(Self(words.filter(|word| !word.is_empty()).collect()))
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Which members, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberQuery {
    /// Everybody who is there when `None`.
    pub state: Option<MemberFilter>,
    pub words: SearchWords,
    /// Under any hat (R79).
    pub member_type: Option<MemberType>,
    pub authority: Option<Authority>,
    pub order: MemberOrder,
}

/// By what a member's present state is judged.
#[derive(Debug, Clone, Copy)]
pub struct AsOf {
    pub now: Timestamp,
    /// Invitations that were sent then or before are expired.
    pub expired: Timestamp,
    /// How strangers' guesses at passwords are counted.
    pub guesses: Schedule,
}

/// What the office's list says beside each of its parts. Who was removed is in none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberCounts {
    pub all: u64,
    pub active: u64,
    pub inactive: u64,
    pub not_activated: u64,
    pub undeliverable: u64,
    pub locked: u64,
    pub expired: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_looked_for_in_small_letters_and_one_by_one() {
        let words = SearchWords::parse("  Frank  JONES-Ä ").expect("words");
        assert_eq!(words.iter().collect::<Vec<_>>(), ["frank", "jones-ä"]);
        let listed = SearchWords::parse("O’Brien,Frank , D'Arcy").expect("words");
        assert_eq!(listed.iter().collect::<Vec<_>>(), ["obrien", "frank", "darcy"]);
        assert_eq!(SearchWords::parse(" \u{a0} , ’ "), Ok(SearchWords::default()));
        assert_eq!(SearchWords::parse(&"x".repeat(101)), Err(TextError::TooLong));
        assert_eq!(SearchWords::parse("a\u{0}b"), Err(TextError::Control));
    }

    #[test]
    fn filters_and_orders_are_known_by_their_words() {
        for filter in MemberFilter::VARIANTS {
            assert_eq!(MemberFilter::parse(filter.as_str()), Some(filter));
        }
        for order in MemberOrder::VARIANTS {
            assert_eq!(MemberOrder::parse(order.as_str()), Some(order));
        }
        assert_eq!(MemberFilter::parse("Active"), None);
    }
}
