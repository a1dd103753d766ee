//! An account that the operator switched off opens nothing, at no agency, and nothing issued in its name is taken any more
//! (`company.md` section 4; rules section 5, "Deactivation"; attacks 48, 74).

use idp_domain::account::AccountState;
use idp_domain::audit::Actor;
use idp_domain::client::BackchannelLogout;
use idp_service::operators::{self, AccountError, AccountRef};

use super::commands;
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

async fn disable(app: &TestApp, named: &str) -> Result<(), AccountError> {
    operators::disable(&app.env, &commands(app), &AccountRef::parse(named).unwrap()).await.map(drop)
}

async fn enable(app: &TestApp, named: &str) -> Result<(), AccountError> {
    operators::enable(&app.env, &commands(app), &AccountRef::parse(named).unwrap()).await.map(drop)
}

/// Signed in without a session that could end first.
fn offline(app: &TestApp) -> RelyingParty<'_> {
    let mut client = app.relying_party();
    client.scope = "openid offline_access company".to_owned();
    client
}

async fn assert_dead(app: &TestApp, tokens: &Answer) {
    let client = app.relying_party();
    assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401);
    assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
}

on_each_database! {
    /// Everything ends in one stroke, everybody is told, and the log-in page says no more than it always does (P9).
    async fn a_disabled_account_opens_nothing_and_its_clients_are_told(app) {
        app.enrol(FRANK).await;
        app.change_client("portal.99999", |client| {
            let uri = "https://maple.example/logged-out".parse().unwrap();
            client.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
        })
        .await;
        let (mut browser, mut other) = (app.browser(), app.browser());
        let online = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        let offline = offline(&app).tokens(&mut other, FRANK, PASSWORD).await;
        assert_eq!(browser.get("/account").await.heading(), "Your account");

        disable(&app, FRANK).await.expect("an active account");
        assert_eq!(browser.get("/account").await.heading(), "Log In");
        for tokens in [&online, &offline] {
            assert_dead(&app, tokens).await;
        }
        app.send_logouts().await;
        assert_eq!(app.outbound.take_posts().len(), 2, "one for each session");
        let refused = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(refused.shows("Invalid username or password"), "{refused:?}");
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(None, 100).await.unwrap();
        let event = events.iter().find(|event| event.action.as_str() == "account.disabled").expect("recorded");
        assert_eq!((event.account, &event.actor), (Some(app.account(FRANK).await.id), &Actor::System));
    }

    /// On again, the same password logs in, and what was ended stays ended.
    async fn an_enabled_account_logs_in_again_and_nothing_old_comes_back(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let old = offline(&app).tokens(&mut browser, FRANK, PASSWORD).await;
        let id = app.account(FRANK).await.id.to_string();
        disable(&app, &id).await.expect("by id as well");
        enable(&app, &id).await.expect("a disabled account");
        assert_eq!(browser.get("/account").await.heading(), "Log In");
        assert_dead(&app, &old).await;
        let tokens = app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(app.relying_party().userinfo(tokens.text("access_token")).await.status, 200);
        let audited = app.audited().await;
        assert!(audited.contains(&"account.disabled") && audited.contains(&"account.enabled"), "{audited:?}");
    }

    /// A mailed link from before is no way in, neither while the account is off nor afterwards (L3).
    async fn a_reset_link_from_before_is_dead(app) {
        app.enrol(FRANK).await;
        app.postman.take();
        let mut browser = app.browser();
        let page = browser.get("/forgot").await;
        browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
        while !app.send_mails().await.is_idle() {}
        let mails = app.postman.take();
        let link = mails.iter().flat_map(|mail| mail.text.split_whitespace()).find(|word| word.contains("/reset?ticket="));
        let link = link.expect("a link").to_owned();
        disable(&app, FRANK).await.unwrap();
        let off = app.browser().get(&link).await;
        assert!(off.select("input").iter().all(String::is_empty) && off.shows("replaced"), "{off:?}");
        enable(&app, FRANK).await.unwrap();
        let on = app.browser().get(&link).await;
        assert!(on.shows("replaced"), "{on:?}");
    }

    /// Each refusal says what is so; nothing was changed.
    async fn only_what_is_active_is_switched_off_and_only_that_on_again(app) {
        app.admin().create(FRANK).await;
        let told = |result: Result<(), AccountError>| result.unwrap_err().to_string();
        assert!(told(disable(&app, FRANK).await).contains("is not active"));
        assert!(told(enable(&app, FRANK).await).contains("is not disabled"));
        assert_eq!(told(disable(&app, "nobody@example.com").await), "there is no account nobody@example.com");
        assert_eq!(app.account(FRANK).await.state, AccountState::Invited);
    }

    /// Of two who switch it off at once, both are right, one did it.
    async fn switching_off_twice_at_once_is_done_once(app) {
        app.enrol(FRANK).await;
        let (one, two) = tokio::join!(disable(&app, FRANK), disable(&app, FRANK));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let audited = app.audited().await;
        assert_eq!(audited.iter().filter(|action| **action == "account.disabled").count(), 1);
    }
}
