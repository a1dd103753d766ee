//! Bad requests: every problem at once with its path, and no body we did not understand (R10, R17, R18; RFC 9457).

use serde_json::{Value, json};

use super::companies::Program;
use super::{FRANK, problem};
use crate::support::admin::caregiver_body;
use crate::support::on_each_database;
use axum::http::Method;

fn found(answer: &crate::support::relying_party::Answer) -> Vec<(&str, &str)> {
    let errors = answer.json["errors"].as_array().unwrap_or_else(|| panic!("no errors in {answer:?}"));
    errors.iter().map(|it| (it["path"].as_str().unwrap(), it["code"].as_str().unwrap())).collect()
}

on_each_database! {
    /// R9, R10, R17, R18: all of them at once, in the order of the form, with stable codes; nothing is stored.
    async fn every_bad_field_is_named_at_once(app) {
        let refused = app.admin().post(&json!({}), &[]).await;
        assert_eq!(problem(&refused), (422, "invalid-member"));
        assert_eq!(
            found(&refused),
            [
                ("$.user_name", "username_missing"),
                ("$.email", "email_missing"),
                ("$.given_name", "value_missing"),
                ("$.family_name", "value_missing"),
                ("$.person_ref", "value_missing"),
                ("$.member_type", "person_type_invalid"),
                ("$.security_role", "role_missing"),
            ]
        );
        let refused = app.admin().post(&json!({
            "user_name": "no address", "email": "a@b", "given_name": "x".repeat(101), "family_name": "a\u{202e}b",
            "person_ref": "y".repeat(65), "member_type": "nurse", "security_role": "r".repeat(65),
            "authority": "root", "status": "maybe", "cell": "1".repeat(41), "note": "n".repeat(1001),
        }), &[]).await;
        assert_eq!(
            found(&refused),
            [
                ("$.user_name", "username_invalid"),
                ("$.email", "email_invalid"),
                ("$.given_name", "value_too_long"),
                ("$.family_name", "value_invalid"),
                ("$.person_ref", "value_too_long"),
                ("$.member_type", "person_type_invalid"),
                ("$.security_role", "value_invalid"),
                ("$.authority", "value_invalid"),
                ("$.cell", "value_too_long"),
                ("$.note", "value_too_long"),
                ("$.status", "value_invalid"),
            ]
        );
        assert_eq!(app.admin().get("").await.json["members"], json!([]));
        assert!(app.send_mails().await.is_idle());
    }

    /// R80, L10, Q9 (CVE-2026-16072): an office may start what a person finishes; it has no way to choose a password, to ask for a
    /// link or to answer a question, by any name or verb.
    async fn an_office_has_no_say_in_how_a_person_proves_themselves(app) {
        for name in ["password", "link", "activation_link", "questions", "answers", "recovery_code", "email_verified"] {
            let mut body = caregiver_body(FRANK);
            body[name] = json!("Correct horse battery staple");
            let refused = app.admin().post(&body, &[]).await;
            assert_eq!(problem(&refused), (400, "invalid-body"), "{name}: {refused:?}");
        }
        assert_eq!(app.admin().get("").await.json["members"], json!([]));
        let created = app.admin().create(FRANK).await;
        let member = created["member_id"].as_str().expect("a member").to_owned();
        let secret = Some(json!({"password": "x"}).to_string());
        let patched = app.admin().send(Method::PATCH, &format!("/{member}"), secret.clone(), &[]).await;
        assert_eq!(problem(&patched), (400, "invalid-body"));
        for verb in [Method::PUT, Method::PATCH, Method::POST, Method::DELETE] {
            for below in ["/password", "/questions", "/link", "/recovery-code", ":set-password", ":link"] {
                if below.starts_with(':') && verb != Method::POST {
                    continue;
                }
                let suffix = format!("/{member}{below}");
                let answer = app.admin().send(verb.clone(), &suffix, secret.clone(), &[]).await;
                assert!(matches!(answer.status, 404 | 405), "{verb} {below}: {answer:?}");
            }
        }
        assert_eq!(app.admin().get(&format!("/{member}")).await.json, created);
    }

    /// R9, R10, R18: one thing wrong at a time.
    async fn each_rule_of_the_form_has_its_own_code(app) {
        let cases: [(&str, Value, (&str, &str)); 8] = [
            ("email", json!("other@example.com"), ("$.email", "username_email_mismatch")),
            ("email", json!(""), ("$.email", "email_missing")),
            ("security_role", json!(""), ("$.security_role", "role_missing")),
            ("security_role", json!("unrestricted"), ("$.security_role", "role_not_allowed")),
            ("security_role", json!("Scheduling"), ("$.security_role", "role_not_allowed")),
            ("member_type", json!("Caregiver"), ("$.member_type", "person_type_invalid")),
            ("user_name", json!("a@b\u{ff20}example.com"), ("$.user_name", "username_invalid")),
            ("note", json!("a\u{0}b"), ("$.note", "value_invalid")),
        ];
        for (field, value, expected) in cases {
            let mut body = caregiver_body(FRANK);
            body[field] = value;
            let refused = app.admin().post(&body, &[]).await;
            assert_eq!(
                (problem(&refused), found(&refused)),
                ((422, "invalid-member"), vec![expected]),
                "{body}"
            );
        }
        let mut silent = caregiver_body(FRANK);
        silent["member_type"] = json!("office_staff");
        silent.as_object_mut().unwrap().remove("security_role");
        let refused = app.admin().post(&silent, &[]).await;
        assert_eq!(
            found(&refused),
            [("$.security_role", "role_missing")],
            "office staff are never trusted by silence"
        );
    }

    /// A field we do not know is a mistake we say, not one we swallow.
    async fn a_body_of_another_shape_is_refused_in_words(app) {
        let mut unknown = caregiver_body(FRANK);
        unknown["pasword"] = json!("please set this one");
        let mut number = caregiver_body(FRANK);
        number["person_ref"] = json!(4711);
        let mut null = caregiver_body(FRANK);
        null["user_name"] = Value::Null;
        let good = caregiver_body(FRANK).to_string();
        let bodies = [
            (unknown.to_string(), "pasword"),
            (number.to_string(), ""),
            (null.to_string(), ""),
            (format!("[{good}]"), ""),
            ("\"text\"".to_owned(), ""),
            ("null".to_owned(), ""),
            (String::new(), ""),
            (good[..good.len() - 1].to_owned(), ""),
            (format!("{good}{good}"), ""),
            (format!("{{\"user_name\":\"a@example.com\",{}", &good[1..]), "user_name"),
            ("[".repeat(10_000), ""),
            ("{\"note\":\"\\ud800\"}".to_owned(), ""),
        ];
        for (body, named) in bodies {
            let refused = app.admin().send(Method::POST, "", Some(body.clone()), &[]).await;
            assert!(matches!(problem(&refused), (400, "invalid-body")), "{body:.80}: {refused:?}");
            let detail = refused.text("detail");
            assert!(!detail.contains("please set this one") && detail.len() < 500, "{detail}");
            assert!(detail.contains(named), "{detail}");
        }
        assert!(app.find_account(FRANK).await.is_none());
    }

    /// RFC 9457: whatever the operation, the field that is of another type, or none of ours, is named by its path; what was
    /// sent is not repeated.
    async fn a_field_of_another_type_is_named_by_its_path(app) {
        let program = Program::of_operator(&app).await;
        let member = app.admin().create(FRANK).await["member_id"].as_str().expect("a member").to_owned();
        let company = "/admin/v1/companies/99999";
        let members = format!("{company}/members");
        let mut hats = caregiver_body("grace@example.com");
        hats["other_persons"] = json!([{"member_type": "client", "person_ref": "a"}, {"member_type": 7}]);
        let mut nameless = caregiver_body("grace@example.com");
        nameless["other_persons"] = json!([{"kind": "secret stuff"}]);
        let post = Method::POST;
        let cases = [
            (&post, members.clone(), json!({"person_ref": 4711}), ("$.person_ref", "value_invalid")),
            (&post, members.clone(), json!({"note": {"a": "secret stuff"}}), ("$.note", "value_invalid")),
            (&post, members.clone(), hats, ("$.other_persons[1].member_type", "value_invalid")),
            (&post, members.clone(), nameless, ("$.other_persons[0].kind", "field_unknown")),
            (&Method::PATCH, format!("{members}/{member}"), json!({"cell": true}), ("$.cell", "value_invalid")),
            (&post, format!("{members}/{member}:propose-email"), json!({"email": []}), ("$.email", "value_invalid")),
            (&post, format!("{members}/{member}:propose-email"), json!({"mail": "x"}), ("$.mail", "field_unknown")),
            (&post, "/admin/v1/companies".to_owned(), json!({"address": "secret stuff"}), ("$.address", "value_invalid")),
            (&Method::PATCH, company.to_owned(), json!({"address": {"locality": 1}}), ("$.address.locality", "value_invalid")),
            (&post, format!("{company}/aliases"), json!({"code": 12345}), ("$.code", "value_invalid")),
            (&post, format!("{company}/clients"), json!({"scopes": ["a", 1]}), ("$.scopes[1]", "value_invalid")),
            (&post, format!("{company}/clients/portal.99999:rotate-secret"), json!({"overlap_hours": "secret stuff"}), ("$.overlap_hours", "value_invalid")),
            (&post, format!("{company}/bulk-invitations?dry_run=true"), json!({"rows": [{}, {"email": 1}]}), ("$.rows[1].email", "value_invalid")),
            (&post, format!("{company}/bulk-invitations?dry_run=true"), json!({"rows": [{"e-mail": "x"}]}), ("$.rows[0].e-mail", "field_unknown")),
        ];
        for (method, path, body, expected) in cases {
            let refused = program.send(method.clone(), &path, Some(&body), &[]).await;
            assert_eq!((problem(&refused), found(&refused)), ((400, "invalid-body"), vec![expected]), "{path} {body}");
            assert!(!refused.json["errors"].to_string().contains("secret stuff"), "{refused:?}");
        }
        let number = program.send(post, &members, Some(&json!({"person_ref": 4711})), &[]).await;
        assert_eq!(number.json["errors"][0]["detail"], "must be a string");
    }

    /// Only JSON, and only so much of it; the refusal is a problem too, not a page.
    async fn another_content_type_or_too_much_of_it_is_refused(app) {
        let good = caregiver_body(FRANK).to_string();
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "",
            "application/jsonp",
            "multipart/form-data",
        ] {
            let headers = [("content-type", content_type)];
            let refused = app.admin().send(Method::POST, "", Some(good.clone()), &headers).await;
            assert_eq!(problem(&refused), (400, "invalid-body"), "{content_type}");
        }
        let large = json!({"note": "x".repeat(70_000)});
        assert_eq!(problem(&app.admin().post(&large, &[]).await), (413, "body-too-large"));
        let headers = [("content-type", "Application/JSON; charset=utf-8")];
        let created = app.admin().send(Method::POST, "", Some(good), &headers).await;
        assert_eq!(created.status, 201, "{created:?}");
    }
}
