//! What the use cases need from the outside world. One conformance suite per port runs on every implementation.

mod audit;
mod bulk;
mod client_jwts;
mod deliveries;
mod ephemeral;
mod hasher;
mod keyring;
mod logos;
mod outbound;
mod pictures;
mod postman;
mod proof;
mod sealer;
mod store;

pub use audit::{Audit, AuditChains, Leases};
pub use bulk::{Batches, RowFilter};
pub use client_jwts::{ClientJwt, ClientJwts, JwtRefused};
pub use deliveries::{Deliveries, MailTurns};
pub use ephemeral::{Ephemeral, EphemeralError, EphemeralKey};
pub use hasher::{HashError, PasswordHasher, Verdict};
pub use keyring::{JwtKind, KeyError, Keyring, PublishedKeys, VerifiedJwt};
pub use logos::Logos;
pub use outbound::{Outbound, OutboundError};
pub use pictures::{PictureError, Pictures};
pub use postman::{Delivery, Envelope, Postman};
pub use proof::{AccountTickets, Answers, BootstrapTickets, EmailChanges, RecoveryCodes, Throttles, Tickets};
pub use sealer::{Purpose, Sealer};
pub use store::{
    Accounts, Clients, Codes, Companies, Consents, GrantInContext, Grants, Idempotency, Invitations,
    MemberInContext, Memberships, RefreshTokens, RevokedTokens, Rotation, Sessions, SigningKeys, Store,
    StoreError, Subjects, TOMBSTONE, Tx,
};

/// The most that one statement asks for or stores at once: databases bind only so many values.
pub const AT_ONCE: usize = 500;
