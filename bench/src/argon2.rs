//! What the machine does when it hashes passwords and nothing else: the bound of every log-in (rule P7).

use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::cpu;
use crate::seed::PASSWORD;

/// The server's defaults: KiB, passes, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
const LENGTH: Duration = Duration::from_secs(2);

/// Hashing on every core at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argon2Alone {
    pub(crate) per_second: f64,
    /// CPU time of one.
    pub(crate) cpu: Duration,
}

impl Argon2Alone {
    /// Takes two seconds, in which this program must do nothing else.
    ///
    /// # Errors
    /// When a thread cannot hash.
    pub(crate) fn measure() -> Result<Self> {
        let cores = available_parallelism()?.get();
        let (begun, used) = (Instant::now(), cpu::of_process(std::process::id())?);
        let hashes = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..cores).map(|_| scope.spawn(move || hash_until(begun + LENGTH))).collect();
            threads.into_iter().try_fold(0, |sum, thread| match thread.join() {
                Ok(hashes) => Ok(sum + hashes?),
                Err(_) => bail!("a hashing thread panicked"),
            })
        })?;
        let (elapsed, used) = (begun.elapsed(), cpu::of_process(std::process::id())? - used);
        Ok(Self { per_second: f64::from(hashes) / elapsed.as_secs_f64(), cpu: used / hashes.max(1) })
    }
}

fn hash_until(end: Instant) -> Result<u32> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(anyhow::Error::msg)?;
    let mut blocks = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut hashes, mut tag) = (0, [0; 32]);
    while Instant::now() < end {
        argon2
            .hash_password_into_with_memory(PASSWORD.as_bytes(), &[7; 16], &mut tag, &mut blocks)
            .map_err(anyhow::Error::msg)?;
        hashes += 1;
    }
    Ok(hashes)
}
