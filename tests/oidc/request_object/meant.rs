//! From the client, for us, and for now: RFC 9101 section 4, RFC 7519 section 4.1. Each reading is in a test of its own beside the
//! code; these are what a client hears.

use serde_json::json;

use super::super::{MINUTE, SECOND};
use super::{INVALID, assert_refused, assert_taken, object, register_portal};
use crate::support::app::ISSUER;
use crate::support::on_each_database;

on_each_database! {
    async fn an_object_is_from_the_client_and_for_us(app) {
        register_portal(&app).await;
        for good in [
            json!({}),
            json!({"iss": null, "aud": null, "iat": null, "nbf": null, "exp": null, "jti": null}),
            json!({"aud": [ISSUER, "https://other.example"]}),
        ] {
            assert_taken(&app, &object(&app, &good), &good.to_string()).await;
        }
        for bad in [
            json!({"client_id": null}),
            json!({"client_id": "portal.22222"}),
            json!({"iss": "portal.22222"}),
            json!({"aud": "https://other.example"}),
            json!({"aud": format!("{ISSUER}/authorize")}),
            json!({"aud": []}),
            json!({"sub": "portal.99999"}),
        ] {
            assert_refused(&app, &object(&app, &bad), INVALID, &bad.to_string()).await;
        }
    }

    /// To the second, beside a minute for clocks; a page that stands open is not refused for it.
    async fn an_object_ends_and_does_not_begin_before_its_time(app) {
        register_portal(&app).await;
        let now = app.env.now().seconds();
        let (ending, beginning) = (object(&app, &json!({"exp": now + 10})), object(&app, &json!({"nbf": now + 120})));
        assert_taken(&app, &ending, "now").await;
        assert_refused(&app, &beginning, INVALID, "too early").await;
        app.advance(SECOND * 69);
        assert_taken(&app, &ending, "late").await;
        assert_taken(&app, &beginning, "in time").await;
        app.advance(SECOND);
        assert_refused(&app, &ending, INVALID, "too late").await;
        app.advance(MINUTE * 10);
        assert_refused(&app, &ending, INVALID, "much too late").await;
    }
}
