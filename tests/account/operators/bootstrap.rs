//! The link of `idp bootstrap`: what it asks, what it makes, and that nothing else makes an operator.

use std::path::{Path, PathBuf};

use idp_domain::company::{CompanyCode, CompanyRef};
use idp_service::bootstrap::BootstrapError;
use serde_json::json;

use super::{FURTHER, RUTH, becomes_operator, empty, first_link, operators, printed, send};
use crate::account::protection::verify_email::mailed_code;
use crate::account::{FRANK, problems};
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

const SET_UP: &str = "Set up Home Identity";

async fn company(app: &TestApp, code: &str) -> Option<idp_domain::company::Company> {
    let code = CompanyRef::Code(CompanyCode::parse(code).unwrap());
    app.env.store.read().await.unwrap().companies().find_by_ref(&code).await.unwrap()
}

on_each_database! {
    /// R13: one form makes the operator and the first agency, and leads to the log-in with the user name filled in; the
    /// mailbox is proven there (R48).
    async fn the_first_operator_and_the_first_agency_are_made_by_one_form(app) {
        empty(&app).await;
        let link = first_link(&app).await;
        assert!(link.starts_with("https://id.example/bootstrap?ticket=tkt_"), "{link}");
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert_eq!((page.status, page.heading().as_str()), (200, SET_UP), "{page:?}");
        let agency = [
            ("Name of the agency", "Maple Home Care"),
            ("Company code", "map-le 1"),
            ("Street and number", "1 Oak Street"),
            ("City", "London"),
            ("State or province", "Ontario"),
            ("ZIP or postal code", "N6A 1A1"),
            ("Country", "Canada"),
            ("Phone number of the office", "(519) 555-0142"),
            ("Email address of the office", "office@maple.example"),
            ("Web address of the portal", "https://maple.example/"),
        ];
        let done = send(&mut browser, &page, &agency).await;
        assert_eq!((done.heading().as_str(), done.value("UserName").as_str()), ("Log In", RUTH), "{done:?}");
        assert!(done.shows("You are an operator now.") && done.shows("Then you see your agencies."), "{done:?}");

        let account = app.account(RUTH).await;
        assert!(account.is_active() && account.is_operator && !account.email_verified);
        assert_eq!(account.profile.full_name().as_deref(), Some("Ruth Baker"));
        let maple = company(&app, "MAPLE1").await.expect("the first agency");
        assert_eq!(maple.contact.address.lines().len() + usize::from(maple.contact.phone.is_some()), 4, "{maple:?}");
        assert_eq!(maple.contact.email.unwrap().as_str(), "office@maple.example");
        assert_eq!(maple.contact.portal_url.unwrap().as_str(), "https://maple.example/");
        let audited = app.audited().await;
        for action in ["operator.link_made", "operator.added", "company.created"] {
            assert_eq!(audited.iter().filter(|it| **it == action).count(), 1, "{action} in {audited:?}");
        }
        let page = browser.fill(&done, "login-submit", &[("Password", PASSWORD)]).await;
        assert_eq!(page.heading(), "Check your mail", "{page:?}");
        let code = mailed_code(&app, RUTH).await;
        let page = browser.fill(&page, "verify-submit", &[("Code", &code)]).await;
        let page = browser.answer_questions(&page).await;
        assert_eq!((page.status, page.url.path()), (200, "/office"), "{page:?}");
        assert_eq!(page.select(".agencies a"), ["Maple Home Care"]);
    }

    /// `company.md` section 2: a code that was left empty is made.
    async fn a_first_agency_needs_no_more_than_a_name(app) {
        empty(&app).await;
        let link = first_link(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let done = send(&mut browser, &page, &[("Name of the agency", "Maple Home Care")]).await;
        assert_eq!(done.heading(), "Log In", "{done:?}");
        assert_eq!(app.count("SELECT count(*) FROM companies").await, 1);
        assert_eq!(app.count("SELECT CAST(length(code) AS bigint) FROM companies").await, 6);
    }

    /// Where there are agencies already, no other one is forced on anybody.
    async fn no_agency_is_asked_for_where_there_is_one(app) {
        let link = first_link(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert_eq!(page.heading(), FURTHER, "{page:?}");
        assert!(page.select("#agency_name").is_empty());
        let done = send(&mut browser, &page, &[]).await;
        assert_eq!(done.heading(), "Log In", "{done:?}");
        assert_eq!(app.count("SELECT count(*) FROM companies").await, 2);
        assert!(app.account(RUTH).await.is_operator);
    }

    /// R93: everything that is wrong is said at once, beside its field, and nothing that was typed is lost but the passwords.
    async fn every_mistake_is_said_at_once_and_the_link_stays_good(app) {
        empty(&app).await;
        let link = first_link(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let nothing = browser.fill(&page, "bootstrap-submit", &[]).await;
        assert_eq!(
            problems(&nothing),
            [
                "First name: please fill this in.",
                "Last name: please fill this in.",
                "Enter a whole email address, such as ruth@example.com.",
                "Enter a password.",
                "Name of the agency: please fill this in.",
            ]
        );
        let bad = [
            ("Your email address", "ruth"),
            ("Confirm Password", "something else, quite long"),
            ("Company code", "9"),
            ("Email address of the office", "office"),
            ("Web address of the portal", "javascript:alert(1)"),
            ("Name of the agency", "Maple Home Care"),
        ];
        let refused = send(&mut browser, &nothing, &bad).await;
        assert_eq!(problems(&refused).len(), 5, "{refused:?}");
        assert_eq!(refused.value("Name of the agency"), "Maple Home Care");
        assert_eq!(refused.value("First name"), "Ruth");
        assert!(!refused.html.contains(PASSWORD) && !refused.html.contains("something else"));
        assert_eq!((operators(&app).await, app.count("SELECT count(*) FROM companies").await), (0, 0));
        let good = [("Company code", ""), ("Email address of the office", ""), ("Web address of the portal", "")];
        let done = send(&mut browser, &refused, &good).await;
        assert_eq!(done.heading(), "Log In", "{done:?}");
    }

    /// P5: neither the agency's name nor the operator's own makes a password.
    async fn a_password_made_of_the_names_on_the_form_is_refused(app) {
        empty(&app).await;
        let link = first_link(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        for password in ["Maple Home Care 2026", "ruthbakerruthbaker1"] {
            let typed = [
                ("Name of the agency", "Maple Home Care"),
                ("Password", password),
                ("Confirm Password", password),
            ];
            let refused = send(&mut browser, &page, &typed).await;
            let told = problems(&refused);
            assert!(told.len() == 1 && told[0].starts_with("This password"), "{password}: {told:?}");
        }
        assert_eq!(operators(&app).await, 0);
    }

    /// An account that is there already never becomes an operator's: neither active nor invited, in no spelling.
    async fn an_address_that_is_known_is_refused_and_nothing_is_made(app) {
        app.admin().create(FRANK).await;
        let link = first_link(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        for spelling in [FRANK, "Frank.Jones@EXAMPLE.com"] {
            let refused = send(&mut browser, &page, &[("Your email address", spelling)]).await;
            let told = problems(&refused);
            assert!(told.len() == 1 && told[0].starts_with("Somebody here has this email address"), "{told:?}");
        }
        assert!(!app.account(FRANK).await.is_operator);
        let done = send(&mut browser, &page, &[]).await;
        assert_eq!(done.heading(), "Log In", "the link was not used up: {done:?}");
    }

    /// An operator is not made where there is one, unless whoever runs commands says so.
    async fn a_further_operator_needs_another_word(app) {
        becomes_operator(&app).await;
        let refused = printed(&app, false).await;
        assert!(matches!(refused, Err(BootstrapError::OperatorExists)), "{refused:?}");
        let link = printed(&app, true).await.expect("--add");
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert_eq!(page.heading(), FURTHER);
        let done = send(&mut browser, &page, &[("Your email address", "sam@operator.example")]).await;
        assert_eq!(done.heading(), "Log In", "{done:?}");
        assert!(app.account("sam@operator.example").await.is_operator);
        assert_eq!(operators(&app).await, 2);
    }

    /// Rules section 5: whoever sees every agency is not remembered, whatever they tick.
    async fn an_operators_session_ends_with_the_browser(app) {
        app.enrol(FRANK).await;
        for (is_operator, remembered) in [(false, true), (true, false)] {
            app.change_account(FRANK, |account| account.is_operator = is_operator).await;
            let mut browser = app.browser();
            let page = browser.get("/account").await;
            let typed = [("UserName", FRANK), ("Password", PASSWORD), ("Remember me", "on")];
            assert_eq!(browser.fill(&page, "login-submit", &typed).await.heading(), "Your account");
            browser.restart();
            assert_eq!(browser.session().is_some(), remembered, "{is_operator}");
        }
    }

    /// R13: an agency's own program makes nobody an operator, whatever it sends.
    async fn no_agency_makes_an_operator(app) {
        for extra in [json!({"is_operator": true}), json!({"operator": true}), json!({"authority": "operator"})] {
            let mut body = caregiver_body(FRANK);
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let answer = app.admin().post(&body, &[]).await;
            assert!([201, 400, 422].contains(&answer.status), "{answer:?}");
        }
        assert_eq!(operators(&app).await, 0);
    }
}

/// R13: in all that is shipped, one line makes somebody an operator; the others read it from its row, or take it away.
#[test]
fn nothing_but_the_printed_link_makes_an_operator() {
    let mut makers = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idp");
    sources(&root, &mut |path, text| {
        let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
        if shipped.contains("is_operator: true") || shipped.contains("is_operator = true") {
            makers.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    });
    assert_eq!(makers, ["bootstrap.rs"]);
}

fn sources(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "testkit") {
            sources(&path, look);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            look(&path, &std::fs::read_to_string(&path).expect("a source"));
        }
    }
}
