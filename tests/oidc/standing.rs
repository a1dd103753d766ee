//! What was granted ends when its ground ends: attacks 47, 48, 50 and 74; rules section 5, "Deactivation".

use idp_domain::account::AccountState;
use idp_domain::client::ClientId;
use idp_domain::company::CompanyState;
use idp_domain::member::MembershipState;
use idp_service::clients;
use serde_json::json;

use super::{
    CALLBACK, FRANK, HOUR, MINUTE, SECOND, change_account, change_maple, change_membership, franks_tokens,
    register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

const INVALID: (u16, &str) = (400, "invalid_grant");

/// Frank's tokens with and without `offline_access`, from one browser.
async fn both_kinds(app: &TestApp) -> [Answer; 2] {
    let mut browser = app.browser();
    let online = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
    let page = offline(app).authorize(&mut browser).await;
    let offline = offline(app).redeem(&page.sent("code").expect("a code")).await;
    [online, offline]
}

fn offline(app: &TestApp) -> RelyingParty<'_> {
    let mut client = app.relying_party();
    client.scope = "openid offline_access company".to_owned();
    client
}

/// Another client of Maple Home Care.
async fn register_beside(app: &TestApp) -> RelyingParty<'_> {
    register(app, |client| client.id = ClientId::parse("portal.second").unwrap()).await;
    RelyingParty::new(app, "portal.second", CALLBACK)
}

async fn assert_dead(app: &TestApp, tokens: &Answer) {
    let client = app.relying_party();
    let userinfo = client.userinfo(tokens.text("access_token")).await;
    assert_eq!(userinfo.status, 401, "UserInfo fails at once");
    assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), INVALID);
}

async fn assert_alive(app: &TestApp, tokens: &Answer) -> Answer {
    let client = app.relying_party();
    assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
    let refreshed = client.refresh(tokens.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    refreshed
}

on_each_database! {
    /// Attack 47 (CVE-2026-43983): the membership is looked at on every refresh.
    async fn an_inactive_or_removed_member_keeps_no_token(app) {
        app.enrol(FRANK).await;
        let at = app.env.now();
        for ended in [MembershipState::Inactive { since: at }, MembershipState::Removed { at }] {
            change_membership(&app, FRANK, |member| member.state = MembershipState::Active { since: at })
                .await;
            let tokens = both_kinds(&app).await;
            change_membership(&app, FRANK, |member| member.state = ended).await;
            for tokens in &tokens {
                assert_dead(&app, tokens).await;
            }
        }
    }

    /// Attack 48 (CVE-2026-1609, GHSA-wv3h-x6c4-r867): the account as well, and its session with it (attack 74).
    async fn a_disabled_account_keeps_no_token_and_no_session(app) {
        app.enrol(FRANK).await;
        let tokens = both_kinds(&app).await;
        let mut browser = super::franks_browser(&app).await;
        let at = app.env.now();
        change_account(&app, FRANK, |account| {
            let password = account.password().cloned();
            account.state = AccountState::Disabled { at, password };
        })
        .await;
        for tokens in &tokens {
            assert_dead(&app, tokens).await;
        }
        let page = app.relying_party().with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(super::authorization_error(&page), "login_required");
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "Log In", "the right password is of no use");
    }

    /// R89: no log-in through a suspended company.
    async fn the_members_of_a_suspended_company_keep_no_token(app) {
        app.enrol(FRANK).await;
        let tokens = both_kinds(&app).await;
        let at = app.env.now();
        change_maple(&app, |company| company.state = CompanyState::Suspended { at }).await;
        for tokens in &tokens {
            assert_dead(&app, tokens).await;
        }
        change_maple(&app, |company| company.state = CompanyState::Active).await;
        assert_alive(&app, &tokens[0]).await;
    }

    /// Attack 49: a client that was switched off uses nothing of what it got, nor does it when it is switched on again:
    /// whoever stole its tokens must not get them back with it. What it is given from then on is good.
    async fn a_disabled_client_keeps_no_token_even_when_it_is_enabled_again(app) {
        app.enrol(FRANK).await;
        let tokens = both_kinds(&app).await;
        let client = app.relying_party();
        let second = register_beside(&app).await;
        let others = franks_tokens(&app, &second).await;
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let id = ClientId::parse(&client.client_id).unwrap();
        for _ in 0..2 {
            clients::set_enabled(&app.env, &id, false).await.unwrap();
        }
        for tokens in &tokens {
            assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401);
            assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), (401, "invalid_client"));
        }
        assert_eq!(client.redeem(&code).await.error(), (401, "invalid_client"));
        clients::set_enabled(&app.env, &id, true).await.unwrap();
        for tokens in &tokens {
            assert_dead(&app, tokens).await;
            let introspected = client.introspect(tokens.text("refresh_token")).await;
            assert_eq!(introspected.json, json!({"active": false}));
        }
        let disabled = app.audited().await.into_iter().filter(|action| *action == "client.disabled").count();
        assert_eq!(disabled, 1, "on record, once");
        assert_eq!(second.userinfo(others.text("access_token")).await.status, 200, "another client's tokens live");
        assert_alive(&app, &franks_tokens(&app, &client).await).await;
    }

    /// Attack 48 as a matrix: whatever ends the ground of a grant ends every way to a token, and what it gave.
    async fn nothing_is_granted_on_a_ground_that_ended(app) {
        app.enrol(FRANK).await;
        let mut active = AccountState::Invited;
        change_account(&app, FRANK, |account| active = account.state.clone()).await;
        for end in End::VARIANTS {
            let client = app.relying_party();
            let tokens = both_kinds(&app).await;
            let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
            let silent = app.relying_party().with("prompt", "none");
            let mut browser = super::franks_browser(&app).await;
            end.come(&app).await;
            assert_eq!(client.redeem(&code).await.error(), INVALID, "{end:?}: a code");
            for tokens in &tokens {
                let refreshed = client.refresh(tokens.text("refresh_token")).await;
                assert_eq!(refreshed.error(), INVALID, "{end:?}: a refresh token");
                let userinfo = client.userinfo(tokens.text("access_token")).await;
                assert_eq!(userinfo.status, 401, "{end:?}: an access token");
            }
            let page = silent.authorize(&mut browser).await;
            let error = super::authorization_error(&page);
            assert!(["login_required", "access_denied"].contains(&&*error), "{end:?}: a session: {error}");
            restore(&app, &active).await;
            assert_eq!(client.tokens(&mut app.browser(), FRANK, PASSWORD).await.status, 200, "{end:?}");
        }
    }

    /// `protocol.md`: without `offline_access` the family ends with the session, with it the tokens outlive it.
    async fn logging_out_ends_what_is_not_offline(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let online = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        let page = offline(&app).authorize(&mut browser).await;
        let kept = offline(&app).redeem(&page.sent("code").expect("a code")).await;
        let elsewhere = franks_tokens(&app, &app.relying_party()).await;
        let page = browser.get("/logout").await;
        browser.fill(&page, "logout-yes", &[]).await;
        assert_dead(&app, &online).await;
        assert_alive(&app, &kept).await;
        assert_alive(&app, &elsewhere).await;
    }

    /// Another person at the same browser ends the first one's session, and what began in it.
    async fn another_persons_log_in_ends_the_first_ones_tokens(app) {
        app.enrol(FRANK).await;
        app.enrol(super::MARY).await;
        let mut browser = app.browser();
        let franks = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        app.advance(SECOND);
        let client = app.relying_party().with("prompt", "login");
        client.tokens(&mut browser, super::MARY, PASSWORD).await;
        assert_dead(&app, &franks).await;
    }

    /// The same person's next log-in in the same browser ends nothing.
    async fn logging_in_again_keeps_ones_own_tokens(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        app.advance(SECOND);
        app.relying_party().with("prompt", "login").tokens(&mut browser, FRANK, PASSWORD).await;
        assert_alive(&app, &tokens).await;
    }

    /// Attack 50 (CVE-2024-46999): claims are those of now, not those of the sign-in.
    async fn a_refreshed_token_says_what_holds_now(app) {
        use idp_domain::member::SecurityRole;

        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        change_membership(&app, FRANK, |member| {
            member.particulars.security_role = SecurityRole::parse("Scheduler").unwrap();
        })
        .await;
        let userinfo = client.userinfo(tokens.text("access_token")).await.json;
        assert_eq!(userinfo["security_role"], "Scheduler");
        let refreshed = client.refresh(tokens.text("refresh_token")).await;
        for token in ["id_token", "access_token"] {
            assert_eq!(client.verify(refreshed.text(token)).await.0["security_role"], "Scheduler", "{token}");
        }
    }

    /// Rules section 5: 12 hours, with the session for what is not offline; a quiet browser does not matter.
    async fn an_unused_browser_does_not_end_a_portals_tokens(app) {
        app.enrol(FRANK).await;
        let mut tokens = franks_tokens(&app, &app.relying_party()).await;
        for _ in 0..11 {
            app.advance(HOUR);
            tokens = assert_alive_refresh(&app, &tokens).await;
        }
        app.advance(MINUTE * 59);
        tokens = assert_alive_refresh(&app, &tokens).await;
        app.advance(MINUTE);
        assert_dead(&app, &tokens).await;
    }
}

async fn assert_alive_refresh(app: &TestApp, tokens: &Answer) -> Answer {
    let refreshed = app.relying_party().refresh(tokens.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    refreshed
}

/// What can end under a grant.
#[derive(Debug, Clone, Copy)]
enum End {
    AccountDisabled,
    AccountClosed,
    MemberInactive,
    MemberRemoved,
    CompanySuspended,
}

impl End {
    const VARIANTS: [Self; 5] = [
        Self::AccountDisabled,
        Self::AccountClosed,
        Self::MemberInactive,
        Self::MemberRemoved,
        Self::CompanySuspended,
    ];

    async fn come(self, app: &TestApp) {
        let at = app.env.now();
        match self {
            Self::AccountDisabled => {
                let state = AccountState::Disabled { at, password: None };
                change_account(app, FRANK, |account| account.state = state).await;
            }
            Self::AccountClosed => {
                change_account(app, FRANK, |account| account.state = AccountState::Closed { at }).await;
            }
            Self::MemberInactive => {
                let state = MembershipState::Inactive { since: at };
                change_membership(app, FRANK, |member| member.state = state).await;
            }
            Self::MemberRemoved => {
                change_membership(app, FRANK, |member| member.state = MembershipState::Removed { at }).await;
            }
            Self::CompanySuspended => {
                change_maple(app, |company| company.state = CompanyState::Suspended { at }).await;
            }
        }
    }
}

/// Frank as he was, an active member of an active company.
async fn restore(app: &TestApp, state: &AccountState) {
    let since = app.env.now();
    change_account(app, FRANK, |account| account.state = state.clone()).await;
    change_membership(app, FRANK, |member| member.state = MembershipState::Active { since }).await;
    change_maple(app, |company| company.state = CompanyState::Active).await;
}
