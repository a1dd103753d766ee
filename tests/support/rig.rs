//! A test rig: a folder with a configuration file, and the real `idp` run on it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::database::TestDatabase;
use super::process::{Running, binary, free_port};

/// What the clients of the seed present.
pub(crate) const PORTAL_SECRET: &str = "only-for-tests-9f2c61d7";
pub(crate) const OFFICE_SECRET: &str = "only-for-tests-4be07a35";
/// Where the portal of the seed is; nothing listens there.
pub(crate) const PORTAL: &str = "http://127.0.0.1:8090";
/// The account of the seed: activated, with answers.
pub(crate) const USER_NAME: &str = "frank.jones@example.com";
pub(crate) const PASSWORD: &str = "quiet river orange lantern";

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The answer of a command that must have worked.
    pub(crate) fn answer(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The complaint of a command that must have ended with this code, said once and not on standard output.
    pub(crate) fn complaint(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        self.stderr
    }
}

/// Runs `idp` with these arguments and nothing else.
pub(crate) fn idp(arguments: &[&str]) -> Outcome {
    let mut command = Command::new(binary("idp"));
    let output = command.args(arguments).env_clear().stdin(Stdio::null()).output().expect("idp starts");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// What takes requests for a provider: a node, or whatever stands before several.
pub(crate) trait Reachable {
    /// Without a slash at the end.
    fn address(&self) -> String;
}

pub(crate) struct Rig {
    folder: TempDir,
    pub(crate) port: u16,
    settings: BTreeMap<String, toml::Value>,
}

impl Rig {
    /// Development: SQLite and mails in the rig's own folder, cheap password hashes.
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("idp-rig-").expect("a temporary folder");
        let mut rig = Self { folder, port: free_port(), settings: BTreeMap::new() };
        rig.set("mode", "development");
        rig.set("issuer.url", format!("http://127.0.0.1:{}", rig.port));
        rig.set("server.listen", format!("127.0.0.1:{}", rig.port));
        rig.set("database.url", format!("sqlite://{}", rig.path("idp.db").display()));
        rig.set("mail.folder", rig.path("mails").display().to_string());
        rig.set("mail.poll", "1 s");
        rig.set("password.argon2.memory_kib", 8);
        rig.set("password.argon2.iterations", 1);
        rig
    }

    /// What production asks for, on the same folder.
    pub(crate) fn production() -> Self {
        let mut rig = Self::new();
        rig.set("mode", "production");
        rig.set("issuer.url", "https://id.example.org");
        rig.set("mail.allow_folder_in_production", true);
        rig.set("mail.from_address", "no-reply@id.example.org");
        rig.set("branding.operator_name", "Example Care Software");
        rig.set("password.argon2.memory_kib", 19_456);
        rig.set("password.argon2.iterations", 2);
        rig.set_masters(&["2026"]);
        rig
    }

    /// Writes a setting over what was there.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<toml::Value>) {
        self.settings.insert(key.to_owned(), value.into());
    }

    /// Master keys by name, the sealing one first; the same name is always the same key.
    pub(crate) fn set_masters(&mut self, ids: &[&str]) {
        let key = |id: &&str| {
            let secret: String = id.bytes().cycle().take(32).map(|byte| format!("{byte:02x}")).collect();
            toml::Value::from(BTreeMap::from([("id", (*id).to_owned()), ("secret", secret)]))
        };
        self.set("keys.master", ids.iter().map(key).collect::<Vec<_>>());
    }

    /// A database in the place of the file in the folder, with the master key that PostgreSQL asks for.
    pub(crate) fn use_database(&mut self, database: &TestDatabase) {
        self.set("database.url", database.url());
        self.set_masters(&["2026"]);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where this node listens.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Writes the configuration file as it now is.
    fn config(&self) -> String {
        let lines = self.settings.iter().map(|(key, value)| format!("{key} = {value}\n"));
        let path = self.path("idp.toml");
        std::fs::write(&path, lines.collect::<String>()).expect("the folder is writable");
        path.display().to_string()
    }

    /// `idp ARGUMENTS --config FILE`, to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        let config = self.config();
        idp(&[arguments, &["--config", &config]].concat())
    }

    /// [`Self::run`], while the rest of the test goes on.
    pub(crate) async fn run_meanwhile(&self, arguments: &[&str]) -> Outcome {
        let config = self.config();
        let whole = [arguments, &["--config", &config]].concat();
        let whole: Vec<String> = whole.into_iter().map(str::to_owned).collect();
        let running =
            tokio::task::spawn_blocking(move || idp(&whole.iter().map(String::as_str).collect::<Vec<_>>()));
        running.await.expect("no panic")
    }

    /// `idp serve` without waiting for anything.
    pub(crate) fn start(&self) -> Running {
        Running::start(binary("idp"), &["serve", "--config", &self.config()])
    }

    /// `idp serve`, ready.
    pub(crate) async fn serve(&self) -> Running {
        let mut server = self.start();
        let http = http();
        let ready = format!("{}/health/ready", self.address());
        server
            .until("ready", async || http.get(&ready).send().await.is_ok_and(|it| it.status() == 200))
            .await;
        server
    }

    /// Loads the example seed: Maple Home Care, its portal, its office, and Frank Jones with all his claims.
    pub(crate) fn seed(&self) {
        self.seed_with(idp::seed_file::EXAMPLE);
    }

    pub(crate) fn seed_with(&self, text: &str) {
        let seed = self.path("seed.toml");
        std::fs::write(&seed, text).expect("the folder is writable");
        self.run(&["seed", &seed.display().to_string()]).answer();
    }

    /// Provisions a caregiver as the office of the seed would.
    pub(crate) async fn provision(&self, user_name: &str) {
        let (http, token) = (http(), self.office_token("99999").await);
        let body = json!({
            "user_name": user_name, "email": user_name, "given_name": "Rose", "family_name": "Miller",
            "person_ref": user_name, "member_type": "caregiver", "security_role": "none",
        });
        let members = format!("{}/admin/v1/companies/99999/members", self.address());
        let created = http.post(members).bearer_auth(token).json(&body).send().await.expect("a server");
        assert_eq!(created.status(), 201, "{:?}", created.text().await);
    }

    /// Ends somebody's access as the office of the seed would; it knows them by this reference.
    pub(crate) async fn deactivate(&self, person_ref: &str) {
        let (http, token) = (http(), self.office_token("99999").await);
        let members = format!("{}/admin/v1/companies/99999/members", self.address());
        let page = http.get(&members).bearer_auth(&token).send().await.expect("a server");
        let page: Value = page.json().await.expect("members");
        let of_list = page["members"].as_array().expect("a list");
        let member = of_list.iter().find(|member| member["person_ref"] == person_ref);
        let id = member
            .and_then(|member| member["member_id"].as_str())
            .unwrap_or_else(|| panic!("nobody in {page}"));
        let request = http.post(format!("{members}/{id}:deactivate")).bearer_auth(token);
        let done = request.json(&json!({})).send().await.expect("a server");
        assert!(done.status().is_success(), "{:?}", done.text().await);
    }

    /// What the own program of an agency's office calls the provisioning API with.
    pub(crate) async fn office_token(&self, company: &str) -> String {
        let grant = [("grant_type", "client_credentials"), ("scope", "members:read members:write")];
        let request = http().post(format!("{}/token", self.address())).form(&grant);
        let request = request.basic_auth(format!("office.{company}"), Some(OFFICE_SECRET));
        let tokens: Value = request.send().await.expect("a server").json().await.expect("tokens");
        tokens["access_token"].as_str().expect("a token").to_owned()
    }
}

impl Reachable for Rig {
    fn address(&self) -> String {
        Self::address(self)
    }
}

/// A client that follows nothing and knows no proxy.
pub(crate) fn http() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.timeout(super::process::PATIENCE).build().expect("an HTTP client")
}
