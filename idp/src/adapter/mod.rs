//! The outside world behind the domain's ports: the clock, chance, password hashing, mail, places
//! and other people's servers.
//!
//! Named by the composition root only.

pub mod certificate;
pub mod clock;
pub mod entropy;
pub mod folder;
pub mod geography;
mod message;
pub mod outbound;
pub mod password;
pub mod pictures;
pub mod smtp;

pub use certificate::CertificateFiles;
pub use clock::SystemClock;
pub use entropy::SystemEntropy;
pub use folder::FolderPostman;
pub use geography::{LocationFile, NoGeography};
pub use message::Sender;
pub use outbound::GuardedClient;
pub use password::{Argon2Hasher, Cost, HasherOptions, Pepper};
pub use pictures::PictureReader;
pub use smtp::{SmtpOptions, SmtpPostman, SmtpSecurity};
