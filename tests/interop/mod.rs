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

use std::time::{SystemTime, UNIX_EPOCH};

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
    let mut server = rig.serve().await;
    // A single node takes no proof of the very second it started in.
    let of_start = now();
    server.until("a second old", async || now() > of_start).await;
    (rig, server)
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the clock of a client on another computer")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("before the sun ends")
}
