//! What a list costs the database: a slow one must not run a dry run of ten thousand rows into the time-out of its request, nor
//! a job into the next morning.

use std::time::Duration;

use idp_service::bulk::{JobWorker, Turn};
use serde_json::json;

use super::{Office, counted, people, work};
use crate::support::on_each_database;
use crate::support::statements::statements;

/// Rows of one transaction of a job.
const CHUNK: usize = 25;

fn naming(sent: &[String], table: &str) -> usize {
    sent.iter().filter(|sql| sql.contains(&format!("\"{table}\""))).count()
}

on_each_database! {
    /// Five hundred rows are judged by the statements that one row takes, whoever is known.
    async fn a_dry_run_asks_for_many_rows_at_once(app) {
        let office = Office::of_maple(&app);
        let (report, of_new) = statements(office.dry_run(&json!(people(1000)))).await;
        assert_eq!(counted(&report.json["counts"]), [1000, 0, 0, 0]);
        assert_eq!(naming(&of_new, "memberships"), 4, "{of_new:#?}");
        office.begin(&office.dry_run(&json!(people(500))).await).await;
        work(&app).await;
        let (report, of_known) = statements(office.dry_run(&json!(people(1000)))).await;
        assert_eq!(counted(&report.json["counts"]), [500, 0, 500, 0]);
        assert_eq!(naming(&of_known, "memberships"), 4, "{of_known:#?}");
        assert_eq!(of_known.len(), of_new.len() + 1, "and whether the mails to those who are there came back");
        app.advance(Duration::from_secs(3600));
        while app.send_mails().await.sent > 0 {}
    }

    /// Account, membership, the look whether its number is free, invitation and record are each row's own; the rest is asked and
    /// stored for a chunk.
    async fn a_row_of_a_job_costs_five_statements(app) {
        let office = Office::of_maple(&app);
        office.begin(&office.dry_run(&json!(people(2 * CHUNK))).await).await;
        let mut worker = JobWorker::new(app.env.clone(), "worker".to_owned());
        assert_eq!(worker.turn().await.unwrap(), Turn::Worked(CHUNK as u64), "this one took the job as well");
        let (turn, sent) = statements(worker.turn()).await;
        assert_eq!(turn.unwrap(), Turn::Worked(CHUNK as u64));
        assert!(sent.len() <= 5 * CHUNK + 12, "{} statements: {sent:#?}", sent.len());
        work(&app).await;
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }
}
