//! Clients that nobody uses go away by themselves (`registration.unused`).

use axum::http::Method;
use idp_service::sweep::sweep;

use super::{DAY, franks, manage, open, redeem, registered, relying_party, swap};
use crate::oidc::{FRANK, SECOND, franks_browser};
use crate::support::on_each_database;

on_each_database! {
    /// A client that proves who it is stays, one that does not goes after its time with all it has; those of the operator stay.
    async fn a_client_that_is_not_used_is_swept(app) {
        let app = open(app).await;
        let (used, unused) = (registered(&app, &swap()).await, registered(&app, &swap()).await);
        app.advance(89 * DAY);
        sweep(&app.env).await.unwrap();
        assert_eq!(manage(&app, Method::GET, &unused, None).await.status, 200);
        let client = relying_party(&app, &used);
        assert_eq!(redeem(&client, &used, "x", true).await.error(), (400, "invalid_grant"), "authenticated");
        app.advance(2 * DAY);
        sweep(&app.env).await.unwrap();
        assert_eq!(manage(&app, Method::GET, &unused, None).await.error(), (401, "invalid_token"));
        assert_eq!(redeem(&client, &unused, "x", true).await.error(), (401, "invalid_client"));
        assert_eq!(manage(&app, Method::GET, &used, None).await.status, 200);
        let gone = format!(
            "SELECT COUNT(*) FROM audit_events WHERE action = 'client.removed' AND subject = '{}'",
            unused.text("client_id")
        );
        assert_eq!(app.count(&gone).await, 1);
        assert_eq!(app.relying_party().redeem("x").await.error(), (400, "invalid_grant"));
    }

    /// However often it comes, a client costs one write a day.
    async fn use_is_noted_once_a_day(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let made = registered(&app, &swap()).await;
        app.advance(2 * DAY);
        let mut browser = franks_browser(&app).await;
        let client = relying_party(&app, &made);
        franks(&client, &made, &mut browser).await;
        let at = app.env.now();
        let noted = format!("SELECT COUNT(*) FROM registrations WHERE last_used_at = {}", at.millis());
        assert_eq!(app.count(&noted).await, 1);
        app.advance(SECOND);
        redeem(&client, &made, "x", true).await;
        assert_eq!(app.count(&noted).await, 1, "not noted again");
    }
}
