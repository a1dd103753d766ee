//! A list of two thousand people and a server that dies five times in the middle of it: every good row exists once, every
//! mail was queued once, and the job says so (R25, R30, R34).

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::support::process::eventually;
use crate::support::rig::{OFFICE_SECRET, Rig, http};

const ROWS: usize = 2000;
/// Every fiftieth row has no address.
const FAULTY: usize = ROWS / 50;

/// The one number that a statement asks for, from the file beside the server.
async fn count(rig: &Rig, sql: &str) -> i64 {
    let url = format!("sqlite://{}", rig.path("idp.db").display());
    let mut database = SqliteConnection::connect(&url).await.expect("the database of the server");
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut database).await.expect("a number")
}

fn file() -> String {
    let line = |n: usize| match n % 50 {
        0 => format!("\"Miller, {n}\",Rose,,{n}\r\n"),
        _ => format!("\"Miller, {n}\",Rose,rose{n}@example.com,{n}\r\n"),
    };
    let lines: String = (1..=ROWS).map(line).collect();
    format!("\u{FEFF}Last name,First name,E-mail,Employee id\r\n{lines}")
}

/// The office of the seed at its server.
struct Office {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Office {
    async fn of(rig: &Rig) -> Self {
        let http = http();
        let grant = [("grant_type", "client_credentials"), ("scope", "members:read members:write")];
        let request = http.post(format!("{}/token", rig.address())).form(&grant);
        let request = request.basic_auth("office.99999", Some(OFFICE_SECRET));
        let tokens: Value = request.send().await.expect("a server").json().await.expect("tokens");
        let token = tokens["access_token"].as_str().expect("a token").to_owned();
        Self { http, base: format!("{}/admin/v1/companies/99999", rig.address()), token }
    }

    async fn begin(&self) -> String {
        let list = format!("{}/bulk-invitations", self.base);
        let dry = format!("{list}?dry_run=true&default_type=caregiver");
        let upload =
            self.http.post(dry).bearer_auth(&self.token).header("content-type", "text/csv").body(file());
        let report: Value = upload.send().await.expect("a server").json().await.expect("a report");
        assert_eq!(report["counts"]["created"], json!(ROWS - FAULTY), "{}", report["detail"]);
        assert_eq!(report["counts"]["failed"], json!(FAULTY));
        let yes = self.http.post(list).bearer_auth(&self.token);
        let yes = yes.json(&json!({"confirm_token": report["confirm_token"]}));
        let confirmed = yes.send().await.expect("a server");
        assert_eq!(confirmed.status(), 202);
        let job: Value = confirmed.json().await.expect("a job");
        job["job_id"].as_str().expect("an id").to_owned()
    }

    async fn job(&self, id: &str) -> Value {
        let read = self.http.get(format!("{}/jobs/{id}", self.base)).bearer_auth(&self.token);
        read.send().await.expect("a server").json().await.expect("a job")
    }
}

#[tokio::test]
async fn a_list_survives_five_sudden_deaths_with_everybody_added_once() {
    let rig = Rig::new();
    rig.seed();
    let before = count(&rig, "SELECT count(*) FROM memberships").await;
    let mut server = rig.serve().await;
    let job = Office::of(&rig).await.begin().await;
    for death in 1..=5 {
        let begun = death * 300;
        eventually(&format!("row {begun}"), async || {
            (count(&rig, "SELECT settled_to FROM bulk_batches").await >= begun).then_some(())
        })
        .await;
        server.kill();
        assert_eq!(count(&rig, "SELECT count(*) FROM bulk_batches WHERE state = 'running'").await, 1);
        server = rig.serve().await;
    }
    eventually("the end of the job", async || {
        (count(&rig, "SELECT count(*) FROM bulk_batches WHERE state = 'done'").await == 1).then_some(())
    })
    .await;
    let done = Office::of(&rig).await.job(&job).await;
    assert_eq!((&done["total"], &done["carried_out"]), (&json!(ROWS), &json!(ROWS)));
    assert_eq!(
        (&done["counts"]["created"], &done["counts"]["failed"]),
        (&json!(ROWS - FAULTY), &json!(FAULTY))
    );
    let good = i64::try_from(ROWS - FAULTY).expect("a small number");
    for (what, sql) in [
        ("members", format!("SELECT count(*) - {before} FROM memberships")),
        (
            "accounts",
            "SELECT count(*) FROM accounts WHERE user_name_canonical LIKE 'rose%@example.com'".to_owned(),
        ),
        ("invitations", "SELECT count(DISTINCT membership) FROM invitations".to_owned()),
        ("mails", "SELECT count(DISTINCT letter) FROM outbox".to_owned()),
        ("mails, twice", "SELECT count(*) FROM outbox".to_owned()),
        ("events", "SELECT count(*) FROM audit_events WHERE action = 'member.provisioned'".to_owned()),
    ] {
        assert_eq!(count(&rig, &sql).await, good, "{what}");
    }
    server.stop().await;
}
