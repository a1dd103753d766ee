//! Changing a company: the operator all of it, its administrators the address block (R12, R35; `company.md` section 4).

use axum::http::Method;
use serde_json::json;

use super::{Program, at, paths};
use crate::api::problem;
use crate::support::on_each_database;

const ADMINISTRATOR: &str = "administrator@example.com";

on_each_database! {
    async fn the_operator_changes_everything_and_what_is_left_out_stays(app) {
        let operator = Program::of_operator(&app).await;
        let before = operator.get(&at("99999")).await.json;
        let change = json!({
            "name": "Maple & Sons", "slug": "maple-sons", "branding": {"accent": "rust"}, "databases": ["one"],
            "address": {"locality": "Toronto"}, "portal_url": null,
        });
        let changed = operator.patch(&at("99999"), &change).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        for field in ["name", "slug", "branding", "databases", "portal_url"] {
            assert_eq!(changed.json[field], change[field], "{field}");
        }
        assert_eq!(changed.json["address"]["locality"], "Toronto");
        for field in ["street_address", "region", "postal_code", "country"] {
            assert_eq!(changed.json["address"][field], before["address"][field], "{field}");
        }
        for field in ["code", "phone", "email", "state"] {
            assert_eq!(changed.json[field], before[field], "{field}");
        }
        assert_eq!(operator.get(&at("99999")).await.json, changed.json);
        let refused = operator.patch(&at("99999"), &json!({"name": null})).await;
        assert_eq!(problem(&refused), (422, "invalid-company"), "a name cannot be taken away");
        let refused = operator.patch(&at("99999"), &json!({"name": " ", "code": " "})).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-company"), vec!["$.name"]));
        let refused = operator.patch(&at("99999"), &json!({"code": " "})).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-company"), vec!["$.code"]));
    }

    /// R35: the office looks after what stands under its mails; what it is called is the operator's to say.
    async fn an_administrator_writes_the_address_block_and_nothing_else(app) {
        let tools = app.administrator(ADMINISTRATOR).await;
        let administrator = Program::by(&app, tools.token(ADMINISTRATOR).await);
        let block = json!({"address": {"street_address": "1 Elm St"}, "phone": null, "email": "new@maple.example"});
        let changed = administrator.patch(&at("99999"), &block).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!(changed.json["address"]["street_address"], "1 Elm St");
        assert_eq!((&changed.json["phone"], &changed.json["email"]), (&json!(null), &json!("new@maple.example")));
        let before = administrator.get(&at("99999")).await.json;
        let greedy = json!({
            "code": "MAPLE2", "slug": "m2", "name": "Mine", "portal_url": "https://evil.example/",
            "branding": {"accent": "rose"}, "databases": [], "phone": "1",
        });
        let refused = administrator.patch(&at("99999"), &greedy).await;
        assert_eq!(problem(&refused), (403, "authority-not-allowed"));
        let theirs = ["$.code", "$.slug", "$.name", "$.portal_url", "$.branding", "$.databases"];
        assert_eq!(paths(&refused), theirs);
        assert_eq!(administrator.get(&at("99999")).await.json, before, "not even the part that is theirs");
        let foreign = administrator.patch(&at("22222"), &json!({"phone": "1"})).await;
        assert_eq!(problem(&foreign), (404, "not-found"));
    }

    /// A program has no business here, whatever it may do with members.
    async fn an_agencys_program_changes_nothing(app) {
        let program = Program::of(&app, &app.maple).await;
        let refused = program.patch(&at("99999"), &json!({"phone": "1"})).await;
        assert_eq!((problem(&refused), paths(&refused)), ((403, "authority-not-allowed"), vec!["$.phone"]));
        for verb in [":suspend", ":resume"] {
            let path = format!("{}{verb}", at("99999"));
            assert_eq!(problem(&program.act(&path).await), (403, "operator-only"));
        }
        let path = format!("{}/aliases", at("99999"));
        assert_eq!(problem(&program.post(&path, &json!({"code": "M1M1"})).await), (403, "operator-only"));
        assert_eq!(problem(&program.delete(&format!("{path}/M1M1")).await), (403, "operator-only"));
    }

    /// RFC 9110 section 13.1.1: nobody overwrites what they did not see.
    async fn a_change_of_what_changed_meanwhile_is_refused(app) {
        let operator = Program::of_operator(&app).await;
        let seen = operator.get(&at("99999")).await;
        let tag = seen.headers["etag"].to_str().unwrap();
        let change = async |phone: &str, tag: &str| {
            let body = json!({"phone": phone});
            operator.send(Method::PATCH, &at("99999"), Some(&body), &[("If-Match", tag)]).await
        };
        let changed = change("1", tag).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!(problem(&change("2", tag).await), (412, "changed-meanwhile"));
        let fresh = changed.headers["etag"].to_str().unwrap();
        assert_eq!(fresh, operator.get(&at("99999")).await.headers["etag"]);
        assert_eq!(change("3", fresh).await.status, 200);
        assert_eq!(change("3", "*").await.status, 200);
        let suspended =
            operator.send(Method::POST, &format!("{}:suspend", at("99999")), None, &[("If-Match", tag)]).await;
        assert_eq!(problem(&suspended), (412, "changed-meanwhile"));
    }

    /// R94: who, what, and from what to what; the same again is not recorded.
    async fn a_change_is_recorded_with_what_it_was_before(app) {
        let operator = Program::of_operator(&app).await;
        for _ in 0..2 {
            let changed = operator.patch(&at("99999"), &json!({"name": "Maple & Sons"})).await;
            assert_eq!(changed.status, 200, "{changed:?}");
        }
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(Some(app.maple.id), 100).await.unwrap();
        let changed: Vec<_> = events.iter().filter(|event| event.action.as_str() == "company.changed").collect();
        assert_eq!(changed.len(), 1);
        let [change] = &changed[0].changes[..] else { panic!("{:?}", changed[0].changes) };
        assert_eq!(change.field, "name");
        assert_eq!(change.before.as_deref(), Some("Maple Home Care"));
        assert_eq!(change.after.as_deref(), Some("Maple & Sons"));
    }
}
