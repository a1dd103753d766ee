//! R33 in lists: an agency never learns that a person works for another one; the operator sees it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Office, people, work};
use crate::api::FRANK;
use crate::support::admin::{Admin, caregiver_body};
use crate::support::app::{TestApp, portal};
use crate::support::on_each_database;

const NEW: &str = "nobody.yet@example.com";
/// Invited by the other agency, and not in yet.
const INVITED: &str = "invited@example.com";

/// Everything that is said of one person, without what must differ.
fn anonymous(rows: &Value, user_name: &str) -> String {
    let row = rows.as_array().expect("rows").iter().find(|row| row["user_name"] == user_name).expect("a row");
    let mut row = row.clone();
    row["number"] = json!(0);
    if row["member_id"].is_string() {
        row["member_id"] = json!("mbr");
    }
    row.to_string().replace(user_name, "user_name")
}

async fn alike(rows: &Value, when: &str) {
    let [known, invited, new] = [FRANK, INVITED, NEW].map(|user_name| anonymous(rows, user_name));
    assert_eq!((&known, &invited), (&new, &new), "{when}");
}

async fn known_elsewhere(app: &TestApp) -> Value {
    app.enrol(FRANK).await;
    app.admin().create(INVITED).await;
    app.send_mails().await;
    json!([FRANK, INVITED, NEW].map(caregiver_body))
}

on_each_database! {
    /// In the dry run, the job, its rows and its file, before and after the mails: the same as of somebody new.
    async fn a_person_known_elsewhere_is_answered_like_a_new_one(app) {
        let list = known_elsewhere(&app).await;
        let office = Office::of_birch(&app);
        let report = office.dry_run(&list).await;
        alike(&report.json["rows"], "dry run").await;
        assert_eq!(report.json["counts"]["created"], 3);
        let job = office.begin(&report).await;
        alike(&office.rows(&job).await, "queued").await;
        work(&app).await;
        alike(&office.rows(&job).await, "done").await;
        let done = office.job(&job).await;
        assert_eq!((&done["counts"]["created"], &done["counts"]["membership_added"]), (&json!(3), &json!(null)));
        let created = office.get(&format!("jobs/{job}/rows?outcome=created")).await;
        alike(&created.json["rows"], "filtered").await;
        let file = office.get(&format!("jobs/{job}/result.csv")).await.body;
        assert_eq!(file.matches(",created,").count(), 3, "{file}");
        assert!(!file.contains("membership"), "{file}");
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
        alike(&office.rows(&job).await, "after the mails").await;
    }

    /// Only operators are told which people had an account.
    async fn the_operator_sees_who_had_an_account(app) {
        let list = known_elsewhere(&app).await;
        let mut operator = portal(&app.maple, "unused");
        operator.id = idp_domain::client::ClientId::parse("operator").expect("a client_id");
        operator.company = None;
        operator.grant_types = vec![idp_domain::client::GrantType::ClientCredentials];
        operator.scopes = idp_domain::scope::Scopes::parse("members:read members:write operator");
        app.put_client(&operator).await;
        let office = Office { app: &app, admin: Admin::new(&app, "operator", "22222") };
        let report = office.dry_run(&list).await;
        let counts = |json: &Value| (json["created"].clone(), json["membership_added"].clone());
        assert_eq!(counts(&report.json["counts"]), (json!(1), json!(2)));
        let job = office.begin(&report).await;
        work(&app).await;
        assert_eq!(counts(&office.job(&job).await["counts"]), (json!(1), json!(2)));
        let added = office.get(&format!("jobs/{job}/rows?outcome=membership_added")).await;
        assert_eq!(added.json["rows"].as_array().map(Vec::len), Some(2));
        let agency = Office::of_birch(&app);
        alike(&agency.rows(&job).await, "as the agency sees the same job").await;
        assert_eq!(agency.job(&job).await["counts"]["created"], 3);
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// The mails keep the same distance whoever they are for.
    async fn a_mail_to_a_person_known_elsewhere_falls_due_like_any_other(app) {
        app.enrol("person2@example.com").await;
        let office = Office::of_birch(&app);
        office.begin(&office.dry_run(&json!(people(3))).await).await;
        work(&app).await;
        let due = "SELECT count(DISTINCT due_at) FROM outbox WHERE state = 'due'";
        assert_eq!(app.count(due).await, 3);
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }
}
