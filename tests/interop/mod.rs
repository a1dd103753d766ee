//! Unmodified client libraries of other people walk the whole way at the real server, by discovery alone: log-in with
//! PKCE, UserInfo, introspection, refresh, revocation, log-out. What is checked is what the libraries themselves check.

mod authlib;
mod oauth2;
mod oidc_client_ts;
mod openid_client;
mod openidconnect;
mod outbound;
mod registration;
mod script;

use registration::Registration;

use crate::support::process::Running;
use crate::support::rig::Rig;

/// The real server with the example seed, and these clients in the place of its portal.
async fn provider(clients: &[&Registration]) -> (Rig, Running) {
    let rig = Rig::new();
    rig.seed_with(&registration::seed(clients));
    let server = rig.serve().await;
    (rig, server)
}
