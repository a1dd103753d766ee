//! The list on the page before the yes (R27-R29): rows ticked or not, cells corrected; what is confirmed is what is shown.

use std::time::Duration;

use idp_domain::bulk::RowText;
use idp_domain::scope::Scope;
use idp_service::authority::{Caller, CompanyScope};
use idp_service::bulk::{self, BulkError, RowEdit};
use idp_service::once::Terms;
use serde_json::json;

use super::{Office, counted, people, said, work};
use crate::api::problem;
use crate::support::app::TestApp;
use crate::support::on_each_database;

async fn scope(app: &TestApp) -> CompanyScope {
    let caller = Caller::of_commands();
    caller.company(&app.env, Scope::MembersWrite, "99999").await.expect("allowed").expect("a company")
}

fn ticked(number: u32, selected: bool) -> RowEdit {
    RowEdit { number, text: None, selected: Some(selected) }
}

on_each_database! {
    async fn a_list_is_corrected_and_judged_again(app) {
        let office = Office::of_maple(&app);
        let mut rows = people(4);
        rows[1]["email"] = json!("person2@exmaple");
        rows[2] = rows[0].clone();
        let report = office.dry_run(&json!(rows)).await;
        assert_eq!(counted(&report.json["counts"]), [2, 0, 0, 2]);
        let id = report.text("job_id").parse().expect("an id");
        let scope = scope(&app).await;
        let text = RowText {
            user_name: "person2@example.com".to_owned(),
            email: "Person2@example.com".to_owned(),
            given_name: "Frank".to_owned(),
            family_name: "Jones".to_owned(),
            person_ref: "2".to_owned(),
            member_type: "Caregiver".to_owned(),
            ..RowText::default()
        };
        let corrected = RowEdit { number: 2, text: Some(text), selected: None };
        let edits = [corrected, ticked(1, false), ticked(99, false)];
        let edited = bulk::edit(&app.env, &scope, id, &edits).await.expect("a list");
        let said_now = said(&office.rows(report.text("job_id")).await);
        let line = |outcome: &str, codes: &[&str]| {
            (outcome.to_owned(), codes.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(said_now[&1], line("skipped", &["not_selected -"]));
        assert_eq!(said_now[&2], line("created", &[]));
        assert_eq!(said_now[&3], line("created", &[]), "the row it was the double of does not run");
        assert_eq!(edited.counts.created, 3);

        // The yes to the list as it was is worth nothing now; the one to what is shown is.
        let old = office.confirm(report.text("confirm_token"), &[]).await;
        assert_eq!(problem(&old), (409, "confirmation-invalid"));
        let (token, _) = bulk::confirmation(&app.env, &scope, id).await.expect("a token");
        let shown = |_: &bulk::JobState| Ok(String::new());
        bulk::confirm(&app.env, &scope, &token, &Terms::default(), &shown).await.expect("a job");
        work(&app).await;
        assert_eq!(said(&office.rows(report.text("job_id")).await), said_now);
        assert_eq!(app.count("SELECT count(*) FROM memberships").await, 3);
        let late = bulk::edit(&app.env, &scope, id, &[ticked(1, true)]).await;
        assert!(matches!(late, Err(BulkError::NotProposed)), "{late:?}");
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// Two people correct the same list at the same moment: nothing of either is lost.
    async fn two_corrections_at_once_both_count(app) {
        let office = Office::of_maple(&app);
        let report = office.dry_run(&json!(people(8))).await;
        let id = report.text("job_id").parse().expect("an id");
        let scope = scope(&app).await;
        let edits = (1..=2).map(|number| {
            let (env, scope) = (&app.env, &scope);
            async move { bulk::edit(env, scope, id, &[ticked(number, false)]).await }
        });
        for edited in futures::future::join_all(edits).await {
            edited.expect("a list");
        }
        let job = office.job(report.text("job_id")).await;
        assert_eq!(counted(&job["counts"]), [6, 0, 2, 0]);
    }
}
