//! Administrators' own tokens (`provisioning.md` section 2): who gets one, what it opens, how old a log-in may be for which
//! call (RFC 9470), and that every end of it is seen at the next call.

use std::time::Duration;

use axum::http::Method;
use idp_domain::account::{Account, AccountState};
use idp_domain::client::{Client, Resource};
use idp_domain::company::CompanyState;
use idp_domain::member::{Authority, Membership, MembershipState};
use idp_domain::scope::Scopes;
use serde_json::{Value, json};

use super::{FRANK, problem};
use crate::support::admin::caregiver_body;
use crate::support::administrator::{API, EVERYTHING, OfficeTools, USERINFO, call, office_tools};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

const OLIVIA: &str = "olivia.park@example.com";
const SECOND: Duration = Duration::from_secs(1);
const MEMBERS: &str = "/admin/v1/companies/99999/members";
const ELSEWHERE: &str = "https://schedule.example/api";

async fn read(app: &TestApp, token: &str) -> Answer {
    call(app, (Method::GET, MEMBERS), Some(token), None).await
}

async fn write(app: &TestApp, token: &str, user_name: &str) -> Answer {
    call(app, (Method::POST, MEMBERS), Some(token), Some(&caregiver_body(user_name))).await
}

/// Whom a token is for and what it may do, and that it says so itself.
async fn worth(tools: &OfficeTools<'_>, tokens: &Answer) -> (String, String) {
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let (claims, _) = tools.client.verify(tokens.text("access_token")).await;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let scope = text(claims.get("scope"));
    assert_eq!(scope, text(tokens.json.get("scope")), "RFC 6749 section 5.1");
    (text(claims.get("aud")), scope)
}

/// Something that ends an administrator's authority, or their token.
#[derive(Debug, Clone, Copy)]
enum End {
    Demotion,
    Deactivation,
    Removal,
    Suspension,
    LogOut,
    AccountDisabled,
    AccountClosed,
    ClientDisabled,
    ClientWithoutTheApi,
    ClientOfSomebodyElse,
    ClientWithoutTheScope,
    AccessTokenRevoked,
    RefreshTokenRevoked,
    Expiry,
}

/// With what the next call is told: a token that speaks for nobody any more, an agency that is not theirs, a scope.
const ENDS: [(End, u16); 14] = [
    (End::Demotion, 404),
    (End::Deactivation, 401),
    (End::Removal, 401),
    (End::Suspension, 401),
    (End::LogOut, 401),
    (End::AccountDisabled, 401),
    (End::AccountClosed, 401),
    (End::ClientDisabled, 401),
    (End::ClientWithoutTheApi, 401),
    (End::ClientOfSomebodyElse, 401),
    (End::ClientWithoutTheScope, 403),
    (End::AccessTokenRevoked, 401),
    (End::RefreshTokenRevoked, 401),
    (End::Expiry, 401),
];

/// Puts everything back as it was.
struct Before {
    account: Account,
    membership: Membership,
    client: Client,
}

impl Before {
    async fn of(app: &TestApp) -> Self {
        Self {
            account: app.account(OLIVIA).await,
            membership: app.membership(&app.maple, OLIVIA).await,
            client: office_tools(app, Some(&app.maple)),
        }
    }

    async fn restore(&self, app: &TestApp) {
        app.change_account(OLIVIA, |it| it.state = self.account.state.clone()).await;
        app.change_membership(&app.maple, OLIVIA, |it| {
            it.state = self.membership.state;
            it.particulars = self.membership.particulars.clone();
        })
        .await;
        app.change_company(&app.maple, |it| it.state = CompanyState::Active).await;
        app.put_client(&self.client).await;
    }
}

async fn bring_about(app: &TestApp, tools: &OfficeTools<'_>, end: End, tokens: &Answer) {
    let at = app.env.now();
    let client_id = "office-tools.99999";
    match end {
        End::Demotion => {
            app.change_membership(&app.maple, OLIVIA, |it| it.particulars.authority = Authority::None).await;
        }
        End::Deactivation => {
            app.change_membership(&app.maple, OLIVIA, |it| {
                it.state = MembershipState::Inactive { since: at }
            })
            .await;
        }
        End::Removal => {
            app.change_membership(&app.maple, OLIVIA, |it| it.state = MembershipState::Removed { at }).await;
        }
        End::Suspension => {
            app.change_company(&app.maple, |it| it.state = CompanyState::Suspended { at }).await;
        }
        End::LogOut => unreachable!("needs the browser"),
        End::AccountDisabled | End::AccountClosed => {
            app.change_account(OLIVIA, |it| {
                let password = it.password().cloned();
                it.state = match end {
                    End::AccountDisabled => AccountState::Disabled { at, password },
                    _ => AccountState::Closed { at },
                };
            })
            .await;
        }
        End::ClientDisabled => app.change_client(client_id, |it| it.enabled = false).await,
        End::ClientWithoutTheApi => app.change_client(client_id, |it| it.resources.clear()).await,
        End::ClientOfSomebodyElse => app.change_client(client_id, |it| it.first_party = false).await,
        End::ClientWithoutTheScope => {
            app.change_client(client_id, |it| it.scopes = Scopes::parse("openid members:write")).await;
        }
        End::AccessTokenRevoked => {
            assert_eq!(tools.revoke(tokens.text("access_token")).await.status, 200);
        }
        End::RefreshTokenRevoked => {
            assert_eq!(tools.revoke(tokens.text("refresh_token")).await.status, 200);
        }
        End::Expiry => app.advance(app.env.policy.admin_access_token_life),
    }
}

on_each_database! {
    /// RFC 8252, RFC 8707, RFC 9068: code and PKCE at a loopback address, no question asked, a token for the one API.
    async fn an_administrator_logs_in_and_administers_in_their_own_name(app) {
        let tools = app.administrator(OLIVIA).await;
        let tokens = tools.tokens(&mut app.browser(), OLIVIA).await;
        let (claims, header) = tools.client.verify(tokens.text("access_token")).await;
        let life = app.env.policy.admin_access_token_life.as_secs();
        assert_eq!(header["typ"], "at+jwt");
        assert_eq!((&claims["aud"], &claims["company_id"]), (&json!(API), &json!(app.maple.id)));
        assert_eq!(claims["scope"], EVERYTHING.strip_prefix("openid ").expect("openid stands first"));
        assert_eq!(claims["exp"].as_u64(), claims["iat"].as_u64().map(|at| at + life));
        assert_eq!(tokens.json["expires_in"], life);
        assert!(tokens.json["id_token"].is_string(), "openid was asked for: {tokens:?}");

        let token = tokens.text("access_token");
        assert_eq!(read(&app, token).await.status, 200);
        assert_eq!(write(&app, token, FRANK).await.status, 201);
        let olivia = app.account(OLIVIA).await.id;
        let mut tx = app.env.store.read().await.expect("a transaction");
        let event = &tx.audit().list(None, 1).await.expect("the audit log")[0];
        assert_eq!(event.actor, idp_domain::audit::Actor::Person { account: olivia }, "{event:?}");
    }

    /// Attack 61: what is shown to UserInfo or to another API does not administer, and the other way round.
    async fn a_token_administers_only_where_it_is_meant_to(app) {
        let tools = app.administrator(OLIVIA).await.with("resource", ELSEWHERE);
        let elsewhere = Resource::parse(ELSEWHERE).expect("a resource");
        app.change_client("office-tools.99999", |it| { it.resources.insert(elsewhere); }).await;
        let mut browser = app.browser();
        let page = tools.client.log_in(&mut browser, OLIVIA, PASSWORD).await;
        let mut tokens = tools.redeem(&page, None).await;
        let administrative = EVERYTHING.strip_prefix("openid ").expect("openid stands first");
        for (asked, audience, scope) in [
            (None, USERINFO, "openid"),
            (Some(ELSEWHERE), ELSEWHERE, "openid"),
            (Some(API), API, administrative),
            (None, USERINFO, "openid"),
        ] {
            tokens = tools.refresh(&tokens, asked).await;
            assert_eq!(worth(&tools, &tokens).await, (audience.to_owned(), scope.to_owned()));
            let token = tokens.text("access_token");
            let (here, there) = (read(&app, token).await, tools.client.userinfo(token).await.status);
            match audience {
                API => assert_eq!((here.status, there), (200, 401)),
                USERINFO => assert_eq!((problem(&here), there), ((401, "token-invalid"), 200)),
                _ => assert_eq!((problem(&here), there), ((401, "token-invalid"), 401)),
            }
            assert_eq!(tokens.json["expires_in"] == json!(app.env.policy.admin_access_token_life.as_secs()), audience == API);
        }
    }

    /// Administrative scopes are for requests that name the API, of the agency's or the operator's own clients that were
    /// registered for it; everybody else gets a sign-in without them.
    async fn who_does_not_ask_for_the_api_gets_no_administrative_scope(app) {
        let tools = app.administrator(OLIVIA).await;
        let registered = office_tools(&app, Some(&app.maple));
        let mut unnamed = tools;
        unnamed.client.extra.clear();
        let page = unnamed.client.log_in(&mut app.browser(), OLIVIA, PASSWORD).await;
        let tokens = unnamed.redeem(&page, None).await;
        assert_eq!(worth(&unnamed, &tokens).await, (USERINFO.to_owned(), "openid".to_owned()));
        for resource in [API, &format!("{API}/"), ELSEWHERE] {
            assert_eq!(unnamed.refresh(&tokens, Some(resource)).await.error(), (400, "invalid_target"));
        }

        let tools = OfficeTools::new(&app, "office-tools.99999");
        app.put_client(&Client { resources: [].into(), ..registered.clone() }).await;
        let refused = tools.client.authorize(&mut app.browser()).await;
        assert_eq!(refused.sent("error").as_deref(), Some("invalid_target"), "{refused:?}");

        app.put_client(&Client { first_party: false, ..registered.clone() }).await;
        let mut browser = app.browser();
        let page = tools.client.log_in(&mut browser, OLIVIA, PASSWORD).await;
        assert!(!page.shows("people of your agency"), "nothing of the kind is asked: {page:?}");
        let page = browser.fill(&page, "consent-allow", &[]).await;
        let tokens = tools.redeem(&page, Some(API)).await;
        assert_eq!(worth(&tools, &tokens).await, (API.to_owned(), String::new()));
        assert_eq!(problem(&read(&app, tokens.text("access_token")).await), (401, "token-invalid"));
    }

    /// A page that stood open does not outlive a change of the client: what was taken from it is not granted.
    async fn what_the_client_lost_meanwhile_is_not_granted(app) {
        let tools = app.administrator(OLIVIA).await;
        let mut browser = app.browser();
        let page = tools.client.authorize(&mut browser).await;
        app.change_client("office-tools.99999", |it| it.resources.clear()).await;
        let page = browser.fill(&page, "login-submit", &[("UserName", OLIVIA), ("Password", PASSWORD)]).await;
        assert_eq!(tools.redeem(&page, Some(API)).await.error(), (400, "invalid_target"));
        let tokens = tools.redeem(&page, None).await;
        assert_eq!(worth(&tools, &tokens).await, (USERINFO.to_owned(), "openid".to_owned()));
    }

    /// Whoever administers is logged in: a token for it never outlives the session.
    async fn offline_access_and_administering_do_not_go_together(app) {
        let tools = app.administrator(OLIVIA).await.asking("openid offline_access members:read");
        let mut browser = app.browser();
        let tokens = tools.tokens(&mut browser, OLIVIA).await;
        assert_eq!(worth(&tools, &tokens).await.1, "members:read");
        browser.get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
        assert_eq!(problem(&read(&app, tokens.text("access_token")).await), (401, "token-invalid"));
        assert_eq!(tools.refresh(&tokens, Some(API)).await.error(), (400, "invalid_grant"));
    }

    /// RFC 9470 sections 3 and 4: writing needs a log-in of the last ten minutes, and the client learns how to get on.
    async fn writing_needs_a_fresh_log_in_and_reading_does_not(app) {
        let tools = app.administrator(OLIVIA).await;
        let mut browser = app.browser();
        let tokens = tools.tokens(&mut browser, OLIVIA).await;
        app.advance(app.env.policy.admin_fresh);
        let tokens = tools.refresh(&tokens, Some(API)).await;
        assert_eq!(write(&app, tokens.text("access_token"), FRANK).await.status, 201, "to the second");
        app.advance(SECOND);
        let tokens = tools.refresh(&tokens, Some(API)).await;
        let token = tokens.text("access_token");
        let refused = write(&app, token, "late@example.com").await;
        assert_eq!(problem(&refused), (401, "log-in-too-old"), "a refresh makes no log-in younger");
        let challenge = refused.headers["www-authenticate"].to_str().expect("ASCII");
        assert!(challenge.starts_with("Bearer ") && challenge.contains("max_age=\"600\""), "{challenge}");
        assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
        assert_eq!(read(&app, token).await.status, 200);
        assert!(app.find_account("late@example.com").await.is_none());

        for (name, value) in [("max_age", "600"), ("prompt", "login")] {
            app.advance(app.env.policy.admin_fresh + SECOND);
            let again = OfficeTools::new(&app, "office-tools.99999").with(name, value);
            let tokens = again.tokens(&mut browser, OLIVIA).await;
            let written = write(&app, tokens.text("access_token"), &format!("{name}@example.com")).await;
            assert_eq!(written.status, 201, "{name}: {written:?}");
        }
    }

    /// Attacks 47 to 50, 85: whatever ends it is seen at the next call, for reading and for writing.
    async fn every_end_of_an_administrators_authority_is_seen_at_once(app) {
        let tools = app.administrator(OLIVIA).await;
        app.employ("second@example.com", &[(&app.maple, Authority::Administrator)]).await;
        let before = Before::of(&app).await;
        for (number, (end, status)) in ENDS.into_iter().enumerate() {
            let mut browser = app.browser();
            let tokens = tools.tokens(&mut browser, OLIVIA).await;
            let token = tokens.text("access_token");
            assert_eq!(read(&app, token).await.status, 200, "{end:?}");
            app.advance(SECOND);
            if matches!(end, End::LogOut) {
                browser.get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
            } else {
                bring_about(&app, &tools, end, &tokens).await;
            }
            let user_name = format!("intruder{number}@example.com");
            assert_eq!(read(&app, token).await.status, status, "{end:?}");
            if !matches!(end, End::ClientWithoutTheScope) {
                assert_eq!(write(&app, token, &user_name).await.status, status, "{end:?}");
            }
            assert!(app.find_account(&user_name).await.is_none(), "{end:?}");
            before.restore(&app).await;
        }
    }

    /// `company.md` section 3: a token speaks for one agency, whatever else the person administers.
    async fn an_administrator_of_two_agencies_acts_for_the_one_the_token_is_for(app) {
        let tools = app.administrator(OLIVIA).await;
        app.put_client(&office_tools(&app, None)).await;
        let both = [(&app.maple, Authority::Administrator), (&app.birch, Authority::Administrator)];
        app.employ("both@example.com", &both).await;
        let statuses = async |token: &str| {
            let mut statuses = vec![];
            for company in ["99999", "22222"] {
                let path = format!("/admin/v1/companies/{company}/members");
                statuses.push(call(&app, (Method::GET, &path), Some(token), None).await.status);
            }
            statuses
        };
        assert_eq!(statuses(&tools.token("both@example.com").await).await, [200, 404]);
        for (company, expected) in [("99999", [200, 404]), ("22222", [404, 200])] {
            let tools = OfficeTools::new(&app, "office-tools").with("company", company);
            assert_eq!(statuses(&tools.token("both@example.com").await).await, expected);
        }
        let nobodys = OfficeTools::new(&app, "office-tools").token("both@example.com").await;
        assert_eq!(statuses(&nobodys).await, [404, 404], "a token for no agency is not one for all of them");
    }

    /// R13: an operator says so (scope `operator`), in a program of the operator's, and is marked as one.
    async fn an_operator_is_one_only_where_it_is_said(app) {
        app.put_client(&office_tools(&app, None)).await;
        app.put_client(&office_tools(&app, Some(&app.maple))).await;
        app.employ(OLIVIA, &[(&app.maple, Authority::None)]).await;
        let said = format!("{EVERYTHING} operator");
        let reads = async |client: &str, scope: &str| {
            let token = OfficeTools::new(&app, client).asking(scope).token(OLIVIA).await;
            read(&app, &token).await.status
        };
        assert_eq!(reads("office-tools", &said).await, 404, "asking makes nobody an operator");
        app.change_account(OLIVIA, |it| it.is_operator = true).await;
        assert_eq!(reads("office-tools", &said).await, 200);
        assert_eq!(reads("office-tools", EVERYTHING).await, 404, "nor does being one without saying so");
        assert_eq!(reads("office-tools.99999", &said).await, 404, "an agency's program is no way to the others");
        let token = OfficeTools::new(&app, "office-tools").asking(&said).token(OLIVIA).await;
        assert_eq!(read(&app, &token).await.status, 200);
        app.change_account(OLIVIA, |it| it.is_operator = false).await;
        assert_eq!(read(&app, &token).await.status, 404, "and it ends at once");
    }
}
