//! What the use cases need from the outside world. One conformance suite per port runs on every implementation.

mod ephemeral;
mod hasher;
mod keyring;
mod postman;
mod sealer;
mod store;

pub use ephemeral::{Ephemeral, EphemeralError, EphemeralKey};
pub use hasher::{HashError, PasswordHasher, Verdict};
pub use keyring::{JwtKind, KeyError, Keyring, PublishedKeys, VerifiedJwt};
pub use postman::{Delivery, Envelope, Postman};
pub use sealer::{Purpose, Sealer};
pub use store::{
    Accounts, Answers, Audit, Clients, Codes, Companies, Grants, Idempotency, Invitations, Memberships,
    Outbox, RefreshTokens, Rotation, Sessions, SigningKeys, Store, StoreError, TOMBSTONE, Tickets, Tx,
};
