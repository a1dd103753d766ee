//! The composition root of the provider: the command line, the adapters, and how one node is put together and ended.
//!
//! No protocol rule and no SQL is here; what the provider does stands in `idp-service`.

pub mod adapter;
pub mod cli;
pub mod compose;
mod demo;
mod handshake;
mod lifecycle;
mod listener;
mod master_key;
mod node;
pub mod policy;
pub mod seed_file;
mod telemetry;
mod worker;
