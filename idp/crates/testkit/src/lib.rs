//! What tests share: a clock and an entropy that obey, samples of every noun, fakes of the small ports, and the
//! conformance suites that every implementation of `Store` and `Ephemeral` must pass.
//!
//! Knows the domain only, and no implementation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod clock;
pub mod conformance;
mod entropy;
mod hasher;
pub mod mmdb;
mod outbound;
mod postman;
mod samples;

pub use clock::MockClock;
pub use entropy::SeededEntropy;
pub use hasher::FastHasher;
pub use outbound::{RecordedPost, RecordingOutbound};
pub use postman::RecordingPostman;
pub use samples::Samples;
