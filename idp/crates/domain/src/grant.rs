//! Grants and their refresh tokens (RFC 6749 section 6, RFC 9700 section 4.14): a family that lives and dies together.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::claims_request::RequestedClaims;
use crate::client::{ClientId, Resource};
use crate::consent::Permitted;
use crate::device_grant::Computer;
use crate::id::{AccountId, CompanyId, GrantId, MembershipId, RefreshTokenId, SessionId};
use crate::scope::{Scope, Scopes};
use crate::session::Amr;
use crate::thumbprint::Thumbprint;
use crate::{Digest, Timestamp};

/// What a person agreed to by signing in to a client: who, where, how proven, for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consented {
    pub account: AccountId,
    /// The person's name at a client with pairwise subjects; `None` is the account's own id.
    #[serde(default)]
    pub pairwise: Option<String>,
    pub session: SessionId,
    /// The agency and the membership the tokens speak for; `None` for clients that serve no agency.
    pub company: Option<(CompanyId, MembershipId)>,
    pub scopes: Scopes,
    /// Asked for one by one, beyond the scopes.
    #[serde(default)]
    pub claims: RequestedClaims,
    /// The APIs that access tokens of this grant may be for (RFC 8707 section 2.2).
    #[serde(default)]
    pub resources: BTreeSet<Resource>,
    pub auth_time: Timestamp,
    pub amr: Vec<Amr>,
    pub acr: Option<String>,
}

impl Consented {
    /// The `sub` this client knows the person by (OpenID Connect Core section 8).
    pub fn subject(&self) -> String {
        self.pairwise.clone().unwrap_or_else(|| self.account.to_string())
    }

    /// What consent is needed for.
    pub fn asked(&self) -> Permitted {
        Permitted {
            scopes: self.claims.beside(&self.scopes),
            companies: self.company.map(|(company, _)| company).into_iter().collect(),
            resources: self.resources.clone(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Grant {
    pub id: GrantId,
    pub client: ClientId,
    pub consented: Consented,
    pub nonce: Option<String>,
    pub created_at: Timestamp,
    /// No refresh extends the family past this.
    pub expires_at: Timestamp,
    /// Whether the family lives on when the session it began in ends: with `offline_access`, and on a computer that was let in by
    /// the device grant (R54).
    pub outlives_session: bool,
    /// The first of the families that were switched from one company to another (`company.md` section 3); `None` when this one
    /// began with a log-in.
    pub switched_from: Option<GrantId>,
    /// The computer that was let in by the device grant; `None` for anything else, and for one of before this was kept.
    pub computer: Option<Computer>,
    /// The key without which its refresh tokens are worth nothing (RFC 9449 section 5): a public client's, if it proved one. Those
    /// of a confidential client are bound to the client, which may change its key.
    pub key: Option<Thumbprint>,
    pub revoked: Option<Revocation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    pub at: Timestamp,
    pub why: RevocationReason,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum RevocationReason { $($(#[$doc])* $variant),+ }

        impl RevocationReason {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
            pub fn parse(text: &str) -> Option<Self> {
                Self::VARIANTS.iter().copied().find(|reason| reason.as_str() == text)
            }
        }
    };
}

reasons! {
    /// The authorization code was presented again (RFC 6749 section 4.1.2).
    CodeReplayed = "code_replayed",
    /// A device code was presented again.
    DeviceCodeReplayed = "device_code_replayed",
    /// The client switched to the same company again.
    SwitchedAgain = "switched_again",
    /// A rotated refresh token was presented after its grace (RFC 9700 section 4.14.2).
    RefreshReplayed = "refresh_replayed",
    LoggedOut = "logged_out",
    Deactivated = "deactivated",
    /// The agency ended what the person had open there.
    EndedByAgency = "ended_by_agency",
    /// RFC 7009.
    RevokedByClient = "revoked_by_client",
    ConsentWithdrawn = "consent_withdrawn",
    ClientDisabled = "client_disabled",
    PasswordChanged = "password_changed",
    /// The person signed out a device, or all of them.
    SignedOut = "signed_out",
    CompanyLeft = "company_left",
    AccountClosed = "account_closed",
    /// The operator switched the account off.
    AccountDisabled = "account_disabled",
}

impl Grant {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && now < self.expires_at
    }

    /// Whether the client switched to its company once more, so that nobody should hold a token of this one any longer: two
    /// switched, and one of them with a stolen token.
    pub fn was_superseded(&self) -> bool {
        self.revoked.is_some_and(|revocation| revocation.why == RevocationReason::SwitchedAgain)
    }

    /// What all families have in common that came of one log-in by switching companies.
    pub fn root(&self) -> GrantId {
        self.switched_from.unwrap_or(self.id)
    }

    /// Whether it is a computer that was let in by the device grant, which stays for hours where an app with `offline_access`
    /// stays for weeks: it stands elsewhere than the browser that let it in (rules section 6).
    pub fn is_of_a_computer(&self) -> bool {
        self.outlives_session && !self.consented.scopes.contains(Scope::OfflineAccess)
    }
}

/// One token of a family. The successor's secret is derived from the presented one, so only digests are stored.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    pub id: RefreshTokenId,
    pub digest: Digest,
    pub grant: GrantId,
    pub issued_at: Timestamp,
    /// Idle expiry; never later than the family's.
    pub expires_at: Timestamp,
    pub state: RefreshState,
}

impl RefreshToken {
    /// Whether presenting it without using it up is no replay: it is current, or its grace lasts and `successor` was not used.
    pub fn is_presentable(&self, successor: Option<&Self>, grace: RefreshGrace, now: Timestamp) -> bool {
        match self.state {
            RefreshState::Current => true,
            RefreshState::Rotated { at, retries, .. } => {
                now < at + grace.span
                    && retries < grace.retries
                    && successor.is_some_and(|next| next.state == RefreshState::Current)
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshState {
    Current,
    Rotated { at: Timestamp, successor: RefreshTokenId, retries: u32 },
}

/// How long and how often the loser of a race gets the same successor (`protocol.md`, token endpoint).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshGrace {
    pub span: Duration,
    pub retries: u32,
}
