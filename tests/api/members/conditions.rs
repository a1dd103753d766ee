//! `Idempotency-Key` and `If-Match` of actions (`provisioning.md` section 2).

use axum::http::Method;
use serde_json::{Value, json};

use super::{id, invited, listed};
use crate::api::{FRANK, problem};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

const KEY: (&str, &str) = ("idempotency-key", "press-1");

async fn post(app: &TestApp, suffix: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
    app.admin().send(Method::POST, suffix, body.map(|it| it.to_string()), headers).await
}

on_each_database! {
    /// Pressed twice: it happens once, and the answer is the first one, word for word.
    async fn the_same_key_does_it_once(app) {
        let member = invited(&app, FRANK).await;
        app.send_mails().await;
        let suffix = format!("/{}:resend", id(&member));
        let first = post(&app, &suffix, None, &[KEY]).await;
        assert_eq!((first.status, &first.json["invitation"]["state"]), (200, &json!("queued")));
        assert_eq!(app.send_mails().await.sent, 1);
        let again = post(&app, &suffix, None, &[KEY]).await;
        assert_eq!((again.status, &again.body, &again.headers["etag"]), (200, &first.body, &first.headers["etag"]));
        assert!(app.send_mails().await.is_idle());
        let other = post(&app, &suffix, Some(json!({})), &[KEY]).await;
        assert_eq!(problem(&other), (422, "idempotency-key-reused"));
        let removed = app.admin().send(Method::DELETE, &format!("/{}", id(&member)), None, &[KEY]).await;
        assert_eq!(removed.json["state"], "removed", "the key of another route is another key");
        let again = app.admin().send(Method::DELETE, &format!("/{}", id(&member)), None, &[KEY]).await;
        assert_eq!((again.status, again.body), (200, removed.body), "though it could not be done twice");
    }

    /// Two callers, or two members, may use the same key.
    async fn a_key_belongs_to_its_caller_and_route(app) {
        let (frank, grace) = (invited(&app, FRANK).await, invited(&app, "grace@example.com").await);
        let elsewhere = app.other_admin().create(FRANK).await;
        app.send_mails().await;
        let mut answers = vec![];
        for member in [&frank, &grace] {
            answers.push(post(&app, &format!("/{}:resend", id(member)), None, &[KEY]).await);
        }
        answers.push(app.other_admin().send(Method::POST, &format!("/{}:resend", id(&elsewhere)), None, &[KEY]).await);
        assert!(answers.iter().all(|answer| answer.status == 200));
        assert_eq!(app.send_mails().await.sent, 3);
    }

    /// What was refused does not use its key up.
    async fn a_refused_action_does_not_use_its_key_up(app) {
        let member = invited(&app, FRANK).await;
        let suffix = format!("/{}:activate", id(&member));
        assert_eq!(problem(&post(&app, &suffix, None, &[KEY]).await), (409, "wrong-state"));
        app.admin().done(id(&member), "deactivate").await;
        assert_eq!(post(&app, &suffix, None, &[KEY]).await.status, 200);
    }

    /// Two at the same moment: one mail.
    async fn two_presses_at_once_do_it_once(app) {
        let member = invited(&app, FRANK).await;
        app.send_mails().await;
        let token = format!("Bearer {}", app.admin().token().await);
        let headers = [KEY, ("authorization", token.as_str())];
        let suffix = format!("/{}:resend", id(&member));
        let press = || post(&app, &suffix, None, &headers);
        let (a, b, c, d) = tokio::join!(press(), press(), press(), press());
        for answer in [&a, &b, &c, &d] {
            assert_eq!((answer.status, &answer.body), (200, &a.body));
        }
        assert_eq!(app.send_mails().await.sent, 1);
    }

    /// RFC 9110 section 13.1.1: two editors: the second is told, and nothing the first wrote is lost.
    async fn the_second_editor_loses_nothing_silently(app) {
        let member = invited(&app, FRANK).await;
        let path = format!("/{}", id(&member));
        let seen = app.admin().get(&path).await.headers["etag"].to_str().unwrap().to_owned();
        let write = |body: Value, tag: String| {
            let (app, path) = (&app, path.clone());
            async move { app.admin().send(Method::PATCH, &path, Some(body.to_string()), &[("if-match", &tag)]).await }
        };
        let first = write(json!({"note": "by the first"}), seen.clone()).await;
        assert_eq!(first.status, 200, "{first:?}");
        let second = write(json!({"cell": "+1 555 0100"}), seen.clone()).await;
        assert_eq!(problem(&second), (412, "changed-meanwhile"));
        let now = listed(&app, FRANK).await;
        assert_eq!((&now["note"], &now["cell"]), (&json!("by the first"), &Value::Null));
        let fresh = first.headers["etag"].to_str().unwrap().to_owned();
        assert_ne!(fresh, seen);
        assert_eq!(write(json!({"cell": "+1 555 0100"}), fresh).await.status, 200);

        for tag in [format!("W/{seen}"), "\"other\"".to_owned(), "x".to_owned()] {
            for (method, suffix) in [(Method::DELETE, path.clone()), (Method::POST, format!("{path}:deactivate"))] {
                let refused = app.admin().send(method, &suffix, None, &[("if-match", &tag)]).await;
                assert_eq!(problem(&refused), (412, "changed-meanwhile"), "{tag}");
            }
        }
        let any = app.admin().send(Method::POST, &format!("{path}:deactivate"), None, &[("if-match", "*")]).await;
        assert_eq!(any.status, 200);
    }
}
