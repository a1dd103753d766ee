//! The company of a grant: `company.md` section 3, "Behaviour"; attacks of `attacks.md` section 5 on enumeration.

use idp_domain::client::BackchannelLogout;
use idp_domain::company::{CompanyCode, CompanyState};
use idp_domain::member::MembershipState;
use serde_json::{Map, Value};

use super::backchannel::told;
use super::choose::{WHICH, offered};
use super::{FRANK, SESSION_COOKIE, authorization_error, change_maple, change_membership, flow_of, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;
use crate::support::statements::statements;

fn birch(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "portal.22222", "https://birch.example/callback")
}

async fn claims(client: &RelyingParty<'_>, page: &Page) -> Map<String, Value> {
    let code = page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"));
    client.verify(client.redeem(&code).await.text("id_token")).await.0
}

/// A client of no company's own, for which the request names one.
async fn register_unbound(app: &TestApp) {
    register(app, |client| client.company = None).await;
}

on_each_database! {
    /// One page for an unknown company, a foreign one, an inactive membership and a suspended company: what is told
    /// apart can be enumerated.
    async fn every_reason_for_no_access_looks_the_same(app) {
        app.enrol(FRANK).await;
        register_unbound(&app).await;
        let refused = async |company: &str| {
            let mut browser = app.browser();
            let page =
                app.relying_party().with("company", company).log_in(&mut browser, FRANK, PASSWORD).await;
            let silent = app.relying_party().with("company", company).with("prompt", "none");
            assert_eq!(authorization_error(&silent.authorize(&mut browser).await), "access_denied");
            (page.status, page.text())
        };
        let unknown = refused("ZZZ99").await;
        assert!(unknown.1.contains("You do not have access to this agency"), "{unknown:?}");
        assert_eq!(refused("22222").await, unknown, "not a member");
        assert_eq!(refused("no code at all!").await, unknown);
        let at = app.env.now();
        change_maple(&app, |company| company.state = CompanyState::Suspended { at }).await;
        assert_eq!(refused("99999").await, unknown, "suspended");
        change_maple(&app, |company| company.state = CompanyState::Active).await;
        change_membership(&app, FRANK, |member| member.state = MembershipState::Inactive { since: at }).await;
        assert_eq!(refused("99999").await, unknown, "inactive");
    }

    /// Attack 24: nor does the time it takes, with and without a page: the database is asked the same of an agency that is there
    /// and of one that is not.
    async fn no_access_asks_the_database_the_same_whether_there_is_such_an_agency(app) {
        app.enrol(FRANK).await;
        register_unbound(&app).await;
        let mut browser = super::franks_browser(&app).await;
        for prompt in ["", "none"] {
            let mut asked = Vec::new();
            for company in ["22222", "ZZZ99"] {
                let client = app.relying_party().with("company", company).with("prompt", prompt);
                asked.push(statements(client.authorize(&mut browser)).await.1);
            }
            assert_eq!(asked[0], asked[1], "{prompt:?}");
            assert!(asked[0].iter().any(|sql| sql.contains("memberships")), "{asked:?}");
        }
    }

    /// Before the log-in nothing is told either: the page is the same for a company that exists and one that does not.
    async fn a_company_parameter_tells_nothing_before_the_log_in(app) {
        app.enrol(FRANK).await;
        register_unbound(&app).await;
        let known = app.relying_party().with("company", "99999").authorize(&mut app.browser()).await;
        let unknown = app.relying_party().with("company", "ZZZ99").authorize(&mut app.browser()).await;
        assert_eq!(known.text(), unknown.text());
        assert!(!known.shows("Maple"), "branding comes from the client alone");
    }

    /// "with sign-out": the person is signed out and the client is told.
    async fn signing_out_of_no_access_is_access_denied(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = birch(&app).log_in(&mut browser, FRANK, PASSWORD).await;
        assert!(page.shows("You do not have access to this agency"), "{page:?}");
        let left = browser.fill(&page, "sign-out", &[]).await;
        assert!(left.left_to("https://birch.example/callback"));
        assert_eq!(left.sent("error").as_deref(), Some("access_denied"));
        assert!(!browser.cookies.contains_key(SESSION_COOKIE));
    }

    /// A client bound to a company serves that one: its members get in, and its tokens name it, asked or not.
    async fn a_bound_client_speaks_for_its_own_company_only(app) {
        app.enrol(FRANK).await;
        let code = app.maple.code.to_string();
        let id = app.maple.id.to_string();
        for named in ["", code.as_str(), "9 9-9 99", id.as_str()] {
            let client = app.relying_party().with("company", named);
            let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
            assert_eq!(claims(&client, &page).await["company_code"], "99999", "{named}");
        }
        app.other_admin().create(FRANK).await;
        for other in ["22222", "ZZZ99", "no code at all!", &app.birch.id.to_string()] {
            let client = app.relying_party().with("company", other);
            let page = client.authorize(&mut app.browser()).await;
            assert_eq!(
                authorization_error(&page),
                "invalid_request",
                "Frank is a member there, or nobody is: {other}"
            );
        }
    }

    /// The aliases of legacy clients and of the draft; two that disagree are an invalid request.
    async fn the_company_can_be_named_in_three_ways(app) {
        app.enrol(FRANK).await;
        register_unbound(&app).await;
        app.other_admin().create(FRANK).await;
        let birch = app.birch.id.to_string();
        for (name, value) in
            [("company", "22222"), ("tenant", birch.as_str()), ("acr_values", "1 tenant:22222")]
        {
            let client = app.relying_party().with(name, value);
            let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
            let claims = claims(&client, &page).await;
            assert_eq!(
                (&claims["company_code"], &claims["tenant"]),
                (&"22222".into(), &birch.clone().into()),
                "{name}"
            );
        }
        for blank in [" ", "-", "--  "] {
            let page = app.relying_party().with("company", blank).log_in(&mut app.browser(), FRANK, PASSWORD).await;
            assert_eq!(page.heading(), WHICH, "a blank field is no unknown agency: {page:?}");
        }
        for (company, acr) in [("22222", "tenant:99999"), ("22222", "tenant:!"), ("99999", "tenant:22222")] {
            let client = app.relying_party().with("company", company).with("acr_values", acr);
            assert_eq!(authorization_error(&client.authorize(&mut app.browser()).await), "invalid_request");
        }
        let torn = app.relying_party().with("acr_values", "tenant:22222 tenant:99999");
        assert_eq!(authorization_error(&torn.authorize(&mut app.browser()).await), "invalid_request");
        // The same one twice, and one that is empty, as in a form that was not filled in.
        for (acr, code) in [("tenant:22222 tenant:222-22 tenant:", "22222"), ("tenant: tenant:22222", "22222")] {
            let client = app.relying_party().with("acr_values", acr);
            let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
            assert_eq!(claims(&client, &page).await["company_code"], code, "{acr}");
        }
        let nothing = app.relying_party().with("acr_values", "tenant:");
        let page = nothing.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(offered(&page).len(), 2, "as if nothing was named: {page:?}");
    }

    /// R91: an invited member who proves who they are is accepted on the spot.
    async fn an_invited_member_is_accepted_by_logging_in(app) {
        app.enrol(FRANK).await;
        let created = app.other_admin().create(FRANK).await;
        let client = birch(&app);
        let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(claims(&client, &page).await["company_code"], "22222");
        assert!(created.is_object());
    }

    /// Without a name, the person chooses; what they used last stands first, and nothing is taken in silence. One that only
    /// invited them is no choice.
    async fn an_unnamed_company_is_chosen_from_the_one_used_last_on(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        register_unbound(&app).await;
        let unnamed = app.relying_party();
        let page = unnamed.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(claims(&unnamed, &page).await["company_code"], "99999");
        for (named, name) in
            [("22222", "Birch Home Care"), ("99999", "Maple Home Care"), ("22222", "Birch Home Care")]
        {
            app.advance(super::SECOND);
            let client = app.relying_party().with("company", named);
            let mut browser = app.browser();
            client.code(&mut browser, FRANK, PASSWORD).await;
            app.advance(super::SECOND);
            let page = unnamed.authorize(&mut browser).await;
            assert_eq!((page.heading().as_str(), &*offered(&page)[0]), (WHICH, name));
            let silent = app.relying_party().with("prompt", "none").authorize(&mut browser).await;
            assert_eq!(authorization_error(&silent), "account_selection_required");
        }
    }

    /// R88: a code that named the agency once names it still, in every way of naming; nobody else's request is for it.
    async fn an_old_code_and_an_alias_name_the_company_still(app) {
        app.enrol(FRANK).await;
        change_maple(&app, |company| company.code = CompanyCode::parse("MAPLE2").unwrap()).await;
        let mut tx = app.env.store.write().await.unwrap();
        tx.companies().add_alias(app.maple.id, &CompanyCode::parse("old-ma").unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        for bound in [true, false] {
            if !bound {
                register_unbound(&app).await;
            }
            for named in ["MAPLE2", "maple-2", "99999", "9 9999", "oldma", "OLD-MA"] {
                for (name, value) in [
                    ("company", named.to_owned()),
                    ("tenant", named.to_owned()),
                    ("acr_values", format!("1 tenant:{}", named.replace(' ', ""))),
                ] {
                    let client = app.relying_party().with(name, &value);
                    let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
                    assert_eq!(claims(&client, &page).await["company_code"], "MAPLE2", "{name}={value}");
                }
            }
        }
    }

    /// "SSO is per account, company is per grant": two agencies' portals in two tabs of one browser. Whoever logs out of the
    /// provider leaves both, and both are told, each by its own `sid`.
    async fn two_portals_side_by_side_are_one_log_in_and_two_sids(app) {
        app.enrol(FRANK).await;
        for (id, host) in [("portal.99999", "maple"), ("portal.22222", "birch")] {
            let uri = format!("https://{host}.example/backchannel-logout").parse().unwrap();
            app.change_client(id, |it| {
                it.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
            })
            .await;
        }
        app.other_admin().create(FRANK).await;
        let mut browser = app.browser();
        let (one, other) = (
            app.relying_party().authorize(&mut browser).await,
            birch(&app).authorize(&mut browser).await,
        );
        assert_eq!((one.heading().as_str(), other.heading().as_str()), ("Log In", "Log In"));
        let one = browser.fill(&one, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        let other = browser.get(&format!("/continue?flow={}", flow_of(&other))).await;
        let (maple, birch_claims) =
            (claims(&app.relying_party(), &one).await, claims(&birch(&app), &other).await);
        assert_eq!((&maple["company_code"], &birch_claims["company_code"]), (&"99999".into(), &"22222".into()));
        assert_eq!((&maple["sub"], &maple["auth_time"]), (&birch_claims["sub"], &birch_claims["auth_time"]));
        assert_ne!(maple["sid"], birch_claims["sid"]);

        let page = browser.get("/logout").await;
        browser.fill(&page, "logout-yes", &[]).await;
        let mut told: Vec<(String, Value)> =
            told(&app).await.into_iter().map(|it| (it.at, it.claims["sid"].clone())).collect();
        told.sort_by_key(|(at, _)| at.clone());
        assert_eq!(
            told,
            [
                ("https://birch.example/backchannel-logout".to_owned(), birch_claims["sid"].clone()),
                ("https://maple.example/backchannel-logout".to_owned(), maple["sid"].clone()),
            ]
        );
        for client in [app.relying_party(), birch(&app)] {
            assert_eq!(client.authorize(&mut browser).await.heading(), "Log In");
        }
    }
}
