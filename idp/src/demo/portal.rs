//! The sample portal as a process of its own, as an agency would run it; it ends with the demo, however that ends.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{env, io};

use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::DemoError;
use super::places::Places;

pub(super) struct Portal(Child);

/// The program to start: the one named, or the one beside this program.
pub(super) fn find(named: Option<&Path>) -> Result<PathBuf, DemoError> {
    let beside = || env::current_exe().unwrap_or_default().with_file_name("sample-portal");
    let program = named.map_or_else(beside, Path::to_owned);
    if program.is_file() { Ok(program) } else { Err(DemoError::NoPortal(program)) }
}

impl Portal {
    /// Starts it; it discovers the provider when it is first asked to log somebody in.
    pub(super) fn start(
        program: PathBuf,
        places: &Places,
        secret_file: PathBuf,
        verbose: bool,
    ) -> Result<Self, DemoError> {
        // A bare name would be looked for in PATH, not here.
        let path = program.canonicalize().unwrap_or(program);
        let mut command = Command::new(&path);
        command
            .args(["--listen", &places.portal_address().to_string()])
            .args(["--issuer", &places.issuer(), "--client-id", "portal.99999"])
            .arg("--client-secret-file")
            .arg(secret_file)
            .args(["--company-name", "Maple Home Care"])
            .env("RUST_LOG", if verbose { "info" } else { "warn" })
            .stdin(Stdio::null())
            .kill_on_drop(true);
        end_with_parent(&mut command);
        command.spawn().map(Self).map_err(|why| DemoError::Portal { path, why })
    }

    /// Waits for its end, or ends it.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        tokio::select! {
            ended = self.0.wait() => match ended {
                // Ctrl-C reaches it too, and it may be faster than we are.
                Ok(status) if status.success() => stop.cancelled().await,
                Ok(status) => tracing::error!(%status, "the sample portal ended"),
                Err(error) => tracing::error!(%error, "the sample portal is lost"),
            },
            () = stop.cancelled() => {
                if let Err(error) = self.0.kill().await {
                    tracing::warn!(%error, "the sample portal cannot be ended");
                }
            }
        }
    }
}

/// Has the kernel end it when this process dies without being able to (`kill -9`).
#[cfg(target_os = "linux")]
fn end_with_parent(command: &mut Command) {
    let ask = || {
        // SAFETY: prctl with these arguments reads and writes no memory of ours, and may be called between fork and exec.
        #[expect(unsafe_code, reason = "there is no safe way to ask for this signal")]
        let asked = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) };
        if asked == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    // SAFETY: `ask` makes one system call and allocates nothing.
    #[expect(unsafe_code, reason = "runs in the child between fork and exec")]
    unsafe {
        command.pre_exec(ask);
    }
}

#[cfg(not(target_os = "linux"))]
fn end_with_parent(_: &mut Command) {}
