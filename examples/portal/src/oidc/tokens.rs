//! What the provider gave out for one session. It stays on the server.

use std::time::{Duration, Instant};

use openidconnect::{AccessToken, OAuth2TokenResponse, RefreshToken, SubjectIdentifier};

use super::claims::{IdToken, TokenAnswer};

/// An access token this close to its end counts as expired.
const EXPIRY_MARGIN: Duration = Duration::from_secs(10);

/// Whose session it is, as the provider's logout tokens name it.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) sub: SubjectIdentifier,
    /// The provider's session, where it has a name.
    pub(crate) sid: Option<String>,
}

/// The tokens of one session.
pub(crate) struct Tokens {
    /// Kept for the `id_token_hint` at log-out.
    pub(super) id_token: IdToken,
    pub(super) access: AccessToken,
    /// `None`: the provider did not say.
    pub(super) access_expires: Option<Instant>,
    pub(super) refresh: Option<RefreshToken>,
    pub(super) holder: Holder,
    /// When the provider last stood by them.
    pub(super) confirmed: Instant,
}

impl Tokens {
    pub(super) fn new(answer: &TokenAnswer, id_token: IdToken, holder: Holder, now: Instant) -> Self {
        Self {
            id_token,
            access: answer.access_token().clone(),
            access_expires: answer.expires_in().and_then(|lifetime| now.checked_add(lifetime)),
            refresh: answer.refresh_token().cloned(),
            holder,
            confirmed: now,
        }
    }

    pub(crate) fn holder(&self) -> &Holder {
        &self.holder
    }

    pub(super) fn has_expired(&self, now: Instant) -> bool {
        self.access_expires.is_some_and(|expires| now + EXPIRY_MARGIN >= expires)
    }
}

#[cfg(test)]
pub(crate) fn any_tokens(id_token: IdToken, holder: Holder) -> Tokens {
    Tokens {
        id_token,
        access: AccessToken::new("access".into()),
        access_expires: None,
        refresh: None,
        holder,
        confirmed: Instant::now(),
    }
}
