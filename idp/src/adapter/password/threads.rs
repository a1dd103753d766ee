//! Threads that compute Argon2 and nothing else: each owns its memory for good, because taking it anew costs half as
//! much as hashing, and runs at a lower priority, so that a flood of log-ins does not slow down tokens.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use argon2::{Algorithm, Argon2, Block, Version};
use idp_domain::password::Password;
use idp_domain::ports::HashError;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::phc::{Cost, TAG_BYTES};

/// Steps of `nice` below the rest of the server.
const NICENESS: libc::c_int = 10;

type Tag = Zeroizing<[u8; TAG_BYTES]>;

struct Job {
    password: Password,
    salt: Vec<u8>,
    cost: Cost,
    reply: oneshot::Sender<Result<Tag, argon2::Error>>,
}

/// The threads and the queue in front of them.
pub(super) struct HashingThreads {
    /// `None` only while dropping: closing the queue is what ends the threads.
    queue: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    computed: Arc<AtomicU64>,
}

impl HashingThreads {
    pub(super) fn start(count: NonZeroUsize, queue_limit: usize) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(queue_limit);
        let jobs = Arc::new(Mutex::new(jobs));
        let computed = Arc::new(AtomicU64::new(0));
        let start = |number: usize| {
            let (jobs, computed) = (Arc::clone(&jobs), Arc::clone(&computed));
            thread::Builder::new().name(format!("hashing-{number}")).spawn(move || work(&jobs, &computed))
        };
        let threads = (0..count.get()).map(start).collect::<Result<_, _>>()?;
        Ok(Self { queue: Some(queue), threads, computed })
    }

    /// Waits for a thread and its result; the caller may give up at any time.
    ///
    /// # Errors
    /// [`HashError::Busy`] at once when the queue is full.
    pub(super) async fn hash(&self, password: &Password, salt: &[u8], cost: Cost) -> Result<Tag, HashError> {
        let (reply, result) = oneshot::channel();
        let job = Job { password: password.clone(), salt: salt.to_vec(), cost, reply };
        let queue = self.queue.as_ref().ok_or(HashError::Busy)?;
        queue.try_send(job).map_err(|_full| HashError::Busy)?;
        let computed = result.await.map_err(|_stopped| HashError::Busy)?;
        computed.map_err(|error| HashError::Unreadable(error.to_string()))
    }

    pub(super) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }
}

impl Drop for HashingThreads {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // It can only fail by having panicked, which the runtime has reported already.
            let _ = thread.join();
        }
    }
}

/// The life of one thread.
fn work(jobs: &Mutex<Receiver<Job>>, computed: &AtomicU64) {
    step_back();
    let mut memory: Zeroizing<Vec<Block>> = Zeroizing::default();
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Whoever gave up waiting costs nothing.
        if job.reply.is_closed() {
            continue;
        }
        let tag = compute(&job, &mut memory);
        computed.fetch_add(1, Ordering::Relaxed);
        let _ = job.reply.send(tag);
    }
}

fn compute(job: &Job, memory: &mut Zeroizing<Vec<Block>>) -> Result<Tag, argon2::Error> {
    let params = job.cost.params()?;
    let blocks = params.block_count();
    if memory.len() < blocks {
        // A new buffer, not a longer one: growing would leave a copy behind that nobody clears.
        *memory = Zeroizing::new(vec![Block::new(); blocks]);
    }
    let mut tag = Tag::default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        job.password.expose().as_bytes(),
        &job.salt,
        tag.as_mut_slice(),
        memory.as_mut_slice(),
    )?;
    Ok(tag)
}

/// Lowers the priority of the calling thread. Where that is forbidden, hashing runs at the usual one.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "setpriority(2) has no safe wrapper; it is given three numbers and no pointer"
)]
fn step_back() {
    // SAFETY: no memory is involved. On Linux 0 means the calling thread, not the whole process.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS);
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn dropping_the_threads_ends_them() {
        let threads = HashingThreads::start(NonZeroUsize::new(3).unwrap(), 1).unwrap();
        let cost = Cost { memory_kib: 64, iterations: 1, parallelism: 1 };
        threads.hash(&Password::typed("x"), &[0; 16], cost).await.unwrap();
        let held = Arc::downgrade(&threads.computed);
        drop(threads);
        assert_eq!(held.strong_count(), 0, "no thread holds anything any more");
    }

    /// Field 19 of proc(5) stat of the calling thread.
    #[cfg(target_os = "linux")]
    fn niceness() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let after_name = stat.rsplit_once(')').unwrap().1;
        after_name.split_whitespace().nth(16).unwrap().parse().unwrap()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_hashing_thread_steps_back_alone() {
        let before = niceness();
        let hashing = thread::spawn(|| {
            step_back();
            niceness()
        });
        assert_eq!(hashing.join().unwrap(), before.max(NICENESS));
        assert_eq!(niceness(), before);
    }
}
