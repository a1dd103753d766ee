//! `/office`: where people begin, what operators see, and a new agency (R12, R13, R33; attack 84).

use std::collections::HashMap;

use idp_domain::company::CompanyState;
use idp_domain::member::Authority;

use super::{FRANK, MINUTE, RUTH, TOO_OLD, UNKNOWN, at, log_in, problems, ruth};
use crate::support::app::{ISSUER, PASSWORD, START, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;

/// Whoever runs this server.
async fn operator(app: &TestApp) -> Browser<'_> {
    app.enrol(FRANK).await;
    app.change_account(FRANK, |account| account.is_operator = true).await;
    log_in(app, FRANK).await
}

on_each_database! {
    async fn who_looks_after_one_agency_is_at_its_people_at_once(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get("/office").await;
        assert_eq!((page.url.path(), page.heading().as_str()), (&*at(&app.maple, ""), "People"));
        assert!(page.select("header").concat().contains("Maple Home Care"));
    }

    /// From one's own pages to the office and back, for who looks after an agency and for nobody else.
    async fn the_menu_leads_to_the_office_and_back(app) {
        let mut browser = ruth(&app).await;
        for path in ["/account", "/account/security", "/account/sessions", "/account/companies", "/account/data"] {
            let page = browser.get(path).await;
            assert_eq!(page.select("nav.menu a[href='/office']"), ["Office"], "{path}");
        }
        let page = browser.get("/office").await;
        assert_eq!(page.select("nav.menu a[href='/account']"), ["Your account"]);
        app.enrol(FRANK).await;
        let page = log_in(&app, FRANK).await.get("/account").await;
        assert!(page.select("nav.menu a[href='/office']").is_empty(), "{page:?}");
    }

    async fn who_looks_after_two_chooses(app) {
        app.employ(RUTH, &[(&app.maple, Authority::Administrator), (&app.birch, Authority::Administrator)]).await;
        let mut browser = log_in(&app, RUTH).await;
        let page = browser.get("/office").await;
        assert_eq!(page.select(".agencies a"), ["Maple Home Care", "Birch Home Care"]);
        assert!(page.select("#open-agency, #q").is_empty(), "not an operator: {page:?}");
        let page = browser.get(&page.attribute(".agencies li:last-child a", "href").unwrap()).await;
        assert!(page.shows("Birch Home Care") && page.heading() == "People", "{page:?}");
    }

    /// Company.md section 4: a caregiver sees nothing, and is told whom to ask.
    async fn who_looks_after_nobody_sees_nobody(app) {
        app.enrol(FRANK).await;
        let mut browser = log_in(&app, FRANK).await;
        let page = browser.get("/office").await;
        assert_eq!((page.status, page.heading().as_str()), (200, "You look after no agency"));
        assert_eq!(page.attribute("#account", "href").as_deref(), Some("/account"));
        for suffix in ["", "/add", "/resend", "/instructions"] {
            assert_eq!(browser.get(&at(&app.maple, suffix)).await.status, 404, "{suffix}");
        }
        assert_eq!(browser.get("/office/companies/new").await.status, 404);
    }

    /// Attack 84: a foreign agency and one that does not exist are told apart by nothing, and the same for its people.
    async fn a_foreign_agency_is_as_absent_as_an_unknown_one(app) {
        let mut browser = ruth(&app).await;
        app.other_admin().create(FRANK).await;
        let foreign = app.membership(&app.birch, FRANK).await.id.to_string();
        let birch = app.birch.id.to_string();
        let mut seen: HashMap<String, Vec<String>> = HashMap::new();
        for company in [birch.as_str(), "22222", UNKNOWN, "nothing"] {
            for suffix in ["", "/add", "/resend", "/instructions", "/people/x", &format!("/people/{foreign}")] {
                let page = browser.get(&format!("/office/{company}{suffix}")).await;
                assert_eq!(page.status, 404, "{company}{suffix}");
                seen.entry(page.heading()).or_default().push(company.to_owned());
            }
        }
        assert_eq!(seen.len(), 1, "{seen:?}");
        let page = browser.get(&at(&app.maple, &format!("/people/{foreign}"))).await;
        assert_eq!(page.status, 404, "somebody of another agency");
    }

    /// R92: whoever was demoted a moment ago is nobody here, though the page was open.
    async fn a_demoted_administrator_is_out_at_the_next_press(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/add")).await;
        app.change_membership(&app.maple, RUTH, |it| it.particulars.authority = Authority::None).await;
        assert_eq!(browser.fill(&page, "create", &[]).await.status, 404);
        assert_eq!(browser.get(&at(&app.maple, "")).await.status, 404);
        assert_eq!(browser.get("/office").await.heading(), "You look after no agency");
    }

    /// R89: nobody looks after a suspended agency but the operator.
    async fn a_suspended_agency_is_the_operators_alone(app) {
        let mut browser = ruth(&app).await;
        let mut operator = operator(&app).await;
        app.change_company(&app.maple, |it| it.state = CompanyState::Suspended { at: START }).await;
        assert_eq!(browser.get(&at(&app.maple, "")).await.status, 404);
        let page = browser.get("/office").await;
        assert!(page.shows("If you looked after an agency here until now"), "{page:?}");
        let page = operator.get("/office").await;
        assert_eq!(page.select(".agencies a"), ["Maple Home Care", "Birch Home Care"]);
        assert_eq!(page.select(".agencies .tag"), ["Suspended"]);
        assert_eq!(operator.get(&at(&app.maple, "")).await.heading(), "People");
        assert_eq!(operator.get("/office?q=birch").await.select(".agencies a"), ["Birch Home Care"]);
        assert!(operator.get("/office?q=elm").await.shows("No agency was found."));
    }

    /// R12, R58: the same form opens one agency however often it is sent; a code is never another agency's.
    async fn an_operator_opens_an_agency(app) {
        let mut browser = operator(&app).await;
        let form = browser.get("/office/companies/new").await;
        let taken = browser.fill(&form, "agency-open", &[("Name of the agency", "Elm"), ("Company code", "99999")]).await;
        assert_eq!(problems(&taken), ["This company code is or was another agency's. Choose another one."]);
        assert_eq!(taken.value("Name of the agency"), "Elm");
        let wrong = browser.fill(&form, "agency-open", &[("Company code", "!")]).await;
        assert_eq!(
            problems(&wrong),
            ["Name of the agency must be put in.", "The company code must be 3 to 12 letters or digits."]
        );
        let fields = [("Name of the agency", "Elm <b> Care"), ("Company code", "elm-24")];
        for _ in 0..2 {
            let page = browser.fill(&form, "agency-open", &fields).await;
            assert_eq!((page.heading().as_str(), page.select("#code").concat().as_str()), ("The agency is open", "ELM24"));
            assert!(page.shows("Elm <b> Care"), "{page:?}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM companies").await, 3);
        let other = browser.fill(&form, "agency-open", &[("Name of the agency", "Oak")]).await;
        assert_eq!(problems(&other), [TOO_OLD], "the form was used");
        let page = browser.get("/office?q=ELM24").await;
        let page = browser.get(&page.attribute(".agencies a", "href").unwrap()).await;
        assert!(page.shows("Nobody is here yet. Add the first person."), "{page:?}");
    }

    /// Writing needs a log-in of the last ten minutes; what was typed stays.
    async fn an_operator_who_logged_in_a_while_ago_types_the_password(app) {
        let mut browser = operator(&app).await;
        app.advance(MINUTE * 11);
        let form = browser.get("/office/companies/new").await;
        let page = browser
            .fill(&form, "agency-open", &[("Name of the agency", "Elm"), ("Your password", "wrong")])
            .await;
        assert_eq!(problems(&page), ["This is not your password. Nothing was changed. Type it again."]);
        assert_eq!((page.value("Name of the agency"), page.value("Your password")), ("Elm".to_owned(), String::new()));
        let page = browser.fill(&page, "agency-open", &[("Your password", PASSWORD)]).await;
        assert_eq!(page.heading(), "The agency is open", "{page:?}");
    }

    /// Without a portal it names the place to log in on this server.
    async fn instructions_of_an_agency_without_a_portal_name_this_server(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/instructions")).await;
        assert_eq!((page.select("#portal").len(), page.select("#account").len()), (1, 0));
        app.change_company(&app.maple, |it| it.contact.portal_url = None).await;
        let page = browser.get(&at(&app.maple, "/instructions")).await;
        assert_eq!(page.select("#account"), [format!("{ISSUER}/account")]);
        assert!(page.select("#portal").is_empty() && page.shows("log in at the address above"), "{page:?}");
    }

    /// One page to print, about nobody.
    async fn instructions_name_the_code_and_no_person(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/instructions")).await;
        assert_eq!((page.heading().as_str(), page.select("#code").concat().as_str()), ("How to log in", "99999"));
        assert_eq!(page.select(".steps li").len(), 5);
        assert!(page.shows("ask Maple Home Care") && !page.shows("Ruth") && !page.html.contains(RUTH), "{page:?}");
    }
}
