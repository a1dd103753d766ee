//! Whom a row means (R25, R31, R32): the agency's own member, by number, or by address and name; never by what another agency
//! knows (R33).

use std::time::Duration;

use serde_json::{Value, json};

use super::{Office, counted, said, work};
use crate::api::FRANK;
use crate::support::admin::caregiver_body;
use crate::support::on_each_database;

const PENDING: &str = "pending@example.com";

/// A row of somebody by another number than the agency's, or by none.
fn row(user_name: &str, person_ref: &str, (given_name, family_name): (&str, &str)) -> Value {
    let mut body = caregiver_body(user_name);
    body["person_ref"] = json!(person_ref);
    body["given_name"] = json!(given_name);
    body["family_name"] = json!(family_name);
    body
}

fn saying(outcome: &str, code: &str) -> (String, Vec<String>) {
    (outcome.to_owned(), vec![code.to_owned()])
}

on_each_database! {
    /// The list of an office has other numbers than its program, or none.
    async fn a_member_is_known_by_address_and_name_whatever_the_number(app) {
        app.enrol(FRANK).await;
        app.admin().create(PENDING).await;
        app.send_mails().await;
        let office = Office::of_maple(&app);
        let same = [("Frank", "Jones"), ("FRANK", "jones"), ("Frank T.", "Jónes")];
        for (name, number) in same.into_iter().zip(["17", "18", ""]) {
            let list = json!([row(FRANK, number, name), row(&PENDING.to_uppercase(), &format!("{number}9"), name)]);
            let report = office.dry_run(&list).await;
            let judged = said(&report.json["rows"]);
            assert_eq!(judged[&1], saying("skipped", "already_member -"), "{name:?} {number}");
            assert_eq!(judged[&2], saying("skipped", "invitation_pending -"), "{name:?} {number}");
            let job = office.begin(&report).await;
            work(&app).await;
            assert_eq!(said(&office.rows(&job).await), judged, "the job does what was said");
        }
        assert_eq!(app.membership(&app.maple, FRANK).await.particulars.person_ref.as_str(), FRANK);
        assert_eq!(app.count("SELECT count(*) FROM memberships").await, 2);
        assert_eq!(app.send_mails().await.sent, 0);
    }

    /// R31: a couple with one mailbox is two people; and who has the number of a third is nobody we know.
    async fn somebody_else_at_the_same_address_is_told_of(app) {
        for user_name in [FRANK, PENDING] {
            app.admin().create(user_name).await;
        }
        app.send_mails().await;
        let office = Office::of_maple(&app);
        let shared = saying("failed", "shared_email_in_company user_name");
        for list in [row(FRANK, "17", ("Mary", "Jones")), row(FRANK, "", ("Mary", "Jones")), row(FRANK, PENDING, ("Frank", "Jones"))] {
            let report = office.dry_run(&json!([list])).await;
            if list["person_ref"] == "" {
                // The address is the number, and the number says who it is.
                assert_eq!(said(&report.json["rows"])[&1], saying("skipped", "invitation_pending -"));
                continue;
            }
            assert_eq!(said(&report.json["rows"])[&1], shared, "{list}");
            let job = office.begin(&report).await;
            work(&app).await;
            assert_eq!(said(&office.rows(&job).await)[&1], shared, "{list}");
        }
    }

    /// R32: another mail goes to the member, under whatever number.
    async fn a_member_of_another_number_is_sent_another_mail_when_asked_for(app) {
        app.admin().create(PENDING).await;
        app.send_mails().await;
        let office = Office::of_maple(&app);
        let file = format!("Email,First name,Last name,Id\n{PENDING},Frank,Jones,17\n");
        let report = office.upload(file, "&default_type=caregiver&resend_pending=true").await;
        assert_eq!(counted(&report.json["counts"]), [0, 1, 0, 0], "{report:?}");
        office.begin(&report).await;
        work(&app).await;
        assert_eq!(app.send_mails().await.sent, 1);
        assert_eq!(app.count("SELECT count(*) FROM memberships").await, 1);
    }

    /// R33: the same name and address at another agency is nobody here.
    async fn what_another_agency_has_does_not_count(app) {
        app.enrol(FRANK).await;
        let office = Office::of_birch(&app);
        let report = office.dry_run(&json!([row(FRANK, "17", ("Frank", "Jones"))])).await;
        assert_eq!(counted(&report.json["counts"]), [1, 0, 0, 0], "{report:?}");
        office.begin(&report).await;
        work(&app).await;
        assert_eq!(app.membership(&app.birch, FRANK).await.particulars.person_ref.as_str(), "17");
        app.send_mails().await;
    }

    /// R25: a list without numbers finds the same people again, however their addresses are spelled.
    async fn a_list_without_numbers_sent_twice_adds_nobody_twice(app) {
        let office = Office::of_maple(&app);
        let long = format!("{}@example.com", "l".repeat(60));
        let list = |spelled: fn(&str) -> String| {
            let rows = ["ann@example.com", "bob@example.com", &long].map(|it| row(&spelled(it), " ", ("Ann", "Archer")));
            json!(rows)
        };
        for (spelled, expected) in [(str::to_owned as fn(&str) -> String, [3, 0, 0, 0]), (str::to_uppercase, [0, 0, 3, 0])] {
            let report = office.dry_run(&list(spelled)).await;
            assert_eq!(counted(&report.json["counts"]), expected, "{report:?}");
            let job = office.begin(&report).await;
            work(&app).await;
            assert_eq!(counted(&office.job(&job).await["counts"]), expected);
        }
        app.advance(Duration::from_secs(60));
        assert_eq!(app.send_mails().await.sent, 3);
    }
}
