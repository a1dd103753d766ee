//! Watches the server with perf(1) while a scenario is measured, for flame graphs. Its figures are not for the table:
//! being watched costs time.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// Samples a second: few enough for unwinding by DWARF, which needs no frame pointers.
const FREQUENCY: &str = "199";

/// A running `perf record`. Dropping it ends the recording and waits until it is written.
#[derive(Debug)]
pub(crate) struct Profile(Child);

impl Profile {
    /// Records into a file in `folder`, called like the scenario.
    ///
    /// # Errors
    /// When perf is not installed.
    pub(crate) fn start(folder: &Path, scenario: &str, pid: u32) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut command = Command::new("perf");
        // The clock of the CPU, because virtual machines rarely have hardware counters.
        command.args(["record", "--quiet", "--event", "cpu-clock", "--call-graph", "dwarf,16384"]);
        command.args(["--freq", FREQUENCY, "--pid", &pid.to_string(), "--output"]);
        let name = scenario.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        command.arg(folder.join(name + ".perf"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Ok(Self(child.context("perf, which --profile needs (Debian: linux-perf)")?))
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        // If it cannot be asked to finish, it ends with the server it watches.
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.0.wait();
    }
}
