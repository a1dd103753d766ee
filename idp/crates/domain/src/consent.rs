//! What a person allowed a client that is not the agency's own (OpenID Connect Core section 3.1.2.4).

use crate::Timestamp;
use crate::client::ClientId;
use crate::id::AccountId;
use crate::scope::Scopes;

/// One person's answer to one client; remembered until withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub account: AccountId,
    pub client: ClientId,
    pub scopes: Scopes,
    /// When it was last given.
    pub granted_at: Timestamp,
}

impl Consent {
    pub fn covers(&self, asked: &Scopes) -> bool {
        asked.is_subset(&self.scopes)
    }

    /// The same consent after the person allowed `more` as well.
    #[must_use]
    pub fn widened(self, more: &Scopes, now: Timestamp) -> Self {
        Self { scopes: self.scopes.iter().chain(more.iter()).collect(), granted_at: now, ..self }
    }
}
