//! How far a consent reaches: to the agency and the APIs it was given for, and no further (OpenID Connect Core section
//! 3.1.2.4, RFC 8707, `company.md` section 3).

use idp_domain::client::Resource;

use super::choose::{WHICH, choose};
use super::consent::{redeemed, register_third_party, third_party, withdraw};
use super::{FRANK, SECOND, authorization_error, franks_browser, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER};

const AGENCIES: [(&str, &str); 2] = [("99999", "Maple Home Care"), ("22222", "Birch Home Care")];
const SCHEDULE: &str = "https://schedule.example/api";
const PAYROLL: &str = "https://payroll.example/v1";

/// Frank with a minute-old session, a member of both agencies who was at Maple Home Care last; and a client of neither.
async fn frank_at_two_agencies(app: &TestApp) -> Browser<'_> {
    app.enrol(FRANK).await;
    app.other_admin().create(FRANK).await;
    birch_portal(app).code(&mut app.browser(), FRANK, PASSWORD).await;
    app.advance(SECOND);
    register_third_party(app, |client| {
        client.company = None;
        client.resources = [SCHEDULE, PAYROLL].map(|name| Resource::parse(name).unwrap()).into();
    })
    .await;
    franks_browser(app).await
}

fn birch_portal(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "portal.22222", "https://birch.example/callback")
}

fn at<'a>(app: &'a TestApp, company: &str) -> RelyingParty<'a> {
    third_party(app).with("company", company)
}

/// Asking for these APIs besides, at Maple Home Care.
fn reaching<'a>(app: &'a TestApp, resources: &[&str]) -> RelyingParty<'a> {
    resources.iter().fold(at(app, "99999"), |client, resource| client.with("resource", resource))
}

/// The agency that the consent page names.
fn agency(page: &Page) -> Vec<String> {
    assert!(page.heading().starts_with("Allow "), "{page:?}");
    page.select("#agency")
}

async fn allow(browser: &mut Browser<'_>, page: &Page) -> Page {
    assert!(page.heading().starts_with("Allow "), "{page:?}");
    browser.fill(page, "consent-allow", &[]).await
}

async fn allowed(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> Answer {
    let page = client.authorize(browser).await;
    redeemed(client, &allow(browser, &page).await).await
}

/// Whether nothing is left to be asked, as the client finds out without a page.
async fn is_allowed(client: RelyingParty<'_>, browser: &mut Browser<'_>) -> bool {
    let page = client.with("prompt", "none").authorize(browser).await;
    page.sent("code").is_some() || {
        assert_eq!(authorization_error(&page), "consent_required");
        false
    }
}

async fn company_code(client: &RelyingParty<'_>, tokens: &Answer) -> String {
    client.verify(tokens.text("access_token")).await.0["company_code"].as_str().unwrap().to_owned()
}

on_each_database! {
    /// What somebody allows at one agency they have not allowed at another; each is asked for by name, and remembered.
    async fn consent_for_one_agency_is_not_consent_for_another(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        for (code, name) in AGENCIES {
            app.advance(SECOND);
            assert!(!is_allowed(at(&app, code), &mut browser).await, "{code}");
            let page = at(&app, code).authorize(&mut browser).await;
            assert_eq!(agency(&page), [name]);
            let tokens = redeemed(&third_party(&app), &allow(&mut browser, &page).await).await;
            assert_eq!(company_code(&third_party(&app), &tokens).await, code);
        }
        for (code, _) in AGENCIES {
            assert!(is_allowed(at(&app, code), &mut browser).await, "{code}: remembered");
            let page = at(&app, code).authorize(&mut browser).await;
            let tokens = redeemed(&third_party(&app), &page).await;
            assert_eq!(company_code(&third_party(&app), &tokens).await, code);
        }
    }

    /// To say no for one agency takes nothing from the other.
    async fn to_deny_one_agency_keeps_the_other(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let tokens = allowed(&at(&app, "99999"), &mut browser).await;
        let page = at(&app, "22222").authorize(&mut browser).await;
        let denied = browser.fill(&page, "consent-deny", &[]).await;
        assert_eq!(authorization_error(&denied), "access_denied");
        assert!(!is_allowed(at(&app, "22222"), &mut browser).await);
        assert!(is_allowed(at(&app, "99999"), &mut browser).await);
        assert_eq!(third_party(&app).userinfo(tokens.text("access_token")).await.status, 200);
    }

    /// A request that names no agency is for the one that is chosen; that is the one on the page, and no other is allowed.
    async fn without_a_name_the_page_names_the_agency_that_was_chosen(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let client = third_party(&app);
        for (code, name) in AGENCIES {
            assert!(!is_allowed(at(&app, code), &mut browser).await, "{code}");
            let page = client.authorize(&mut browser).await;
            assert_eq!(page.heading(), WHICH, "{page:?}");
            let page = choose(&mut browser, &page, name).await;
            assert_eq!(agency(&page), [name]);
            let tokens = redeemed(&client, &allow(&mut browser, &page).await).await;
            assert_eq!(company_code(&client, &tokens).await, code);
            assert!(is_allowed(at(&app, code), &mut browser).await, "{code}");
            app.advance(SECOND);
        }
        let page = client.authorize(&mut browser).await;
        let page = choose(&mut browser, &page, "Maple Home Care").await;
        assert!(page.sent("code").is_some(), "allowed before: {page:?}");
    }

    /// Core section 3.1.2.4: what was not on the page when the button was pressed is not allowed by it.
    async fn a_page_that_names_one_agency_allows_no_other(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let client = third_party(&app);
        let page = client.authorize(&mut browser).await;
        let page = choose(&mut browser, &page, "Maple Home Care").await;
        assert_eq!(agency(&page), ["Maple Home Care"]);
        app.advance(SECOND);
        assert!(birch_portal(&app).authorize(&mut browser).await.sent("code").is_some(), "in another tab");
        let other = client.authorize(&mut browser).await;
        assert_eq!(agency(&choose(&mut browser, &other, "Birch Home Care").await), ["Birch Home Care"]);
        let tokens = redeemed(&client, &allow(&mut browser, &page).await).await;
        assert_eq!(company_code(&client, &tokens).await, "99999", "as the page said");
        assert!(!is_allowed(at(&app, "22222"), &mut browser).await, "nobody was asked about Birch");
    }

    /// Who asks for no agency has none on the page, and nothing allowed for one.
    async fn a_request_for_no_agency_names_none(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let client = third_party(&app).with("scope", "openid email");
        let page = client.authorize(&mut browser).await;
        assert_eq!(agency(&page), [""; 0]);
        assert!(AGENCIES.iter().all(|(_, name)| !page.shows(name)), "{page:?}");
        redeemed(&client, &allow(&mut browser, &page).await).await;
        assert!(!is_allowed(at(&app, "99999").with("scope", "openid company"), &mut browser).await);
    }

    /// A client that moves from one agency to another asks anew.
    async fn a_client_that_is_bound_to_another_agency_asks_again(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let (maple, birch) = (app.maple.id, app.birch.id);
        register_third_party(&app, |client| client.company = Some(maple)).await;
        let page = third_party(&app).authorize(&mut browser).await;
        assert_eq!(agency(&page), ["Maple Home Care"]);
        redeemed(&third_party(&app), &allow(&mut browser, &page).await).await;
        assert!(is_allowed(third_party(&app), &mut browser).await);
        register_third_party(&app, |client| client.company = Some(birch)).await;
        assert!(!is_allowed(third_party(&app), &mut browser).await);
        assert_eq!(agency(&third_party(&app).authorize(&mut browser).await), ["Birch Home Care"]);
    }

    /// RFC 8707: each API a client wants to reach in somebody's name is asked for by its address, once.
    async fn every_new_api_is_asked_for(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        allowed(&at(&app, "99999"), &mut browser).await;
        for resources in [&[SCHEDULE][..], &[SCHEDULE, PAYROLL]] {
            app.advance(SECOND);
            assert!(!is_allowed(reaching(&app, resources), &mut browser).await, "{resources:?}");
            let page = reaching(&app, resources).authorize(&mut browser).await;
            assert_eq!(page.heading(), "Allow Shift Planner?");
            assert!(resources.iter().all(|resource| page.shows(resource)), "{page:?}");
            redeemed(&third_party(&app), &allow(&mut browser, &page).await).await;
            assert!(is_allowed(reaching(&app, resources), &mut browser).await, "{resources:?}");
        }
        for resources in [&[][..], &[SCHEDULE], &[PAYROLL], &[PAYROLL, SCHEDULE]] {
            assert!(is_allowed(reaching(&app, resources), &mut browser).await, "{resources:?}");
        }
        let client = reaching(&app, &[PAYROLL]);
        let code = client.authorize(&mut browser).await.sent("code").unwrap();
        let params = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", VERIFIER),
            ("resource", PAYROLL),
        ];
        let tokens = client.token(&params).await;
        assert_eq!(client.verify(tokens.text("access_token")).await.0["aud"], PAYROLL);
    }

    /// Core section 3.1.2.1, `prompt=consent`: an own client is asked about in the same words.
    async fn an_own_clients_page_names_the_agency_and_the_apis(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        register(&app, |client| {
            client.company = None;
            client.resources = [Resource::parse(SCHEDULE).unwrap()].into();
        })
        .await;
        for (code, name) in AGENCIES {
            let client = app.relying_party().with("company", code).with("resource", SCHEDULE);
            let page = client.with("prompt", "consent").authorize(&mut browser).await;
            assert_eq!(agency(&page), [name]);
            assert!(page.shows(SCHEDULE), "{page:?}");
        }
    }

    /// Withdrawn is withdrawn: for every agency and every API, at once.
    async fn a_withdrawal_reaches_every_agency_and_api(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let mut tokens = Vec::new();
        for (code, _) in AGENCIES {
            tokens.push(allowed(&at(&app, code).with("resource", SCHEDULE), &mut browser).await);
        }
        let page = withdraw(&mut browser).await;
        assert!(page.shows("You have not allowed any app"), "{page:?}");
        for (tokens, (code, _)) in tokens.iter().zip(AGENCIES) {
            assert!(!is_allowed(at(&app, code), &mut browser).await, "{code}");
            let refreshed = third_party(&app).refresh(tokens.text("refresh_token")).await;
            assert_eq!(refreshed.error(), (400, "invalid_grant"), "{code}");
            assert_eq!(third_party(&app).userinfo(tokens.text("access_token")).await.status, 401, "{code}");
        }
        allowed(&at(&app, "99999"), &mut browser).await;
        assert!(!is_allowed(at(&app, "99999").with("resource", SCHEDULE), &mut browser).await);
        assert!(!is_allowed(at(&app, "22222"), &mut browser).await);
    }
}
