//! For which agency the computer is let in (`company.md` section 3, "Device flow"; attack 36).

use idp_domain::company::CompanyState;
use idp_domain::email::EmailAddress;
use idp_domain::id::CompanyId;
use idp_domain::member::MembershipState;

use super::{
    ASKED, DENIED, LET_IN, NOT_LET_IN, PENDING, browser_of, forge, hidden, log_in, prepare, type_code,
};
use crate::account::{FRANK, problems};
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
            (rows("Birch Home Care Springfield · Code 22222", "Maple Home Care Springfield · Code 99999"), app.maple.id, "99999"),
            (rows("Maple Home Care Springfield · Code 99999", "Birch Home Care Springfield · Code 22222"), app.maple.id, "99999"),
            (rows("Maple Home Care Springfield · Code 99999", "Birch Home Care Springfield · Code 22222"), app.birch.id, "22222"),
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

    /// `company.md` section 3, "search above 10" and "last used first", without JavaScript: looking for an agency loses neither the
    /// code nor what is asked, and answers nothing.
    async fn who_works_for_many_agencies_looks_for_one(app) {
        prepare(&app).await;
        join_birch(&app).await;
        app.join_many(FRANK, 0..8).await;
        let desktop = Desktop::new(&app);
        let mut browser = browser_of(&app, FRANK).await;
        let codes = desktop.ask().await;
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!((page.select("fieldset label").len(), page.select("#q").len()), (10, 0), "ten are looked through");

        app.advance(super::SECOND);
        app.join_many(FRANK, 8..9).await;
        let page = browser.get(page.url.as_str()).await;
        let listed = page.select("fieldset label");
        assert_eq!((listed.len(), page.select("#found")), (11, vec!["11 agencies found.".to_owned()]));
        assert_eq!(listed[0], "Oak Home Care Town8 · Code OAK08", "the one used last");
        let flow = page.attribute("form[role=search] input[name=flow]", "value").unwrap();
        let action = page.attribute("form[role=search]", "action").unwrap();
        let search = |q: &str| {
            let pairs = [("flow", flow.as_str()), ("q", q)];
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            format!("{action}?{query}")
        };
        for (q, expected) in [("maple", 1), ("oak town3", 1), ("OAK", 9), ("99999", 1), ("  ", 11)] {
            let found = browser.get(&search(q)).await;
            assert_eq!((found.heading().as_str(), found.select("fieldset label").len()), (ASKED, expected), "{q}");
        }
        let none = browser.get(&search("\"><script>alert(1)</script>")).await;
        assert!(none.shows("No agency of yours is called that") && none.select("script").is_empty(), "{none:?}");
        assert!(none.select("#device-allow, fieldset").is_empty() && !none.select("#device-deny").is_empty());
        let all = none.attribute("#all", "href").unwrap();
        assert_eq!(browser.get(&all).await.select("fieldset label").len(), 11, "a way back");
        assert_eq!(desktop.poll(&codes).await.error(), PENDING, "that was not a yes");

        let found = browser.get(&search("maple home")).await;
        assert_eq!(browser.fill(&found, "device-allow", &[]).await.heading(), LET_IN);
        app.advance(super::MINUTE);
        assert_eq!(agency(&desktop, &app, &codes).await, "99999");
        let codes = desktop.ask().await;
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!(page.select("fieldset label")[0], "Maple Home Care Springfield · Code 99999", "the one chosen last");
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
        assert!(problems(&again)[0].contains("The agency is another one than before"), "{again:?}");
        assert_eq!((again.heading().as_str(), again.select("#agency")), (ASKED, vec!["Birch Home Care".to_owned()]));
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
    }

    /// The same where there is a choice: who chose an agency that has closed since, a foreign one or none is told so and chooses
    /// anew. Nothing is proposed to somebody who meant another one a moment ago.
    async fn an_agency_that_is_gone_is_chosen_anew(app) {
        prepare(&app).await;
        join_birch(&app).await;
        app.join_many(FRANK, 0..1).await;
        let desktop = Desktop::new(&app);
        let mut browser = browser_of(&app, FRANK).await;
        let codes = desktop.ask().await;
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!(page.select("fieldset [checked]").len(), 1);
        set_maple(&app, CompanyState::Suspended { at: app.env.now() }).await;
        let (maple, nobodys) = (app.maple.id.to_string(), CompanyId::new(app.env.now(), app.env.entropy()));
        for (company, said) in [
            (maple.as_str(), "not open any more: choose again"),
            (&nobodys.to_string(), "not open any more: choose again"),
            ("nonsense", "not open any more: choose again"),
            ("", "Choose an agency first"),
        ] {
            let again = browser.fill_named(&page, "device-allow", &[("company", company)]).await;
            assert_eq!((again.status, again.heading().as_str()), (200, ASKED), "{company}: {again:?}");
            assert!(problems(&again)[0].contains(said), "{company}: {again:?}");
            assert_eq!((again.select("fieldset label").len(), again.select("fieldset [checked]").len()), (2, 0));
        }
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
    }

    /// One page for an unknown company, a foreign one, an inactive membership (attack 36) and a suspended company. Cancelling is a
    /// no, which the program hears, and logs nobody out: what was mistyped is corrected at the computer.
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
            assert!(page.shows("check Customer there, and start again"), "{page:?}");
            let left = browser.fill(&page, "device-deny", &[]).await;
            assert_eq!((left.heading().as_str(), browser.session().is_some()), (NOT_LET_IN, true), "{left:?}");
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
