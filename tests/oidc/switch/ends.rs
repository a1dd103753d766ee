//! What ends each family: its own agency alone, or what they have in common (rules section 5, "Deactivation"; attacks 47 and
//! 50; RFC 7009; Back-Channel Logout).

use std::collections::BTreeSet;

use super::{
    BIRCH, FRANK, MAPLE, assert_ended, assert_good, at_both, id_token, phone, prepare, program, switched,
};
use crate::oidc::SECOND;
use crate::oidc::backchannel::told;
use crate::support::admin::Admin;
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};
use idp_domain::company::CompanyState;

/// Frank's id at an office.
async fn member(office: &Admin<'_>) -> String {
    office.get("").await.json["members"][0]["member_id"].as_str().expect("a member").to_owned()
}

/// The names of the sessions whose end the program was told.
async fn ended(app: &TestApp) -> BTreeSet<String> {
    let told = told(app).await;
    told.iter().filter(|it| it.claims["aud"] == "care").map(|it| it.claims["sid"].to_string()).collect()
}

/// The name of the session in an ID token.
async fn sid(client: &RelyingParty<'_>, tokens: &Answer) -> String {
    id_token(client, tokens).await["sid"].to_string()
}

on_each_database! {
    /// R74: who is deactivated at Birch is refused there at once, at UserInfo, introspection and refresh, and goes on at Maple.
    async fn deactivation_at_the_second_agency_ends_it_there_alone(app) {
        let (_, maple, birch) = at_both(&app).await;
        let client = program(&app);
        app.advance(SECOND);
        let birch = assert_good(&client, &birch, BIRCH).await;
        app.other_admin().done(&member(&app.other_admin()).await, "deactivate").await;
        assert_ended(&client, &birch).await;
        assert_eq!(super::switch(&client, &maple, BIRCH).await.error(), super::INVALID);
        assert_good(&client, &maple, MAPLE).await;
        assert_eq!(ended(&app).await, [sid(&client, &birch).await].into());
    }

    /// And the other way round: what was switched from Maple does not stand on Maple.
    async fn deactivation_at_the_first_agency_ends_it_there_alone(app) {
        let (_, maple, birch) = at_both(&app).await;
        let client = program(&app);
        app.advance(SECOND);
        app.admin().done(&member(&app.admin()).await, "deactivate").await;
        assert_ended(&client, &maple).await;
        let birch = assert_good(&client, &birch, BIRCH).await;
        assert_eq!(super::switch(&client, &birch, MAPLE).await.error(), super::INVALID);
        assert_eq!(ended(&app).await, [sid(&client, &maple).await].into());
    }

    /// R89.
    async fn suspension_of_the_second_agency_ends_it_there_alone(app) {
        let (_, maple, birch) = at_both(&app).await;
        let client = program(&app);
        let at = app.env.now();
        app.change_company(&app.birch, |company| company.state = CompanyState::Suspended { at }).await;
        assert_ended(&client, &birch).await;
        assert_good(&client, &maple, MAPLE).await;
    }

    /// The session is what both have in common: its end is the end of both, and the program hears of both names of it.
    async fn a_log_out_ends_both_and_both_are_told(app) {
        let (mut browser, maple, birch) = at_both(&app).await;
        let client = program(&app);
        let sids = BTreeSet::from([sid(&client, &maple).await, sid(&client, &birch).await]);
        assert_eq!(sids.len(), 2);
        // The ID token of either names the session.
        let page = browser.get(&format!("/logout?id_token_hint={}", birch.text("id_token"))).await;
        assert_eq!(page.heading(), "You are signed out");
        for dead in [&maple, &birch] {
            assert_ended(&client, dead).await;
        }
        assert_eq!(ended(&app).await, sids);
    }

    /// What stays logged in after a log-out does so at both agencies, and ends at both when the person signs out everywhere,
    /// as after a password that was changed or forgotten (R82).
    async fn signing_out_everywhere_ends_a_phone_at_both(app) {
        prepare(&app).await;
        let client = phone(&app);
        let (mut browser, maple) = super::at_maple(&app, &client).await;
        let birch = switched(&client, &maple, BIRCH).await;
        let confirm = browser.get("/logout").await;
        browser.fill(&confirm, "logout-yes", &[]).await;
        let maple = assert_good(&client, &maple, MAPLE).await;
        let birch = assert_good(&client, &birch, BIRCH).await;
        let mut own = app.browser();
        let page = own.get("/account/sessions").await;
        let fields = [("UserName", FRANK), ("Password", crate::support::app::PASSWORD)];
        let page = own.fill(&page, "login-submit", &fields).await;
        own.fill(&page, "everywhere-too", &[]).await;
        for dead in [&maple, &birch] {
            assert_ended(&client, dead).await;
        }
    }

    /// RFC 7009 section 2.1: a program that gives up the agency it switched to keeps the others.
    async fn revoking_a_family_that_was_switched_to_ends_it_alone(app) {
        let (_, maple, birch) = at_both(&app).await;
        let client = program(&app);
        assert_eq!(client.revoke(super::refresh_token(&birch)).await.status, 200);
        assert_ended(&client, &birch).await;
        let maple = assert_good(&client, &maple, MAPLE).await;
        let birch = switched(&client, &maple, BIRCH).await;
        assert_eq!(client.revoke(birch.text("access_token")).await.status, 200);
        assert_ended(&client, &birch).await;
        assert_good(&client, &maple, MAPLE).await;
    }

    /// The log-in's own family is what "Log out" of a program ends: whoever switched with a copy of its token, to wherever, does
    /// not go on when the person is done. By whichever token of it, also an old one.
    async fn revoking_the_family_of_the_log_in_ends_what_was_switched_from_it(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, other) = super::at_maple(&app, &client).await;
        for by in ["refresh_token", "access_token"] {
            let (_, first) = super::at_maple(&app, &client).await;
            let copied = switched(&client, &first, BIRCH).await;
            let thief = assert_good(&client, &copied, BIRCH).await;
            let maple = client.refresh(super::refresh_token(&first)).await;
            assert_eq!(client.revoke(first.text(by)).await.status, 200);
            for dead in [&maple, &thief] {
                assert_ended(&client, dead).await;
            }
            assert_eq!(super::switch(&client, &maple, BIRCH).await.error(), super::INVALID);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_events WHERE action = 'grant.revoked'").await, 2);
        assert_good(&client, &other, MAPLE).await;
    }
}
