//! What the office wrote, changed: only what is said (R17-R21; RFC 7396).

use axum::http::Method;
use serde_json::{Value, json};

use super::{id, invited, joined, listed};
use crate::api::{FRANK, problem};
use crate::support::admin::caregiver_body;
use crate::support::on_each_database;

on_each_database! {
    /// One field at a time; everything else stays. `null` and an empty text empty what may be empty.
    async fn only_what_is_said_is_changed(app) {
        let mut expected = invited(&app, FRANK).await;
        let member = id(&expected).to_owned();
        for (field, value, shown) in [
            ("given_name", json!("Frances"), json!("Frances")),
            ("family_name", json!(" Jones-Birch "), json!("Jones-Birch")),
            ("person_ref", json!("4712"), json!("4712")),
            ("cell", json!("+1 555 0199"), json!("+1 555 0199")),
            ("note", json!("Nights"), json!("Nights")),
            ("cell", Value::Null, Value::Null),
            ("note", json!(""), Value::Null),
            ("member_type", json!("office_staff"), json!("office_staff")),
            ("security_role", json!("Scheduling"), json!("Scheduling")),
            ("authority", json!("administrator"), json!("administrator")),
            ("authority", json!("none"), json!("none")),
        ] {
            let answer = app.admin().patch(&member, &json!({field: value})).await;
            expected[field] = shown;
            expected["persons"] = json!([{"member_type": expected["member_type"], "person_ref": expected["person_ref"]}]);
            assert_eq!((answer.status, &answer.json), (200, &expected), "{field}");
        }
        let nothing = app.admin().patch(&member, &json!({})).await;
        assert_eq!((nothing.status, &nothing.json), (200, &expected));
        assert_eq!(listed(&app, FRANK).await, expected);
        assert_eq!(app.send_mails().await.sent, 1, "the invitation and nothing about the changes");
    }

    /// RFC 7396 has a media type of its own.
    async fn a_merge_patch_may_say_that_it_is_one(app) {
        let member = invited(&app, FRANK).await;
        let body = Some(json!({"note": "Nights"}).to_string());
        let headers = [("content-type", "application/merge-patch+json")];
        let answer = app.admin().send(Method::PATCH, &format!("/{}", id(&member)), body, &headers).await;
        assert_eq!((answer.status, &answer.json["note"]), (200, &json!("Nights")));
    }

    /// R9, R10: the rules of the form hold for a change, too, each bad field by its path; nothing is half-changed.
    async fn a_change_keeps_the_rules_of_the_form(app) {
        let member = invited(&app, FRANK).await;
        for (body, expected) in [
            (json!({"given_name": null}), vec![("$.given_name", "value_missing")]),
            (json!({"person_ref": " "}), vec![("$.person_ref", "value_missing")]),
            (json!({"member_type": "nurse"}), vec![("$.member_type", "person_type_invalid")]),
            (json!({"security_role": "unrestricted"}), vec![("$.security_role", "role_not_allowed")]),
            (json!({"authority": "root"}), vec![("$.authority", "value_invalid")]),
            (json!({"email": "no address", "note": "a\u{0}b"}), vec![("$.email", "email_invalid"), ("$.note", "value_invalid")]),
            (json!({"user_name": "a@example.com", "email": "b@example.com"}), vec![("$.email", "username_email_mismatch")]),
        ] {
            let refused = app.admin().patch(id(&member), &body).await;
            assert_eq!(problem(&refused), (422, "invalid-member"), "{body}");
            let errors = refused.json["errors"].as_array().unwrap();
            let told: Vec<_> = errors.iter().map(|it| (it["path"].as_str().unwrap(), it["code"].as_str().unwrap())).collect();
            let told: Vec<_> = told.into_iter().filter(|(path, _)| *path != "$.user_name").collect();
            assert_eq!(told, expected, "{body}");
        }
        for unknown in ["status", "state", "password", "member_id", "company_id", "joined_at", "Note"] {
            let refused = app.admin().patch(id(&member), &json!({unknown: "x"})).await;
            assert_eq!(problem(&refused), (400, "invalid-body"), "{unknown}");
        }
        for body in ["[]", "null", "\"x\"", "{\"note\": 1}", "{\"note\": [\"x\"]}", "{"] {
            let refused = app.admin().send(Method::PATCH, &format!("/{}", id(&member)), Some(body.to_owned()), &[]).await;
            assert_eq!(problem(&refused), (400, "invalid-body"), "{body}");
        }
        assert_eq!(listed(&app, FRANK).await, member);
    }

    /// R25: the agency's own id of a person stays unique, within the agency.
    async fn a_person_ref_is_not_taken_twice(app) {
        let member = invited(&app, FRANK).await;
        invited(&app, "grace@example.com").await;
        let mut elsewhere = caregiver_body("stranger@example.com");
        elsewhere["person_ref"] = json!("birch-1");
        app.other_admin().post(&elsewhere, &[]).await;
        let taken = app.admin().patch(id(&member), &json!({"person_ref": "grace@example.com"})).await;
        assert_eq!(problem(&taken), (409, "person-ref-taken"));
        let free = app.admin().patch(id(&member), &json!({"person_ref": "birch-1"})).await;
        assert_eq!(free.status, 200, "another agency's is in nobody's way: {free:?}");
    }

    /// R18, R72: whoever accepted owns the address: it can be proposed, and not written over.
    async fn the_address_of_who_accepted_is_not_changed(app) {
        let member = joined(&app, FRANK).await;
        for field in ["user_name", "email"] {
            let refused = app.admin().patch(id(&member), &json!({field: "frank.new@example.com"})).await;
            assert_eq!(problem(&refused), (409, "wrong-state"), "{field}");
        }
        let same = app.admin().patch(id(&member), &json!({"email": " FRANK.Jones@example.com"})).await;
        assert_eq!((same.status, &same.json), (200, &member), "saying the address again is no change");
    }
}
