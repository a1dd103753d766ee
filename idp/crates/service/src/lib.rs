//! The use cases: what each endpoint, page and worker does, in the words of its specification.
//!
//! Nothing here knows HTTP, SQL, SMTP or a template; effects go through the ports bundled in [`Env`].

pub mod access;
pub mod activate;
pub mod authorize;
pub mod client_auth;
pub mod company_claims;
pub mod discovery;
pub mod endpoint;
pub mod env;
pub mod fault;
mod id_token_hint;
pub mod keys;
pub mod logout;
pub mod mail;
pub mod oauth_error;
mod oxide;
pub mod params;
pub mod provision;
pub mod questions;
pub mod seed;
pub mod session;
pub mod sign_in;
pub mod sweep;
pub mod token;
pub mod userinfo;

pub use env::{Env, Policy};
pub use fault::Fault;
