//! Opening a company (R12, R58), and who sees which.

use axum::http::Method;
use serde_json::json;

use super::{COMPANIES, Program, at, paths};
use crate::api::problem;
use crate::support::on_each_database;

on_each_database! {
    /// R12, R35: everything that was sent is there to be read, under the code, an id and a validator.
    async fn a_company_is_opened_and_read_by_code_and_by_id(app) {
        let operator = Program::of_operator(&app).await;
        let body = json!({
            "code": "ced-ar1", "slug": "cedar", "name": "Cedar Home Care",
            "address": {"street_address": "10 Summit Court", "locality": "London", "region": "ON", "postal_code": "N6A 1B2"},
            "phone": "(519) 555-0142", "email": "office@cedar.example", "portal_url": "https://cedar.example/HTPortal/",
            "branding": {"accent": "indigo"}, "databases": ["cedar-east", "cedar-west"],
        });
        let opened = operator.post(COMPANIES, &body).await;
        assert_eq!(opened.status, 201, "{opened:?}");
        let id = opened.text("company_id").to_owned();
        assert_eq!(opened.headers["location"], at(&id).as_str());
        for name in ["CEDAR1", "cedar1", "ced-ar1", &id] {
            let read = operator.get(&at(name)).await;
            assert_eq!(read.status, 200, "{name}: {read:?}");
            for field in ["slug", "name", "phone", "email", "portal_url", "branding", "databases"] {
                assert_eq!(read.json[field], body[field], "{field}");
            }
            assert_eq!(read.json["code"], "CEDAR1");
            assert_eq!(read.json["address"]["country"], json!(null), "every field is said");
            assert_eq!((&read.json["state"], &read.json["aliases"]), (&json!("active"), &json!([])));
            assert!(read.headers.contains_key("etag"));
        }
        assert!(app.audited().await.contains(&"company.created"));
    }

    /// `company.md` section 2: a code that is made is read out on the telephone.
    async fn a_company_without_a_code_is_given_one(app) {
        let operator = Program::of_operator(&app).await;
        let mut codes = std::collections::BTreeSet::new();
        for _ in 0..5 {
            let opened = operator.post(COMPANIES, &json!({"name": "Cedar"})).await;
            let code = opened.text("code").to_owned();
            assert!(code.len() == 6 && !code.contains(['0', 'O', '1', 'I', 'L', '5', 'S']), "{code}");
            assert_eq!(opened.json["portal_client"], json!(null), "there is no template");
            assert!(codes.insert(code));
        }
    }

    async fn every_bad_field_is_named_at_once_and_nothing_is_stored(app) {
        let operator = Program::of_operator(&app).await;
        let bad = json!({
            "code": "!", "slug": "No Slug", "name": "", "address": {"locality": "x".repeat(101)}, "email": "office",
            "portal_url": "javascript:alert(1)", "branding": {"accent": "#f00"}, "databases": ["a", ""],
        });
        let refused = operator.post(COMPANIES, &bad).await;
        assert_eq!(problem(&refused), (422, "invalid-company"));
        assert_eq!(
            paths(&refused),
            [
                "$.code", "$.slug", "$.name", "$.address.locality", "$.email", "$.portal_url",
                "$.branding.accent", "$.databases[1]",
            ]
        );
        let unknown = operator.post(COMPANIES, &json!({"name": "Cedar", "logo": "x"})).await;
        assert_eq!(problem(&unknown), (400, "invalid-body"));
        assert_eq!(operator.get(COMPANIES).await.json["companies"].as_array().unwrap().len(), 2);
    }

    /// R88: neither is ever given twice.
    async fn a_code_or_slug_that_somebody_has_is_refused_by_name(app) {
        let operator = Program::of_operator(&app).await;
        let opened = operator.post(COMPANIES, &json!({"name": "Cedar", "code": "CEDAR1", "slug": "cedar"})).await;
        assert_eq!(opened.status, 201, "{opened:?}");
        let same_code = operator.post(COMPANIES, &json!({"name": "Fir", "code": "cedar 1"})).await;
        assert_eq!(problem(&same_code), (409, "company-code-taken"));
        let same_slug = operator.post(COMPANIES, &json!({"name": "Fir", "slug": "cedar"})).await;
        assert_eq!(problem(&same_slug), (409, "company-slug-taken"));
        assert_eq!(operator.get(COMPANIES).await.json["companies"].as_array().unwrap().len(), 3, "all or nothing");
    }

    /// `provisioning.md` section 2: sent twice, opened once.
    async fn a_repeated_request_opens_one_company(app) {
        let operator = Program::of_operator(&app).await;
        let key = [("Idempotency-Key", "open-cedar")];
        let body = json!({"name": "Cedar"});
        let first = operator.send(Method::POST, COMPANIES, Some(&body), &key).await;
        let again = operator.send(Method::POST, COMPANIES, Some(&body), &key).await;
        assert_eq!((again.status, &again.json), (201, &first.json));
        assert_eq!(again.headers["location"], first.headers["location"]);
        let other = operator.send(Method::POST, COMPANIES, Some(&json!({"name": "Fir"})), &key).await;
        assert_eq!(problem(&other), (422, "idempotency-key-reused"));
    }

    async fn the_operator_lists_all_in_pages_and_finds_by_words(app) {
        let operator = Program::of_operator(&app).await;
        for name in ["Cedar Home Care", "\u{c9}cole"] {
            assert_eq!(operator.post(COMPANIES, &json!({"name": name})).await.status, 201);
        }
        let mut names = vec![];
        let mut query = "?limit=3".to_owned();
        loop {
            let page = operator.get(&format!("{COMPANIES}{query}")).await;
            let companies = page.json["companies"].as_array().unwrap();
            names.extend(companies.iter().map(|company| company["name"].as_str().unwrap().to_owned()));
            let Some(cursor) = page.json["next_cursor"].as_str() else { break };
            query = format!("?limit=3&cursor={cursor}");
        }
        // All of them within one millisecond of a clock that stands: in any order, and each once.
        names.sort();
        assert_eq!(names, ["Birch Home Care", "Cedar Home Care", "Maple Home Care", "\u{c9}cole"]);
        for (words, found) in [("cedar%20HOME", 1), ("home", 3), ("%C3%A9COLE", 1), ("22222", 1), ("%25", 0)] {
            let page = operator.get(&format!("{COMPANIES}?q={words}")).await;
            assert_eq!(page.json["companies"].as_array().unwrap().len(), found, "{words}: {page:?}");
        }
        for bad in ["?limit=0", "?limit=201", "?cursor=x", "?limit=x"] {
            assert_eq!(problem(&operator.get(&format!("{COMPANIES}{bad}")).await), (400, "invalid-parameter"));
        }
    }

    /// `company.md` section 4: everybody else sees their own, and opens none.
    async fn an_agency_sees_its_own_company_and_no_other(app) {
        let program = Program::of(&app, &app.maple).await;
        let tools = app.administrator("administrator@example.com").await;
        let administrator = Program::by(&app, tools.token("administrator@example.com").await);
        for caller in [&program, &administrator] {
            let list = caller.get(COMPANIES).await;
            let codes: Vec<_> = list.json["companies"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
            assert_eq!(codes, ["99999"], "{list:?}");
            assert_eq!(caller.get(&at("99999")).await.status, 200);
            assert_eq!(problem(&caller.get(&at("22222")).await), (404, "not-found"));
            assert_eq!(caller.get(&at("22222")).await.json, caller.get(&at("NOBODY")).await.json);
            let opened = caller.post(COMPANIES, &json!({"name": "Cedar"})).await;
            assert_eq!(problem(&opened), (403, "operator-only"));
        }
    }
}
