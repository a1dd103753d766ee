//! Looking at lists and jobs: by page and outcome, one's own only; and whether the agency is ready (R6).

use std::time::Duration;

use serde_json::{Value, json};

use super::{Office, people, said, work};
use crate::api::problem;
use crate::support::on_each_database;

fn numbers(answer: &Value) -> Vec<u64> {
    said(&answer["rows"]).into_keys().collect()
}

on_each_database! {
    async fn rows_are_read_by_page_and_by_outcome(app) {
        let office = Office::of_maple(&app);
        let mut rows = people(9);
        for n in [1, 4, 8] {
            rows[n]["email"] = json!("");
        }
        let job = office.begin(&office.dry_run(&json!(rows)).await).await;
        let page = async |query: &str| office.get(&format!("jobs/{job}/rows?{query}")).await.json;
        assert_eq!(numbers(&page("outcome=failed").await), Vec::<u64>::new(), "nothing has failed yet");
        work(&app).await;
        assert_eq!(numbers(&page("outcome=failed").await), [2, 5, 9]);
        let first = page("outcome=failed&limit=2").await;
        assert_eq!((numbers(&first), &first["next_cursor"]), (vec![2, 5], &json!("5")));
        let second = page("outcome=failed&limit=2&cursor=5").await;
        assert_eq!((numbers(&second), &second["next_cursor"]), (vec![9], &json!(null)));
        assert_eq!(numbers(&page("outcome=created").await).len(), 6);
        for query in ["limit=0", "limit=201", "cursor=x", "outcome=fine", "outcome=membership_added", "x=1"] {
            let refused = office.get(&format!("jobs/{job}/rows?{query}")).await;
            assert_eq!(problem(&refused), (400, "invalid-parameter"), "{query}");
        }
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// Attack 82: another agency's list is as absent as one that does not exist.
    async fn another_agencys_list_is_not_there(app) {
        let office = Office::of_maple(&app);
        let job = office.dry_run(&json!(people(1))).await.text("job_id").to_owned();
        let stranger = Office::of_birch(&app);
        for id in [job.as_str(), "job_00000000000000000000000000000000", "job_x", "1"] {
            for path in [format!("jobs/{id}"), format!("jobs/{id}/rows"), format!("jobs/{id}/result.csv")] {
                assert_eq!(problem(&stranger.get(&path).await), (404, "not-found"), "{path}");
            }
            assert_eq!(problem(&stranger.cancel(id, &[]).await), (404, "not-found"), "{id}");
        }
        let verb = format!("jobs/{job}:run");
        let unknown = office.send((axum::http::Method::POST, &verb), "text/plain", "", &[]).await;
        assert_eq!(problem(&unknown), (404, "not-found"));
        assert_eq!(office.job(&job).await["state"], "proposed");
    }

    /// R6: people without a good address, and what else stands between the agency and its people.
    async fn an_agency_sees_whether_it_is_ready(app) {
        let office = Office::of_maple(&app);
        let ready = office.get("readiness").await;
        assert_eq!((ready.status, &ready.json["administrators"]), (200, &json!(0)));
        assert_eq!(ready.json["newest_list"], json!(null));
        app.admin().create("pending@example.com").await;
        app.send_mails().await;
        app.change_company(&app.maple, |it| (it.contact.portal_url, it.contact.phone) = (None, None)).await;
        let mut rows = people(6);
        rows[0]["email"] = json!("");
        rows[1]["email"] = json!("nobody");
        rows[2]["email"] = json!("other@example.com");
        rows[3] = rows[4].clone();
        office.dry_run(&json!(rows)).await;
        let ready = office.get("readiness").await.json;
        assert_eq!((&ready["members"], &ready["not_activated"]), (&json!(1), &json!(1)));
        assert_eq!(ready["expired"], 0);
        let contact = ["has_portal_url", "has_phone", "has_email"].map(|name| ready[name].as_bool().unwrap());
        assert_eq!(contact, [false, false, true]);
        let list = json!({
            "rows": 6, "email_missing": 1, "email_invalid": 1, "duplicate": 1, "mismatch": 1,
        });
        assert_eq!(ready["newest_list"], list);
        app.advance(app.env.policy.activation_life);
        let ready = office.get("readiness").await.json;
        assert_eq!((&ready["not_activated"], &ready["expired"]), (&json!(1), &json!(1)), "a mail too old");
    }
}
