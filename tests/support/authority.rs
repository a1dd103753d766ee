//! A certificate authority of one test's own, by the `openssl` program: a root, an intermediate, and what a server shows.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const LONG_AGO: &str = "20200101000000Z";

/// What a server's certificate is to say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// As in `subjectAltName`.
    pub(crate) names: &'static str,
    /// `YYYYMMDDHHMMSSZ`.
    pub(crate) from: &'static str,
    pub(crate) until: Until,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    Days(u32),
    /// `YYYYMMDDHHMMSSZ`.
    At(&'static str),
}

impl Wish {
    /// Good for these tests.
    pub(crate) const LOCALHOST: Self =
        Self { names: "DNS:localhost,IP:127.0.0.1", from: LONG_AGO, until: Until::Days(365) };
}

/// The PEM texts of a server's certificate, of what certifies it, and of its key.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) own: String,
    pub(crate) intermediate: String,
    pub(crate) key: String,
}

impl Issued {
    /// As a web server wants it.
    pub(crate) fn chain(&self) -> String {
        format!("{}{}", self.own, self.intermediate)
    }
}

pub(crate) struct Authority {
    folder: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let authority = Self { folder: TempDir::with_prefix("idp-authority-").expect("a temporary folder") };
        std::fs::write(authority.path("openssl.cnf"), CONFIG).expect("the folder is writable");
        std::fs::write(authority.path("index.txt"), "").expect("the folder is writable");
        authority
            .request("root", &["-x509", "-days", "3650", "-subj", "/CN=Root", "-extensions", "authority"]);
        authority.request("intermediate", &["-subj", "/CN=Intermediate"]);
        authority.sign("root", "intermediate", "authority", (LONG_AGO, Until::Days(3650)));
        authority
    }

    /// What clients are to trust.
    pub(crate) fn root(&self) -> PathBuf {
        self.path("root.pem")
    }

    /// Each call makes a new key.
    pub(crate) fn issue(&self, wish: Wish) -> Issued {
        self.request("server", &["-subj", "/CN=Server"]);
        let extensions = format!(
            "{CONFIG}\n[server]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = {}\n",
            wish.names
        );
        std::fs::write(self.path("openssl.cnf"), extensions).expect("the folder is writable");
        self.sign("intermediate", "server", "server", (wish.from, wish.until));
        Issued {
            own: self.text("server.pem"),
            intermediate: self.text("intermediate.pem"),
            key: self.text("server.key"),
        }
    }

    /// A key, and a request for a certificate, or with `-x509` one that is its own root.
    fn request(&self, name: &str, more: &[&str]) {
        let (key, out) = (format!("{name}.key"), format!("{name}.pem"));
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let files = ["-config", "openssl.cnf", "-keyout", &key, "-out", &out];
        self.openssl(&[&["req"][..], &curve, &files, more].concat());
    }

    /// Puts a certificate in the place of a request.
    fn sign(&self, by: &str, name: &str, extensions: &str, (from, until): (&str, Until)) {
        let (certificate, key, file) = (format!("{by}.pem"), format!("{by}.key"), format!("{name}.pem"));
        let days = match until {
            Until::Days(days) => ["-days".to_owned(), days.to_string()],
            Until::At(at) => ["-enddate".to_owned(), at.to_owned()],
        };
        let [until, when] = &days;
        self.openssl(&[
            "ca",
            "-batch",
            "-notext",
            "-config",
            "openssl.cnf",
            "-cert",
            &certificate,
            "-keyfile",
            &key,
            "-in",
            &file,
            "-out",
            &file,
            "-extensions",
            extensions,
            "-startdate",
            from,
            until,
            when,
        ]);
    }

    fn openssl(&self, arguments: &[&str]) {
        let mut command = Command::new("openssl");
        let done = command.args(arguments).current_dir(self.folder.path()).output().expect("openssl starts");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        read(&self.path(name))
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file")
}

const CONFIG: &str = "\
[req]
prompt = no
distinguished_name = name
[name]
CN = Somebody
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
";
