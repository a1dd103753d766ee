//! The use cases: what each endpoint, page and worker does, in the words of its specification.
//!
//! Nothing here knows HTTP, SQL, SMTP or a template; effects go through the ports bundled in [`Env`].

pub mod access;
pub mod account;
pub mod activate;
mod assertion;
pub mod authorize;
pub mod backchannel;
pub mod client_auth;
pub mod client_keys;
pub mod clients;
pub mod company_claims;
pub mod devices;
pub mod discovery;
pub mod dispatch;
pub mod email_change;
pub mod endpoint;
pub mod env;
pub mod fault;
mod former_answers;
mod id_token_hint;
pub mod introspection;
pub mod keys;
pub mod logout;
pub mod mail;
mod mail_limits;
pub mod new_password;
mod notice;
pub mod oauth_error;
mod oxide;
pub mod params;
mod person_claims;
pub mod provision;
pub mod questions;
pub mod reauthenticate;
pub mod recovery;
mod resources;
pub mod revocation;
pub mod seed;
pub mod session;
pub mod sign_in;
mod subjects;
pub mod sweep;
mod throttle;
pub mod token;
pub mod userinfo;
pub mod verify_email;

pub use env::{Env, Policy};
pub use fault::Fault;
