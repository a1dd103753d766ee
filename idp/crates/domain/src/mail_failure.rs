//! Why a mail does not arrive, as an office is told (R85): one of a few words, read off what the mail server said.
//!
//! Never the server's own words: they may name machines of ours, and what they leave unsaid would set an account that was
//! switched off apart from a mailbox that is gone (R33).

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailFailure {
    /// There is no such mailbox, or it takes no mail.
    MailboxUnknown,
    /// Nothing takes mail for what follows the @.
    DomainUnknown,
    MailboxFull,
    /// The server takes no mail from us, or not this one.
    Refused,
    /// Anything else, and whatever was given up on.
    #[default]
    Undelivered,
}

impl MailFailure {
    pub const VARIANTS: [Self; 5] =
        [Self::MailboxUnknown, Self::DomainUnknown, Self::MailboxFull, Self::Refused, Self::Undelivered];

    /// The stored word, and the one on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MailboxUnknown => "mailbox_unknown",
            Self::DomainUnknown => "domain_unknown",
            Self::MailboxFull => "mailbox_full",
            Self::Refused => "refused",
            Self::Undelivered => "undelivered",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|failure| failure.as_str() == word)
    }

    /// By the enhanced status code (RFC 3463) in what a server said; without one nothing is guessed.
    pub fn read(diagnostic: &str) -> Self {
        let words = diagnostic.split(|c: char| !c.is_ascii_digit() && c != '.');
        match words.filter_map(subject_and_detail).next() {
            Some((1, 0 | 1 | 3 | 6) | (2, 1)) => Self::MailboxUnknown,
            Some((1, 2 | 10) | (4, 4)) => Self::DomainUnknown,
            Some((2, 2)) => Self::MailboxFull,
            Some((7, _)) => Self::Refused,
            _ => Self::Undelivered,
        }
    }
}

/// `5.1.1` is subject 1, detail 1; of a version or a network address, nothing.
fn subject_and_detail(word: &str) -> Option<(u16, u16)> {
    let mut parts = word.trim_end_matches('.').split('.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    let is_code = matches!(class, "4" | "5") && parts.next().is_none();
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() <= 3);
    is_code.then(|| number(subject).zip(number(detail))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R85; RFC 3463 sections 3.2 to 3.8, RFC 7505 section 4.2.
    #[test]
    fn what_a_server_says_is_read_by_its_enhanced_status_code() {
        use MailFailure as F;
        for (said, failure) in [
            ("550 5.1.1 <frank@example.com>: Recipient address rejected: User unknown", F::MailboxUnknown),
            ("smtp; 550-5.1.1 The email account that you tried to reach does not exist.", F::MailboxUnknown),
            ("5.1.1.", F::MailboxUnknown),
            ("550 5.2.1 mailbox disabled", F::MailboxUnknown),
            ("556 5.1.10 Recipient address has null MX", F::DomainUnknown),
            ("550 5.4.4 unable to route", F::DomainUnknown),
            ("452 4.2.2 over quota", F::MailboxFull),
            ("554 5.7.1 looks like spam", F::Refused),
            ("550 no such person", F::Undelivered),
            ("550 blocked, see 5.1.1.7", F::Undelivered),
            ("503 2.5.1 greet us first", F::Undelivered),
            ("5.1.99999", F::Undelivered),
            ("5.1", F::Undelivered),
            ("the account is disabled or closed", F::Undelivered),
            ("", F::Undelivered),
        ] {
            assert_eq!(F::read(said), failure, "{said}");
        }
    }

    #[test]
    fn every_word_is_read_as_what_it_was_written_for() {
        for failure in MailFailure::VARIANTS {
            assert_eq!(MailFailure::parse(failure.as_str()), Some(failure));
        }
        assert_eq!(MailFailure::parse("spam"), None);
    }
}
