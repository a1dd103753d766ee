//! What processes have used, from proc(5): CPU time and resident memory. Linux only.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The kernel shows CPU time in hundredths of a second (`USER_HZ`), on every architecture and whatever its own tick is.
const TICK: Duration = Duration::from_millis(10);

/// The figures of `/proc/PID/stat` that are used here.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// User and system time of all threads, those that have ended too.
    own: Duration,
    /// The same of children that have ended and were waited for.
    reaped: Duration,
}

impl Stat {
    fn of(pid: u32) -> Result<Self> {
        let path = format!("/proc/{pid}/stat");
        let text = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
        Self::parse(&text).with_context(|| format!("{path} is not as proc(5) says: {text}"))
    }

    /// The name of the program, in parentheses, may hold anything, so fields are counted from behind it.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3);
        let ticks = |number: usize| field(number)?.parse().ok().map(|ticks: u32| TICK * ticks);
        Some(Self {
            parent: field(4)?.parse().ok()?,
            own: ticks(14)? + ticks(15)?,
            reaped: ticks(16)? + ticks(17)?,
        })
    }
}

/// User and system time of one process, in steps of 10 ms.
///
/// # Errors
/// When there is no such process.
pub(crate) fn of_process(pid: u32) -> Result<Duration> {
    Ok(Stat::of(pid)?.own)
}

/// The same of a process and all its children, as a server needs it that gives each connection a process.
///
/// # Errors
/// When there is no such process.
pub(crate) fn of_family(pid: u32) -> Result<Duration> {
    let Stat { own, reaped, .. } = Stat::of(pid)?;
    let processes = fs::read_dir("/proc").context("reading /proc")?;
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // A child that ends in between is missed here and reaped in the next look.
    let children = numbers.filter_map(|child| Stat::of(child).ok()).filter(|stat| stat.parent == pid);
    Ok(own + reaped + children.map(|stat| stat.own).sum::<Duration>())
}

/// The process that started this one.
///
/// # Errors
/// When there is no such process.
pub(crate) fn parent_of(pid: u32) -> Result<u32> {
    Ok(Stat::of(pid)?.parent)
}

/// Resident memory in bytes.
///
/// # Errors
/// When there is no such process.
pub(crate) fn resident_bytes(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    parse_resident(&text).with_context(|| format!("{path} names no resident memory"))
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn cpu_time_is_user_and_system_time_whatever_the_program_is_called() {
        let text = "71 (a) 3 (b) S 9 71 71 0 -1 4194560 1 2 3 4 250 50 7 3 20 0 4 0 100 0 0";
        let expected = Stat { parent: 9, own: Duration::from_secs(3), reaped: Duration::from_millis(100) };
        assert_eq!(Stat::parse(text), Some(expected));
    }

    #[test]
    fn what_is_no_stat_line_has_no_figures() {
        for text in [
            "",
            "71 (idp) S",
            "71 idp S 9 71 71 0 -1 0 1 2 3 4 250 50 7 3",
            "71 (idp) S 9 1 1 1 1 1 1 1 1 1 x 1 1 1",
        ] {
            assert_eq!(Stat::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn resident_memory_is_told_in_bytes() {
        assert_eq!(parse_resident("Name:\tidp\nVmRSS:\t   24576 kB\nThreads:\t4\n"), Some(24_576 * 1024));
        assert_eq!(parse_resident("Name:\tkthreadd\n"), None);
    }

    /// The same sums over this very process, which has used more the second time.
    #[test]
    fn work_that_is_done_shows_up_as_cpu_time_of_the_process_and_of_its_parents_family() {
        let own = std::process::id();
        let parent = parent_of(own).unwrap();
        let (before, family_before) = (of_process(own).unwrap(), of_family(parent).unwrap());
        let mut sum = 0_u64;
        while of_process(own).unwrap() < before + 2 * TICK {
            sum = std::hint::black_box((0..100_000).fold(sum, u64::wrapping_add));
        }
        assert!(of_family(parent).unwrap() >= family_before + TICK);
        assert!(resident_bytes(own).unwrap() > 1024 * 1024);
    }
}
