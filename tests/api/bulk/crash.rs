//! Nodes that die, nodes that compete, and a database that will not have one row: nobody is lost, and nobody is there twice.

use std::time::Duration;

use futures::FutureExt as _;
use idp_service::bulk::JobWorker;
use serde_json::json;

use super::{Office, counted, people, said, work_as};
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::on_each_database;

/// Everybody once: member, invitation, mail, and one line in the log.
async fn everybody_is_there_once(app: &TestApp, people: i64) {
    for (what, from) in [
        ("memberships", "memberships"),
        ("accounts", "accounts"),
        ("invitations", "invitations"),
        ("mails", "outbox"),
        ("events", "audit_events WHERE action = 'member.provisioned'"),
    ] {
        assert_eq!(app.count(&format!("SELECT count(*) FROM {from}")).await, people, "{what}");
    }
    app.advance(Duration::from_secs(600));
    while !app.send_mails().await.is_idle() {}
}

on_each_database! {
    /// A node that dies between two chunks, or in the middle of one at any await, leaves the rest to the next.
    async fn a_job_goes_on_where_a_dead_node_left_it(app) {
        let office = Office::of_maple(&app);
        let job = office.begin(&office.dry_run(&json!(people(200))).await).await;
        for polls in 1..40 {
            let mut worker = JobWorker::new(app.env.clone(), format!("node {polls}"));
            // Polled so often, and then dropped where it stands.
            let mut turn = Box::pin(worker.turn());
            for _ in 0..polls {
                if turn.as_mut().now_or_never().is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(turn);
            app.advance(Duration::from_secs(10));
        }
        work_as(&app, "the last").await;
        let done = office.job(&job).await;
        assert_eq!((&done["state"], counted(&done["counts"])), (&json!("done"), [200, 0, 0, 0]));
        everybody_is_there_once(&app, 200).await;
    }

    async fn a_silent_node_loses_its_job_and_does_nothing_more(app) {
        let office = Office::of_maple(&app);
        office.begin(&office.dry_run(&json!(people(60))).await).await;
        let mut silent = JobWorker::new(app.env.clone(), "silent".to_owned());
        silent.turn().await.unwrap();
        assert_eq!(work_as(&app, "other").await, 0, "it is still the silent one's");
        app.advance(Duration::from_secs(10));
        assert_eq!(work_as(&app, "other").await, 35);
        assert_eq!(silent.turn().await.unwrap(), idp_service::bulk::Turn::Ended(0));
        everybody_is_there_once(&app, 60).await;
    }

    /// Two nodes on one database, and every lease too short: each row is still done once.
    async fn two_nodes_never_do_a_row_twice(app) {
        let office = Office::of_maple(&app);
        let job = office.begin(&office.dry_run(&json!(people(150))).await).await;
        let other = app.another_node().await;
        let hurry = async {
            for _ in 0..60 {
                app.advance(Duration::from_secs(11));
                tokio::task::yield_now().await;
            }
        };
        let (here, there, ()) = tokio::join!(work_as(&app, "here"), work_as(&other, "there"), hurry);
        app.advance(Duration::from_secs(11));
        let rest = work_as(&app, "rest").await;
        assert_eq!(here + there + rest, 150);
        assert_eq!(counted(&office.job(&job).await["counts"]), [150, 0, 0, 0]);
        everybody_is_there_once(&app, 150).await;
    }
}

/// R30: one row that the database will not have fails by itself, in the middle of a chunk.
async fn one_row_that_cannot_be_stored_harms_no_other(database: TestDatabase) {
    database.execute("CREATE UNIQUE INDEX nobody_shares_a_cell ON memberships (cell)").await;
    let app = TestApp::on(database).await;
    let office = Office::of_maple(&app);
    let mut rows = people(30);
    rows[3]["cell"] = json!("+1 555 0100");
    rows[12]["cell"] = json!("+1 555 0100");
    let job = office.begin(&office.dry_run(&json!(rows)).await).await;
    assert_eq!(work_as(&app, "worker").await, 30);
    let done = office.job(&job).await;
    assert_eq!((&done["state"], counted(&done["counts"])), (&json!("done"), [29, 0, 0, 1]));
    let said = said(&office.rows(&job).await);
    assert_eq!(said[&13], ("failed".to_owned(), vec!["not_stored -".to_owned()]));
    everybody_is_there_once(&app, 29).await;
}

#[tokio::test]
async fn one_row_that_sqlite_refuses_harms_no_other() {
    one_row_that_cannot_be_stored_harms_no_other(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn one_row_that_postgres_refuses_harms_no_other() {
    one_row_that_cannot_be_stored_harms_no_other(TestDatabase::postgres().await).await;
}
