//! Clients that register themselves (RFC 7591): what lets them, and how they come back to what they registered (RFC 7592).

use std::time::Duration;

use url::Url;

use crate::client::ClientId;
use crate::id::{CompanyId, InitialTokenId, RegistrationId};
use crate::secret::Token;
use crate::text::Line;
use crate::{Digest, Entropy, Timestamp};

/// `application_type` (OpenID Connect Dynamic Client Registration section 2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApplicationType {
    #[default]
    Web,
    /// A program on a device that has no secrets of its own (RFC 8252).
    Native,
}

impl ApplicationType {
    pub const VARIANTS: [Self; 2] = [Self::Web, Self::Native];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An initial access token (RFC 7591 section 3): whoever has it registers so many clients, until it runs out.
#[derive(Debug, Clone)]
pub struct InitialToken {
    pub id: InitialTokenId,
    pub digest: Digest,
    /// For whom it was made, in the operator's words.
    pub note: Line<100>,
    /// Whose the clients become; `None`: nobody's, and they serve people of every agency.
    pub company: Option<CompanyId>,
    /// How many clients may still be registered with it.
    pub uses: u32,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What an initial access token is made for.
#[derive(Debug, Clone)]
pub struct Allowance {
    pub note: Line<100>,
    pub company: Option<CompanyId>,
    pub uses: u32,
    pub life: Duration,
}

impl InitialToken {
    /// A new one and its secret.
    pub fn issue(
        allowance: Allowance,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> (Self, Token<InitialTokenId>) {
        let Allowance { note, company, uses, life } = allowance;
        let token = Token::mint(InitialTokenId::new(now, entropy), entropy);
        let expires_at = now + life;
        (
            Self { id: token.id, digest: token.digest(), note, company, uses, issued_at: now, expires_at },
            token,
        )
    }

    /// Whether a client may be registered with it now.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.uses > 0 && now < self.expires_at
    }
}

/// What is known of a client beside its metadata because it registered itself.
#[derive(Debug, Clone)]
pub struct Registration {
    pub id: RegistrationId,
    pub client: ClientId,
    /// Of the registration access token.
    pub digest: Digest,
    /// What it was registered with; `None` where nothing was asked for.
    pub initial_token: Option<InitialTokenId>,
    pub application_type: ApplicationType,
    pub sector_identifier_uri: Option<Url>,
    pub registered_at: Timestamp,
    /// When the client last proved who it is, to the day; at first, when it was registered.
    pub last_used_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Zero;

    #[test]
    fn an_initial_access_token_is_good_in_its_time_while_it_has_uses() -> Result<(), crate::text::TextError> {
        let note = Line::parse("Shift Swap")?;
        let allowance = Allowance { note, company: None, uses: 1, life: Duration::from_millis(100) };
        let (token, secret) = InitialToken::issue(allowance, Timestamp::from_millis(0), &Zero);
        assert!(secret.proves(&token.digest));
        let good = |token: &InitialToken, at| token.is_good(Timestamp::from_millis(at));
        assert!(good(&token, 99) && !good(&token, 100));
        assert!(!good(&InitialToken { uses: 0, ..token }, 99));
        Ok(())
    }

    #[test]
    fn an_application_type_reads_back_as_written() {
        for kind in ApplicationType::VARIANTS {
            assert_eq!(ApplicationType::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(ApplicationType::parse("Web"), None);
    }
}
