//! What a switch gives: a family of its own for the other agency, made of the log-in that was.

use std::time::Duration;

use futures::future::join_all;
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::{ClientId, Resource};
use idp_domain::company::CompanyCode;
use serde_json::Value;

use super::{
    BIRCH, CALLBACK, FRANK, INVALID, MAPLE, agency, assert_ended, assert_good, at_both, at_maple, families,
    id_token, joins_birch, phone, prepare, program, refresh_token, register_program, switch, switch_with,
    switched,
};
use crate::oidc::{HOUR, SECOND};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::VERIFIER;

const DAY: Duration = Duration::from_secs(24 * 3600);
const APIS: [&str; 2] = ["https://visits.example/", "https://rota.example/"];

on_each_database! {
    /// R4: no page and no password; who, when and how are those of the log-in, `sid` and agency are not.
    async fn one_log_in_opens_both_agencies(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        app.advance(SECOND * 20);
        let birch = switched(&client, &maple, BIRCH).await;
        assert_eq!(birch.text("scope"), maple.text("scope"));
        let (here, there) = (id_token(&client, &maple).await, id_token(&client, &birch).await);
        for claim in ["iss", "sub", "aud", "auth_time", "amr", "acr"] {
            assert_eq!(here[claim], there[claim], "{claim}");
        }
        for claim in ["sid", "company_id", "tenant", "member_id", "at_hash"] {
            assert_ne!(here[claim], there[claim], "{claim}");
        }
        assert_eq!(there["tenant"], app.birch.id.to_string());
        assert!(!there.contains_key("nonce"), "it belongs to the authorization request");
        let (access, _) = client.verify(birch.text("access_token")).await;
        assert_eq!((&access["company_code"], &access["sub"]), (&Value::from(BIRCH), &there["sub"]));
        assert_eq!(agency(&client, &birch).await.as_deref(), Some(BIRCH));
    }

    /// The presented token is not used up: long after the grace it is as good as before, and both families go on side by side.
    async fn the_family_that_was_presented_stays_as_it_is(app) {
        let (_, maple, birch) = at_both(&app).await;
        let client = program(&app);
        app.advance(SECOND * 20);
        let maple = assert_good(&client, &maple, MAPLE).await;
        let birch = assert_good(&client, &birch, BIRCH).await;
        app.advance(HOUR);
        for (tokens, company) in [(&maple, MAPLE), (&birch, BIRCH)] {
            let later = client.refresh(refresh_token(tokens)).await;
            assert_eq!(agency(&client, &later).await.as_deref(), Some(company));
        }
    }

    /// Section 3, "Names": the parameter and its aliases, the code however it is written, an alias of it, the id.
    async fn the_agency_is_named_in_every_way_that_names_one(app) {
        prepare(&app).await;
        let former = CompanyCode::parse("BIRCH1").unwrap();
        let mut tx = app.env.store.write().await.unwrap();
        tx.companies().add_alias(app.birch.id, &former).await.unwrap();
        tx.commit().await.unwrap();
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        let id = app.birch.id.to_string();
        for (name, value) in [
            ("company", " 222-22 "),
            ("company", "birch1"),
            ("company", &id),
            ("tenant", &id),
            ("acr_values", "urn:example:any tenant:22222"),
        ] {
            let birch = switch_with(&client, &maple, &[(name, value)]).await;
            assert_eq!(agency(&client, &birch).await.as_deref(), Some(BIRCH), "{name}={value}");
        }
        let torn = switch_with(&client, &maple, &[("company", BIRCH), ("tenant", MAPLE)]).await;
        assert_eq!(torn.error(), (400, "invalid_request"));
        assert_good(&client, &maple, MAPLE).await;
    }

    /// Naming the agency that the family is for already, or leaving the field blank, is an ordinary refresh, with rotation and all.
    async fn naming_the_same_agency_is_a_refresh(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        for named in [MAPLE, &app.maple.id.to_string(), " ", "-"] {
            let next = switched(&client, &maple, named).await;
            assert_ne!(refresh_token(&next), refresh_token(&maple));
            assert_eq!(agency(&client, &next).await.as_deref(), Some(MAPLE));
        }
        assert_eq!(families(&app, &app.maple).await, 1);
        app.advance(SECOND * 10);
        assert_eq!(switch(&client, &maple, MAPLE).await.error(), INVALID, "it was used up");
        assert_eq!(families(&app, &app.maple).await, 0);
    }

    /// RFC 6749 section 6: no more than the presented family has; the new one has what was asked for, and stays so.
    async fn scope_and_resource_narrow_the_new_family(app) {
        register_program(&app, |client| {
            client.resources = APIS.map(|api| Resource::parse(api).unwrap()).into();
        })
        .await;
        app.enrol(FRANK).await;
        joins_birch(&app).await;
        let client = program(&app).with("resource", APIS[0]).with("resource", APIS[1]);
        let (_, maple) = at_maple(&app, &client).await;
        for wider in ["openid phone", "openid offline_access", "openid members:write"] {
            let asked = switch_with(&client, &maple, &[("company", BIRCH), ("scope", wider)]).await;
            assert_eq!(asked.error(), (400, "invalid_scope"), "{wider}");
            assert_eq!(asked.text("error_description"), "scope must not exceed what was granted");
        }
        assert_eq!(families(&app, &app.birch).await, 0);
        let whole = switched(&client, &maple, BIRCH).await;
        for api in APIS {
            let tokens = switch_with(&client, &whole, &[("resource", api)]).await;
            assert_eq!(client.verify(tokens.text("access_token")).await.0["aud"], api);
        }
        let narrow = [("company", BIRCH), ("scope", "openid company"), ("resource", APIS[0])];
        let narrow = switch_with(&client, &maple, &narrow).await;
        assert_eq!(narrow.text("scope"), "openid company");
        assert_eq!(client.verify(narrow.text("access_token")).await.0["aud"], APIS[0]);
        for (name, more, error) in
            [("scope", "openid email", "invalid_scope"), ("resource", APIS[1], "invalid_target")]
        {
            assert_eq!(switch_with(&client, &narrow, &[(name, more)]).await.error(), (400, error));
        }
        let foreign = [("company", BIRCH), ("resource", "https://elsewhere.example/")];
        assert_eq!(switch_with(&client, &maple, &foreign).await.error(), (400, "invalid_target"));
    }

    /// An answer that was lost and is asked for again within the grace is the same answer: nobody holds a dead token.
    async fn a_lost_answer_is_given_again_within_the_grace(app) {
        let (_, maple, lost) = at_both(&app).await;
        let client = program(&app);
        app.advance(SECOND * 9);
        let again = switched(&client, &maple, BIRCH).await;
        assert_eq!(refresh_token(&again), refresh_token(&lost));
        assert_ne!(again.text("access_token"), lost.text("access_token"), "which says when it was made");
        assert_eq!(events(&app, AuditAction::CompanySwitched).await.len(), 1);
        for both in [&lost, &again] {
            assert_eq!(agency(&client, both).await.as_deref(), Some(BIRCH));
        }
        let birch = assert_good(&client, &again, BIRCH).await;
        let used = switched(&client, &maple, BIRCH).await;
        assert_ne!(refresh_token(&used), refresh_token(&lost), "the grace ends when the first token is used");
        assert_ended(&client, &birch).await;
    }

    /// Another scope is another question, whenever it is asked.
    async fn what_differs_is_not_given_again(app) {
        let (_, maple, whole) = at_both(&app).await;
        let client = program(&app);
        let narrow = switch_with(&client, &maple, &[("company", BIRCH), ("scope", "openid company")]).await;
        assert_eq!(narrow.text("scope"), "openid company");
        assert_ne!(refresh_token(&narrow), refresh_token(&whole));
        assert_eq!([agency(&client, &whole).await, agency(&client, &narrow).await], [None, Some(BIRCH.to_owned())]);
    }

    /// After the grace a repeated switch begins anew and the family before ends, and so does a switch back.
    async fn a_repeated_switch_replaces_the_family_of_the_one_before(app) {
        let (_, maple, first) = at_both(&app).await;
        let client = program(&app);
        app.advance(SECOND * 10);
        let birch = switched(&client, &maple, BIRCH).await;
        assert_ne!(refresh_token(&birch), refresh_token(&first));
        assert_eq!(agency(&client, &first).await, None);
        assert_good(&client, &maple, MAPLE).await;
        let birch = assert_good(&client, &birch, BIRCH).await;
        assert_eq!(
            id_token(&client, &first).await["sid"],
            id_token(&client, &birch).await["sid"],
            "one name per session, client and agency"
        );
        let back = switched(&client, &birch, MAPLE).await;
        assert_eq!([families(&app, &app.maple).await, families(&app, &app.birch).await], [1, 1]);
        assert_good(&client, &back, MAPLE).await;
        assert_good(&client, &birch, BIRCH).await;
        let switched_again = "SELECT COUNT(*) FROM grants WHERE revoked_why = 'switched_again'";
        assert_eq!(app.count(switched_again).await, 2);
    }

    /// However many ask at once: one family, one refresh token for all, and every answer is good.
    async fn twenty_switches_at_once_get_the_same_family(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, maple) = at_maple(&app, &client).await;
        let answers = join_all((0..20).map(|_| switch(&client, &maple, BIRCH))).await;
        for answer in &answers {
            assert_eq!(refresh_token(answer), refresh_token(&answers[0]));
            assert_eq!(agency(&client, answer).await.as_deref(), Some(BIRCH));
        }
        assert_eq!(families(&app, &app.birch).await, 1);
        assert_eq!(events(&app, AuditAction::CompanySwitched).await.len(), 1);
        assert_good(&client, &answers[19], BIRCH).await;
        assert_good(&client, &maple, MAPLE).await;
    }

    /// Rules section 5: the end of the log-in's family is the end of what came from it, however late it was switched.
    async fn the_new_family_ends_no_later_than_the_presented_one(app) {
        prepare(&app).await;
        let client = phone(&app);
        let (_, mut maple) = at_maple(&app, &client).await;
        let begun = app.env.now();
        for _ in 0..4 {
            app.advance(DAY * 6);
            maple = client.refresh(refresh_token(&maple)).await;
        }
        let mut birch = switched(&client, &maple, BIRCH).await;
        app.advance(DAY * 6 - SECOND);
        birch = client.refresh(refresh_token(&birch)).await;
        assert_eq!(agency(&client, &birch).await.as_deref(), Some(BIRCH));
        app.advance(SECOND);
        assert_eq!(app.env.now(), begun + DAY * 30);
        assert_ended(&client, &birch).await;
    }

    /// `protocol.md`, "Token endpoint": what was begun with `offline_access` outlives the log-out, and may still switch; a
    /// family that does without it at the new agency ends with the session, and so cannot begin after it.
    async fn a_phone_switches_after_the_log_out_of_its_browser(app) {
        prepare(&app).await;
        let (mut browser, maple) = at_maple(&app, &phone(&app)).await;
        let client = phone(&app);
        let confirm = browser.get("/logout").await;
        browser.fill(&confirm, "logout-yes", &[]).await;
        app.advance(DAY);
        let online = switch_with(&client, &maple, &[("company", BIRCH), ("scope", "openid company")]).await;
        assert_eq!(online.error(), INVALID);
        let birch = switched(&client, &maple, BIRCH).await;
        app.advance(DAY * 6);
        let later = client.refresh(refresh_token(&birch)).await;
        assert_eq!(agency(&client, &later).await.as_deref(), Some(BIRCH));
    }

    /// R94: the agency sees who came and by which program, as it sees every other visit.
    async fn the_agency_sees_who_came(app) {
        prepare(&app).await;
        let client = program(&app);
        app.advance(HOUR);
        let (_, maple) = at_maple(&app, &client).await;
        let before = visits(&app).await;
        app.advance(SECOND);
        switched(&client, &maple, BIRCH).await;
        assert_eq!(app.membership(&app.birch, FRANK).await.last_sign_in, Some(app.env.now()));
        assert_eq!(visits(&app).await, before + 1);
        let [event] = &events(&app, AuditAction::CompanySwitched).await[..] else { panic!("one event") };
        let care = ClientId::parse("care").unwrap();
        assert_eq!((&event.actor, &event.client), (&Actor::Client { client: care.clone() }, &Some(care)));
        assert_eq!((event.company, event.account), (Some(app.birch.id), Some(app.account(FRANK).await.id)));
        app.advance(SECOND * 10);
        switched(&client, &maple, BIRCH).await;
        assert_eq!(visits(&app).await, before + 1, "one log-in is one visit");
        assert_eq!(events(&app, AuditAction::CompanySwitched).await.len(), 2);
        assert_eq!(switch(&client, &maple, "nowhere").await.error(), INVALID);
        assert_eq!(events(&app, AuditAction::CompanySwitched).await.len(), 2, "nobody went there");
    }

    /// Section 3: the company was fixed at the authorization request.
    async fn a_company_named_with_the_code_changes_nothing(app) {
        prepare(&app).await;
        let client = program(&app);
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let params = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("company", BIRCH),
        ];
        let tokens = client.token(&params).await;
        assert_eq!(agency(&client, &tokens).await.as_deref(), Some(MAPLE));
    }

    /// `company.md` section 3: a refresh without `company` never changes it.
    async fn an_ordinary_refresh_stays_where_it_is(app) {
        let (_, _, birch) = at_both(&app).await;
        let client = program(&app);
        let mut tokens = birch;
        for _ in 0..3 {
            app.advance(SECOND * 20);
            tokens = assert_good(&client, &tokens, BIRCH).await;
        }
    }
}

async fn events(app: &TestApp, action: AuditAction) -> Vec<AuditEvent> {
    let mut tx = app.env.store.read().await.unwrap();
    let events = tx.audit().list(None, 1000).await.unwrap();
    events.into_iter().filter(|event| event.action == action).collect()
}

/// How often somebody came to Birch with a log-in of their own.
async fn visits(app: &TestApp) -> usize {
    let signed_in = events(app, AuditAction::MemberSignedIn).await;
    signed_in.iter().filter(|event| event.company == Some(app.birch.id)).count()
}
