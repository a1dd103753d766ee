//! Each row by itself (R30-R32): every code of `provisioning.md` section 2, and a dry run that says what the run then does.

use std::time::Duration;

use idp_domain::invitation::InvitationState;
use idp_domain::mail_failure::MailFailure;
use idp_domain::member::MembershipState;
use serde_json::{Value, json};

use super::{Office, counted, people, said, work};
use crate::api::FRANK;
use crate::support::admin::caregiver_body;
use crate::support::app::TestApp;
use crate::support::on_each_database;

const PENDING: &str = "pending@example.com";
const INACTIVE: &str = "inactive@example.com";
/// Of two people with one address, the one who is a member.
const SHARED: &str = "office@example.com";
const RETURNED: &str = "returned@example.com";

/// Members in every state that a list can meet.
async fn staffed(app: &TestApp) {
    app.enrol(FRANK).await;
    let hats = json!([{"member_type": "office_staff", "person_ref": "S-1"}]);
    let admin = app.admin();
    let page = admin.get("").await;
    let frank = page.json["members"][0]["member_id"].as_str().expect("an id");
    assert_eq!(admin.patch(frank, &json!({"other_persons": hats})).await.status, 200);
    for user_name in [PENDING, INACTIVE, RETURNED, SHARED] {
        app.admin().create(user_name).await;
    }
    app.send_mails().await;
    let now = app.env.now();
    app.change_membership(&app.maple, INACTIVE, |it| it.state = MembershipState::Inactive { since: now })
        .await;
    app.change_invitation(&app.maple, RETURNED, |it| {
        it.state = InvitationState::Undeliverable { at: now, why: MailFailure::MailboxUnknown }
    })
    .await;
}

fn row(user_name: &str, changes: &[(&str, Value)]) -> Value {
    let mut body = caregiver_body(user_name);
    for (field, value) in changes {
        body[field] = value.clone();
    }
    body
}

/// A list with a row of every kind, and what each comes to.
fn every_kind() -> Vec<(Value, &'static str, &'static [&'static str])> {
    vec![
        (row("new@example.com", &[]), "created", &[]),
        (row("a@example.com", &[("email", json!(null))]), "failed", &["email_missing email"]),
        (row("b@example.com", &[("email", json!("b@"))]), "failed", &["email_invalid email"]),
        (row("c@example.com", &[("user_name", json!(""))]), "failed", &["username_missing user_name"]),
        (row("d@example.com", &[("user_name", json!("d"))]), "failed", &["username_invalid user_name"]),
        (
            row("e@example.com", &[("email", json!("f@example.com"))]),
            "failed",
            &["username_email_mismatch email"],
        ),
        (row("NEW@Example.com", &[("person_ref", json!("7"))]), "failed", &["duplicate_in_batch user_name"]),
        (
            row("g@example.com", &[("person_ref", json!("new@example.com"))]),
            "failed",
            &["duplicate_in_batch person_ref"],
        ),
        (
            row(SHARED, &[("person_ref", json!("another")), ("given_name", json!("Mary"))]),
            "failed",
            &["shared_email_in_company user_name"],
        ),
        (
            row("h@example.com", &[("person_ref", json!(SHARED))]),
            "failed",
            &["person_has_identity user_name"],
        ),
        (row(FRANK, &[]), "skipped", &["already_member -"]),
        (row("n@example.com", &[("person_ref", json!("S-1"))]), "failed", &["person_has_identity user_name"]),
        (row(INACTIVE, &[]), "skipped", &["already_member_inactive -"]),
        (row(PENDING, &[]), "skipped", &["invitation_pending -"]),
        (row(RETURNED, &[]), "failed", &["undeliverable_address -"]),
        (
            row("i@example.com", &[("member_type", json!("nurse"))]),
            "failed",
            &["person_type_invalid member_type"],
        ),
        (
            row("j@example.com", &[("security_role", json!("Scheduler"))]),
            "failed",
            &["role_not_allowed security_role"],
        ),
        (
            row("k@example.com", &[("member_type", json!("office_staff")), ("security_role", json!(""))]),
            "failed",
            &["role_missing security_role"],
        ),
        (
            row("l@example.com", &[("given_name", json!("")), ("note", json!("x".repeat(1001)))]),
            "failed",
            &["value_missing given_name", "value_too_long note"],
        ),
        (row("m@example.com", &[("status", json!("gone"))]), "failed", &["value_invalid status"]),
        (row("off@example.com", &[("status", json!("inactive"))]), "created", &[]),
        (row("last@example.com", &[]), "created", &[]),
    ]
}

on_each_database! {
    /// R30, R31, R32: every row fails or goes through by itself, and the job does what the dry run said.
    async fn every_kind_of_row_is_judged_and_then_done_as_judged(app) {
        staffed(&app).await;
        let office = Office::of_maple(&app);
        let list = every_kind();
        let rows: Vec<Value> = list.iter().map(|(row, _, _)| row.clone()).collect();
        let report = office.dry_run(&json!(rows)).await;
        assert_eq!(report.status, 200, "{report:?}");
        let judged = said(&report.json["rows"]);
        for (n, (row, outcome, codes)) in (1..).zip(&list) {
            let (expected, codes) = ((*outcome).to_owned(), codes.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(judged[&n], (expected, codes), "{row}");
        }
        assert_eq!(counted(&report.json["counts"]), [3, 0, 3, 16]);
        assert_eq!(report.json["counts"]["membership_added"], json!(null));
        assert!(app.find_account("new@example.com").await.is_none(), "a dry run does nothing");

        let job = office.begin(&report).await;
        assert_eq!(work(&app).await, list.len() as u64);
        let done = office.job(&job).await;
        assert_eq!((&done["state"], &done["total"], &done["carried_out"]), (&json!("done"), &json!(22), &json!(22)));
        assert_eq!(counted(&done["counts"]), [3, 0, 3, 16]);
        assert_eq!(said(&office.rows(&job).await), judged);
        for user_name in ["new@example.com", "last@example.com"] {
            assert_eq!(app.membership(&app.maple, user_name).await.state, MembershipState::Invited);
        }
        let off = app.membership(&app.maple, "off@example.com").await;
        assert!(matches!(off.state, MembershipState::Inactive { .. }));
        assert_eq!(app.count("SELECT count(*) FROM outbox WHERE state = 'due'").await, 2);
        let audited = app.audited().await;
        for event in ["bulk.proposed", "bulk.confirmed", "bulk.done"] {
            assert_eq!(audited.iter().filter(|it| **it == event).count(), 1, "{event}");
        }
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// R25, R79: a row that names one of the person's further hats names the same person.
    async fn a_row_under_a_hat_finds_the_member(app) {
        staffed(&app).await;
        let office = Office::of_maple(&app);
        let hat = row(FRANK, &[("person_ref", json!("S-1")), ("member_type", json!("office_staff"))]);
        let report = office.dry_run(&json!([hat])).await;
        let expected = ("skipped".to_owned(), vec!["already_member -".to_owned()]);
        assert_eq!(said(&report.json["rows"])[&1], expected);
        let job = office.begin(&report).await;
        work(&app).await;
        assert_eq!(said(&office.rows(&job).await)[&1], expected);
    }

    /// R25: the same list again finds everybody there.
    async fn the_same_list_twice_adds_nobody_twice(app) {
        let office = Office::of_maple(&app);
        let list = json!(people(3));
        for expected in [[3, 0, 0, 0], [0, 0, 3, 0]] {
            let report = office.dry_run(&list).await;
            assert_eq!(counted(&report.json["counts"]), expected);
            let job = office.begin(&report).await;
            work(&app).await;
            assert_eq!(counted(&office.job(&job).await["counts"]), expected);
        }
        assert_eq!(app.count("SELECT count(*) FROM outbox").await, 3);
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// R32: who has not answered is sent another mail when that is asked for, and not too many (L6).
    async fn pending_invitations_are_sent_again_when_asked_for(app) {
        let office = Office::of_maple(&app);
        app.admin().create(PENDING).await;
        app.send_mails().await;
        let file = format!("Email,First name,Last name\n{PENDING},Frank,Jones\n");
        for expected in [("resent", vec![]), ("failed", vec!["rate_limited -".to_owned()])] {
            let report = office.upload(file.clone(), "&default_type=caregiver&resend_pending=true").await;
            assert_eq!(counted(&report.json["counts"]), [0, 1, 0, 0], "{report:?}");
            let job = office.begin(&report).await;
            work(&app).await;
            let (outcome, codes) = expected;
            assert_eq!(said(&office.rows(&job).await)[&2], (outcome.to_owned(), codes));
        }
        assert_eq!(app.count("SELECT count(*) FROM outbox").await, 2);
        assert_eq!(app.audited().await.iter().filter(|it| **it == "invitation.resent").count(), 1);
        app.send_mails().await;
    }

    /// R90: an invitation that a list sends again brings the same along as one that is sent again by itself; the list says
    /// nothing else of it (R33).
    async fn who_forgot_the_password_before_the_first_log_in_is_invited_again_by_a_list(app) {
        let office = Office::of_maple(&app);
        app.activate(PENDING).await;
        app.send_mails().await;
        app.postman.take();
        let file = format!("Email,First name,Last name\n{PENDING},Frank,Jones\n");
        let report = office.upload(file, "&default_type=caregiver&resend_pending=true").await;
        let job = office.begin(&report).await;
        work(&app).await;
        assert_eq!(said(&office.rows(&job).await)[&2], ("resent".to_owned(), vec![]));
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
        let sent = app.postman.sent();
        let resets = sent.iter().filter(|mail| mail.text.contains("/reset?ticket=")).count();
        assert_eq!((sent.len(), resets), (2, 1), "{sent:?}");
    }

    /// Attack 85: a list gives nobody more than its sender may give.
    async fn a_list_makes_administrators_only_for_who_may(app) {
        let office = Office::of_maple(&app);
        let boss = row("boss@example.com", &[
            ("member_type", json!("office_staff")),
            ("security_role", json!("unrestricted")),
            ("authority", json!("administrator")),
        ]);
        let allowed = office.dry_run(&json!([boss])).await;
        assert_eq!(counted(&allowed.json["counts"]), [1, 0, 0, 0]);
        let job = office.begin(&allowed).await;
        app.change_client("office.99999", |it| it.may_grant = idp_domain::member::Authority::None).await;
        let refused = office.dry_run(&json!([boss])).await;
        let expected = ("failed".to_owned(), vec!["role_not_allowed security_role".to_owned()]);
        assert_eq!(said(&refused.json["rows"])[&1], expected);
        work(&app).await;
        assert_eq!(said(&office.rows(&job).await)[&1], expected, "judged again when it is done");
        assert!(app.find_account("boss@example.com").await.is_none());
    }

    /// Somebody else was faster: the row says so, and nobody is there twice.
    async fn what_changed_since_the_dry_run_is_seen_by_the_job(app) {
        let office = Office::of_maple(&app);
        let report = office.dry_run(&json!(people(3))).await;
        let job = office.begin(&report).await;
        app.admin().create("person2@example.com").await;
        work(&app).await;
        let done = office.job(&job).await;
        assert_eq!(counted(&done["counts"]), [2, 0, 1, 0]);
        app.advance(Duration::from_secs(60));
        assert_eq!(app.send_mails().await.sent, 3);
    }
}
