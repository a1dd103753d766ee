//! Two hats in one membership (R79): a caregiver who is also office staff of the same agency.

use serde_json::{Value, json};

use super::{id, invited, joined, listed};
use crate::api::{FRANK, problem};
use crate::support::admin::caregiver_body;
use crate::support::app::TestApp;
use crate::support::on_each_database;

const GRACE: &str = "grace@example.com";

fn person(member_type: &str, person_ref: &str) -> Value {
    json!({"member_type": member_type, "person_ref": person_ref})
}

fn staff(person_ref: &str) -> Value {
    person("office_staff", person_ref)
}

/// A caregiver with a further hat in the office, not sent yet.
fn with_hats(user_name: &str, hats: &[&str]) -> Value {
    let mut body = caregiver_body(user_name);
    body["other_persons"] = hats.iter().map(|it| staff(it)).collect();
    body
}

async fn frank_with(app: &TestApp, hats: &[&str]) -> Value {
    let created = app.admin().post(&with_hats(FRANK, hats), &[]).await;
    assert_eq!(created.status, 201, "{created:?}");
    created.json
}

fn errors<'a>(problem: &'a Value) -> Vec<(&'a str, &'a str)> {
    let errors = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let said = |it: &'a Value| (it["path"].as_str().expect("a path"), it["code"].as_str().expect("a code"));
    errors.iter().map(said).collect()
}

on_each_database! {
    /// All of them, the main one first: in the answer, when read, in the list; and one of them finds the member.
    async fn a_member_is_created_with_every_hat(app) {
        let created = frank_with(&app, &["S-1", " S-2 "]).await;
        let persons = json!([person("caregiver", FRANK), staff("S-1"), staff("S-2")]);
        assert_eq!((&created["persons"], &created["person_ref"]), (&persons, &json!(FRANK)));
        assert_eq!(app.admin().get(&format!("/{}", id(&created))).await.json, created);
        invited(&app, GRACE).await;
        for query in ["type=office_staff", "q=s-2", "type=office_staff&q=S-1+frank"] {
            let page = app.admin().get(&format!("?{query}")).await.json;
            assert_eq!(page["members"], json!([created]), "{query}");
        }
        assert_eq!(listed(&app, GRACE).await["persons"], json!([person("caregiver", GRACE)]));
        assert_eq!(app.send_mails().await.sent, 2, "one invitation each");
    }

    /// R25: the same person by any of their references; nothing is stored and nothing mailed.
    async fn who_is_sent_again_under_a_hat_is_the_same_person(app) {
        let created = frank_with(&app, &["S-1"]).await;
        let mut again = caregiver_body(FRANK);
        again["person_ref"] = json!("S-1");
        again["member_type"] = json!("office_staff");
        let answer = app.admin().post(&again, &[]).await;
        assert_eq!((answer.status, &answer.json), (200, &created));
        assert_eq!(app.send_mails().await.sent, 1);
    }

    /// R9: whoever is also in the office may have a role, and only as long as they are.
    async fn a_hat_in_the_office_allows_a_role(app) {
        let mut body = with_hats(FRANK, &["S-1"]);
        body["security_role"] = json!("Scheduling");
        let created = app.admin().post(&body, &[]).await;
        assert_eq!((created.status, &created.json["security_role"]), (201, &json!("Scheduling")), "{created:?}");
        let member = id(&created.json).to_owned();
        for hats in [json!([]), json!([person("client", "S-1")]), Value::Null] {
            let refused = app.admin().patch(&member, &json!({"other_persons": hats})).await;
            assert_eq!(problem(&refused), (422, "invalid-member"), "{hats}");
            assert_eq!(errors(&refused.json), [("$.security_role", "role_not_allowed")]);
        }
        let both = json!({"other_persons": [], "security_role": "none"});
        assert_eq!(app.admin().patch(&member, &both).await.json["security_role"], "none");
        app.send_mails().await;
    }

    /// Each bad field by its path; nothing is stored.
    async fn every_bad_hat_is_named(app) {
        let frank = frank_with(&app, &["S-1"]).await;
        let invalid = "value_invalid";
        for (hats, expected) in [
            (json!([{}]), vec![("$.other_persons[0].member_type", "person_type_invalid"), ("$.other_persons[0].person_ref", "value_missing")]),
            (json!([staff("S-8"), person("nurse", "S-9")]), vec![("$.other_persons[1].member_type", "person_type_invalid")]),
            (json!([staff("S-8"), staff("S-8")]), vec![("$.other_persons[1].person_ref", invalid)]),
            (json!([staff("S-8"), staff("own")]), vec![("$.other_persons[1].person_ref", invalid)]),
            (json!([staff("a\u{0}b")]), vec![("$.other_persons[0].person_ref", invalid)]),
            (json!(["1", "2", "3", "4", "5"].map(staff)), vec![("$.other_persons", "value_too_long")]),
        ] {
            let mut body = caregiver_body(GRACE);
            body["person_ref"] = json!("own");
            body["other_persons"] = hats.clone();
            let change = json!({"person_ref": "own", "other_persons": hats});
            for refused in [app.admin().post(&body, &[]).await, app.admin().patch(id(&frank), &change).await] {
                assert_eq!(problem(&refused), (422, "invalid-member"), "{hats}");
                assert_eq!(errors(&refused.json), expected, "{hats}");
            }
        }
        for hats in [json!("S-1"), json!([1]), json!([{"person_ref": 1}]), json!([{"note": "x"}]), json!({})] {
            let refused = app.admin().patch(id(&frank), &json!({"other_persons": hats})).await;
            assert_eq!(problem(&refused), (400, "invalid-body"), "{hats}");
        }
        assert_eq!(listed(&app, FRANK).await, frank);
        assert!(app.find_account(GRACE).await.is_none());
        app.send_mails().await;
    }

    /// RFC 7396: what is not said stays; a list replaces the list; none of them is none.
    async fn hats_are_put_on_changed_and_taken_off(app) {
        let member = joined(&app, FRANK).await;
        for (change, hats) in [
            (json!({"other_persons": [staff("S-1")]}), vec![staff("S-1")]),
            (json!({"note": "Nights"}), vec![staff("S-1")]),
            (json!({"other_persons": [staff("S-2"), staff("S-1")]}), vec![staff("S-2"), staff("S-1")]),
            (json!({"person_ref": "S-1", "other_persons": [person("client", FRANK)]}), vec![person("client", FRANK)]),
            (json!({"person_ref": FRANK, "other_persons": []}), vec![]),
            (json!({"other_persons": [staff("S-2")]}), vec![staff("S-2")]),
            (json!({"other_persons": null}), vec![]),
        ] {
            let changed = app.admin().patch(id(&member), &change).await;
            assert_eq!(changed.status, 200, "{change}: {changed:?}");
            assert_eq!(changed.json["persons"].as_array().unwrap()[1..], hats, "{change}");
        }
        assert_eq!(app.count("SELECT count(*) FROM member_persons").await, 0);
    }

    /// R25: no reference names two people of one agency, main or not; the answer says which. Another agency's are in nobody's
    /// way (R33).
    async fn a_reference_of_somebody_else_is_refused(app) {
        let frank = frank_with(&app, &["S-1"]).await;
        let grace = invited(&app, GRACE).await;
        for (change, path) in [
            (json!({"person_ref": "S-1"}), "$.person_ref"),
            (json!({"other_persons": [staff("S-1")]}), "$.other_persons[0].person_ref"),
            (json!({"other_persons": [staff("S-2"), staff(FRANK)]}), "$.other_persons[1].person_ref"),
            (json!({"email": "grace.hill@example.com", "other_persons": [staff("S-1")]}), "$.other_persons[0].person_ref"),
        ] {
            let refused = app.admin().patch(id(&grace), &change).await;
            assert_eq!(problem(&refused), (409, "person-ref-taken"), "{change}");
            assert_eq!(errors(&refused.json), [(path, "person_ref_taken")], "{change}");
        }
        let new = "new@example.com";
        let refused = app.admin().post(&with_hats(new, &["S-2", FRANK]), &[]).await;
        assert_eq!(problem(&refused), (409, "person-ref-taken"));
        assert_eq!(errors(&refused.json), [("$.other_persons[1].person_ref", "person_ref_taken")]);
        let mut main = caregiver_body(new);
        main["person_ref"] = json!("S-1");
        assert_eq!(problem(&app.admin().post(&main, &[]).await), (409, "person-has-identity"));
        assert_eq!([listed(&app, FRANK).await, listed(&app, GRACE).await], [frank, grace]);
        assert!(app.find_account(new).await.is_none());
        let elsewhere = app.other_admin().post(&with_hats(new, &["S-1", FRANK]), &[]).await;
        assert_eq!(elsewhere.status, 201, "{elsewhere:?}");
        app.send_mails().await;
    }

    /// Who left is in nobody's way, and comes back with what is said of them then.
    async fn the_hats_of_who_left_are_free(app) {
        let frank = frank_with(&app, &["S-1", "S-2"]).await;
        assert_eq!(app.admin().remove(id(&frank)).await.status, 200);
        let grace = app.admin().post(&with_hats(GRACE, &["S-1", FRANK]), &[]).await;
        assert_eq!(grace.status, 201, "{grace:?}");
        let gone = app.admin().get("?state=removed").await.json["members"][0].clone();
        assert_eq!(gone["persons"], json!([person("caregiver", id(&frank))]));
        let mut back = with_hats(FRANK, &["S-2"]);
        back["person_ref"] = json!("7");
        let back = app.admin().post(&back, &[]).await;
        assert_eq!((back.status, id(&back.json)), (201, id(&frank)), "{back:?}");
        assert_eq!(back.json["persons"], json!([person("caregiver", "7"), staff("S-2")]));
        app.admin().remove(id(&frank)).await;
        let taken = app.admin().patch(id(&grace.json), &json!({"other_persons": [staff("S-2")]})).await;
        assert_eq!((taken.status, &taken.json["persons"][1]), (200, &staff("S-2")), "{taken:?}");
        app.send_mails().await;
    }

    /// R33: hats are each agency's own; somebody known elsewhere is answered like somebody new.
    async fn another_agencys_hats_are_not_shown(app) {
        app.enrol(FRANK).await;
        let member = listed(&app, FRANK).await;
        app.admin().patch(id(&member), &json!({"other_persons": [staff("maple-S-1")]})).await;
        let mut answers = vec![];
        for user_name in [FRANK, GRACE] {
            let mut body = with_hats(user_name, &[&format!("S {user_name}")]);
            body["security_role"] = json!("Scheduling");
            let answer = app.other_admin().post(&body, &[]).await;
            assert_eq!(answer.status, 201, "{answer:?}");
            let text = answer.json.to_string().replace(user_name, "-").replace(id(&answer.json), "-");
            assert!(!text.contains("maple-S-1"), "{text}");
            answers.push(text);
        }
        assert_eq!(answers[0], answers[1]);
        app.send_mails().await;
    }
}
