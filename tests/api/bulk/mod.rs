//! Bulk add as an office's program meets it (R27-R34, `provisioning.md` section 2): the dry run, the yes, the job.

mod confirm;
mod crash;
mod edit;
mod files;
mod job;
mod look;
mod pace;
mod privacy;
mod recognised;
mod rows;
mod speed;
mod statements;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, header};
use idp_service::bulk::{JobWorker, Turn};
use serde_json::{Value, json};

use crate::support::admin::{Admin, caregiver_body};
use crate::support::app::TestApp;
use crate::support::described::DESCRIBED;
use crate::support::relying_party::{Answer, answer};

/// The office program of one agency, and its lists.
struct Office<'a> {
    app: &'a TestApp,
    admin: Admin<'a>,
}

impl<'a> Office<'a> {
    fn of_maple(app: &'a TestApp) -> Self {
        Self { app, admin: app.admin() }
    }

    fn of_birch(app: &'a TestApp) -> Self {
        Self { app, admin: app.other_admin() }
    }

    /// `path` follows the company.
    async fn send(
        &self,
        (method, path): (Method, &str),
        content_type: &str,
        body: impl Into<Body>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let uri = format!("/admin/v1/companies/{}/{path}", self.admin.company);
        let token = format!("Bearer {}", self.admin.token().await);
        let mut request = Request::builder().method(method).uri(uri).header(header::AUTHORIZATION, token);
        request = request.header(header::CONTENT_TYPE, content_type);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let (method, uri) = (request.method().clone(), request.uri().to_string());
        let answer = answer(self.app.send(request).await).await;
        DESCRIBED.judge(&method, &uri, &answer);
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.send((Method::GET, path), "application/json", "", &[]).await
    }

    async fn dry_run(&self, rows: &Value) -> Answer {
        let body = json!({"rows": rows}).to_string();
        let post = (Method::POST, "bulk-invitations?dry_run=true");
        self.send(post, "application/json", body, &[]).await
    }

    /// `options` follow `dry_run=true`.
    async fn upload(&self, file: impl Into<Body>, options: &str) -> Answer {
        let path = format!("bulk-invitations?dry_run=true{options}");
        self.send((Method::POST, &path), "text/csv", file, &[]).await
    }

    async fn confirm(&self, token: &str, headers: &[(&str, &str)]) -> Answer {
        let body = json!({"confirm_token": token}).to_string();
        self.send((Method::POST, "bulk-invitations"), "application/json", body, headers).await
    }

    /// A job of this dry run; its id.
    async fn begin(&self, report: &Answer) -> String {
        assert_eq!(report.status, 200, "{report:?}");
        let confirmed = self.confirm(report.text("confirm_token"), &[]).await;
        assert_eq!(confirmed.status, 202, "{confirmed:?}");
        let job = confirmed.text("job_id").to_owned();
        let location = confirmed.headers["location"].to_str().expect("ASCII");
        assert_eq!(location, format!("/admin/v1/companies/{}/jobs/{job}", confirmed.text("company_id")));
        assert_eq!(confirmed.json["state"], "queued");
        job
    }

    async fn job(&self, id: &str) -> Value {
        let read = self.get(&format!("jobs/{id}")).await;
        assert_eq!(read.status, 200, "{read:?}");
        read.json
    }

    async fn cancel(&self, id: &str, headers: &[(&str, &str)]) -> Answer {
        self.send((Method::POST, &format!("jobs/{id}:cancel")), "application/json", "", headers).await
    }

    /// All rows of a list or job.
    async fn rows(&self, id: &str) -> Value {
        self.get(&format!("jobs/{id}/rows")).await.json["rows"].clone()
    }
}

/// Carries out what waits, as one node would, to its end.
pub(crate) async fn work(app: &TestApp) -> u64 {
    work_as(app, "worker").await
}

async fn work_as(app: &TestApp, owner: &str) -> u64 {
    let mut worker = JobWorker::new(app.env.clone(), owner.to_owned());
    let mut rows = 0;
    loop {
        match worker.turn().await.expect("a turn") {
            Turn::Worked(more) | Turn::Ended(more) => rows += more,
            Turn::Idle => return rows,
        }
    }
}

/// So many caregivers nobody knows.
fn people(count: usize) -> Vec<Value> {
    (1..=count).map(|n| caregiver_body(&format!("person{n}@example.com"))).collect()
}

/// What is said of each row: outcome and codes with their fields, by number.
fn said(rows: &Value) -> BTreeMap<u64, (String, Vec<String>)> {
    let said = |row: &Value| {
        let findings = row["findings"].as_array().expect("findings").iter();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let codes = findings.map(|it| format!("{} {}", text(&it["code"]), text(&it["field"]))).collect();
        (row["number"].as_u64().expect("a number"), (text(&row["outcome"]), codes))
    };
    rows.as_array().expect("rows").iter().map(said).collect()
}

/// created, resent, skipped, failed.
fn counted(counts: &Value) -> [u64; 4] {
    ["created", "resent", "skipped", "failed"].map(|name| counts[name].as_u64().expect("a count"))
}
