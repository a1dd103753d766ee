//! The scope `companies` (`company.md` section 3): what a person may switch among, in UserInfo and nowhere else, as it is when it
//! is asked.

use idp_domain::company::CompanyState;
use idp_domain::member::MembershipState;
use idp_domain::scope::Scope;
use serde_json::{Value, json};

use super::{BIRCH, CALLBACK, FRANK, PASSWORD, joins_birch, program, register_program, switched};
use crate::oidc::choose::{choose, offered};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

/// A program that may know them, and asks.
async fn prepare(app: &TestApp) -> Answer {
    register_program(app, |client| client.scopes = scopes()).await;
    app.enrol(FRANK).await;
    joins_birch(app).await;
    asks(app).await
}

fn scopes() -> idp_domain::scope::Scopes {
    [Scope::Openid, Scope::Company, Scope::Companies].into_iter().collect()
}

fn asking(app: &TestApp) -> RelyingParty<'_> {
    program(app).with("scope", "openid company companies")
}

async fn asks(app: &TestApp) -> Answer {
    asking(app).tokens(&mut app.browser(), FRANK, PASSWORD).await
}

async fn told(client: &RelyingParty<'_>, tokens: &Answer) -> Option<Value> {
    let answer = client.userinfo(tokens.text("access_token")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json.get("companies").cloned()
}

on_each_database! {
    async fn userinfo_lists_the_agencies_that_are_open_to_the_person(app) {
        let tokens = prepare(&app).await;
        assert_eq!(tokens.text("scope"), "openid company companies");
        let entry = |company: &idp_domain::company::Company, code: &str| {
            json!({"company_id": company.id, "code": code, "name": company.name.as_str(), "member_type": "caregiver"})
        };
        let both = json!([entry(&app.birch, "22222"), entry(&app.maple, "99999")]);
        let client = program(&app);
        assert_eq!(told(&client, &tokens).await, Some(both.clone()));
        assert!(!client.verify(tokens.text("id_token")).await.0.contains_key("companies"), "UserInfo alone");
        let at = app.env.now();
        app.change_company(&app.birch, |company| company.state = CompanyState::Suspended { at }).await;
        assert_eq!(told(&client, &tokens).await, Some(json!([both[1]])), "suspended (R89)");
        app.change_company(&app.birch, |company| company.state = CompanyState::Active).await;
        let state = MembershipState::Inactive { since: at };
        app.change_membership(&app.birch, FRANK, |member| member.state = state).await;
        assert_eq!(told(&client, &tokens).await, Some(json!([both[1]])), "inactive");
    }

    /// R33: an agency's own client, and a stranger's, never learn where else somebody works, whatever they are registered with.
    async fn only_a_client_that_serves_every_agency_is_told(app) {
        let tokens = prepare(&app).await;
        let maple = app.maple.id;
        register_program(&app, |client| (client.scopes, client.company) = (scopes(), Some(maple))).await;
        assert_eq!(told(&program(&app), &tokens).await, None, "what was granted before is not told any more");
        let tokens = asks(&app).await;
        assert_eq!((tokens.text("scope"), told(&program(&app), &tokens).await), ("openid company", None));
        register_program(&app, |client| (client.scopes, client.first_party) = (scopes(), false)).await;
        let page = asking(&app).log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(page.shows("See your agency") && !page.shows("every agency"), "{page:?}");
    }

    /// `company.md` section 3, "last used first … remembers per client": going on elsewhere counts as well.
    async fn the_agency_that_was_switched_to_stands_first_at_the_next_log_in(app) {
        prepare(&app).await;
        let anywhere = || RelyingParty::new(&app, "care", CALLBACK);
        let mut browser = app.browser();
        let page = anywhere().log_in(&mut browser, FRANK, PASSWORD).await;
        let chosen = choose(&mut browser, &page, "Maple Home Care").await;
        let tokens = anywhere().redeem(&chosen.sent("code").unwrap()).await;
        assert_eq!(offered(&anywhere().authorize(&mut browser).await), ["Maple Home Care", "Birch Home Care"]);
        switched(&anywhere(), &tokens, BIRCH).await;
        assert_eq!(offered(&anywhere().authorize(&mut browser).await), ["Birch Home Care", "Maple Home Care"]);
    }
}
