#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unused_imports, reason = "tests")]
#[path = "../oidc/mod.rs"]
mod oidc;
#[path = "../support/mod.rs"]
mod support;
