//! The nouns, states, rules and ports of the identity provider.
//!
//! Nothing here does input or output, reads a clock or draws a random number: time and chance come in through
//! [`Clock`] and [`Entropy`], everything else through the traits in [`ports`].

pub mod account;
pub mod audit;
pub mod audit_chain;
pub mod authority;
pub mod branding;
pub mod bulk;
pub mod claims;
pub mod claims_request;
pub mod client;
pub mod code;
pub mod company;
pub mod consent;
pub mod delivery;
pub mod device_grant;
pub mod email;
pub mod email_change;
pub mod entropy;
pub mod grant;
pub mod id;
pub mod idempotency;
pub mod invitation;
pub mod location;
pub mod logo;
pub mod logout;
pub mod mail_failure;
pub mod member;
pub mod member_list;
pub mod outbox;
pub mod passphrase;
pub mod password;
mod person_entry;
pub mod ports;
pub mod pushed_request;
pub mod question;
pub mod recovery_code;
pub mod registration;
mod same_name;
pub mod scope;
pub mod secret;
pub mod session;
pub mod signing_key;
pub mod text;
pub mod throttle;
pub mod thumbprint;
pub mod ticket;
pub mod time;
pub mod typed_code;
pub mod web_address;

pub use entropy::Entropy;
pub use secret::{Digest, Secret};
pub use time::{Clock, Timestamp};
