//! What the use cases need from the outside world. One conformance suite per port runs on every implementation.

mod audit;
mod bulk;
mod choices;
mod client_encryption;
mod client_jwts;
mod deliveries;
mod device_grants;
mod dpop_proofs;
mod ephemeral;
mod geography;
mod grants;
mod hasher;
mod keyring;
mod logos;
mod outbound;
mod pictures;
mod postman;
mod proof;
mod pushed_requests;
mod registrations;
mod sealer;
mod store;

pub use audit::{Audit, AuditChains, Leases};
pub use bulk::{Batches, RowFilter};
pub use choices::{CompanyChoice, CompanyChoices};
pub use client_encryption::{ClientEncryption, Content, NotEncrypted};
pub use client_jwts::{ClientJwt, ClientJwts, JwtRefused};
pub use deliveries::{Deliveries, MailTurns};
pub use device_grants::DeviceGrants;
pub use dpop_proofs::{DpopProof, DpopProofs, PROOF_ALGS, ProofRefused};
pub use ephemeral::{Ephemeral, EphemeralError, EphemeralKey};
pub use geography::Geography;
pub use grants::{Codes, GrantInContext, Grants, RefreshTokens, Rotation, TOMBSTONE};
pub use hasher::{HashError, PasswordHasher, Verdict};
pub use keyring::{JwtKind, KeyError, Keyring, PublishedKeys, VerifiedJwt};
pub use logos::{ClientLogos, Logos};
pub use outbound::{Outbound, OutboundError};
pub use pictures::{PictureError, Pictures};
pub use postman::{Delivery, Envelope, Postman};
pub use proof::{AccountTickets, Answers, BootstrapTickets, EmailChanges, RecoveryCodes, Throttles, Tickets};
pub use pushed_requests::PushedRequests;
pub use registrations::{InitialTokens, Registrations};
pub use sealer::{Purpose, Sealer};
pub use store::{
    Accounts, Clients, Companies, Consents, Idempotency, Invitations, MemberInContext, Memberships,
    RevokedTokens, Sessions, SigningKeys, Store, StoreError, Subjects, Tx,
};

/// The most that one statement asks for or stores at once: databases bind only so many values.
pub const AT_ONCE: usize = 500;
