//! How long a computer stays let in: rules sections 5 and 6; R54, R57.

use super::{INVALID, browser_of, prepare};
use crate::oidc::{FRANK, HOUR, MINUTE, SECOND};
use crate::support::app::PASSWORD;
use crate::support::desktop::Desktop;
use crate::support::on_each_database;

on_each_database! {
    /// Rules section 5: "desktop 12 h abs / 1 h idle"; used or not, the twelve hours are not made longer.
    async fn a_computer_is_let_in_for_twelve_hours_at_most(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let mut tokens = desktop.let_in(&browser_of(&app, FRANK).await).await;
        for _ in 0..14 {
            app.advance(MINUTE * 50);
            tokens = desktop.refresh(&tokens).await;
            assert_eq!(tokens.status, 200, "{tokens:?}");
        }
        app.advance(MINUTE * 20 - SECOND);
        tokens = desktop.refresh(&tokens).await;
        assert_eq!(tokens.status, 200, "a second before the end: {tokens:?}");
        app.advance(SECOND);
        assert_eq!(desktop.refresh(&tokens).await.error(), INVALID);
        let userinfo = app.relying_party().userinfo(tokens.text("access_token")).await;
        assert_eq!(userinfo.status, 401, "and the access token of a second ago with it");
    }

    /// Rules section 5: a program that was not used for an hour must be let in again.
    async fn a_computer_that_rests_for_an_hour_is_out(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let browser = browser_of(&app, FRANK).await;
        let (used, left) = (desktop.let_in(&browser).await, desktop.let_in(&browser).await);
        app.advance(HOUR - SECOND);
        let used = desktop.refresh(&used).await;
        assert_eq!(used.status, 200, "{used:?}");
        app.advance(SECOND);
        assert_eq!(desktop.refresh(&left).await.error(), INVALID);
        assert_eq!(desktop.refresh(&used).await.status, 200);
    }

    /// R54: the browser at the shared PC is logged out, or closed, and the desktop goes on.
    async fn a_computer_outlives_the_log_out_of_the_browser_that_let_it_in(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let mut browser = browser_of(&app, FRANK).await;
        let tokens = desktop.let_in(&browser).await;
        let waiting = desktop.ask().await;
        app.allow(&browser, &waiting).await;
        let page = browser.get("/logout").await;
        assert_eq!(browser.fill(&page, "logout-yes", &[]).await.heading(), "You are signed out");
        let tokens = desktop.refresh(&tokens).await;
        assert_eq!(app.relying_party().userinfo(tokens.text("access_token")).await.status, 200);
        assert_eq!(desktop.poll(&waiting).await.status, 200, "let in a moment before the log-out");

        app.advance(MINUTE * 59);
        let tokens = desktop.refresh(&tokens).await;
        assert_eq!(tokens.status, 200);
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(desktop.refresh(&tokens).await.status, 200);
    }

    /// Rules section 6: "No refresh beyond 12 h", whatever was asked for.
    async fn offline_access_makes_nothing_longer(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app).with("scope", "openid company offline_access members:read");
        let tokens = desktop.let_in(&browser_of(&app, FRANK).await).await;
        assert_eq!(tokens.text("scope"), "openid company");
        app.advance(HOUR);
        assert_eq!(desktop.refresh(&tokens).await.error(), INVALID);
    }
}
