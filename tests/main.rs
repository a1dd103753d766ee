//! Integration tests: one binary, grouped as folders. Each test is a sentence about what the outside sees.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod account;
mod api;
mod architecture;
mod browser;
mod desktop;
mod fuzz;
mod interop;
mod office;
mod oidc;
mod process;
mod store;
mod support;
