//! Creating a member: what is answered, what is stored, who is written to (R14-R25, R31).

use serde_json::{Value, json};

use super::{FRANK, problem};
use crate::support::admin::caregiver_body;
use crate::support::on_each_database;

on_each_database! {
    /// R14-R21, R26: 201 and everything the form shows afterwards, each field said.
    async fn a_created_member_is_answered_with_everything_the_form_shows(app) {
        let mut body = caregiver_body("Frank.Jones@Example.com");
        body["cell"] = json!(" +1 555 0123 ");
        body["note"] = json!("Night shifts only");
        let created = app.admin().post(&body, &[]).await;
        assert_eq!(created.status, 201, "{created:?}");
        assert_eq!(created.headers["content-type"], "application/json");
        assert_eq!(created.headers["cache-control"], "no-store");
        let member = &created.json;
        let id = member["member_id"].as_str().unwrap();
        assert!(id.starts_with("mbr_"));
        assert_eq!(
            *member,
            json!({
                "member_id": id,
                "company_id": app.maple.id,
                "user_name": FRANK,
                "email": FRANK,
                "given_name": "Frank",
                "family_name": "Jones",
                "is_identity": true,
                "state": "invited",
                "status": "active",
                "member_type": "caregiver",
                "person_ref": "Frank.Jones@Example.com",
                "persons": [{"member_type": "caregiver", "person_ref": "Frank.Jones@Example.com"}],
                "security_role": "none",
                "authority": "none",
                "cell": "+1 555 0123",
                "note": "Night shifts only",
                "created_at": "2026-11-21T12:00:00.000Z",
                "joined_at": null,
                "last_sign_in": null,
                "is_locked": false,
                "locked_until": null,
                "proposed_email": null,
                "invitation": {"state": "queued", "at": null, "reason": null},
            })
        );
        let read = app.admin().get(&format!("/{id}")).await;
        assert_eq!((read.status, &read.json), (200, member));
        assert_eq!(app.audited().await, ["member.provisioned"]);
        assert_eq!(app.send_mails().await.sent, 1);
    }

    /// R25: pressed twice: the same member, 200, and no second mail.
    async fn the_same_person_again_is_200_and_no_second_mail(app) {
        let created = app.admin().create(FRANK).await;
        let mut body = caregiver_body("  FRANK.JONES@example.com ");
        body["person_ref"] = json!(FRANK);
        for repeated in
            [app.admin().post(&caregiver_body(FRANK), &[]).await, app.admin().post(&body, &[]).await]
        {
            assert_eq!((repeated.status, &repeated.json), (200, &created));
        }
        assert_eq!(app.send_mails().await.sent, 1);
        let again = app.admin().post(&caregiver_body(FRANK), &[]).await;
        assert_eq!((again.status, again.json["invitation"]["state"].as_str()), (200, Some("sent")));
        assert!(app.send_mails().await.is_idle());
    }

    /// R31: two people with one address in one agency: the second is refused, however it is spelled.
    async fn a_second_person_with_the_same_address_is_refused(app) {
        app.admin().create(FRANK).await;
        for spelling in [FRANK, "FRANK.JONES@EXAMPLE.COM", "\u{ff26}rank.jones@example.com"] {
            let mut body = caregiver_body(spelling);
            body["person_ref"] = json!("4712");
            let refused = app.admin().post(&body, &[]).await;
            assert_eq!(problem(&refused), (409, "shared-email-in-company"), "{spelling}");
        }
        assert_eq!(app.send_mails().await.sent, 1);
    }

    /// R17: one person has one identity in an agency; another user name is not a second one.
    async fn a_person_who_has_an_identity_gets_no_second_one(app) {
        app.admin().create(FRANK).await;
        let mut body = caregiver_body("frank.new@example.com");
        body["person_ref"] = json!(FRANK);
        assert_eq!(problem(&app.admin().post(&body, &[]).await), (409, "person-has-identity"));
        assert!(app.find_account("frank.new@example.com").await.is_none(), "nothing half-done stays");
    }

    /// R25, natural key: twenty times at the same moment, without any key: one member, one mail.
    async fn twenty_identical_requests_at_once_make_one_member(app) {
        let token = format!("Bearer {}", app.admin().token().await);
        let admin = app.admin();
        let body = caregiver_body(FRANK);
        let headers = [("authorization", token.as_str())];
        let post = || admin.post(&body, &headers);
        let answers =
            tokio::join!(post(), post(), post(), post(), post(), post(), post(), post(), post(), post(),);
        let (a, b, c, d, e, f, g, h, i, j) = answers;
        let answers = [a, b, c, d, e, f, g, h, i, j];
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 200, 200, 201]);
        assert!(answers.iter().all(|answer| answer.json == answers[0].json));
        assert_eq!(app.send_mails().await.sent, 1);
    }

    /// R9-R11: all three person types; office staff say what they may do, others have none.
    async fn each_person_type_says_its_security_role(app) {
        let accepted = [
            ("caregiver", "none"),
            ("client", "none"),
            ("office_staff", "none"),
            ("office_staff", "unrestricted"),
            ("office_staff", "Scheduling"),
        ];
        for (n, (kind, role)) in accepted.into_iter().enumerate() {
            let mut body = caregiver_body(&format!("person{n}@example.com"));
            body["member_type"] = json!(kind);
            body["security_role"] = json!(role);
            let created = app.admin().post(&body, &[]).await;
            assert_eq!(created.status, 201, "{created:?}");
            assert_eq!(
                (&created.json["member_type"], &created.json["security_role"]),
                (&json!(kind), &json!(role))
            );
        }
        app.send_mails().await;
    }

    /// R92, attack 85, 86: an administrator is made only by a client that may make one.
    async fn a_client_makes_administrators_only_when_it_may(app) {
        let mut body = caregiver_body(FRANK);
        body["member_type"] = json!("office_staff");
        body["authority"] = json!("administrator");
        app.change_client("office.99999", |it| it.may_grant = idp_domain::member::Authority::None).await;
        assert_eq!(problem(&app.admin().post(&body, &[]).await), (403, "authority-not-allowed"));
        assert!(app.find_account(FRANK).await.is_none());
        app.change_client("office.99999", |it| it.may_grant = idp_domain::member::Authority::Administrator)
            .await;
        let created = app.admin().post(&body, &[]).await;
        assert_eq!((created.status, &created.json["authority"]), (201, &Value::from("administrator")));
    }
}
