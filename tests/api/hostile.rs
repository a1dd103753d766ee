//! Input meant to break something (attacks 18, 19, 70, 87): stored and shown as typed, or refused in words; never a 500.

use serde_json::json;

use super::FRANK;
use crate::support::admin::caregiver_body;
use crate::support::on_each_database;
use axum::http::Method;

on_each_database! {
    /// Attack 87 (CVE-2022-24124): SQL, templates, paths and markup in free fields come back exactly as typed.
    async fn free_text_comes_back_as_it_was_typed(app) {
        let hostile = [
            "Robert'); DROP TABLE members;--",
            "' OR '1'='1",
            "\" ; SELECT pg_sleep(10) --",
            "<script>alert(1)</script>",
            "{{7*7}} ${7*7} %{7*7} #{7*7}",
            "../../etc/passwd",
            "=cmd|' /C calc'!A0",
            "%00%0d%0aSet-Cookie: a=b",
            "\\\\server\\share",
            "\u{1F469}\u{1F3FD}\u{200D}\u{2695}\u{FE0F} Zoe\u{308} \u{5d0}\u{5d1} \u{0928}\u{0940}",
        ];
        for (n, text) in hostile.into_iter().enumerate() {
            let mut body = caregiver_body(&format!("person{n}@example.com"));
            for field in ["given_name", "family_name", "person_ref", "note"] {
                body[field] = json!(text);
            }
            let answer = app.admin().post(&body, &[]).await;
            if answer.status == 201 {
                for field in ["given_name", "family_name", "person_ref", "note"] {
                    assert_eq!(answer.json[field], text, "{field}");
                }
            } else {
                assert_eq!(answer.status, 422, "{text}: {answer:?}");
                assert!(text.contains('\u{200D}'), "only invisible characters are refused: {text}");
            }
        }
        assert_eq!(app.admin().get("?limit=200").await.status, 200);
        app.send_mails().await;
    }

    /// P11, attacks 18, 19 (CVE-2026-73420, CVE-2021-3754): addresses that look like somebody else's.
    async fn a_look_alike_address_is_refused_or_is_somebody_else(app) {
        app.admin().create(FRANK).await;
        for hostile in [
            "frank.jones\u{ff20}evil.example@example.com",
            "frank.jones\u{fe6b}example.com@example.com",
            "frank.jones@example.com\r\nBcc: a@example.com",
            "frank.jones@example.com,evil@example.com",
            "\"frank.jones@example.com\"@evil.example",
            "frank.jones@example.com\u{202e}",
            "frank.jones@example.com\u{0}",
            "Frank <frank.jones@example.com>",
            "frank.jones@[127.0.0.1]",
            "frank.jones@localhost",
            "@example.com",
            "a@b@example.com",
            "' OR 1=1--@example.com",
        ] {
            let mut body = caregiver_body(hostile);
            body["person_ref"] = json!("someone else");
            let answer = app.admin().post(&body, &[]).await;
            assert_eq!(answer.status, 422, "{hostile:?}: {answer:?}");
            let codes: Vec<_> =
                answer.json["errors"].as_array().unwrap().iter().map(|it| it["code"].clone()).collect();
            assert_eq!(codes, ["username_invalid", "email_invalid"], "{hostile:?}");
        }
        for other in
            ["frankjones@example.com", "frank.jones+work@example.com", "fr\u{430}nk.jones@example.com"]
        {
            app.admin().create(other).await;
        }
        app.send_mails().await;
        assert_eq!(app.postman.take().iter().filter(|mail| mail.to.as_str() == FRANK).count(), 1);
    }

    /// Attacks 80, 87: whatever stands in the path or the query, the answer is a refusal and never a 5xx.
    async fn hostile_paths_and_queries_fail_closed(app) {
        let admin = app.admin();
        admin.create(FRANK).await;
        for suffix in [
            "/'%20OR%201=1",
            "/%00",
            "/%ff",
            "/..",
            "/%2e%2e",
            "/mbr_%27",
            "/*",
            "/mbr_0?x=%00",
            "//",
            "/a/b/c",
            "?sort=user_name;DROP",
            "?limit=1'",
            "?cursor=\u{0}",
        ] {
            if suffix.contains('\u{0}') {
                continue;
            }
            let answer = admin.send(Method::GET, suffix, None, &[]).await;
            assert!((200..500).contains(&answer.status), "{suffix}: {answer:?}");
            assert!(!answer.json.to_string().contains(FRANK) || answer.status == 200, "{suffix}");
        }
        let members = admin.get("").await.json["members"].clone();
        assert_eq!(members.as_array().unwrap().len(), 1);
    }

    /// Twice the same name for one field, or a field hidden by case: never two readings of one body.
    async fn a_field_said_twice_is_refused(app) {
        let body = format!(r#"{{"user_name":"evil@example.com",{}"#, &caregiver_body(FRANK).to_string()[1..]);
        assert_eq!(app.admin().send(Method::POST, "", Some(body), &[]).await.status, 400);
        let mut cased = caregiver_body(FRANK);
        cased["User_Name"] = json!("evil@example.com");
        assert_eq!(app.admin().post(&cased, &[]).await.status, 400);
        assert!(app.find_account(FRANK).await.is_none());
    }
}
