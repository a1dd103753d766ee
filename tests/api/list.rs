//! Which members an office asks for: filters, words, order, cursors (`provisioning.md` section 2; R26, R85; attack 87).

use std::time::Duration;

use idp_domain::ports::Delivery;
use serde_json::{Value, json};

use super::{FRANK, problem};
use crate::support::admin::{Admin, caregiver_body};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::statements::statements;

/// The user names of a page, in its order.
async fn names(admin: &Admin<'_>, query: &str) -> Vec<String> {
    let page = admin.get(&format!("?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {page:?}");
    let members = page.json["members"].as_array().expect("members").iter();
    members
        .map(|it| it["user_name"].as_str().unwrap_or("-").split('@').next().expect("a name").to_owned())
        .collect()
}

async fn add(app: &TestApp, user_name: &str, change: impl FnOnce(&mut Value)) -> Value {
    app.advance(Duration::from_millis(1));
    let mut body = caregiver_body(user_name);
    change(&mut body);
    let created = app.admin().post(&body, &[]).await;
    assert_eq!(created.status, 201, "{created:?}");
    created.json
}

on_each_database! {
    /// R26, R85: invited, expired, undeliverable, active, locked, inactive, removed: each in its own lists and in no other.
    async fn each_filter_finds_its_own(app) {
        let admin = app.admin();
        app.enrol("active@example.com").await;
        add(&app, "expired@example.com", |_| ()).await;
        app.send_mails().await;
        app.advance(app.env.policy.activation_life);
        add(&app, "undeliverable@example.com", |_| ()).await;
        app.postman.answer_next(Delivery::Dead { why: "550 5.1.1 no such user".to_owned() });
        app.send_mails().await;
        add(&app, "queued@example.com", |_| ()).await;
        add(&app, "inactive@example.com", |body| body["status"] = json!("inactive")).await;
        let gone = add(&app, "gone@example.com", |_| ()).await;
        admin.remove(gone["member_id"].as_str().unwrap()).await;
        app.other_admin().create("stranger@example.com").await;
        for (query, expected) in [
            ("", vec!["active", "expired", "undeliverable", "queued", "inactive"]),
            ("state=invited", vec!["expired", "undeliverable", "queued"]),
            ("state=not_activated", vec!["expired", "undeliverable", "queued"]),
            ("state=active", vec!["active"]),
            ("state=inactive", vec!["inactive"]),
            ("state=removed", vec!["-"]),
            ("state=undeliverable", vec!["undeliverable"]),
            ("state=expired", vec!["expired"]),
            ("state=locked", vec![]),
            ("state=never_signed_in", vec!["expired", "undeliverable", "queued", "inactive"]),
            ("type=caregiver&state=active", vec!["active"]),
            ("type=client", vec![]),
            ("authority=administrator", vec![]),
        ] {
            assert_eq!(names(&admin, query).await, expected, "{query}");
        }
    }

    /// Names in capitals or not, any part, accents as they are; user name and `person_ref`; each word somewhere.
    async fn words_are_looked_for_in_names_user_name_and_person_ref(app) {
        let admin = app.admin();
        add(&app, "zoe@example.com", |body| {
            body["given_name"] = json!("Zo\u{eb}");
            body["family_name"] = json!("O'Brien");
            body["person_ref"] = json!("50%_off");
        })
        .await;
        add(&app, FRANK, |body| body["person_ref"] = json!("X-4711")).await;
        for (q, expected) in [
            ("ZO%C3%8B", vec!["zoe"]),
            ("Zo%65%CC%88", vec!["zoe"]),
            ("zoe%40", vec!["zoe"]),
            ("o%27brien", vec!["zoe"]),
            ("jones+frank", vec!["frank.jones"]),
            ("jones+zoe", vec![]),
            ("x-47", vec!["frank.jones"]),
            ("EXAMPLE.com", vec!["zoe", "frank.jones"]),
            ("%25", vec!["zoe"]),
            ("_", vec!["zoe"]),
            ("%25%25", vec![]),
            ("%5C", vec![]),
            ("+", vec!["zoe", "frank.jones"]),
        ] {
            assert_eq!(names(&admin, &format!("q={q}")).await, expected, "{q}");
        }
        app.send_mails().await;
    }

    /// Attack 87 (CVE-2022-24124): whatever stands in a parameter, it is a text to look for or no parameter of ours.
    async fn hostile_parameters_are_texts_or_refused(app) {
        let admin = app.admin();
        add(&app, FRANK, |_| ()).await;
        for hostile in [
            "%27%20OR%20%271%27%3D%271", "%27%3B%20DROP%20TABLE%20memberships%3B--", "%24%7B7*7%7D", "%22%20--", "%5C%27",
            "1)%20UNION%20SELECT%20password%20FROM%20accounts--", "%E2%80%99%20OR%201%3D1",
        ] {
            assert_eq!(names(&admin, &format!("q={hostile}")).await, Vec::<String>::new(), "{hostile}");
            for parameter in ["state", "type", "authority", "order", "cursor", "limit"] {
                let refused = admin.get(&format!("?{parameter}={hostile}")).await;
                assert_eq!(problem(&refused), (400, "invalid-parameter"), "{parameter}={hostile}");
            }
        }
        for refused in [
            "q=%00", "q=a%E2%80%AEb", "state=", "state=Active", "order=id", "order=name%3BDROP", "type=", "sort=user_name",
            "state=active&state=active", "limit=5&foo=bar",
        ] {
            assert_eq!(problem(&admin.get(&format!("?{refused}")).await), (400, "invalid-parameter"), "{refused}");
        }
        let long = "x".repeat(101);
        assert_eq!(problem(&admin.get(&format!("?q={long}")).await), (400, "invalid-parameter"));
        assert_eq!(names(&admin, "").await, ["frank.jones"], "everything is still there");
        app.send_mails().await;
    }

    /// By name, a page at a time; who is added meanwhile moves nobody.
    async fn pages_by_name_follow_each_other(app) {
        let admin = app.admin();
        for family in ["delta", "bravo", "Alpha", "charlie", "echo"] {
            add(&app, &format!("{}@example.com", family.to_lowercase()), |body| body["family_name"] = json!(family)).await;
        }
        let (mut seen, mut cursor) = (vec![], String::new());
        loop {
            let page = admin.get(&format!("?order=name&limit=2{cursor}")).await.json;
            let members = page["members"].as_array().unwrap();
            seen.extend(members.iter().map(|it| it["family_name"].as_str().unwrap().to_owned()));
            if seen.len() == 2 {
                add(&app, "early@example.com", |body| body["family_name"] = json!("aaa")).await;
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, ["Alpha", "bravo", "charlie", "delta", "echo"]);
        app.send_mails().await;
    }

    /// A cursor is of one company, one order and one set of filters; it holds no name.
    async fn a_cursor_goes_with_its_list(app) {
        let admin = app.admin();
        for n in 0..3 {
            add(&app, &format!("person{n}@example.com"), |_| ()).await;
            app.other_admin().create(&format!("stranger{n}@example.com")).await;
        }
        let cursor = admin.get("?limit=1&order=name").await.json["next_cursor"].as_str().unwrap().to_owned();
        assert_eq!(names(&admin, &format!("order=name&limit=1&cursor={cursor}")).await, ["person1"]);
        assert_eq!(names(&admin, &format!("order=name&cursor={cursor}")).await, ["person1", "person2"], "of any size");
        for other in ["", "order=added", "order=name&state=invited", "order=name&q=person", "order=name&type=caregiver"] {
            let refused = admin.get(&format!("?{other}&cursor={cursor}")).await;
            assert_eq!(problem(&refused), (400, "invalid-parameter"), "{other}");
        }
        let refused = app.other_admin().get(&format!("?order=name&cursor={cursor}")).await;
        assert_eq!(problem(&refused), (400, "invalid-parameter"), "another agency's");
        app.send_mails().await;
    }

    /// One statement for a page, whatever its size.
    async fn a_page_costs_the_same_for_many_members(app) {
        let admin = app.admin();
        for n in 0..6 {
            add(&app, &format!("person{n}@example.com"), |_| ()).await;
        }
        let token = admin.token().await;
        let presented = idp_service::presented::Presented::bearer(&token);
        let origin = idp_domain::audit::Origin::default();
        let caller = idp_service::authority::Caller::accept(&app.env, &presented, &origin).await.unwrap();
        let scope = caller.company(&app.env, idp_domain::scope::Scope::MembersRead, "99999").await.unwrap().unwrap();
        let query = idp_domain::member::MemberQuery::default();
        for limit in [1, 4] {
            let listing = idp_service::provision::list(&app.env, &scope, &query, (None, limit));
            let (page, statements) = statements(listing).await;
            let page = page.unwrap().unwrap();
            assert_eq!((page.members.len() as u64, page.next.is_some()), (limit, true));
            assert_eq!(statements.len(), 1, "{statements:?}");
        }
        let counts = idp_service::provision::counts(&app.env, &scope).await.unwrap();
        assert_eq!((counts.all, counts.not_activated, counts.active), (6, 6, 0));
        app.send_mails().await;
    }
}
