//! The keyring: signing keys and what they sign, master keys and what they seal. See `README.md` beside this crate.
//!
//! Cryptography is josekit on its bundled OpenSSL. Private halves never leave this crate unsealed, in no `Debug`, error
//! or log line.

mod jwe;
mod jws;
mod master;
mod public;
mod ring;
mod signing;

pub use master::{MasterKey, MasterKeyError, MasterKeys};
pub use ring::Ring;
