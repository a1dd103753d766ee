//! The port `Ephemeral`: in the memory of one process, or on Redis for many.

mod memory;
mod redis;

pub use memory::MemoryEphemeral;
pub use redis::RedisEphemeral;
