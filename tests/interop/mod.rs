//! Unmodified client libraries of other people sign somebody in at the real server, by discovery alone.

mod openid_client;
mod openidconnect;

use crate::support::process::Running;
use crate::support::rig::Rig;

/// The real server with the example seed, its portal asking for ID tokens signed with `alg`.
async fn provider(alg: &str) -> (Rig, Running) {
    let rig = Rig::new();
    let named = |alg: &str| format!("id_token_signed_response_alg = \"{alg}\"");
    rig.seed_with(&idp::seed_file::EXAMPLE.replace(&named("RS256"), &named(alg)));
    let server = rig.serve().await;
    (rig, server)
}
