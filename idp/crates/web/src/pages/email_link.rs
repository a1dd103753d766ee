//! Where the two mails about a changed address lead (R72): to the new address to prove it, to the old one to take the change
//! back. What an agency proposed is confirmed with the password, because its office may read the mail to the new address.
//! An unknown or altered link learns nothing: neither that there was a change, nor whose.

use askama::Template;

use super::{Chrome, Form, Problem, Problems, Way, wait_text};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "email_link.html")]
pub struct EmailLink {
    pub chrome: Chrome,
    /// The address the account had before the change; at the new address only its first letter and its domain.
    pub old: String,
    /// The one it is, or was, to have after it.
    pub new: String,
    /// The agency that proposed it; `None` when the person asked.
    pub proposer: Option<String>,
    pub state: EmailLinkState,
}

/// What can be done with a link, or what has become of it.
#[derive(Debug, Clone)]
pub enum EmailLinkState {
    /// At the new address.
    Confirm {
        form: Form,
    },
    /// The same, proposed by an agency: field `password`.
    ConfirmProposed {
        form: Form,
        forgot_url: String,
        problem: Option<PasswordProblem>,
    },
    Changed {
        account_url: String,
    },
    /// Somebody else has it.
    NewTaken {
        own_email_url: String,
    },
    NewExpired {
        own_email_url: String,
    },
    NewOver {
        own_email_url: String,
    },
    /// At the old address, before the change takes effect.
    Keep {
        form: Form,
    },
    Kept {
        forgot_url: String,
    },
    /// The same of an agency's proposal, which says nothing about the password.
    KeepFromAgency {
        form: Form,
    },
    KeptFromAgency {
        account_url: String,
    },
    /// And afterwards.
    Restore {
        form: Form,
    },
    Restored {
        forgot_url: String,
    },
    /// Somebody else has it by now.
    OldTaken,
    OldExpired,
    OldOver {
        forgot_url: String,
    },
    /// Foreign, altered or unknown.
    Invalid,
}

/// Why a typed password did not confirm anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    Missing,
    Wrong,
    TooManyTries {
        seconds: u32,
    },
    /// So many in a row that only a reset by mail helps.
    RecoverFirst,
}

impl PasswordProblem {
    fn told(self, chrome: &Chrome) -> Problem {
        let (field, text) = match self {
            Self::Missing => (Some("password"), chrome.t("own-email-password-missing")),
            Self::Wrong => (Some("password"), chrome.t("own-email-password-wrong")),
            Self::TooManyTries { seconds } => {
                let wait = wait_text(&chrome.texts, seconds);
                (None, chrome.texts.t_with("own-email-too-many-tries", "wait", wait))
            }
            Self::RecoverFirst => (None, chrome.t("email-proposed-recover-first")),
        };
        Problem { field, text }
    }
}

/// An address and what it is here.
struct Fact<'a> {
    label: Key,
    address: &'a str,
}

/// A form with one button.
struct Button<'a> {
    form: &'a Form,
    id: &'static str,
    label: Key,
}

impl EmailLink {
    fn heading(&self) -> Key {
        match self.state {
            EmailLinkState::Confirm { .. } | EmailLinkState::ConfirmProposed { .. } => Key("email-confirm"),
            EmailLinkState::Changed { .. } => Key("email-changed"),
            EmailLinkState::NewTaken { .. } => Key("email-new-taken"),
            EmailLinkState::NewExpired { .. } | EmailLinkState::OldExpired => Key("email-link-expired"),
            EmailLinkState::NewOver { .. } => Key("email-new-over"),
            EmailLinkState::Keep { .. } | EmailLinkState::KeepFromAgency { .. } => Key("email-keep"),
            EmailLinkState::Kept { .. } | EmailLinkState::KeptFromAgency { .. } => Key("email-kept"),
            EmailLinkState::Restore { .. } => Key("email-restore"),
            EmailLinkState::Restored { .. } => Key("email-restored"),
            EmailLinkState::OldTaken => Key("email-old-taken"),
            EmailLinkState::OldOver { .. } => Key("email-old-over"),
            EmailLinkState::Invalid => Key("link-invalid"),
        }
    }

    fn sentence(&self) -> String {
        let Key(key) = match self.state {
            EmailLinkState::Confirm { .. } => Key("email-confirm-next"),
            EmailLinkState::ConfirmProposed { .. } => Key("email-proposed-next"),
            EmailLinkState::KeepFromAgency { .. } => Key("email-keep-agency-next"),
            EmailLinkState::KeptFromAgency { .. } => Key("email-kept-agency-next"),
            EmailLinkState::Changed { .. } => Key("email-changed-next"),
            EmailLinkState::NewTaken { .. } => Key("email-new-taken-next"),
            EmailLinkState::NewExpired { .. } => Key("email-new-expired-next"),
            EmailLinkState::NewOver { .. } => Key("email-new-over-next"),
            EmailLinkState::Keep { .. } => Key("email-keep-next"),
            EmailLinkState::Kept { .. } => Key("email-kept-next"),
            EmailLinkState::Restore { .. } => Key("email-restore-next"),
            EmailLinkState::Restored { .. } => Key("email-restored-next"),
            EmailLinkState::OldTaken => Key("email-old-taken-next"),
            EmailLinkState::OldExpired => Key("email-old-expired-next"),
            EmailLinkState::OldOver { .. } => Key("email-old-over-next"),
            EmailLinkState::Invalid => Key("link-invalid-next"),
        };
        let texts = self.chrome.texts.clone().with("old", self.old.clone()).with("new", self.new.clone());
        match &self.proposer {
            Some(proposer) => texts.t_with(key, "proposer", proposer.clone()),
            None => texts.t(key),
        }
    }

    /// What is wrong with the password.
    fn problems(&self) -> Problems {
        let problem = match &self.state {
            EmailLinkState::ConfirmProposed { problem, .. } => *problem,
            _ => None,
        };
        problem.map(|problem| problem.told(&self.chrome)).into_iter().collect()
    }

    /// Where to go without the password.
    fn forgot(&self) -> Option<&str> {
        match &self.state {
            EmailLinkState::ConfirmProposed { forgot_url, .. } => Some(forgot_url),
            _ => None,
        }
    }

    /// Below the button: what to do if it is not wanted.
    fn hint(&self) -> Option<Key> {
        match self.state {
            EmailLinkState::Confirm { .. } => Some(Key("email-confirm-hint")),
            EmailLinkState::ConfirmProposed { .. } => Some(Key("email-proposed-hint")),
            EmailLinkState::KeepFromAgency { .. } => Some(Key("email-keep-agency-hint")),
            EmailLinkState::Keep { .. } | EmailLinkState::Restore { .. } => {
                Some(Key("email-own-change-hint"))
            }
            _ => None,
        }
    }

    fn facts(&self) -> Vec<Fact<'_>> {
        let old = |label| Fact { label, address: &self.old };
        let new = |label| Fact { label, address: &self.new };
        match self.state {
            EmailLinkState::Confirm { .. }
            | EmailLinkState::ConfirmProposed { .. }
            | EmailLinkState::Keep { .. }
            | EmailLinkState::KeepFromAgency { .. } => {
                vec![old(Key("email-now")), new(Key("email-wanted"))]
            }
            EmailLinkState::Changed { .. } => vec![new(Key("email-user-name"))],
            EmailLinkState::Kept { .. }
            | EmailLinkState::KeptFromAgency { .. }
            | EmailLinkState::Restored { .. } => {
                vec![old(Key("email-user-name"))]
            }
            EmailLinkState::Restore { .. } => vec![old(Key("email-back"))],
            _ => Vec::new(),
        }
    }

    fn button(&self) -> Option<Button<'_>> {
        let (form, id, label) = match &self.state {
            EmailLinkState::Confirm { form } | EmailLinkState::ConfirmProposed { form, .. } => {
                (form, "email-confirm", Key("email-confirm-yes"))
            }
            EmailLinkState::Keep { form } | EmailLinkState::KeepFromAgency { form } => {
                (form, "email-keep", Key("email-keep-yes"))
            }
            EmailLinkState::Restore { form } => (form, "email-restore", Key("email-restore-yes")),
            _ => return None,
        };
        Some(Button { form, id, label })
    }

    fn way(&self) -> Option<Way> {
        let (url, label) = match &self.state {
            EmailLinkState::Changed { account_url } | EmailLinkState::KeptFromAgency { account_url } => {
                (account_url, Key("email-to-account"))
            }
            EmailLinkState::NewTaken { own_email_url }
            | EmailLinkState::NewExpired { own_email_url }
            | EmailLinkState::NewOver { own_email_url } => (own_email_url, Key("email-to-own-email")),
            EmailLinkState::Kept { forgot_url }
            | EmailLinkState::Restored { forgot_url }
            | EmailLinkState::OldOver { forgot_url } => (forgot_url, Key("email-to-new-password")),
            _ => return None,
        };
        Some(Way { url: url.clone(), text: self.chrome.texts.of(label) })
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for EmailLink {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        use EmailLinkState as S;
        let known = chrome.clone().for_agency(agency());
        let at = |state| Self {
            chrome: known.clone(),
            old: "frank.jones@example.com".into(),
            new: "\"><script>alert(1)</script>@home.example".into(),
            proposer: None,
            state,
        };
        let from_agency = |state| Self { proposer: Some("Maple Home Care".into()), ..at(state) };
        let proposed = |problem| {
            let (form, forgot_url) = (form("/email/confirm"), "/forgot".into());
            from_agency(S::ConfirmProposed { form, forgot_url, problem })
        };
        let (own, forgot) = ("/account/email".to_owned(), "/forgot".to_owned());
        let (old, new) = (String::new(), String::new());
        let invalid = Self { chrome: chrome.clone(), old, new, proposer: None, state: S::Invalid };
        vec![
            ("confirm", at(S::Confirm { form: form("/email/confirm") })),
            ("confirm-proposed", proposed(None)),
            ("password-missing", proposed(Some(PasswordProblem::Missing))),
            ("password-wrong", proposed(Some(PasswordProblem::Wrong))),
            ("too-many-tries", proposed(Some(PasswordProblem::TooManyTries { seconds: 60 }))),
            ("recover-first", proposed(Some(PasswordProblem::RecoverFirst))),
            ("keep-from-agency", from_agency(S::KeepFromAgency { form: form("/email/undo") })),
            ("kept-from-agency", from_agency(S::KeptFromAgency { account_url: "/account".into() })),
            ("changed", at(S::Changed { account_url: "/account".into() })),
            ("new-taken", at(S::NewTaken { own_email_url: own.clone() })),
            ("new-expired", at(S::NewExpired { own_email_url: own.clone() })),
            ("new-over", at(S::NewOver { own_email_url: own })),
            ("keep", at(S::Keep { form: form("/email/undo") })),
            ("kept", at(S::Kept { forgot_url: forgot.clone() })),
            ("restore", at(S::Restore { form: form("/email/undo") })),
            ("restored", at(S::Restored { forgot_url: forgot.clone() })),
            ("old-taken", at(S::OldTaken)),
            ("old-expired", at(S::OldExpired)),
            ("old-over", at(S::OldOver { forgot_url: forgot })),
            ("invalid", invalid),
        ]
    }
}
