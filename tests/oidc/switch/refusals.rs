//! What a switch is refused for: always the one `invalid_grant`, so that nobody learns which agencies there are, or who belongs
//! to them (`company.md` section 3; attacks 24, 42 and 47).

use idp_domain::client::ClientId;
use idp_domain::company::CompanyState;
use idp_domain::consent::{Consent, Permitted};
use idp_domain::member::MembershipState;
use idp_domain::scope::Scopes;

use super::{
    BIRCH, CALLBACK, FRANK, INVALID, MAPLE, agency, assert_good, at_maple, families, joins_birch, prepare,
    program, refresh_token, register_program, switch, switched,
};
use crate::oidc::{MARY, SECOND, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};
use crate::support::statements::statements;

/// The whole answer, as far as somebody could tell one from another.
fn told(answer: &Answer) -> (u16, String) {
    (answer.status, answer.body.clone())
}

async fn garbage(client: &RelyingParty<'_>) -> (u16, String) {
    let params = [("grant_type", "refresh_token"), ("refresh_token", "nobody's"), ("company", BIRCH)];
    told(&client.token(&params).await)
}

/// Frank allows the program what it asks for, at these agencies.
async fn allow(app: &TestApp, companies: &[&idp_domain::company::Company]) {
    let companies = companies.iter().map(|company| company.id).collect();
    let permitted = Permitted { companies, ..Permitted::of(Scopes::parse("openid profile email company")) };
    let consent = Consent {
        account: app.account(FRANK).await.id,
        client: ClientId::parse("care").unwrap(),
        permitted,
        granted_at: app.env.now(),
    };
    let mut tx = app.env.store.write().await.unwrap();
    tx.consents().put(&consent).await.unwrap();
    tx.commit().await.unwrap();
}

on_each_database! {
    /// No such agency, not a member, invited, inactive, removed, sessions ended by the agency, suspended: byte for byte like a
    /// token that is nobody's, and nothing is used up by it.
    async fn every_reason_looks_like_a_bad_token(app) {
        register_program(&app, |_| {}).await;
        app.enrol(FRANK).await;
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        let refusal = garbage(&client).await;
        assert_eq!(refusal.0, 400);
        for nowhere in ["nowhere", "77777", "!", "cmp_00000000000070008000000000000000", BIRCH] {
            assert_eq!(told(&switch(&client, &maple, nowhere).await), refusal, "{nowhere}");
        }
        app.other_admin().create(FRANK).await;
        assert_eq!(told(&switch(&client, &maple, BIRCH).await), refusal, "invited");
        let at = app.env.now();
        for state in [
            MembershipState::Inactive { since: at },
            MembershipState::Removed { at },
        ] {
            app.change_membership(&app.birch, FRANK, |member| member.state = state).await;
            assert_eq!(told(&switch(&client, &maple, BIRCH).await), refusal, "{state:?}");
        }
        app.change_membership(&app.birch, FRANK, |member| {
            member.state = MembershipState::Active { since: at };
            member.sessions_ended_at = Some(at);
        })
        .await;
        assert_eq!(told(&switch(&client, &maple, BIRCH).await), refusal, "the log-in does not count there");
        app.change_membership(&app.birch, FRANK, |member| member.sessions_ended_at = None).await;
        app.change_company(&app.birch, |company| company.state = CompanyState::Suspended { at }).await;
        assert_eq!(told(&switch(&client, &maple, BIRCH).await), refusal, "suspended");
        app.change_company(&app.birch, |company| company.state = CompanyState::Active).await;
        switched(&client, &maple, BIRCH).await;
        app.advance(SECOND * 20);
        assert_good(&client, &maple, MAPLE).await;
    }

    /// Attack 24: how long the answer takes says nothing either. An agency that is there costs what one that is not there does.
    async fn a_refusal_asks_the_database_the_same_whether_there_is_such_an_agency(app) {
        register_program(&app, |_| {}).await;
        app.enrol(FRANK).await;
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        let (_, there) = statements(switch(&client, &maple, BIRCH)).await;
        let (_, not_there) = statements(switch(&client, &maple, "77777")).await;
        assert_eq!(there, not_there);
        assert!(there.iter().any(|sql| sql.contains("memberships")), "{there:?}");
        let id = app.birch.id.to_string();
        let (_, there) = statements(switch(&client, &maple, &id)).await;
        let (_, not_there) =
            statements(switch(&client, &maple, "cmp_00000000000070008000000000000000")).await;
        assert_eq!(there, not_there);
    }

    /// A log-in of after the agency ended everything counts there again.
    async fn a_later_log_in_counts_where_the_agency_ended_the_one_before(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, before) = at_maple(&app, &client).await;
        let ended = app.env.now();
        app.change_membership(&app.birch, FRANK, |member| member.sessions_ended_at = Some(ended)).await;
        assert_eq!(switch(&client, &before, BIRCH).await.error(), INVALID);
        app.advance(SECOND);
        let (_, after) = at_maple(&app, &client).await;
        switched(&client, &after, BIRCH).await;
    }

    /// Section 3: the client must be allowed to, and serve no agency of its own; whatever it names, it hears the same.
    async fn a_client_switches_only_where_it_may(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        app.change_client("care", |client| client.may_switch_company = false).await;
        let refused = switch(&client, &maple, BIRCH).await;
        assert_eq!(refused.error(), INVALID);
        assert_eq!(told(&switch(&client, &maple, "nowhere").await), told(&refused));
        app.change_client("care", |client| {
            client.may_switch_company = true;
            client.company = Some(app.maple.id);
        })
        .await;
        assert_eq!(switch(&client, &maple, BIRCH).await.error(), INVALID, "bound to Maple");
        app.change_client("care", |client| client.company = None).await;
        switched(&client, &maple, BIRCH).await;
        app.change_client("care", |client| client.enabled = false).await;
        assert_eq!(switch(&client, &maple, BIRCH).await.error(), (401, "invalid_client"));
    }

    /// Attack 42 (CVE-2026-55672): a refresh token is worth nothing in another client's hands.
    async fn another_clients_token_switches_nothing(app) {
        prepare(&app).await;
        register(&app, |client| {
            client.id = ClientId::parse("other").unwrap();
            client.company = None;
            client.may_switch_company = true;
        })
        .await;
        let other = RelyingParty::new(&app, "other", CALLBACK);
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        assert_eq!(told(&switch(&other, &maple, BIRCH).await), garbage(&client).await);
        assert_eq!(families(&app, &app.birch).await, 0);
        assert_good(&client, &maple, MAPLE).await;
    }

    /// Nobody gets to an agency of somebody else by naming it.
    async fn an_agency_of_somebody_else_stays_theirs(app) {
        prepare(&app).await;
        app.enrol(MARY).await;
        let client = program(&app);
        let marys = client.tokens(&mut app.browser(), MARY, PASSWORD).await;
        assert_eq!(told(&switch(&client, &marys, BIRCH).await), garbage(&client).await);
        assert_good(&client, &marys, MAPLE).await;
    }

    /// A client that is not the agency's own is told of an agency only where the person allowed it.
    async fn a_third_party_needs_consent_for_the_other_agency(app) {
        register_program(&app, |client| client.first_party = false).await;
        app.enrol(FRANK).await;
        joins_birch(&app).await;
        allow(&app, &[&app.maple]).await;
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        assert_eq!(told(&switch(&client, &maple, BIRCH).await), garbage(&client).await);
        allow(&app, &[&app.maple, &app.birch]).await;
        let birch = switched(&client, &maple, BIRCH).await;
        assert_eq!(agency(&client, &birch).await.as_deref(), Some(BIRCH));
    }

    /// What was never asked about an agency is not led to one.
    async fn a_family_that_speaks_for_no_agency_switches_to_none(app) {
        prepare(&app).await;
        let client = RelyingParty::new(&app, "care", CALLBACK).with("scope", "openid profile");
        let (_, tokens) = at_maple(&app, &client).await;
        assert_eq!(switch(&client, &tokens, BIRCH).await.error(), INVALID);
        assert_eq!(client.refresh(refresh_token(&tokens)).await.status, 200);
    }
}
