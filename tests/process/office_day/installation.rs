//! The installation of the day: an empty database, the server, its operator, two agencies and their programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::mailbox::Mailbox;
use super::people::become_operator;
use super::program::{Portal, Program};
use crate::support::database::TestDatabase;
use crate::support::process::Running;
use crate::support::rig::Rig;

/// The agency whose day it is; the other one is `BIRCH1`, which the operator's form opened.
pub(super) const MAPLE: &str = "MAPLE1";
pub(super) const BIRCH: &str = "BIRCH1";

/// Dropped in this order: what runs first, what it runs on last.
pub(super) struct Installation {
    pub(super) server: Running,
    pub(super) rig: Rig,
    pub(super) mailbox: Mailbox,
    pub(super) database: TestDatabase,
    /// The operator's own program.
    pub(super) operator: Program,
    /// Secrets of the clients, by their ids.
    secrets: BTreeMap<String, String>,
    pub(super) maple_portal: Portal,
    pub(super) birch_portal: Portal,
}

impl Installation {
    pub(super) async fn begin(database: TestDatabase) -> Self {
        let rig = rig(&database);
        let said = rig.run(&["bootstrap"]).answer();
        let link = said.split_whitespace().find(|word| word.contains("/bootstrap?ticket=")).expect("a link");
        let server = rig.serve().await;
        let mut mailbox = Mailbox::new(rig.path("mails"));
        become_operator(link, &mut mailbox).await;

        let mut secrets = BTreeMap::new();
        let console = ["console", "--name", "Console", "--may-grant", "administrator"];
        register(
            &rig,
            &mut secrets,
            &console,
            PROVISIONS,
            "companies:read companies:write bounces:write operator",
        )
        .await;
        let operator = Program::of_client(&rig, "console", &secrets["console"]).await;
        let maple = json!({
            "code": MAPLE, "slug": "maple", "name": "Maple Home Care", "phone": "(519) 555-0142",
            "email": "office@maple.example",
            "address": {"street_address": "1 Oak Street", "locality": "London", "region": "Ontario"},
        });
        let opened = operator.post("companies", &maple).await;
        assert_eq!(opened["portal_client"]["client_id"], "portal.maple1", "{opened}");
        let maple_portal =
            portal("maple", opened["portal_client"]["client_secret"].as_str().expect("a secret"));
        for (company, office) in [(MAPLE, "office.maple1"), (BIRCH, "office.birch1")] {
            register(&rig, &mut secrets, &[office, "--name", "Office", "--company", company], PROVISIONS, "")
                .await;
        }
        let callback = "https://birch.portal.example/callback";
        let birch = ["portal.birch1", "--name", "Portal", "--company", BIRCH, "--redirect-uri", callback];
        let code = ["authorization_code", "refresh_token"];
        register(&rig, &mut secrets, &birch, &code, "openid profile email company").await;
        let tools = ["tools.maple1", "--name", "Tools", "--company", MAPLE, "--auth-method", "none"];
        let api = format!("{}/admin/v1", rig.address());
        let local = ["--redirect-uri", "http://127.0.0.1/callback", "--resource", &api];
        let scope = "openid members:read members:write audit:read";
        register(&rig, &mut secrets, &[tools.as_slice(), &local].concat(), &code[..1], scope).await;
        let birch_portal = portal("birch", &secrets["portal.birch1"]);
        Self { server, rig, mailbox, database, operator, secrets, maple_portal, birch_portal }
    }

    /// An agency's own program, with a fresh token.
    pub(super) async fn office(&self, id: &str) -> Program {
        Program::of_client(&self.rig, id, &self.secrets[id]).await
    }

    /// The program in which the agency's administrators act in their own name, on their own machine (RFC 8252).
    pub(super) fn tools(&self) -> Portal {
        Portal {
            id: "tools.maple1".to_owned(),
            secret: None,
            redirect_uri: "http://127.0.0.1:49152/callback".to_owned(),
            scope: "openid members:read members:write audit:read",
            resource: Some(format!("{}/admin/v1", self.rig.address())),
        }
    }

    /// A number from the database, past the server.
    pub(super) async fn count(&self, sql: &str) -> usize {
        usize::try_from(self.database.count(sql).await).expect("a number of rows")
    }
}

/// Mails as fast as they can be written, one more mail a day for each invitation, and a template of portals.
fn rig(database: &TestDatabase) -> Rig {
    let mut rig = Rig::new();
    rig.use_database(database);
    rig.set("mail.rate_per_second", 1000);
    rig.set("bulk.mails_per_second", 999);
    for span in ["minute", "hour", "day"] {
        rig.set(&format!("links.resend_per_{span}"), 1);
    }
    rig.set("throttle.provisioning_calls_per_minute", 1_000_000);
    rig.set("portal.url", "https://{slug}.portal.example/");
    rig.set("portal.redirect_uris", vec!["https://{slug}.portal.example/callback"]);
    rig.set("portal.initiate_login_uri", "https://{slug}.portal.example/login");
    rig
}

fn portal(slug: &str, secret: &str) -> Portal {
    Portal {
        id: format!("portal.{slug}1"),
        secret: Some(secret.to_owned()),
        redirect_uri: format!("https://{slug}.portal.example/callback"),
        scope: "openid profile email company",
        resource: None,
    }
}

/// What calls the provisioning API in its own name.
const PROVISIONS: &[&str] = &["client_credentials"];

/// `idp client create`; whoever provisions may do so and read the audit log.
async fn register(
    rig: &Rig,
    secrets: &mut BTreeMap<String, String>,
    client: &[&str],
    grants: &[&str],
    scope: &str,
) {
    let provisions = if grants == PROVISIONS { "members:read members:write audit:read" } else { "" };
    let grants = grants.iter().flat_map(|grant| ["--grant", *grant]);
    let scopes = provisions.split_whitespace().chain(scope.split_whitespace());
    let scopes = scopes.flat_map(|scope| ["--scope", scope]);
    let options: Vec<&str> = client.iter().copied().chain(grants).chain(scopes).collect();
    let said = rig.run_meanwhile(&[["client", "create"].as_slice(), &options].concat()).await.answer();
    let secret = said.trim().lines().last().expect("an answer").to_owned();
    secrets.insert(client[0].to_owned(), secret);
}

/// The counts of a report or job: created, resent, skipped, failed; what only operators are told is not there (R33).
pub(super) fn counts(of: &Value) -> [usize; 4] {
    assert_eq!(of["counts"]["membership_added"], Value::Null, "{}", of["counts"]);
    ["created", "resent", "skipped", "failed"]
        .map(|name| of["counts"][name].as_u64().and_then(|it| usize::try_from(it).ok()).expect("a count"))
}
