//! Programs in processes of their own: started, watched, stopped by signal, and gone with the test that started them.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Nothing in these tests takes as long on two busy cores; what does is stuck.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A program of this workspace, beside the folder of the test's own program.
pub(crate) fn binary(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("the path of this program");
    let folder = tests.parent().and_then(|deps| deps.parent()).expect("target/debug");
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is missing: run `make test`, which builds the programs first",
        path.display()
    );
    path
}

/// A program of `examples/`, a workspace of its own with the same target folder.
pub(crate) fn sample(name: &str) -> PathBuf {
    let path = binary("idp").with_file_name(name);
    assert!(path.is_file(), "{} is missing: run `make test`, which builds the samples first", path.display());
    path
}

/// Asks until there is an answer; says what was waited for when there is none.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {} s for {what}", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A free port below those the kernel gives to outgoing connections, so that it is still free when it is used.
pub(crate) fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 8000).expect("below 8000");
    (0..2000)
        .map(|_| 12_000 + (first + TRIED.fetch_add(1, Ordering::Relaxed)) % 8000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// A running program and what it has said so far.
pub(crate) struct Running {
    name: String,
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Running {
    /// Starts a program with a clean environment. Its standard output and error are both kept.
    pub(crate) fn start(program: PathBuf, arguments: &[&str]) -> Self {
        Self::start_in(program, arguments, &[])
    }

    /// The same, with these variables in its environment.
    pub(crate) fn start_in(program: PathBuf, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let name = program.file_name().expect("a program").to_string_lossy().into_owned();
        let mut command = ending_with_this_thread(program);
        command.args(arguments).envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let said = Arc::default();
        keep(child.stdout.take().expect("a piped output"), &said);
        keep(child.stderr.take().expect("a piped output"), &said);
        Self { name, child, said }
    }

    /// Types a line to it.
    pub(crate) fn tell(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("a piped input");
        writeln!(input, "{line}").unwrap_or_else(|error| panic!("{} does not listen: {error}", self.name));
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("a log").clone()
    }

    /// [`Self::said`] for whoever cannot keep hold of the program.
    pub(crate) fn teller(&self) -> impl Fn() -> String + use<> {
        let said = Arc::clone(&self.said);
        move || said.lock().expect("a log").clone()
    }

    /// Waits until the program's own answer to a question is yes; a program that ended instead has failed.
    pub(crate) async fn until(&mut self, what: &str, mut ask: impl AsyncFnMut() -> bool) {
        let begun = Instant::now();
        while !ask().await {
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none(), "{} ended with {ended:?} before {what}:\n{}", self.name, self.said());
            assert!(begun.elapsed() < PATIENCE, "{} is not {what}:\n{}", self.name, self.said());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Sends SIGTERM: please stop.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// "Read your files again", to many servers.
    pub(crate) fn hang_up(&self) {
        self.signal("HUP");
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("sh");
        assert!(sent.success(), "SIG{name} to {}", self.name);
    }

    /// `kill -9`: no last word.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("a child");
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually(&format!("the end of {}", self.name), async || child.try_wait().expect("a child")).await
    }

    /// Stops it the friendly way; it must end well.
    pub(crate) async fn stop(mut self) -> String {
        self.terminate();
        let status = self.ended().await;
        assert!(status.success(), "{} ended with {status}:\n{}", self.name, self.said());
        self.said()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = self.said();
            let last: Vec<&str> = said.lines().rev().take(60).collect();
            eprintln!("--- what {} said last:", self.name);
            last.iter().rev().for_each(|line| eprintln!("{line}"));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Even a test run that is killed leaves nothing behind.
fn ending_with_this_thread(program: PathBuf) -> Command {
    let mut command = Command::new("/usr/bin/setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", std::env::temp_dir());
    command
}

fn keep(stream: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let mut said = said.lock().expect("a log");
            said.push_str(&String::from_utf8_lossy(&line));
            said.push('\n');
        }
    });
}

/// A Redis server of one test's own, which it may end.
pub(crate) struct PrivateRedis {
    port: u16,
    running: Option<Running>,
}

impl PrivateRedis {
    pub(crate) async fn start() -> Self {
        let mut redis = Self { port: free_port(), running: None };
        redis.start_again().await;
        redis
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn kill(&mut self) {
        self.running.take().expect("it runs").kill();
    }

    pub(crate) async fn start_again(&mut self) {
        let port = self.port.to_string();
        let arguments = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        let mut running = Running::start("/usr/bin/redis-server".into(), &arguments);
        running.until("taking connections", async || is_listening(self.port)).await;
        self.running = Some(running);
    }
}

pub(crate) fn is_listening(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}
