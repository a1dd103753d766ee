//! What the use cases need from the outside world. One conformance suite per port runs on every implementation.

mod audit;
mod bulk;
mod client_jwts;
mod ephemeral;
mod hasher;
mod keyring;
mod outbound;
mod postman;
mod proof;
mod sealer;
mod store;

pub use audit::{Audit, AuditChains, Leases};
pub use bulk::{Batches, RowFilter};
pub use client_jwts::{ClientJwt, ClientJwts, JwtRefused};
pub use ephemeral::{Ephemeral, EphemeralError, EphemeralKey};
pub use hasher::{HashError, PasswordHasher, Verdict};
pub use keyring::{JwtKind, KeyError, Keyring, PublishedKeys, VerifiedJwt};
pub use outbound::{Outbound, OutboundError};
pub use postman::{Delivery, Envelope, Postman};
pub use proof::{AccountTickets, Answers, BootstrapTickets, EmailChanges, RecoveryCodes, Throttles, Tickets};
pub use sealer::{Purpose, Sealer};
pub use store::{
    Accounts, Clients, Codes, Companies, Consents, Deliveries, GrantInContext, Grants, Idempotency,
    Invitations, MemberInContext, Memberships, RefreshTokens, RevokedTokens, Rotation, Sessions, SigningKeys,
    Store, StoreError, Subjects, TOMBSTONE, Tx,
};
