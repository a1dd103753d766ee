//! No way in: every reason is one page, after the log-in, and then `access_denied` (R74, R89; `company.md` section 3).

use std::time::Duration;

use idp_domain::client::{AuthMethod, Client, ClientId};
use idp_domain::company::CompanyState;
use idp_domain::member::MembershipState;

use super::arrived;
use crate::account::{FRANK, anonymous};
use crate::support::app::{PASSWORD, TestApp, portal};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const MARY: &str = "mary.miller@example.com";
const SECOND: Duration = Duration::from_secs(1);
const NO_ACCESS: &str = "You do not have access to this agency";
const CALLBACK: &str = "https://mobile.example/callback";

/// A client that serves every agency, as the mobile app does.
async fn mobile(app: &TestApp) -> RelyingParty<'_> {
    let client = Client {
        id: ClientId::parse("mobile").unwrap(),
        company: None,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec![CALLBACK.to_owned()],
        initiate_login_uri: None,
        ..portal(&app.maple, "mobile")
    };
    app.put_client(&client).await;
    RelyingParty::new(app, "mobile", CALLBACK)
}

async fn refused(app: &TestApp, company: &str) -> (Page, String) {
    let mut browser = app.browser();
    let client = mobile(app).await.with("company", company);
    let log_in = client.authorize(&mut browser).await;
    let before = anonymous(&log_in, "");
    let page = browser.fill(&log_in, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
    (page, before)
}

on_each_database! {
    /// `company.md` section 3, R74, R89, attack 24: unknown, foreign, inactive, removed, suspended: byte for byte one page.
    async fn every_reason_for_no_access_is_one_and_the_same_page(app) {
        app.enrol(FRANK).await;
        app.other_admin().create("somebody@example.com").await;
        let now = app.env.now();
        let mut pages =
            vec![refused(&app, "77777").await, refused(&app, "22222").await, refused(&app, "no code!").await];
        for state in [MembershipState::Inactive { since: now }, MembershipState::Removed { at: now }] {
            app.change_membership(&app.maple, FRANK, |it| it.state = state).await;
            pages.push(refused(&app, "99999").await);
        }
        app.change_membership(&app.maple, FRANK, |it| it.state = MembershipState::Active { since: now })
            .await;
        app.change_company(&app.maple, |it| it.state = CompanyState::Suspended { at: now }).await;
        pages.push(refused(&app, "99999").await);
        pages.push(refused(&app, &app.maple.id.to_string()).await);
        let (reference, log_in) = (anonymous(&pages[0].0, ""), pages[0].1.clone());
        for (page, before) in &pages {
            assert_eq!(
                (page.status, page.heading().as_str()),
                (200, "You do not have access to this agency")
            );
            assert_eq!(anonymous(page, ""), reference);
            assert_eq!(*before, log_in, "and nothing shows before the log-in");
            assert!(!page.shows("Maple") && !page.shows("Birch"), "{page:?}");
        }
        app.change_company(&app.maple, |it| it.state = CompanyState::Active).await;
        let (page, _) = refused(&app, "99999").await;
        assert!(page.left_to(CALLBACK) && page.sent("code").is_some(), "{page:?}");
    }

    /// R74, R75, R89: at the agency's own portal too; `access_denied` follows, and another agency is untouched.
    async fn signing_out_of_that_page_denies_access_and_ends_the_session(app) {
        app.enrol(FRANK).await;
        let now = app.env.now();
        app.change_membership(&app.maple, FRANK, |it| it.state = MembershipState::Inactive { since: now })
            .await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "You do not have access to this agency");
        let silent = app.relying_party().with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(silent.sent("error").as_deref(), Some("access_denied"), "{silent:?}");
        let denied = browser.fill(&page, "sign-out", &[]).await;
        assert!(denied.left_to("https://maple.example/callback"), "{denied:?}");
        assert_eq!((denied.sent("error").as_deref(), denied.sent("code")), (Some("access_denied"), None));
        assert_eq!(browser.session(), None);
        app.change_membership(&app.maple, FRANK, |it| it.state = MembershipState::Active { since: now })
            .await;
        assert!(arrived(&app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await), "R75");
    }

    /// The page says what is so now: opened again it looks again, and whoever it is not about is led on. It says as whom one is
    /// logged in, and lets somebody else log in.
    async fn the_page_is_there_as_long_as_its_reason(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let now = app.env.now();
        let inactive = MembershipState::Inactive { since: now };
        app.change_membership(&app.maple, FRANK, |it| it.state = inactive).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), NO_ACCESS);
        assert_eq!(page.select("#username"), [FRANK]);
        let address = page.url.clone();
        assert_eq!(browser.get(address.as_str()).await.heading(), NO_ACCESS);

        let stranger = app.browser().get(address.as_str()).await;
        assert_eq!(stranger.heading(), "Log In", "nobody is logged in there");
        let mut marys = app.browser();
        app.relying_party().code(&mut marys, MARY, PASSWORD).await;
        assert!(arrived(&marys.get(address.as_str()).await), "it is Mary's agency");

        let other = browser.get(&page.attribute("#other-account", "href").unwrap()).await;
        assert_eq!((other.heading().as_str(), other.value("UserName").as_str()), ("Log In", ""));
        app.advance(SECOND);
        let done = browser.fill(&other, "login-submit", &[("UserName", MARY), ("Password", PASSWORD)]).await;
        assert!(arrived(&done), "{done:?}");

        // A copy that stood open from before: Mary is not logged out by it, nor is a client told anything.
        assert!(arrived(&browser.fill(&page, "sign-out", &[]).await));
        assert!(browser.session().is_some());
        let asked = browser.get("/logout").await;
        browser.fill(&asked, "logout-yes", &[]).await;
        let led_on = browser.fill(&page, "sign-out", &[]).await;
        assert_eq!((led_on.status, led_on.heading().as_str()), (200, "Log In"), "{led_on:?}");

        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), NO_ACCESS);
        app.change_membership(&app.maple, FRANK, |it| it.state = MembershipState::Active { since: now }).await;
        assert!(arrived(&browser.get(page.url.as_str()).await), "R75: a reload is enough");
    }

    /// R74, attack 30: an inactive member's tokens stop at once, not when they expire.
    async fn an_inactive_members_tokens_end_at_once(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let mut browser = app.browser();
        let tokens = portal.tokens(&mut browser, FRANK, PASSWORD).await;
        let code = portal.authorize(&mut browser).await.sent("code").unwrap();
        let now = app.env.now();
        app.change_membership(&app.maple, FRANK, |it| it.state = MembershipState::Inactive { since: now })
            .await;
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(portal.redeem(&code).await.error(), (400, "invalid_grant"));
        if let Some(refresh) = tokens.json["refresh_token"].as_str() {
            assert_eq!(portal.refresh(refresh).await.error(), (400, "invalid_grant"));
        }
    }

    /// R20: added as inactive: no mail, and no way in even for somebody who has a password.
    async fn a_member_added_as_inactive_gets_no_mail_and_no_access(app) {
        app.enrol(FRANK).await;
        app.postman.take();
        let mut body = crate::support::admin::caregiver_body(FRANK);
        body["status"] = "inactive".into();
        let created = app.other_admin().post(&body, &[]).await;
        assert_eq!((created.status, &created.json["status"]), (201, &"inactive".into()), "{created:?}");
        assert_eq!(created.json["invitation"]["state"], "none");
        assert!(app.send_mails().await.is_idle());
        let (page, _) = refused(&app, "22222").await;
        assert_eq!(page.heading(), "You do not have access to this agency");
        app.send_mails().await;
        let told: Vec<String> = app.postman.take().iter().map(|mail| mail.to.to_string()).collect();
        assert_eq!(told, [FRANK], "of the log-in from another browser just now");
        let new = "new@example.com";
        let mut body = crate::support::admin::caregiver_body(new);
        body["status"] = "inactive".into();
        assert_eq!(app.admin().post(&body, &[]).await.status, 201);
        assert!(app.send_mails().await.is_idle());
        let page = app.relying_party().log_in(&mut app.browser(), new, PASSWORD).await;
        assert!(page.shows("Invalid username or password"), "{page:?}");
    }
}
