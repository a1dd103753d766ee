//! Rules section 4: a password that somebody else may know opens nothing until it is reset by mail, and what began with it
//! is at an end, at every place that is asked.

use idp_domain::account::PasswordState;

use super::{frank_at, is_signed_in};
use crate::account::{FRANK, problems};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

on_each_database! {
    /// Section 4, attack 48: log-in, session, code, refresh, UserInfo and introspection consult the account.
    async fn a_compromised_password_stands_for_nothing(app) {
        let (mut browser, _) = frank_at(&app, "/account").await;
        let portal = app.relying_party();
        let first = portal.authorize(&mut browser).await.sent("code").expect("a code");
        let tokens = portal.redeem(&first).await;
        let unused = portal.authorize(&mut browser).await.sent("code").expect("a code");
        app.change_account(FRANK, |account| account.password_state = PasswordState::Compromised).await;

        assert!(!is_signed_in(&app, &mut browser).await);
        assert_eq!(browser.get("/account/password").await.heading(), "Log In");
        assert_eq!(portal.redeem(&unused).await.error(), (400, "invalid_grant"));
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(portal.introspect(tokens.text("access_token")).await.json["active"], false);
        let page = portal.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(problems(&page).concat().contains("Invalid username or password"), "{page:?}");
    }
}
