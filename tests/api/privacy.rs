//! R33: an agency never learns that a person works for another one; not from an answer, a status, a time or a count.

use serde_json::{Value, json};

use super::FRANK;
use crate::support::admin::caregiver_body;
use crate::support::app::TestApp;
use crate::support::on_each_database;

const NEW: &str = "nobody.yet@example.com";

/// The member without what must differ between two people: ids and names of their own.
fn anonymous(member: &Value, user_name: &str) -> String {
    let id = member["member_id"].as_str().expect("an id");
    member.to_string().replace(id, "mbr").replace(user_name, "user_name")
}

async fn known_and_new(app: &TestApp, shape: impl Fn(&mut Value)) -> [String; 2] {
    let mut texts = vec![];
    for user_name in [FRANK, NEW] {
        let mut body = caregiver_body(user_name);
        shape(&mut body);
        let answer = app.other_admin().post(&body, &[]).await;
        let own = ["content-length", "etag", "x-request-id"];
        let headers: Vec<_> =
            answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
        texts.push(format!("{} {headers:?} {}", answer.status, anonymous(&answer.json, user_name)));
    }
    texts.try_into().expect("two")
}

async fn listed(app: &TestApp) -> Vec<String> {
    let page = app.other_admin().get("").await;
    let members = page.json["members"].as_array().expect("members").iter();
    members.map(|member| anonymous(member, member["user_name"].as_str().expect("a name"))).collect()
}

on_each_database! {
    /// The first answer, the repeated one and the list say the same of somebody known elsewhere as of somebody new.
    async fn a_person_known_elsewhere_is_answered_like_a_new_one(app) {
        app.enrol(FRANK).await;
        for time in ["created", "repeated"] {
            let [known, new] = known_and_new(&app, |_| {}).await;
            assert_eq!(known, new, "{time}");
        }
        let members = listed(&app).await;
        assert_eq!(members[0], members[1]);
        app.send_mails().await;
        let members = listed(&app).await;
        assert_eq!(members[0], members[1], "after the mails left");
    }

    /// What the other agency typed of the person, name and spelling, is not shown.
    async fn another_agencys_name_and_spelling_of_a_person_are_not_shown(app) {
        let mut body = caregiver_body("FRANK.Jones@example.COM");
        body["given_name"] = json!("Francis");
        body["family_name"] = json!("Jones-Birch");
        assert_eq!(app.admin().post(&body, &[]).await.status, 201);
        let [known, new] = known_and_new(&app, |_| {}).await;
        assert_eq!(known, new);
        app.send_mails().await;
    }

    /// Two agencies know one person by two names: each sees, and greets with, its own; so does the repeated request.
    async fn each_agency_sees_and_greets_with_the_name_it_typed_itself(app) {
        let named = |given_name: &str| {
            let mut body = caregiver_body(FRANK);
            body["given_name"] = json!(given_name);
            body
        };
        for (admin, name) in [(app.admin(), "Francis"), (app.other_admin(), "Frankie")] {
            let created = admin.post(&named(name), &[]).await;
            assert_eq!((created.status, &created.json["given_name"]), (201, &json!(name)));
            assert_eq!(admin.post(&named("Somebody"), &[]).await.json, created.json);
            assert_eq!(admin.get("").await.json["members"], json!([created.json]));
            app.send_mails().await;
            let mail = app.postman.take().pop().expect("a mail");
            let full_name = format!("{name} Jones");
            assert_eq!(mail.to_name.as_deref(), Some(full_name.as_str()));
            assert!(mail.text.contains(&format!("Hello {full_name},")), "{}", mail.text);
        }
    }

    /// Also somebody who works for the other agency already, and gets a mail without a link (R77).
    async fn an_active_person_is_greeted_with_the_name_the_new_agency_typed(app) {
        app.enrol(FRANK).await;
        app.postman.take();
        let mut body = caregiver_body(FRANK);
        body["given_name"] = json!("Frankie");
        app.other_admin().post(&body, &[]).await;
        app.send_mails().await;
        let mail = app.postman.take().pop().expect("a mail");
        assert!(mail.text.contains("Hello Frankie Jones,"), "{}", mail.text);
        assert_eq!(app.admin().get("").await.json["members"][0]["given_name"], "Frank");
    }

    /// Cell, note, role, person_ref, type: each agency's own, and a change at one is none at the other.
    async fn what_one_agency_wrote_the_other_does_not_see(app) {
        let mut body = caregiver_body(FRANK);
        body["note"] = json!("a private note of Maple");
        body["cell"] = json!("+1 555 7777");
        body["person_ref"] = json!("maple-4711");
        app.admin().post(&body, &[]).await;
        app.other_admin().create(FRANK).await;
        let seen = app.other_admin().get("").await.json.to_string();
        for secret in ["private note", "7777", "maple-4711", &app.maple.id.to_string()] {
            assert!(!seen.contains(secret), "{secret}: {seen}");
        }
        app.send_mails().await;
    }

    /// Attack 22: signing in at one agency is not seen at the other; nor is being switched off there.
    async fn a_visit_to_one_agency_is_not_seen_at_the_other(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        app.send_mails().await;
        let before = app.other_admin().get("").await.json;
        app.advance(std::time::Duration::from_secs(60));
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, crate::support::app::PASSWORD).await;
        assert!(page.sent("code").is_some());
        let now = app.env.now();
        app.change_membership(&app.maple, FRANK, |it| {
            it.state = idp_domain::member::MembershipState::Inactive { since: now };
        })
        .await;
        assert_eq!(app.other_admin().get("").await.json, before);
    }

    /// Two refusals that could tell: a taken address and a taken person are about the own company only.
    async fn another_agencys_people_are_in_nobodys_way(app) {
        app.admin().create(FRANK).await;
        let mut same_ref = caregiver_body(NEW);
        same_ref["person_ref"] = json!(FRANK);
        assert_eq!(app.other_admin().post(&same_ref, &[]).await.status, 201);
        let mut same_address = caregiver_body(FRANK);
        same_address["person_ref"] = json!("another person");
        assert_eq!(app.other_admin().post(&same_address, &[]).await.status, 201);
        app.send_mails().await;
    }
}
