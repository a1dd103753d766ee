#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unused_imports, reason = "tests")]
#[path = "../account/mod.rs"]
mod account;
#[path = "../api/mod.rs"]
mod api;
#[path = "../support/mod.rs"]
mod support;
