//! Typed identifiers: time-ordered (UUID version 7, RFC 9562 section 5.7), accounts random (version 4, section 5.4).

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::{Entropy, Timestamp};

/// The text was not an identifier of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct NotAnId;

/// Cheap to insert: new keys come after old ones (`crates.md` section 5).
fn time_ordered(now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &entropy.bytes()).into_uuid()
}

/// Says nothing about when it was made.
fn random(_now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    uuid::Builder::from_random_bytes(entropy.bytes()).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $kind:ident);+ $(;)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What every printed identifier of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                Self($kind(now, entropy))
            }

            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let digits = text.strip_prefix($prefix).ok_or(NotAnId)?;
                let lower_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
                if digits.len() != 32 || !digits.bytes().all(lower_hex) {
                    return Err(NotAnId);
                }
                Uuid::try_parse(digits).map(Self).map_err(|_| NotAnId)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A person's account; printed, it is the `sub` claim and never changes. Random, because every client sees it: an
    /// agency must not read from it that the person was known before (R33).
    AccountId = "acc_", random;
    /// An agency.
    CompanyId = "cmp_", time_ordered;
    /// One account's membership of one company (`member_id`).
    MembershipId = "mbr_", time_ordered;
    /// An invitation to activate a membership.
    InvitationId = "inv_", time_ordered;
    /// A single sign-on session.
    SessionId = "ses_", time_ordered;
    /// A browser in which a person logged in before.
    DeviceId = "dev_", random;
    /// A change of an account's address.
    EmailChangeId = "emc_", time_ordered;
    /// An authorization code.
    CodeId = "cod_", time_ordered;
    /// A device authorization grant.
    DeviceGrantId = "dvc_", time_ordered;
    /// A pushed authorization request.
    PushedRequestId = "par_", time_ordered;
    /// A grant: what one client may do for one account at one company; its refresh tokens are a family.
    GrantId = "grt_", time_ordered;
    /// One refresh token of a family.
    RefreshTokenId = "rft_", time_ordered;
    /// A ticket, the secret behind a mailed link.
    TicketId = "tkt_", time_ordered;
    /// A list of people to add, and the job that it becomes.
    BatchId = "job_", time_ordered;
    /// An initial access token, which lets a program register clients.
    InitialTokenId = "iat_", time_ordered;
    /// What a client registered for itself; its token manages that.
    RegistrationId = "reg_", time_ordered;
    /// A queued mail.
    MailId = "mai_", time_ordered;
    /// A queued back-channel logout token; printed, it is the token's `jti`.
    DeliveryId = "lgo_", time_ordered;
    /// An audit event.
    AuditId = "aud_", time_ordered;
    /// One HTTP request, as printed on error pages.
    RequestId = "req_", time_ordered;
}

impl AccountId {
    /// An id that looks like any other and is always the same for the same derived bytes.
    pub fn derived([bytes @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _]: &[u8; 32]) -> Self {
        Self(uuid::Builder::from_random_bytes(*bytes).into_uuid())
    }
}

impl CompanyId {
    /// The id that no company has: what is looked for in place of one that is not there, so that how long an answer takes does
    /// not say which there are.
    pub const NOBODYS: Self = Self(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R33: a `sub` does not say how long somebody has been known.
    #[test]
    fn an_account_id_holds_no_time() {
        struct Same;
        impl Entropy for Same {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(9);
            }
        }
        let [early, late] = [1, 1_000_000_000].map(|ms| AccountId::new(Timestamp::from_millis(ms), &Same));
        assert_eq!(early, late);
        let [early, late] = [1, 1_000_000_000].map(|ms| MembershipId::new(Timestamp::from_millis(ms), &Same));
        assert!(early < late);
    }

    #[test]
    fn an_id_reads_back_as_printed_and_nothing_else_does() {
        let id = AccountId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse(), Ok(id));
        for foreign in
            ["", "acc_", "cmp_00000000000000000000000000000007", "acc_0000000000000000000000000000000G"]
        {
            assert_eq!(foreign.parse::<AccountId>(), Err(NotAnId), "{foreign}");
        }
    }
}
