//! For which agency the computer is let in (`company.md` section 3, "Device flow"; attack 36).

use idp_domain::company::CompanyState;
use idp_domain::email::EmailAddress;
use idp_domain::member::MembershipState;

use super::{
    ASKED, DENIED, LET_IN, NOT_LET_IN, PENDING, browser_of, forge, hidden, log_in, prepare, type_code,
};
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::desktop::{Codes, Desktop};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const NO_ACCESS: &str = "You do not have access to this agency";

/// Frank works for Birch Home Care, too.
async fn join_birch(app: &TestApp) {
    app.other_admin().create(FRANK).await;
    let birch = RelyingParty::new(app, "portal.22222", "https://birch.example/callback");
    birch.code(&mut app.browser(), FRANK, PASSWORD).await;
    app.advance(super::SECOND);
}

/// The agency that the computer was let in for.
async fn agency(desktop: &Desktop<'_>, app: &TestApp, codes: &Codes) -> String {
    let tokens = desktop.poll(codes).await;
    let (claims, _) = app.relying_party().verify(tokens.text("access_token")).await;
    claims["company_code"].as_str().unwrap().to_owned()
}

/// What Maple says of Frank.
async fn set_membership(app: &TestApp, state: MembershipState) {
    let mut tx = app.env.store.write().await.unwrap();
    let frank = tx.accounts().find_by_user_name(&EmailAddress::parse(FRANK).unwrap()).await.unwrap().unwrap();
    let mut membership = tx.memberships().find_of_account(app.maple.id, frank.id).await.unwrap().unwrap();
    membership.state = state;
    tx.memberships().update(&membership).await.unwrap();
    tx.commit().await.unwrap();
}

async fn set_maple(app: &TestApp, state: CompanyState) {
    let mut tx = app.env.store.write().await.unwrap();
    let mut maple = tx.companies().find(app.maple.id).await.unwrap().unwrap();
    maple.state = state;
    tx.companies().update(&maple).await.unwrap();
    tx.commit().await.unwrap();
}

on_each_database! {
    /// "If Customer is blank: chooser on the verification page"; the one chosen last stands first the next time.
    async fn who_works_for_several_agencies_says_which(app) {
        prepare(&app).await;
        join_birch(&app).await;
        let desktop = Desktop::new(&app);
        let mut browser = browser_of(&app, FRANK).await;
        let rows = |first: &str, second: &str| [first.to_owned(), second.to_owned()];
        for (shown, chosen, code) in [
            (rows("Birch Home Care 22222", "Maple Home Care 99999"), app.maple.id, "99999"),
            (rows("Maple Home Care 99999", "Birch Home Care 22222"), app.maple.id, "99999"),
            (rows("Maple Home Care 99999", "Birch Home Care 22222"), app.birch.id, "22222"),
        ] {
            let codes = desktop.ask().await;
            let page = type_code(&mut browser, &codes.user_code).await;
            assert_eq!(page.select("fieldset label"), shown);
            assert!(page.select("header").concat().contains("Home Identity"), "nobody's page yet: {page:?}");
            let page =
                browser.fill_named(&page, "device-allow", &[("company", &chosen.to_string())]).await;
            assert_eq!(page.heading(), LET_IN, "{page:?}");
            assert_eq!(agency(&desktop, &app, &codes).await, code);
        }
    }

    /// The company that the program asked for is frozen: nothing is offered, and no form chooses another (CVE-2024-52287).
    async fn the_agency_that_was_asked_for_cannot_be_changed(app) {
        prepare(&app).await;
        join_birch(&app).await;
        let desktop = Desktop::new(&app).with("company", "22222");
        let codes = desktop.ask().await;
        let mut browser = browser_of(&app, FRANK).await;
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!((page.select("#agency"), page.select("fieldset")), (vec!["Birch Home Care".to_owned()], vec![]));
        let flow = hidden(&page, "flow");
        for other in [app.maple.id.to_string(), String::new(), "nonsense".to_owned()] {
            assert_eq!(forge(&mut browser, &flow, "allow", &other).await.heading(), ASKED, "{other}");
        }
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        app.advance(super::MINUTE);
        assert_eq!(agency(&desktop, &app, &codes).await, "22222");
    }

    /// A page that has become false lets nobody in: it named an agency that is not the one any more.
    async fn nobody_is_let_in_for_an_agency_that_the_page_did_not_name(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let mut browser = browser_of(&app, FRANK).await;
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!(page.select("#agency"), ["Maple Home Care"]);
        join_birch(&app).await;
        set_membership(&app, MembershipState::Inactive { since: app.env.now() }).await;
        let again = browser.fill(&page, "device-allow", &[]).await;
        assert_eq!((again.heading().as_str(), again.select("#agency")), (ASKED, vec!["Birch Home Care".to_owned()]));
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
    }

    /// One page for an unknown company, a foreign one, an inactive membership (attack 36) and a suspended company; signing out
    /// there is a no, which the program hears.
    async fn every_reason_for_no_access_looks_the_same(app) {
        prepare(&app).await;
        let desktop = |company: &str| Desktop::new(&app).with("company", company);
        let refused = async |company: &str| {
            let desktop = desktop(company);
            let codes = desktop.ask().await;
            let mut browser = browser_of(&app, FRANK).await;
            let page = type_code(&mut browser, &codes.user_code).await;
            let flow = hidden(&page, "flow");
            let maple = app.maple.id.to_string();
            assert_eq!(forge(&mut browser, &flow, "allow", &maple).await.text(), page.text());
            assert_eq!(desktop.poll(&codes).await.error(), PENDING);
            let left = browser.fill(&page, "sign-out", &[]).await;
            assert_eq!((left.heading().as_str(), browser.session()), (NOT_LET_IN, None), "{left:?}");
            assert_eq!(desktop.poll(&codes).await.error(), DENIED);
            (page.status, page.text())
        };
        let unknown = refused("ZZZ99").await;
        assert!(unknown.1.contains(NO_ACCESS), "{unknown:?}");
        assert_eq!(refused("22222").await, unknown, "not a member");
        let at = app.env.now();
        set_maple(&app, CompanyState::Suspended { at }).await;
        assert_eq!(refused("99999").await, unknown, "suspended");
        set_maple(&app, CompanyState::Active).await;
        set_membership(&app, MembershipState::Inactive { since: at }).await;
        assert_eq!(refused("99999").await, unknown, "inactive");
    }

    /// R91: "given, membership invited: accept and continue". An open session accepts nothing; a log-in for it does.
    async fn who_is_invited_logs_in_for_it_and_is_accepted(app) {
        prepare(&app).await;
        let mut browser = browser_of(&app, FRANK).await;
        app.other_admin().create(FRANK).await;
        let desktop = Desktop::new(&app).with("company", "22222");
        let codes = desktop.ask().await;
        app.advance(super::SECOND);
        let page = type_code(&mut browser, &codes.user_code).await;
        let page = log_in(&mut browser, &page, FRANK).await;
        assert_eq!((page.heading().as_str(), page.select("#agency")), (ASKED, vec!["Birch Home Care".to_owned()]));
        let invited = "SELECT COUNT(*) FROM memberships WHERE state = 'invited'";
        assert_eq!(app.count(invited).await, 1, "looking accepts nothing");
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        assert_eq!(app.count(invited).await, 0);
        assert_eq!(agency(&desktop, &app, &codes).await, "22222");
    }
}
