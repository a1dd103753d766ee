//! Whatever ends what was granted is seen by UserInfo, introspection and refresh at once, not at expiry (`protocol.md`,
//! "Logout" and "UserInfo, introspection, revocation"; rules section 5, "Deactivation"; attacks 47 to 50, 58 and 74).

use idp_domain::account::AccountState;
use idp_domain::client::{ClientId, Resource};
use idp_domain::company::CompanyState;
use idp_domain::consent::{Consent, Permitted};
use idp_domain::member::MembershipState;
use idp_domain::scope::Scopes;
use idp_domain::session::SessionLife;
use idp_service::{Env, Policy, session};
use serde_json::json;

use super::{FRANK, HOUR, MARY, MINUTE, SECOND, change_account, change_maple, change_membership, register};
use crate::support::app::{ISSUER, PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

const ONLINE: &str = "openid profile company";
const OFFLINE: &str = "openid profile offline_access company";

/// A reason why a grant ends.
#[derive(Debug, Clone, Copy)]
enum End {
    LogOut,
    ConfirmedLogOut,
    AnotherPersonsLogIn,
    RefreshTokenRevoked,
    AccessTokenRevoked,
    CodeUsedTwice,
    RefreshTokenReplayed,
    ConsentWithdrawn,
    AccountDisabled,
    AccountClosed,
    MemberInactive,
    MemberRemoved,
    CompanySuspended,
    ClientDisabled,
}

/// What survives an end: only tokens with `offline_access`, and only the end of a session (`protocol.md`, "Token endpoint").
const ENDS: [(End, bool); 14] = [
    (End::LogOut, true),
    (End::ConfirmedLogOut, true),
    (End::AnotherPersonsLogIn, true),
    (End::RefreshTokenRevoked, false),
    (End::AccessTokenRevoked, false),
    (End::CodeUsedTwice, false),
    (End::RefreshTokenReplayed, false),
    (End::ConsentWithdrawn, false),
    (End::AccountDisabled, false),
    (End::AccountClosed, false),
    (End::MemberInactive, false),
    (End::MemberRemoved, false),
    (End::CompanySuspended, false),
    (End::ClientDisabled, false),
];

/// A fresh sign-in of Frank.
struct SignIn<'a> {
    client: RelyingParty<'a>,
    browser: Browser<'a>,
    code: String,
    /// The one that was rotated away.
    first_refresh_token: String,
    tokens: Answer,
}

async fn sign_in<'a>(app: &'a TestApp, scope: &str) -> SignIn<'a> {
    let mut client = app.relying_party();
    client.scope = scope.to_owned();
    let mut browser = app.browser();
    let code = client.code(&mut browser, FRANK, PASSWORD).await;
    let first_refresh_token = client.redeem(&code).await.text("refresh_token").to_owned();
    let tokens = client.refresh(&first_refresh_token).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    SignIn { client, browser, code, first_refresh_token, tokens }
}

/// An API of the operator that introspects the tokens for UserInfo.
async fn register_watcher(app: &TestApp) -> RelyingParty<'_> {
    register(app, |client| {
        client.id = ClientId::parse("watcher").unwrap();
        client.grant_types.clear();
        client.redirect_uris.clear();
        client.initiate_login_uri = None;
        client.serves = [Resource::parse(ISSUER).unwrap()].into();
    })
    .await;
    RelyingParty::new(app, "watcher", "")
}

/// Whether the tokens are good. Everybody who is asked says the same, in the words of their specification.
async fn are_good(watcher: &RelyingParty<'_>, sign_in: &SignIn<'_>) -> bool {
    let SignIn { client, tokens, .. } = sign_in;
    let (access_token, refresh_token) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let userinfo = client.userinfo(access_token).await;
    let at_userinfo = match userinfo.status {
        200 => true,
        401 => {
            let challenge = userinfo.headers["www-authenticate"].to_str().unwrap();
            assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
            false
        }
        _ => panic!("{userinfo:?}"),
    };
    let introspected = |answer: Answer| match (answer.status, &answer.json["active"]) {
        (200, active) if *active == json!(true) => true,
        (200, _) if answer.json == json!({"active": false}) => false,
        (401, _) if answer.error() == (401, "invalid_client") => false,
        _ => panic!("{answer:?}"),
    };
    let refreshed = client.refresh(refresh_token).await;
    let at_the_token_endpoint = match refreshed.error() {
        (200, _) => true,
        (400, "invalid_grant") | (401, "invalid_client") => false,
        _ => panic!("{refreshed:?}"),
    };
    let answers = [
        ("UserInfo", at_userinfo),
        ("introspection by the client", introspected(client.introspect(access_token).await)),
        ("introspection by the API", introspected(watcher.introspect(access_token).await)),
        ("refresh", at_the_token_endpoint),
    ];
    assert!(answers.iter().all(|(_, good)| *good == at_userinfo), "they disagree: {answers:?}");
    at_userinfo
}

/// The refresh token as its own client sees it; it is not used up.
async fn is_refresh_token_active(sign_in: &SignIn<'_>) -> bool {
    let refresh_token = sign_in.tokens.text("refresh_token");
    sign_in.client.introspect(refresh_token).await.json["active"] == json!(true)
}

async fn bring_about(app: &TestApp, end: End, sign_in: &mut SignIn<'_>) {
    let SignIn { client, browser, code, first_refresh_token, tokens } = sign_in;
    let at = app.env.now();
    match end {
        End::LogOut => {
            let page = browser.get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
            assert_eq!(page.heading(), "You are signed out");
        }
        End::ConfirmedLogOut => {
            let page = browser.get("/logout").await;
            assert_eq!(browser.fill(&page, "logout-yes", &[]).await.heading(), "You are signed out");
        }
        End::AnotherPersonsLogIn => {
            let again = app.relying_party().with("prompt", "login");
            again.code(browser, MARY, PASSWORD).await;
        }
        End::RefreshTokenRevoked => {
            assert_eq!(client.revoke(tokens.text("refresh_token")).await.status, 200);
        }
        End::AccessTokenRevoked => {
            assert_eq!(client.revoke(tokens.text("access_token")).await.status, 200);
        }
        End::CodeUsedTwice => assert_eq!(client.redeem(code).await.error(), (400, "invalid_grant")),
        End::RefreshTokenReplayed => {
            app.advance(MINUTE);
            assert_eq!(client.refresh(first_refresh_token).await.error(), (400, "invalid_grant"));
        }
        End::ConsentWithdrawn => {
            allow(app).await;
            let page = browser.get("/account/apps").await;
            let page = browser.fill(&page, "app-1-withdraw", &[]).await;
            assert!(page.status < 400, "{page:?}");
        }
        End::AccountDisabled | End::AccountClosed => {
            change_account(app, FRANK, |account| {
                let password = account.password().cloned();
                account.state = match end {
                    End::AccountDisabled => AccountState::Disabled { at, password },
                    _ => AccountState::Closed { at },
                };
            })
            .await;
        }
        End::MemberInactive => {
            change_membership(app, FRANK, |member| member.state = MembershipState::Inactive { since: at })
                .await;
        }
        End::MemberRemoved => {
            change_membership(app, FRANK, |member| member.state = MembershipState::Removed { at }).await;
        }
        End::CompanySuspended => {
            change_maple(app, |company| company.state = CompanyState::Suspended { at }).await;
        }
        End::ClientDisabled => app.change_client("portal.99999", |client| client.enabled = false).await,
    }
}

/// A consent to take back, as a client has that is not the agency's own.
async fn allow(app: &TestApp) {
    let consent = Consent {
        account: app.account(FRANK).await.id,
        client: ClientId::parse("portal.99999").unwrap(),
        permitted: Permitted { companies: [app.maple.id].into(), ..Permitted::of(Scopes::parse(OFFLINE)) },
        granted_at: app.env.now(),
    };
    let mut tx = app.env.store.write().await.unwrap();
    tx.consents().put(&consent).await.unwrap();
    tx.commit().await.unwrap();
}

/// Everything Frank's next sign-in stands on is good again; what ended stays what it is.
async fn put_right(app: &TestApp, state: &AccountState) {
    let since = app.env.now();
    change_account(app, FRANK, |account| account.state = state.clone()).await;
    change_membership(app, FRANK, |member| member.state = MembershipState::Active { since }).await;
    change_maple(app, |company| company.state = CompanyState::Active).await;
    app.change_client("portal.99999", |client| client.enabled = true).await;
}

on_each_database! {
    async fn every_end_is_seen_by_everybody_at_once(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let watcher = register_watcher(&app).await;
        let state = app.account(FRANK).await.state;
        for (end, spares_offline) in ENDS {
            for (scope, survives) in [(ONLINE, false), (OFFLINE, spares_offline)] {
                let mut ended = sign_in(&app, scope).await;
                assert!(is_refresh_token_active(&ended).await);
                app.advance(SECOND);
                bring_about(&app, end, &mut ended).await;
                assert_eq!(is_refresh_token_active(&ended).await, survives, "{end:?}: {scope}");
                assert_eq!(are_good(&watcher, &ended).await, survives, "{end:?}: {scope}");
                put_right(&app, &state).await;
            }
        }
    }

    /// And nothing else ends with it: the same person's other sign-in, and another person's.
    async fn what_ends_one_sign_in_ends_no_other(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let watcher = register_watcher(&app).await;
        let of_one_sign_in = [
            End::LogOut,
            End::ConfirmedLogOut,
            End::AnotherPersonsLogIn,
            End::RefreshTokenRevoked,
            End::AccessTokenRevoked,
            End::CodeUsedTwice,
            End::RefreshTokenReplayed,
        ];
        for end in of_one_sign_in {
            let other = sign_in(&app, ONLINE).await;
            let mut ended = sign_in(&app, ONLINE).await;
            app.advance(SECOND);
            bring_about(&app, end, &mut ended).await;
            assert!(are_good(&watcher, &other).await, "{end:?}");
        }
        let state = app.account(FRANK).await.state;
        for end in [End::AccountDisabled, End::MemberInactive, End::MemberRemoved] {
            let mut franks = sign_in(&app, ONLINE).await;
            let marys = app.relying_party().tokens(&mut app.browser(), MARY, PASSWORD).await;
            bring_about(&app, end, &mut franks).await;
            assert!(!are_good(&watcher, &franks).await, "{end:?}");
            assert_eq!(app.relying_party().userinfo(marys.text("access_token")).await.status, 200, "{end:?}");
            put_right(&app, &state).await;
        }
    }

    /// Attack 74 (GHSA-64w3-5q9m-68xf): a policy made stricter holds for sessions that began under the old one, those of
    /// "Remember me" above all.
    async fn a_session_that_is_no_longer_allowed_is_over(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let fields = [("UserName", FRANK), ("Password", PASSWORD), ("Remember me", "true")];
        browser.fill(&page, "login-submit", &fields).await;
        let lives = async |policy: &Policy| {
            let env = Env { policy: std::sync::Arc::new(policy.clone()), ..app.env.clone() };
            session::recognise(&env, browser.session()).await.unwrap().is_some_and(|it| it.is_live)
        };
        let policy = (*app.env.policy).clone();
        let off = Policy { remembered_session: policy.session, ..policy.clone() };
        let shorter = SessionLife { absolute: HOUR * 20, ..policy.remembered_session };
        let shorter = Policy { remembered_session: shorter, ..policy.clone() };

        app.advance(MINUTE * 59);
        assert!(lives(&off).await, "any session would live");
        app.advance(MINUTE);
        assert!(lives(&policy).await && lives(&shorter).await, "seven idle days");
        assert!(!lives(&off).await, "remembering is off: an idle hour ends it");
        app.advance(HOUR * 19);
        assert!(lives(&policy).await);
        assert!(!lives(&shorter).await && !lives(&off).await, "no session lives as long now");
    }
}
