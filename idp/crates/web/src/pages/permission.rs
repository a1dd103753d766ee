//! Scopes (RFC 6749 section 3.3) in words that a tired person understands: the same when they are asked for and when they
//! are taken back.

use idp_domain::scope::{Scope, Scopes};

use super::Chrome;
use crate::locale::Key;

/// Something a client may know or do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    pub scope: Scope,
    /// Whether the person allowed it before.
    pub known: bool,
}

impl Permission {
    /// What is asked for, beside what is known.
    pub fn list(asked: &Scopes, known: &Scopes) -> Vec<Self> {
        asked.iter().map(|scope| Self { scope, known: known.contains(scope) }).collect()
    }

    pub(super) fn text(self, chrome: &Chrome) -> String {
        let key = match self.scope {
            Scope::Openid => Key("scope-openid"),
            Scope::Profile => Key("scope-profile"),
            Scope::Email => Key("scope-email"),
            Scope::Address => Key("scope-address"),
            Scope::Phone => Key("scope-phone"),
            Scope::OfflineAccess => Key("scope-offline-access"),
            Scope::Company => Key("scope-company"),
            Scope::MembersRead => Key("scope-members-read"),
            Scope::MembersWrite => Key("scope-members-write"),
        };
        chrome.texts.of(key)
    }

    /// What is easily misunderstood.
    pub(super) fn hint(self, chrome: &Chrome) -> Option<String> {
        let key = match self.scope {
            Scope::Openid => Key("scope-openid-hint"),
            Scope::Profile => Key("scope-profile-hint"),
            Scope::OfflineAccess => Key("scope-offline-access-hint"),
            Scope::Company => Key("scope-company-hint"),
            Scope::Email | Scope::Address | Scope::Phone | Scope::MembersRead | Scope::MembersWrite => {
                return None;
            }
        };
        Some(chrome.texts.of(key))
    }
}
