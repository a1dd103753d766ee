//! "Are you Sure?" (R23, R29): what was confirmed is what runs, once, by whoever was shown it, within ten minutes.

use std::time::Duration;

use serde_json::json;

use super::{Office, people, work};
use crate::api::problem;
use crate::support::app::{TestApp, portal};
use crate::support::on_each_database;

async fn nothing_happened(app: &TestApp) {
    assert_eq!(work(app).await, 0);
    assert_eq!(app.count("SELECT count(*) FROM memberships").await, 0);
}

on_each_database! {
    async fn a_confirmation_is_good_for_ten_minutes(app) {
        let office = Office::of_maple(&app);
        let report = office.dry_run(&json!(people(1))).await;
        app.advance(Duration::from_secs(600));
        let late = office.confirm(report.text("confirm_token"), &[]).await;
        assert_eq!(problem(&late), (409, "confirmation-expired"));
        nothing_happened(&app).await;
        let report = office.dry_run(&json!(people(1))).await;
        app.advance(Duration::from_secs(599));
        office.begin(&report).await;
        assert_eq!(work(&app).await, 1);
        app.send_mails().await;
    }

    /// Altered anywhere, made up, of another agency, or of another caller: worth nothing.
    async fn only_the_token_that_was_given_to_this_caller_confirms(app) {
        let office = Office::of_maple(&app);
        let report = office.dry_run(&json!(people(1))).await;
        let token = report.text("confirm_token");
        let mut altered: Vec<String> = (0..token.len())
            .step_by(7)
            .map(|n| {
                let other = if &token[n..=n] == "0" { "1" } else { "0" };
                format!("{}{other}{}", &token[..n], &token[n + 1..])
            })
            .collect();
        let (id, rest) = token.split_once('.').expect("three parts");
        let (until, proof) = rest.split_once('.').expect("three parts");
        let later = until.parse::<i64>().expect("seconds") + 600;
        altered.push(format!("{id}.{later}.{proof}"));
        altered.extend(["", ".", "..", id, "x.y.z"].map(str::to_owned));
        altered.push(format!("{token}A"));
        for token in altered {
            assert_eq!(problem(&office.confirm(&token, &[]).await), (409, "confirmation-invalid"), "{token}");
        }
        let foreign = Office::of_birch(&app).confirm(token, &[]).await;
        assert_eq!(problem(&foreign), (409, "confirmation-invalid"));
        let mut colleague = portal(&app.maple, "unused");
        colleague.id = idp_domain::client::ClientId::parse("colleague").expect("a client_id");
        colleague.grant_types = vec![idp_domain::client::GrantType::ClientCredentials];
        colleague.scopes = idp_domain::scope::Scopes::parse("members:read members:write");
        app.put_client(&colleague).await;
        let admin = crate::support::admin::Admin::new(&app, "colleague", "99999");
        let of_colleague = Office { app: &app, admin }.confirm(token, &[]).await;
        assert_eq!(problem(&of_colleague), (409, "confirmation-invalid"));
        nothing_happened(&app).await;
    }

    async fn a_confirmation_works_once(app) {
        let office = Office::of_maple(&app);
        let report = office.dry_run(&json!(people(1))).await;
        let token = report.text("confirm_token");
        let once = [("idempotency-key", "one")];
        let first = office.confirm(token, &once).await;
        assert_eq!(first.status, 202, "{first:?}");
        let again = office.confirm(token, &once).await;
        assert_eq!((again.status, &again.json), (202, &first.json), "the same request gets the same answer");
        assert_eq!(again.headers["location"], first.headers["location"]);
        let other = office.confirm("another", &once).await;
        assert!(matches!(problem(&other), (409, "confirmation-invalid") | (422, "idempotency-key-reused")));
        assert_eq!(problem(&office.confirm(token, &[]).await), (409, "confirmation-used"));
        work(&app).await;
        assert_eq!(problem(&office.confirm(token, &[]).await), (409, "confirmation-used"));
        assert_eq!(app.send_mails().await.sent, 1);
    }

    /// Pressed twice at the same moment.
    async fn of_many_confirmations_at_once_one_begins_the_job(app) {
        let office = Office::of_maple(&app);
        let report = office.dry_run(&json!(people(2))).await;
        let token = report.text("confirm_token");
        let all = futures::future::join_all((0..8).map(|_| office.confirm(token, &[]))).await;
        assert_eq!(all.iter().filter(|it| it.status == 202).count(), 1, "{all:?}");
        for refused in all.iter().filter(|it| it.status != 202) {
            assert_eq!(problem(refused), (409, "confirmation-used"));
        }
        work(&app).await;
        app.advance(Duration::from_secs(60));
        assert_eq!(app.send_mails().await.sent, 2);
    }

    async fn a_company_has_one_job_at_a_time(app) {
        let office = Office::of_maple(&app);
        let first = office.dry_run(&json!(people(1))).await;
        let second = office.dry_run(&json!(people(2))).await;
        let job = office.begin(&first).await;
        let refused = office.confirm(second.text("confirm_token"), &[]).await;
        assert_eq!(problem(&refused), (409, "job-active"));
        let elsewhere = Office::of_birch(&app);
        let theirs = elsewhere.dry_run(&json!(people(1))).await;
        elsewhere.begin(&theirs).await;
        assert_eq!(work(&app).await, 2, "another agency's job is in nobody's way");
        assert_eq!(office.job(&job).await["state"], "done");
        office.begin(&second).await;
        assert_eq!(work(&app).await, 2);
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    async fn a_request_that_is_neither_a_list_nor_a_yes_is_told_so(app) {
        let office = Office::of_maple(&app);
        let post = |path: &'static str| (axum::http::Method::POST, path);
        for (path, content_type, body) in [
            ("bulk-invitations", "application/json", "{}"),
            ("bulk-invitations", "application/json", "[]"),
            ("bulk-invitations", "application/json", r#"{"rows":[]}"#),
            ("bulk-invitations", "text/csv", "Email"),
            ("bulk-invitations?dry_run=true", "application/json", "{}"),
            ("bulk-invitations?dry_run=true", "application/json", r#"{"rows":[],"confirm_token":"x"}"#),
            ("bulk-invitations?dry_run=true", "application/json", r#"{"rows":[{"hair":"red"}]}"#),
            ("bulk-invitations?dry_run=true", "text/plain", "Email"),
        ] {
            let refused = office.send(post(path), content_type, body, &[]).await;
            assert_eq!(problem(&refused), (400, "invalid-body"), "{path} {body}");
        }
        assert_eq!(problem(&office.dry_run(&json!([])).await), (400, "no-rows"));
        for query in ["dry_run=maybe", "dry_run=true&default_type=nurse", "hair=red"] {
            let path = format!("bulk-invitations?{query}");
            let refused = office.send((axum::http::Method::POST, &path), "text/csv", "x", &[]).await;
            assert_eq!(problem(&refused), (400, "invalid-parameter"), "{query}");
        }
    }

    /// A list that nobody said yes to is gone after a working day; a job stays for thirty days.
    async fn lists_and_jobs_are_swept_when_their_time_is_over(app) {
        let office = Office::of_maple(&app);
        let report = office.dry_run(&json!(people(1))).await;
        let job = office.begin(&report).await;
        work(&app).await;
        app.send_mails().await;
        let waiting = office.dry_run(&json!(people(3))).await.text("job_id").to_owned();
        app.advance(Duration::from_secs(8 * 3600 - 1));
        idp_service::sweep::sweep(&app.env).await.expect("a sweep");
        assert_eq!(office.get(&format!("jobs/{waiting}")).await.status, 200);
        app.advance(Duration::from_secs(2));
        idp_service::sweep::sweep(&app.env).await.expect("a sweep");
        assert_eq!(problem(&office.get(&format!("jobs/{waiting}")).await), (404, "not-found"));
        assert_eq!(office.job(&job).await["state"], "done");
        app.advance(Duration::from_secs(30 * 86_400));
        idp_service::sweep::sweep(&app.env).await.expect("a sweep");
        assert_eq!(app.count("SELECT count(*) FROM bulk_batches").await, 0);
        assert_eq!(app.count("SELECT count(*) FROM bulk_rows").await, 0);
    }
}
