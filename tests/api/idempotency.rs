//! `Idempotency-Key`: the same request again gets the same answer; another one is told (`provisioning.md` section 2).

use std::time::Duration;

use serde_json::json;

use super::{FRANK, problem};
use crate::support::admin::caregiver_body;
use crate::support::on_each_database;

const KEY: [(&str, &str); 1] = [("idempotency-key", "press-1")];

on_each_database! {
    /// The stored answer comes again, 201 included, however things went on meanwhile.
    async fn the_same_key_and_body_get_the_first_answer_again(app) {
        let first = app.admin().post(&caregiver_body(FRANK), &KEY).await;
        assert_eq!(first.status, 201);
        app.send_mails().await;
        let again = app.admin().post(&caregiver_body(FRANK), &KEY).await;
        assert_eq!((again.status, &again.json), (201, &first.json), "word for word");
        assert_eq!(again.headers["content-type"], first.headers["content-type"]);
        assert!(app.send_mails().await.is_idle());
        assert_eq!(app.admin().get("").await.json["members"].as_array().unwrap().len(), 1);
    }

    /// The same key with another body is a programming mistake, said as 422; nothing happens.
    async fn the_same_key_with_another_body_is_refused(app) {
        app.admin().post(&caregiver_body(FRANK), &KEY).await;
        let refused = app.admin().post(&caregiver_body("grace@example.com"), &KEY).await;
        assert_eq!(problem(&refused), (422, "idempotency-key-reused"));
        assert!(app.find_account("grace@example.com").await.is_none());
        let other =
            app.admin().post(&caregiver_body("grace@example.com"), &[("idempotency-key", "press-2")]).await;
        assert_eq!(other.status, 201);
    }

    /// A key belongs to its caller: another agency's program may use the same one.
    async fn two_callers_may_use_the_same_key(app) {
        let one = app.admin().post(&caregiver_body(FRANK), &KEY).await;
        let two = app.other_admin().post(&caregiver_body(FRANK), &KEY).await;
        assert_eq!((one.status, two.status), (201, 201));
        assert_ne!(one.json["member_id"], two.json["member_id"]);
    }

    /// 24 hours later the key is free; the natural key still finds the person.
    async fn a_key_is_kept_for_a_day(app) {
        app.admin().post(&caregiver_body(FRANK), &KEY).await;
        app.advance(Duration::from_secs(24 * 3600 - 1));
        assert_eq!(app.admin().post(&caregiver_body(FRANK), &KEY).await.status, 201);
        assert_eq!(app.admin().post(&caregiver_body("g@example.com"), &KEY).await.status, 422);
        app.advance(Duration::from_secs(1));
        assert_eq!(app.admin().post(&caregiver_body(FRANK), &KEY).await.status, 200);
    }

    /// A refused request is not remembered: corrected, it may be sent under the same key.
    async fn a_refused_request_does_not_use_its_key_up(app) {
        let mut body = caregiver_body(FRANK);
        body["email"] = json!("other@example.com");
        assert_eq!(app.admin().post(&body, &KEY).await.status, 422);
        assert_eq!(app.admin().post(&caregiver_body(FRANK), &KEY).await.status, 201);
    }

    /// A key that cannot be one is refused before anything happens.
    async fn a_key_that_is_none_is_refused(app) {
        let long = "k".repeat(201);
        for key in ["", long.as_str()] {
            let refused = app.admin().post(&caregiver_body(FRANK), &[("idempotency-key", key)]).await;
            assert_eq!(problem(&refused), (400, "invalid-parameter"), "{key}");
        }
        let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
        assert_eq!(
            problem(&app.admin().post(&caregiver_body(FRANK), &twice).await),
            (400, "invalid-parameter")
        );
        assert!(app.find_account(FRANK).await.is_none());
        let longest = "k".repeat(200);
        assert_eq!(
            app.admin().post(&caregiver_body(FRANK), &[("idempotency-key", &longest)]).await.status,
            201
        );
    }
}

/// Twenty identical requests at once, on real threads: one account, one member, one mail, one answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_identical_requests_at_once_get_one_answer() {
    use crate::support::app::TestApp;
    use crate::support::database::TestDatabase;
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let app = TestApp::on(database).await;
        let (admin, body) = (app.admin(), caregiver_body(FRANK));
        let token = format!("Bearer {}", admin.token().await);
        let headers = [KEY[0], ("authorization", token.as_str())];
        let post = || admin.post(&body, &headers);
        let (a, b) = tokio::join!(
            async {
                tokio::join!(post(), post(), post(), post(), post(), post(), post(), post(), post(), post())
            },
            async {
                tokio::join!(post(), post(), post(), post(), post(), post(), post(), post(), post(), post())
            },
        );
        let answers = [
            a.0, a.1, a.2, a.3, a.4, a.5, a.6, a.7, a.8, a.9, b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7, b.8,
            b.9,
        ];
        for answer in &answers {
            assert_eq!((answer.status, &answer.json), (201, &answers[0].json));
        }
        assert_eq!(admin.get("").await.json["members"].as_array().unwrap().len(), 1);
        assert_eq!(app.send_mails().await.sent, 1);
        assert_eq!(app.audited().await.iter().filter(|it| **it == "member.provisioned").count(), 1);
    }
}
