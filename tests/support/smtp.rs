//! A real SMTP server in a process of its own, which ends with the test that started it.
#![allow(clippy::expect_used, reason = "tests")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// Debian's interpreter: the one that sees Debian's python3-aiosmtpd, whatever else is on the `PATH`.
const PYTHON: &str = "/usr/bin/python3";

/// What the server does with mail from now on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Behaviour {
    Accept,
    RefuseTemporary,
    RefusePermanent,
    RefuseContent,
    Stall,
    Hesitate,
    HangUp,
}

impl Behaviour {
    const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::RefuseTemporary => "refuse-temporary",
            Self::RefusePermanent => "refuse-permanent",
            Self::RefuseContent => "refuse-content",
            Self::Stall => "stall",
            Self::Hesitate => "hesitate",
            Self::HangUp => "hang-up",
        }
    }
}

/// What a server is like from its start.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SmtpSetup {
    /// `--security`: `none` (also when empty), `starttls` or `tls`, with a certificate for `localhost` and `127.0.0.1`.
    pub(crate) security: &'static str,
    /// User name and password without which no mail is taken.
    pub(crate) credentials: Option<(&'static str, &'static str)>,
    /// Takes addresses that are not ASCII (RFC 6531).
    pub(crate) smtputf8: bool,
}

/// A running server and its mailbox.
#[derive(Debug)]
pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    folder: TempDir,
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl SmtpServer {
    /// A server without TLS that takes every mail.
    pub(crate) fn start() -> Self {
        Self::start_with(SmtpSetup::default())
    }

    pub(crate) fn start_with(setup: SmtpSetup) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("support/smtp_server.py");
        let mut command = Command::new(PYTHON);
        command.arg(script).arg("--folder").arg(folder.path());
        if matches!(setup.security, "starttls" | "tls") {
            make_certificate(folder.path());
            command.args(["--security", setup.security]);
            command.arg("--certificate").arg(folder.path().join("certificate.pem"));
            command.arg("--key").arg(folder.path().join("key.pem"));
        }
        if let Some((user, password)) = setup.credentials {
            command.args(["--user", user, "--password", password]);
        }
        if setup.smtputf8 {
            command.arg("--smtputf8");
        }
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.expect("python3 starts; `scripts/setup test` installs it");
        let orders = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().expect("a piped output"));
        let port =
            line(&mut answers).parse().expect("the SMTP server prints its port; it needs python3-aiosmtpd");
        Self { port, folder, child, orders, answers }
    }

    /// Returns once the behaviour is in force, for open connections too.
    pub(crate) fn behave(&mut self, behaviour: Behaviour) {
        let orders = self.orders.as_mut().expect("open until dropped");
        writeln!(orders, "{}", behaviour.word()).expect("the SMTP server listens to its input");
        assert_eq!(line(&mut self.answers), behaviour.word());
    }

    /// The certificate to trust, for a server with TLS.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// The mails taken so far, in order.
    pub(crate) fn mails(&self) -> Vec<ReceivedMail> {
        let path = |number: usize| self.folder.path().join(format!("{number}.eml"));
        (1..).map(path).map_while(|path| fs::read_to_string(path).ok()).map(ReceivedMail).collect()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        // The end of its input is its end.
        self.orders = None;
        let _ = self.child.wait();
    }
}

/// A mail as the server got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceivedMail(String);

impl ReceivedMail {
    /// The whole message with the server's three headers in front.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// The first header of that name, unfolded but not decoded.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.0.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut headers = head.split("\r\n").filter_map(|header| header.split_once(": "));
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }
}

fn line(from: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("the SMTP server speaks UTF-8");
    line.trim().to_owned()
}

/// A certificate that is its own root, for two days.
fn make_certificate(folder: &Path) {
    let config = folder.join("openssl.cnf");
    let text = "[req]\nprompt = no\ndistinguished_name = name\nx509_extensions = ext\n\
                [name]\nCN = localhost\n\
                [ext]\nsubjectAltName = DNS:localhost, IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n";
    fs::write(&config, text).expect("the folder is writable");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .arg("-config")
        .arg(config)
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("certificate.pem"))
        .output()
        .expect("openssl starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
