//! The ports `Store` and `Ephemeral` on real backends: SQLite and PostgreSQL, memory and Redis (`README.md`).
//!
//! Nothing here makes an id, reads a clock of its own or decides a rule: finished values come in, rows come out.

mod connect;
mod entity;
mod ephemeral;
mod error;
mod group;
mod repo;
mod store;
mod tx;
mod value;

pub use connect::DatabaseOptions;
pub use ephemeral::{MemoryEphemeral, RedisEphemeral};
pub use store::SqlStore;
