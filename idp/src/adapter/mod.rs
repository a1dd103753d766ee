//! The outside world behind the domain's ports: the clock, chance, password hashing and mail.
//!
//! Named by the composition root only.

pub mod clock;
pub mod entropy;
pub mod folder;
mod message;
pub mod password;
pub mod smtp;

pub use clock::SystemClock;
pub use entropy::SystemEntropy;
pub use folder::FolderPostman;
pub use message::Sender;
pub use password::{Argon2Hasher, Cost, HasherOptions, Pepper};
pub use smtp::{SmtpOptions, SmtpPostman, SmtpSecurity};
