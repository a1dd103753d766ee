//! Suspending a company and resuming it (R89): nobody enters through it, its programs are told, and everybody is back as they
//! were. Other agencies never notice.

use serde_json::json;

use super::{COMPANIES, Program, at};
use crate::api::{FRANK, problem};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const LISTENER: &str = "https://maple.example/backchannel-logout";
const BIRCHES: &str = "beth.birch@example.com";

on_each_database! {
    async fn nobody_enters_a_suspended_company_and_everybody_is_back_when_it_is_resumed(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let tokens = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let operator = Program::of_operator(&app).await;
        let program = Program::of(&app, &app.maple).await;
        let office = RelyingParty::new(&app, "office.99999", "");
        let tools = app.administrator("administrator@example.com").await;
        let administrator = Program::by(&app, tools.token("administrator@example.com").await);

        let suspended = operator.act(&format!("{}:suspend", at("99999"))).await;
        assert_eq!((suspended.status, &suspended.json["state"]), (200, &json!("suspended")), "{suspended:?}");
        assert!(suspended.json["suspended_at"].is_string());
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
        let page = portal.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(page.sent("code"), None, "{page:?}");
        // Whatever speaks for the company is dead, and the office's program gets nothing new.
        assert_eq!(program.get(&at("99999")).await.status, 401);
        assert_eq!(administrator.get(&at("99999")).await.status, 401);
        let refused = office.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(refused.error(), (400, "unauthorized_client"));
        assert_eq!(operator.get(&at("99999")).await.json["state"], "suspended");

        let resumed = operator.act(&format!("{}:resume", at("99999"))).await;
        assert_eq!((&resumed.json["state"], &resumed.json["suspended_at"]), (&json!("active"), &json!(null)));
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 200);
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.status, 200);
        portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(program.get(&at("99999")).await.status, 200);
    }

    /// R77: the same person's other agency, its programs and its people.
    async fn other_agencies_of_the_same_people_never_notice(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        app.change_membership(&app.birch, FRANK, |it| {
            it.state = idp_domain::member::MembershipState::Active { since: app.env.now() };
        })
        .await;
        let birchs = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        let tokens = birchs.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let operator = Program::of_operator(&app).await;
        assert_eq!(operator.act(&format!("{}:suspend", at("99999"))).await.status, 200);
        assert_eq!(birchs.userinfo(tokens.text("access_token")).await.status, 200);
        assert_eq!(birchs.refresh(tokens.text("refresh_token")).await.status, 200);
        birchs.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        app.other_admin().create(BIRCHES).await;
    }

    /// OpenID Connect Back-Channel Logout section 2: a portal's own session ends, too; told once, however often it is asked.
    async fn programs_with_open_sessions_are_told_once(app) {
        app.change_client("portal.99999", |client| {
            client.backchannel_logout = Some(idp_domain::client::BackchannelLogout {
                uri: LISTENER.parse().unwrap(),
                session_required: true,
            });
        })
        .await;
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let tokens = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        app.send_logouts().await;
        app.outbound.take_posts();
        let operator = Program::of_operator(&app).await;
        for _ in 0..2 {
            assert_eq!(operator.act(&format!("{}:suspend", at("99999"))).await.status, 200);
        }
        app.send_logouts().await;
        let posts = app.outbound.take_posts();
        let (claims, _) = portal.verify(tokens.text("id_token")).await;
        let mut sids = vec![];
        for post in &posts {
            assert_eq!(post.url.as_str(), LISTENER);
            sids.push(portal.verify(&post.fields[0].1).await.0["sid"].clone());
        }
        assert_eq!(sids.iter().filter(|sid| **sid == claims["sid"]).count(), 1, "{sids:?}");
        let recorded = app.audited().await;
        assert_eq!(recorded.iter().filter(|action| **action == "company.suspended").count(), 1);
    }

    /// An agency's own code still names it, so that it is the same one when it is resumed; and nobody else may take it.
    async fn a_suspended_company_keeps_its_code(app) {
        let operator = Program::of_operator(&app).await;
        operator.act(&format!("{}:suspend", at("99999"))).await;
        let taken = operator.post(COMPANIES, &json!({"name": "Cedar", "code": "99999"})).await;
        assert_eq!(problem(&taken), (409, "company-code-taken"));
        for nonsense in [":close", ":", ""] {
            let path = format!("{}{nonsense}", at("99999"));
            assert_eq!(problem(&operator.act(&path).await), (404, "not-found"));
        }
    }
}
