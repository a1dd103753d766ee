//! The conformance suites of the ports `Store` and `Ephemeral` on every backend (architecture, decision 9).

mod group_commit;
mod memory;
mod migration;
mod postgres;
mod redis;
mod sqlite;
