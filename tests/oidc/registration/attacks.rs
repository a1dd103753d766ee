//! What a stranger tries: another's registration, rights that are nobody's to take, our own network, our own pages.

use axum::http::Method;
use idp_domain::client::{ClientId, RegisteredBy};
use idp_domain::member::Authority;
use idp_domain::scope::Scope;
use idp_service::authority::Caller;
use idp_service::clients::{self, ClientEdit, ClientPatch, ClientView};
use idp_service::once::Terms;
use serde_json::{Value, json};

use super::{
    SWAP, franks, invite, manage, open, path, register, registered, relying_party, send, swap, swap_with,
};
use crate::oidc::consent::asked;
use crate::oidc::{FRANK, SECOND, franks_browser};
use crate::support::app::TestApp;
use crate::support::on_each_database;

pub(crate) async fn stored(app: &TestApp, id: &str) -> idp_domain::client::Client {
    let id = ClientId::parse(id).unwrap();
    app.env.store.read().await.unwrap().clients().find(&id).await.unwrap().unwrap()
}

on_each_database! {
    /// RFC 7592 section 3: a registration access token is good for its own client and for nothing else.
    async fn a_token_of_another_client_opens_nothing(app) {
        let app = open(app).await;
        let (own, other) = (registered(&app, &swap()).await, registered(&app, &swap()).await);
        let initial = invite(&app, None, 5).await;
        let token = own.text("registration_access_token");
        let mut metadata = swap_with(&json!({"client_name": "Taken"}));
        for id in [other.text("client_id"), "portal.99999", "c-nobody", "..%2f", "%00"] {
            metadata["client_id"] = id.into();
            let path = format!("/register/{id}");
            for (method, body) in [(Method::GET, None), (Method::PUT, Some(&metadata)), (Method::DELETE, None)] {
                let refused = send(&app, (method, &path), Some(token), body).await;
                assert_eq!(refused.error(), (401, "invalid_token"), "{path}");
            }
        }
        for wrong in [initial.as_str(), own.text("client_secret"), "", "reg_1.x"] {
            let refused = send(&app, (Method::GET, path(&own)), Some(wrong), None).await;
            assert_eq!(refused.status, 401, "{wrong}");
        }
        let refused = register(&app, Some(token), &swap()).await;
        assert_eq!(refused.error(), (401, "invalid_token"), "nor does it register another");
        assert_eq!(manage(&app, Method::GET, &other, None).await.text("client_name"), "Shift Swap");
        assert_eq!(stored(&app, "portal.99999").await.name.as_str(), "Portal");
    }

    /// Attack 85 and `protocol.md`: nothing that is written makes a stranger more than one, however often it is replaced.
    async fn a_stranger_stays_one(app) {
        let app = open(app).await;
        let greedy = swap_with(&json!({
            "first_party": true, "may_switch_company": true, "may_grant": "administrator",
            "serves": ["https://id.example/admin/v1"], "resources": ["https://id.example/admin/v1"],
            "resource": "https://id.example/admin/v1", "company": "99999",
            "require_pkce": false, "enabled": true, "profile": "standard", "registered_by": "operator",
            "scope": "openid operator companies companies:write members:read members:write audit:read bounces:write",
        }));
        let made = registered(&app, &greedy).await;
        assert_eq!(made.text("scope"), "openid");
        let mut again = greedy.clone();
        again["client_id"] = made.json["client_id"].clone();
        assert_eq!(manage(&app, Method::PUT, &made, Some(&again)).await.text("scope"), "openid");
        let client = stored(&app, made.text("client_id")).await;
        assert!(!client.first_party && !client.may_switch_company && client.company.is_none());
        assert!(client.serves.is_empty() && client.resources.is_empty());
        assert_eq!((client.may_grant, client.registered_by), (Authority::None, RegisteredBy::Itself));
    }

    /// An agency's token makes an agency's client, whatever is asked for, and a replacement does not free it.
    async fn an_agencys_token_never_makes_a_client_of_every_agency(app) {
        let app = open(app).await;
        let token = invite(&app, Some(app.maple.id), 1).await;
        let made = register(&app, Some(&token), &swap_with(&json!({"company": null, "scope": "openid companies company"}))).await;
        assert_eq!(made.text("scope"), "openid company");
        let mut metadata = swap();
        metadata["client_id"] = made.json["client_id"].clone();
        assert_eq!(manage(&app, Method::PUT, &made, Some(&metadata)).await.status, 200);
        assert_eq!(stored(&app, made.text("client_id")).await.company, Some(app.maple.id));
    }

    /// Mails of an agency lead to its portal: a stranger that was let in by the agency does not become it.
    async fn a_stranger_never_becomes_an_agencys_portal(app) {
        let app = open(app).await;
        let token = invite(&app, Some(app.maple.id), 1).await;
        crate::oidc::register(&app, |portal| portal.initiate_login_uri = None).await;
        let asked = swap_with(&json!({"initiate_login_uri": "https://shifts.example/login"}));
        assert_eq!(register(&app, Some(&token), &asked).await.status, 201);
        let mut tx = app.env.store.read().await.unwrap();
        assert!(tx.clients().find_portal(app.maple.id).await.unwrap().is_none());
    }

    /// What the operator changes of such a client makes it no client of the operator's.
    async fn a_stranger_stays_one_when_the_operator_changes_it(app) {
        let app = open(app).await;
        let token = invite(&app, Some(app.maple.id), 1).await;
        let made = register(&app, Some(&token), &swap()).await;
        let id = ClientId::parse(made.text("client_id")).unwrap();
        let scope = Caller::of_commands().company(&app.env, Scope::CompaniesWrite, "99999").await.unwrap().unwrap();
        let renamed = ClientPatch { client_name: Some("Shift Exchange".to_owned()), ..ClientPatch::default() };
        let edit = ClientEdit::Patch(Box::new(renamed));
        let present = |view: &ClientView| Ok(view.client.name.to_string());
        let terms = Terms::default();
        let answer = clients::change(&app.env, &scope, (&id, &edit), &terms, &present).await.unwrap();
        assert_eq!(answer.body, "Shift Exchange");
        let client = stored(&app, id.as_str()).await;
        assert!(!client.first_party && !client.requires().require_pkce);
    }

    /// A client that moved to another sector would learn by its old refresh tokens how people are called there.
    async fn a_client_never_moves_to_another_sector(app) {
        let app = open(app).await;
        let made = registered(&app, &swap_with(&json!({"subject_type": "pairwise"}))).await;
        for moved in [
            json!({"subject_type": "pairwise", "redirect_uris": ["https://victim.example/callback"]}),
            json!({"subject_type": "public"}),
        ] {
            let mut metadata = swap_with(&moved);
            metadata["client_id"] = made.json["client_id"].clone();
            let refused = manage(&app, Method::PUT, &made, Some(&metadata)).await;
            assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{moved}");
        }
    }

    /// Attack 88 (CVE-2020-10770): a sector is fetched once the metadata is good and the caller is let in; nothing else is.
    async fn nothing_is_called_for_somebody_who_may_not_register(app) {
        let app = super::by_invitation(app).await;
        let token = invite(&app, None, 5).await;
        let inside = "https://169.254.169.254/latest/meta-data/";
        let asked = swap_with(&json!({"subject_type": "pairwise", "sector_identifier_uri": inside}));
        assert_eq!(register(&app, None, &asked).await.status, 401);
        let mut bad = asked.clone();
        bad["redirect_uris"] = json!(["javascript:alert(1)"]);
        assert_eq!(register(&app, Some(&token), &bad).await.status, 400);
        assert!(app.outbound.fetched().is_empty());
        let refused = register(&app, Some(&token), &asked).await;
        assert_eq!(refused.error(), (400, "invalid_client_metadata"));
        assert!(!refused.body.contains("404"), "what was found there is not told: {refused:?}");
        let quiet = swap_with(&json!({
            "jwks_uri": inside, "backchannel_logout_uri": inside, "client_uri": inside, "policy_uri": inside, "tos_uri": inside,
        }));
        assert_eq!(register(&app, Some(&token), &quiet).await.status, 201);
        assert_eq!(app.outbound.fetched().len(), 1);
    }

    /// Attack 70: names and addresses become text and links on our pages, and nothing else.
    async fn what_a_client_calls_itself_stays_text(app) {
        let app = open(app).await;
        let hostile = ["javascript:alert(1)", "data:text/html,x", "https://user:pass@shifts.example/", "//shifts.example"];
        for bad in hostile {
            for name in [
                "client_uri", "policy_uri", "tos_uri", "logo_uri", "initiate_login_uri", "jwks_uri", "backchannel_logout_uri",
            ] {
                let refused = register(&app, None, &swap_with(&json!({name: bad}))).await;
                // Initiating has the rules of redirect URIs.
                assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{name} {bad}");
            }
            assert_eq!(register(&app, None, &json!({"redirect_uris": [bad]})).await.status, 400, "{bad}");
        }
        let name = "</p><script>alert(1)</script>";
        let made = registered(&app, &swap_with(&json!({
            "client_name": name, "policy_uri": "https://shifts.example/\"><script>alert(1)</script>",
        }))).await;
        let page = relying_party(&app, &made).authorize(&mut app.browser()).await;
        assert_eq!(page.heading(), "Log In");
        assert!(page.shows(name) && !page.html.contains("<script>alert"), "{}", page.html);
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let page = relying_party(&app, &made).authorize(&mut browser).await;
        assert!(page.shows(name) && !page.html.contains("<script>alert"), "{}", page.html);
    }

    /// Secrets lie in the database as digests only.
    async fn no_secret_of_a_registration_is_stored(app) {
        let app = open(app).await;
        let initial = invite(&app, None, 5).await;
        let made = register(&app, Some(&initial), &swap()).await;
        let sql = |table: &str, column: &str, secret: &str| {
            format!("SELECT COUNT(*) FROM {table} WHERE CAST({column} AS TEXT) LIKE '%{secret}%'")
        };
        for secret in [made.text("client_secret"), made.text("registration_access_token"), &initial] {
            let part = secret.rsplit('.').next().unwrap();
            for (table, column) in [("clients", "secrets"), ("clients", "metadata"), ("audit_events", "changes")] {
                assert_eq!(app.count(&sql(table, column, part)).await, 0, "{table}.{column}");
            }
        }
        assert_eq!(made.json.get("initial_access_token"), None::<&Value>);
    }

    /// Whoever got hold of a registration access token turns the client into another: what people allowed the one, the other
    /// has to ask for (OpenID Connect Core section 3.1.2.4).
    async fn a_client_that_calls_itself_otherwise_or_sends_people_elsewhere_asks_again(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let made = registered(&app, &swap_with(&json!({}))).await;
        let client = relying_party(&app, &made);
        let mut browser = franks_browser(&app).await;
        franks(&client, &made, &mut browser).await;
        app.advance(SECOND);
        let elsewhere = [SWAP, "https://evil.example/callback"];
        for changed in [json!({"client_name": "Your Agency Payroll"}), json!({"redirect_uris": elsewhere})] {
            assert!(client.authorize(&mut browser).await.sent("code").is_some(), "allowed before");
            let mut metadata = swap_with(&changed);
            metadata["client_id"] = made.json["client_id"].clone();
            assert_eq!(manage(&app, Method::PUT, &made, Some(&metadata)).await.status, 200);
            let silent = relying_party(&app, &made).with("prompt", "none");
            assert_eq!(silent.authorize(&mut browser).await.sent("error").as_deref(), Some("consent_required"));
            let page = client.authorize(&mut browser).await;
            assert!(asked(&page).iter().all(|(_, before)| !before), "nothing was allowed this one: {page:?}");
            franks(&client, &made, &mut browser).await;
            app.advance(SECOND);
            // The same again is nothing new.
            assert_eq!(manage(&app, Method::PUT, &made, Some(&metadata)).await.status, 200);
        }
    }
}
