//! The keyring: signing keys and what they sign, master keys and what they seal, clients' keys and what they prove. See
//! `README.md` beside this crate.
//!
//! Cryptography is josekit on its bundled OpenSSL. Private halves never leave this crate unsealed, in no `Debug`, error
//! or log line.

mod client_encryption;
mod client_jwt;
mod client_key;
mod compact;
mod dpop_proof;
mod jwe;
mod jws;
mod master;
#[cfg(test)]
mod pair;
mod public;
mod ring;
mod signing;
mod sound;
mod verifiers;

pub use client_encryption::ClientEncrypter;
pub use client_jwt::ClientJwtVerifier;
pub use dpop_proof::ProofVerifier;
pub use master::{MasterKey, MasterKeyError, MasterKeys};
pub use ring::Ring;
