//! The real server in a process of its own: configured, seeded, started, and gone with this program, however that ends.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::http::{Connection, get};
use crate::seed;

/// Nothing here takes as long on two busy cores; what does is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a configuration file, and the program to run on it.
#[derive(Debug)]
pub(crate) struct Rig {
    folder: TempDir,
    program: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Rig {
    /// Production's password hashes, log and limits; only the issuer's plain http and the seed need development mode.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn new(program: &Path, database: impl Fn(&Path) -> String, ephemeral: &str) -> Result<Self> {
        let folder = TempDir::with_prefix("idp-bench-")?;
        let address = free_address()?;
        let config = format!(
            "mode = \"development\"\nissuer.url = \"http://{address}\"\nserver.listen = \"{address}\"\n\
             database.url = \"{database}\"\nephemeral.url = \"{ephemeral}\"\nmail.folder = \"{mails}\"\n\
             log.format = \"json\"\nkeys.master = [{{ id = \"bench\", secret = \"{master}\" }}]\n",
            database = database(folder.path()),
            mails = folder.path().join("mails").display(),
            master = "5a".repeat(32),
        );
        fs::write(folder.path().join("idp.toml"), config)?;
        Ok(Self { folder, program: program.to_owned(), address })
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        // Gone even when this program is killed and can clean up nothing.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(&self.program).args(arguments);
        command.arg("--config").arg(self.folder.path().join("idp.toml"));
        let log = File::options().create(true).append(true).open(self.log())?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Ok(command)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What the programs said last, lines about single requests aside.
    pub(crate) fn complaints(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let mut lines: Vec<_> = log.lines().filter(|line| !line.contains(r#""level":"INFO""#)).collect();
        lines.drain(..lines.len().saturating_sub(15));
        lines.join("\n")
    }

    /// Migrates, and stores the agency and this many people.
    ///
    /// # Errors
    /// When the seed is refused.
    pub(crate) fn seed(&self, accounts: usize) -> Result<()> {
        let file = self.folder.path().join("seed.toml");
        fs::write(&file, seed::toml(accounts))?;
        let status = self.command(&["seed", &file.display().to_string()])?.status()?;
        ensure!(status.success(), "the seed was not stored:\n{}", self.complaints());
        Ok(())
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// When it ends instead, or is not ready within a minute.
    pub(crate) async fn start(&self) -> Result<Server> {
        let mut command = self.command(&["serve"])?;
        let begun = Instant::now();
        let child = command.spawn().context("starting the server")?;
        let mut server = Server { child, took: Duration::ZERO };
        while !self.is_ready().await {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended with {status}:\n{}", self.complaints());
            }
            ensure!(begun.elapsed() < PATIENCE, "the server is not ready:\n{}", self.complaints());
            sleep(Duration::from_millis(1)).await;
        }
        server.took = begun.elapsed();
        Ok(server)
    }

    async fn is_ready(&self) -> bool {
        let asked = async { Connection::open(self.address).await?.send(get("/health/ready")?).await };
        asked.await.is_ok_and(|answer| answer.status == 200)
    }
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// From spawn to the first `/health/ready` that answers 200.
    pub(crate) took: Duration,
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Errors
    /// When it ends badly, or not at all; then it is killed.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let sent = Command::new("kill").arg(self.pid().to_string()).status()?;
        ensure!(sent.success(), "SIGTERM was not sent");
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the server ended with {status}");
                return Ok(());
            }
            sleep(Duration::from_millis(5)).await;
        }
        bail!("the server did not stop")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
