//! The job: in order, in the name of whoever confirmed it for as long as they may, stopped when asked to, and its mails at a
//! pace that lets others pass.

use std::time::Duration;

use axum::http::Method;
use idp_domain::member::Authority;
use idp_domain::scope::Scopes;
use idp_service::bulk::{JobWorker, Turn};
use serde_json::json;

use super::{Office, counted, people, said, work};
use crate::api::problem;
use crate::support::administrator::call;
use crate::support::app::TestApp;
use crate::support::on_each_database;

const OLIVIA: &str = "olivia.park@example.com";

async fn members(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM memberships").await
}

on_each_database! {
    /// R34: rows are done in their order, and how far it is can be seen.
    async fn progress_is_seen_while_the_job_runs(app) {
        let office = Office::of_maple(&app);
        let job = office.begin(&office.dry_run(&json!(people(60))).await).await;
        let mut worker = JobWorker::new(app.env.clone(), "worker".to_owned());
        for carried_out in [25, 50] {
            assert_eq!(worker.turn().await.unwrap(), Turn::Worked(25));
            let running = office.job(&job).await;
            assert_eq!((&running["state"], &running["carried_out"]), (&json!("running"), &json!(carried_out)));
            assert_eq!(counted(&running["counts"]), [carried_out, 0, 0, 0]);
        }
        let rows = office.rows(&job).await;
        assert_eq!((&rows[49]["outcome"], &rows[49]["invitation"]["state"]), (&json!("created"), &json!("queued")));
        assert_eq!((&rows[50]["outcome"], &rows[50]["member_id"]), (&json!(null), &json!(null)));
        assert_eq!(worker.turn().await.unwrap(), Turn::Ended(10));
        assert_eq!(worker.turn().await.unwrap(), Turn::Idle);
        assert_eq!(office.job(&job).await["state"], "done");
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    async fn a_cancelled_job_stops_after_the_rows_that_are_being_carried_out(app) {
        let office = Office::of_maple(&app);
        let job = office.begin(&office.dry_run(&json!(people(60))).await).await;
        let mut worker = JobWorker::new(app.env.clone(), "worker".to_owned());
        worker.turn().await.unwrap();
        let stale = [("if-match", "\"another\"")];
        assert_eq!(problem(&office.cancel(&job, &stale).await), (412, "changed-meanwhile"));
        let once = [("idempotency-key", "stop")];
        let cancelled = office.cancel(&job, &once).await;
        assert_eq!((cancelled.status, cancelled.text("state")), (200, "cancelled"), "{cancelled:?}");
        assert_eq!(cancelled.json["cancelled_because"], "asked");
        assert_eq!(office.cancel(&job, &once).await.json, cancelled.json);
        assert_eq!(problem(&office.cancel(&job, &[]).await), (409, "job-over"));
        assert_eq!(worker.turn().await.unwrap(), Turn::Ended(0));
        assert_eq!((work(&app).await, members(&app).await), (0, 25));
        let over = office.job(&job).await;
        assert_eq!((counted(&over["counts"]), &over["carried_out"]), ([25, 0, 0, 0], &json!(25)));
        let rest = office.get(&format!("jobs/{job}/rows?cursor=25")).await;
        assert!(said(&rest.json["rows"]).values().all(|(outcome, _)| outcome == "-"), "the rest waits for ever");
        // The rest can be sent again: who was added is skipped.
        let again = office.dry_run(&json!(people(60))).await;
        assert_eq!(counted(&again.json["counts"]), [35, 0, 25, 0]);
        office.begin(&again).await;
        work(&app).await;
        assert_eq!(members(&app).await, 60);
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// A list can be dropped before anybody says yes to it.
    async fn a_list_that_waits_can_be_dropped(app) {
        let office = Office::of_maple(&app);
        let report = office.dry_run(&json!(people(1))).await;
        assert_eq!(office.cancel(report.text("job_id"), &[]).await.status, 200);
        let refused = office.confirm(report.text("confirm_token"), &[]).await;
        assert_eq!(problem(&refused), (409, "confirmation-used"));
        assert_eq!(work(&app).await, 0);
    }

    /// Whoever confirmed it must still be who they were: looked at with every chunk.
    async fn a_job_ends_with_the_authority_of_whoever_confirmed_it(app) {
        let office = Office::of_maple(&app);
        type End = fn(&mut idp_domain::client::Client);
        let ends: [(&str, End); 3] = [
            ("disabled", |it| it.enabled = false),
            ("of no company", |it| it.company = None),
            ("without the scope", |it| it.scopes = Scopes::parse("members:read")),
        ];
        for (what, end) in ends {
            let before = members(&app).await;
            let rows: Vec<_> = people(30).into_iter().map(|mut row| {
                let address = format!("{}.{}", what.replace(' ', "-"), row["email"].as_str().unwrap());
                (row["email"], row["user_name"], row["person_ref"]) =
                    (json!(address), json!(address), json!(address));
                row
            }).collect();
            let job = office.begin(&office.dry_run(&json!(rows)).await).await;
            let mut worker = JobWorker::new(app.env.clone(), "worker".to_owned());
            assert_eq!(worker.turn().await.unwrap(), Turn::Worked(25));
            app.change_client("office.99999", end).await;
            assert_eq!(worker.turn().await.unwrap(), Turn::Ended(0), "{what}");
            app.change_client("office.99999", |it| {
                it.enabled = true;
                it.company = Some(app.maple.id);
                it.scopes = Scopes::parse("members:read members:write");
            }).await;
            let over = office.job(&job).await;
            assert_eq!((&over["state"], &over["cancelled_because"]), (&json!("cancelled"), &json!("authority_lost")));
            assert_eq!((members(&app).await - before, &over["carried_out"]), (25, &json!(25)), "{what}");
        }
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// The job acts for the person who confirmed it, long after their log-in was fresh, and not once they are demoted.
    async fn an_administrators_job_outlives_the_log_in_and_not_the_demotion(app) {
        let tools = app.administrator(OLIVIA).await;
        let before = members(&app).await;
        for (prefix, demoted) in [("a", false), ("b", true)] {
            let token = tools.token(OLIVIA).await;
            let rows: Vec<_> = people(3).into_iter().map(|mut row| {
                let address = format!("{prefix}.{}", row["email"].as_str().unwrap());
                (row["email"], row["user_name"], row["person_ref"]) =
                    (json!(address), json!(address), json!(address));
                row
            }).collect();
            let path = "/admin/v1/companies/99999/bulk-invitations";
            let dry = format!("{path}?dry_run=true");
            let report = call(&app, (Method::POST, &dry), Some(&token), Some(&json!({"rows": rows}))).await;
            let yes = json!({"confirm_token": report.text("confirm_token")});
            let begun = call(&app, (Method::POST, path), Some(&token), Some(&yes)).await;
            assert_eq!(begun.status, 202, "{begun:?}");
            app.advance(Duration::from_secs(3600));
            if demoted {
                app.change_membership(&app.maple, OLIVIA, |it| it.particulars.authority = Authority::None).await;
            }
            work(&app).await;
        }
        assert_eq!(members(&app).await - before, 3);
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// Mails of a list fall due one after the other, at the configured rate; what somebody else needs passes between them.
    async fn mails_follow_at_their_rate_and_others_pass(app) {
        let office = Office::of_maple(&app);
        office.begin(&office.dry_run(&json!(people(41))).await).await;
        work(&app).await;
        let due = |what: &'static str| format!("SELECT {what}(due_at) FROM outbox");
        let (first, last) = (app.count(&due("min")).await, app.count(&due("max")).await);
        assert_eq!(first, app.env.now().millis(), "the first leaves at once");
        assert_eq!(last - first, 40 * 250, "four a second, across chunks");
        app.advance(Duration::from_secs(5));
        assert_eq!(app.send_mails().await.sent, 21);
        app.admin().create("urgent@example.com").await;
        assert_eq!(app.send_mails().await.sent, 1, "a mail that is due now waits for none of the others");
        app.advance(Duration::from_secs(5));
        assert_eq!(app.send_mails().await.sent, 20);
    }
}
