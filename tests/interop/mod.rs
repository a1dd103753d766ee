//! Unmodified client libraries of other people walk the whole way at the real server, by discovery alone: log-in with
//! PKCE, UserInfo, introspection, refresh, revocation, log-out, and being let in by a code that is typed elsewhere. What is
//! checked is what the libraries themselves check.

mod authlib;
mod device;
mod oauth2;
mod oidc_client_ts;
mod openid_client;
mod openidconnect;
mod openidconnect_fapi2;
mod outbound;
mod registration;
mod script;

use registration::Registration;

use crate::support::process::Running;
use crate::support::rig::Rig;

/// The real server with the example seed, and these clients in the place of its portal.
async fn provider(clients: &[&Registration]) -> (Rig, Running) {
    provider_on(Rig::new(), clients).await
}

/// The same with settings of its own.
async fn provider_on(rig: Rig, clients: &[&Registration]) -> (Rig, Running) {
    rig.seed_with(&registration::seed(clients));
    let server = rig.serve().await;
    (rig, server)
}
