//! The client configuration endpoint (RFC 7592).

use axum::http::Method;
use idp_domain::audit::AuditAction;
use serde_json::{Value, json};

use super::{franks, manage, open, path, redeem, register, registered, relying_party, send, swap, swap_with};
use crate::oidc::{FRANK, SECOND, franks_browser};
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

/// What a client sends to replace what it registered.
fn replacement(made: &Answer, members: &Value) -> Value {
    let mut metadata = swap_with(members);
    metadata["client_id"] = made.json["client_id"].clone();
    metadata
}

on_each_database! {
    /// RFC 7592 sections 2.1 and 3: the same as when it was registered, but for the secret, which only its digest is left of.
    async fn a_client_reads_what_it_registered(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        let read = manage(&app, Method::GET, &made, None).await;
        assert_eq!(read.status, 200);
        assert_eq!(read.headers["cache-control"], "no-store");
        let mut told = made.json.clone();
        told.as_object_mut().unwrap().remove("client_secret");
        assert_eq!(read.json, told);
    }

    /// RFC 7592 section 2.2: "replace, not augment", and the id must be the client's own.
    async fn a_replacement_is_whole(app) {
        let app = open(app).await;
        let narrow = json!({"policy_uri": "https://shifts.example/privacy", "scope": "openid"});
        let made = registered(&app, &swap_with(&narrow)).await;
        let replaced = manage(&app, Method::PUT, &made, Some(&replacement(&made, &json!({
            "client_name": "Shift Exchange", "client_secret": made.json["client_secret"],
        })))).await;
        assert_eq!(replaced.status, 200, "{replaced:?}");
        assert_eq!(replaced.text("client_name"), "Shift Exchange");
        assert_eq!(replaced.text("scope"), "openid profile email address phone offline_access company", "the default again");
        assert!(replaced.json.get("policy_uri").is_none());
        assert_eq!(manage(&app, Method::GET, &made, None).await.json, replaced.json);
        for bad in [
            json!({"client_id": "portal.99999"}), json!({"client_id": null}), json!({"client_secret": "guessed"}),
            json!({"redirect_uris": ["http://evil.example/"]}),
        ] {
            let mut body = replacement(&made, &json!({}));
            body.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
            assert_eq!(manage(&app, Method::PUT, &made, Some(&body)).await.status, 400, "{bad}");
        }
        assert_eq!(manage(&app, Method::GET, &made, None).await.json, replaced.json);
    }

    /// Another way to authenticate brings another secret, or none; the old one is worth nothing then.
    async fn a_secret_comes_and_goes_with_the_way_to_authenticate(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        let public = replacement(&made, &json!({"token_endpoint_auth_method": "none"}));
        let public = manage(&app, Method::PUT, &made, Some(&public)).await;
        assert!(public.json.get("client_secret").is_none() && public.json.get("client_secret_expires_at").is_none());
        let again = manage(&app, Method::PUT, &made, Some(&replacement(&made, &json!({})))).await;
        assert_ne!(again.text("client_secret"), made.text("client_secret"));
        let client = relying_party(&app, &made);
        assert_eq!(redeem(&client, &made, "x", true).await.error(), (401, "invalid_client"));
        let renewed = redeem(&client, &again, "x", true).await;
        assert_eq!(renewed.error(), (400, "invalid_grant"), "the new secret is known");
    }

    /// RFC 7592 section 2.3: 204, and nothing of it is accepted any more: secret, tokens, registration access token.
    async fn a_client_that_leaves_takes_everything_with_it(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let made = registered(&app, &swap()).await;
        let mut browser = franks_browser(&app).await;
        let client = relying_party(&app, &made);
        let tokens = franks(&client, &made, &mut browser).await;
        let gone = manage(&app, Method::DELETE, &made, None).await;
        assert_eq!((gone.status, gone.body.as_str()), (204, ""));
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(redeem(&client, &made, "x", true).await.error(), (401, "invalid_client"));
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(manage(&app, method, &made, None).await.error(), (401, "invalid_token"));
        }
        assert_eq!(client.authorize(&mut browser).await.status, 400);
        let metadata = replacement(&made, &json!({}));
        assert_eq!(manage(&app, Method::PUT, &made, Some(&metadata)).await.error(), (401, "invalid_token"));
    }

    /// RFC 7592 section 2: 405 for whatever else is tried.
    async fn other_methods_are_not_allowed(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        for (method, path) in [(Method::PATCH, path(&made)), (Method::POST, path(&made)), (Method::GET, "/register")] {
            let refused = send(&app, (method, path), None, None).await;
            assert_eq!(refused.error(), (405, "invalid_request"), "{path}");
        }
    }

    /// The operator has the last word: a client that was switched off does not come back by itself.
    async fn a_client_that_the_operator_switched_off_stays_off(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        let id = idp_domain::client::ClientId::parse(made.text("client_id")).unwrap();
        idp_service::clients::set_enabled(&app.env, &id, false).await.unwrap();
        let metadata = replacement(&made, &json!({}));
        for (method, body) in [(Method::GET, None), (Method::PUT, Some(&metadata)), (Method::DELETE, None)] {
            assert_eq!(manage(&app, method, &made, body).await.status, 403);
        }
        assert_eq!(redeem(&relying_party(&app, &made), &made, "x", true).await.error(), (401, "invalid_client"));
    }

    /// R94: what a client does to itself stands in the log, under its own name.
    async fn what_registered_itself_is_in_the_log(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        app.advance(SECOND);
        let renamed = replacement(&made, &json!({"client_name": "Shift Exchange"}));
        manage(&app, Method::PUT, &made, Some(&renamed)).await;
        manage(&app, Method::PUT, &made, Some(&renamed)).await;
        manage(&app, Method::DELETE, &made, None).await;
        let id = made.text("client_id");
        for (action, actor, times) in [
            ("client.created", "anonymous", 1), ("client.changed", id, 1), ("client.removed", id, 1),
        ] {
            let sql = format!(
                "SELECT COUNT(*) FROM audit_events WHERE action = '{action}' AND subject = '{id}' AND actor LIKE '%{actor}%'"
            );
            assert_eq!(app.count(&sql).await, times, "{action}");
        }
        assert_eq!(register(&app, None, &swap()).await.status, 201);
    }

    /// R94: a change of how it hears of ends (Back-Channel Logout section 2.2) is told as what it is.
    async fn that_a_log_out_must_name_the_session_is_in_the_log(app) {
        let app = open(app).await;
        let listens = |sid: bool| json!({
            "backchannel_logout_uri": "https://shifts.example/ended", "backchannel_logout_session_required": sid,
        });
        let made = registered(&app, &swap_with(&listens(false))).await;
        let replaced = manage(&app, Method::PUT, &made, Some(&replacement(&made, &listens(true)))).await;
        assert_eq!(replaced.json["backchannel_logout_session_required"], true, "{replaced:?}");
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(None, 1000).await.unwrap();
        let event = events.iter().find(|event| event.action == AuditAction::ClientChanged).unwrap();
        let told: Vec<_> = event.changes.iter().map(|change| (&*change.field, change.after.as_deref())).collect();
        assert_eq!(told, [("backchannel_logout_session_required", Some("true"))]);
    }
}
