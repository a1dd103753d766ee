//! What a client that is not the agency's own learns of agencies, and what it can bring about there: `company.md`
//! section 3, "Behaviour"; OpenID Connect Core section 3.1.2.4.

use idp_domain::email::EmailAddress;
use idp_domain::id::CompanyId;
use idp_domain::member::MembershipState;
use idp_domain::scope::Scopes;
use serde_json::{Map, Value};

use super::consent::{redeemed, register_third_party, third_party};
use super::{FRANK, MARY, SECOND, authorization_error, change_membership, franks_browser, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};
use crate::support::statements::statements;

/// The claims of an access token that speak of an agency.
pub(super) const COMPANY_CLAIMS: [&str; 7] =
    ["company_code", "company_id", "databases", "member_id", "member_type", "person_ref", "security_role"];
const NO_ACCESS: &str = "You do not have access to this agency";

/// The third party with these scopes, bound to this agency.
async fn register_stranger(app: &TestApp, company: Option<CompanyId>, scopes: &str) {
    register_third_party(app, |client| {
        client.company = company;
        client.scopes = Scopes::parse(scopes);
    })
    .await;
}

/// What an answer says about an agency, in alphabetical order.
fn of_company(claims: &Map<String, Value>) -> Vec<&str> {
    let belongs = |name: &&str| COMPANY_CLAIMS.contains(name) || ["company_name", "tenant"].contains(name);
    super::names(claims).into_iter().filter(belongs).collect()
}

/// What an access token says about an agency, and the same of its introspection.
async fn of_access_token(client: &RelyingParty<'_>, tokens: &Answer) -> [Vec<String>; 2] {
    let token = tokens.text("access_token");
    let (claims, _) = client.verify(token).await;
    let introspected = client.introspect(token).await.json;
    assert_eq!(introspected["active"], true);
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    [owned(of_company(&claims)), owned(of_company(introspected.as_object().unwrap()))]
}

async fn assert_tells_no_company(client: &RelyingParty<'_>, tokens: &Answer, why: &str) {
    assert_eq!(of_access_token(client, tokens).await, [vec![], vec![]] as [Vec<String>; 2], "{why}");
    let (id_token, _) = client.verify(tokens.text("id_token")).await;
    assert_eq!(of_company(&id_token), [""; 0], "{why}");
    let userinfo = client.userinfo(tokens.text("access_token")).await;
    assert_eq!(userinfo.status, 200, "{why}");
    assert_eq!(of_company(userinfo.json.as_object().unwrap()), [""; 0], "{why}");
    let refresh_token = client.introspect(tokens.text("refresh_token")).await.json;
    assert_eq!(of_company(refresh_token.as_object().unwrap()), [""; 0], "{why}");
}

/// Asks with `prompt=consent`, has it allowed and redeems the code.
async fn allowed(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> Answer {
    let page = client.authorize(browser).await;
    assert!(page.heading().starts_with("Allow "), "{page:?}");
    let page = browser.fill(&page, "consent-allow", &[]).await;
    redeemed(client, &page).await
}

fn birch_portal(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "portal.22222", "https://birch.example/callback")
}

/// The third party, asking for Birch Home Care.
fn at_birch<'a>(app: &'a TestApp, prompt: &str) -> RelyingParty<'a> {
    let client = third_party(app).with("scope", "openid company");
    client.with("company", "22222").with("prompt", prompt)
}

/// Whether Frank's invitation to Birch Home Care still waits.
async fn is_invited(app: &TestApp) -> bool {
    let mut tx = app.env.store.read().await.unwrap();
    let account = tx.accounts().find_by_user_name(&EmailAddress::parse(FRANK).unwrap()).await.unwrap();
    let membership = tx.memberships().find_of_account(app.birch.id, account.unwrap().id).await.unwrap();
    membership.expect("a membership").state == MembershipState::Invited
}

fn assert_no_access(page: &Page) {
    assert!(page.shows(NO_ACCESS), "{page:?}");
    assert_eq!(page.location(), None, "{page:?}");
}

on_each_database! {
    /// Which agencies somebody belongs to is asked of the person, by the scope `company`: nothing is found out by
    /// naming one.
    async fn a_third_party_client_names_no_agency_without_the_scope(app) {
        app.enrol(FRANK).await;
        let maple = app.maple.id.to_string();
        let mut browser = franks_browser(&app).await;
        for (registered, scope) in
            [("openid email company", "openid email"), ("openid email", "openid email company")]
        {
            register_stranger(&app, None, registered).await;
            for (name, value) in [
                ("company", "99999"),
                ("company", "ZZZ99"),
                ("company", "no code at all!"),
                ("tenant", maple.as_str()),
                ("acr_values", "1 tenant:99999"),
            ] {
                for prompt in ["", "none"] {
                    let client = third_party(&app).with("scope", scope).with("prompt", prompt);
                    let client = client.with(name, value);
                    for browser in [&mut browser, &mut app.browser()] {
                        let error = authorization_error(&client.authorize(browser).await);
                        assert_eq!(error, "invalid_request", "{registered}: {scope}: {name}={value}");
                    }
                }
            }
        }
    }

    /// Nor is a client told of one that did not ask for it, or may not: not in tokens, not by introspection, and not
    /// after a refresh; not even of the agency it is bound to.
    async fn a_third_party_client_is_told_of_no_agency_without_the_scope(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        for (bound, registered, scope) in [
            (None, "openid email company", "openid email"),
            (None, "openid email", "openid email company"),
            (Some(app.maple.id), "openid email company", "openid email"),
            (Some(app.maple.id), "openid email", "openid email company"),
        ] {
            app.advance(SECOND);
            register_stranger(&app, bound, registered).await;
            let client = third_party(&app).with("scope", scope).with("prompt", "consent");
            let tokens = allowed(&client, &mut browser).await;
            let why = format!("{bound:?}: {registered}: {scope}");
            assert_tells_no_company(&client, &tokens, &why).await;
            let refreshed = client.refresh(tokens.text("refresh_token")).await;
            assert_tells_no_company(&client, &refreshed, &why).await;
        }
    }

    /// The scope `company` tells what it says on the consent page, in a refreshed token as well; one that is narrowed
    /// to less does not.
    async fn a_third_party_client_is_told_of_an_agency_with_the_scope(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        for bound in [None, Some(app.maple.id)] {
            app.advance(SECOND);
            register_stranger(&app, bound, "openid company").await;
            let client = third_party(&app).with("scope", "openid company").with("company", "99999");
            let client = client.with("prompt", "consent");
            let tokens = allowed(&client, &mut browser).await;
            assert_eq!(of_access_token(&client, &tokens).await, [COMPANY_CLAIMS; 2], "{bound:?}");
            let refreshed = client.refresh(tokens.text("refresh_token")).await;
            assert_eq!(of_access_token(&client, &refreshed).await, [COMPANY_CLAIMS; 2], "{bound:?}");
            let params = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refreshed.text("refresh_token")),
                ("scope", "openid"),
            ];
            assert_tells_no_company(&client, &client.token(&params).await, "narrowed").await;
        }
    }

    /// The agency's own APIs go by the company claims of an access token: an own client needs no scope for them.
    async fn an_own_client_is_told_of_its_agency_without_the_scope(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party().with("scope", "openid");
        let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(of_access_token(&client, &tokens).await, [COMPANY_CLAIMS; 2]);

        register(&app, |client| client.company = None).await;
        let client = app.relying_party().with("scope", "openid").with("company", "99999");
        let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(of_access_token(&client, &tokens).await, [COMPANY_CLAIMS; 2]);
        let refreshed = client.refresh(tokens.text("refresh_token")).await;
        assert_eq!(of_access_token(&client, &refreshed).await, [COMPANY_CLAIMS; 2]);
    }

    /// R91 is between a person and the agency: a log-in for a client of nobody's accepts nothing, and to that client the
    /// invited person is like one whom the agency does not know.
    async fn a_client_of_no_agency_accepts_no_invitation(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        app.other_admin().create(FRANK).await;
        register_stranger(&app, None, "openid company").await;
        for prompt in ["", "login", "consent"] {
            let mut shown = Vec::new();
            for person in [FRANK, MARY] {
                let mut browser = app.browser();
                let page = at_birch(&app, prompt).log_in(&mut browser, person, PASSWORD).await;
                assert_no_access(&page);
                shown.push(page.text().replace(person, "(who is logged in)"));
                let silent = at_birch(&app, "none").authorize(&mut browser).await;
                assert_eq!(authorization_error(&silent), "consent_required", "{person}");
            }
            assert_eq!(shown[0], shown[1], "what is told apart can be enumerated");
            assert!(is_invited(&app).await, "{prompt}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM consents").await, 0);

        birch_portal(&app).code(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(!is_invited(&app).await, "the agency's own portal does");
        let page = at_birch(&app, "").log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "Allow Shift Planner?");
    }

    /// A third party that serves one agency is where its people may come first. What it may know is allowed before
    /// anything is accepted; to say no accepts nothing.
    async fn a_third_party_client_of_the_agency_accepts_an_invitation_after_consent(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        register_stranger(&app, Some(app.birch.id), "openid company").await;
        let mut browser = app.browser();
        let page = at_birch(&app, "").log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "Allow Shift Planner?");
        let silent = at_birch(&app, "none").authorize(&mut browser).await;
        assert_eq!(authorization_error(&silent), "consent_required", "whether Birch invited him is not told");
        let denied = browser.fill(&page, "consent-deny", &[]).await;
        assert_eq!(authorization_error(&denied), "access_denied");
        assert!(is_invited(&app).await);

        app.advance(SECOND);
        let page = at_birch(&app, "").authorize(&mut browser).await;
        assert_eq!(page.heading(), "Log In", "an open session accepts nothing");
        let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert_eq!(page.heading(), "Allow Shift Planner?");
        assert!(is_invited(&app).await);
        redeemed(&third_party(&app), &browser.fill(&page, "consent-allow", &[]).await).await;
        assert!(!is_invited(&app).await);
    }

    /// Nor does it when no agency is named and the invitation is all there is.
    async fn an_invitation_is_no_agency_for_a_client_of_no_agency(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        let since = app.env.now();
        change_membership(&app, FRANK, |member| member.state = MembershipState::Inactive { since }).await;
        register_stranger(&app, None, "openid company").await;
        let client = third_party(&app).with("scope", "openid company");
        let mut browser = app.browser();
        let page = client.log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "Your account does not open an agency", "{page:?}");
        let silent = client.with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(authorization_error(&silent), "consent_required");
        assert!(is_invited(&app).await);
    }

    /// Where a logged-in person works is theirs to tell: whom they never allowed anything hears one and the same in silence, for
    /// an agency of theirs, another one, none at all, and whatever became of them there; in the same statements. So does one
    /// that was allowed another agency.
    async fn a_client_without_consent_learns_nothing_in_silence(app) {
        app.enrol(FRANK).await;
        register_stranger(&app, None, "openid company").await;
        let mut browser = franks_browser(&app).await;
        let silent = |company: &str| {
            let client = third_party(&app).with("scope", "openid company").with("prompt", "none");
            client.with("company", company)
        };
        let since = app.env.now();
        let states = [
            MembershipState::Active { since },
            MembershipState::Invited,
            MembershipState::Inactive { since },
            MembershipState::Removed { at: since },
        ];
        let mut told = std::collections::BTreeSet::new();
        for state in states {
            change_membership(&app, FRANK, |member| member.state = state).await;
            for company in ["99999", "22222", "ZZZ99", "no code at all!", ""] {
                let page = silent(company).authorize(&mut browser).await;
                told.insert((authorization_error(&page), page.sent("error_description")));
            }
        }
        change_membership(&app, FRANK, |member| {
            member.state = MembershipState::Active { since };
            member.sessions_ended_at = Some(since + SECOND);
        })
        .await;
        let page = silent("99999").authorize(&mut browser).await;
        told.insert((authorization_error(&page), page.sent("error_description")));
        change_membership(&app, FRANK, |member| member.sessions_ended_at = None).await;
        app.other_admin().create(FRANK).await;
        birch_portal(&app).code(&mut app.browser(), FRANK, PASSWORD).await;
        let page = silent("").authorize(&mut browser).await;
        told.insert((authorization_error(&page), page.sent("error_description")));
        let one = ("consent_required".to_owned(), Some("the person must allow this first".to_owned()));
        assert_eq!(told, [one.clone()].into());

        let mut asked = Vec::new();
        for company in ["99999", "ZZZ99"] {
            asked.push(statements(silent(company).authorize(&mut browser)).await.1);
        }
        assert_eq!(asked[0], asked[1]);

        app.advance(SECOND);
        let client = third_party(&app).with("scope", "openid company").with("company", "99999");
        allowed(&client.with("prompt", "consent"), &mut browser).await;
        assert!(silent("99999").authorize(&mut browser).await.sent("code").is_some());
        for company in ["22222", "ZZZ99"] {
            let page = silent(company).authorize(&mut browser).await;
            assert_eq!((authorization_error(&page), page.sent("error_description")), one, "{company}");
        }
        let unnamed = silent("").authorize(&mut browser).await;
        assert_eq!(authorization_error(&unnamed), "account_selection_required", "it knows of one, and asks");
        change_membership(&app, FRANK, |member| member.state = MembershipState::Inactive { since }).await;
        let gone = silent("99999").authorize(&mut browser).await;
        assert_eq!(authorization_error(&gone), "access_denied", "it may know of this one");
    }
}
