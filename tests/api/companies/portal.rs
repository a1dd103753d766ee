//! The portal that the operator's template makes for a new company (`company.md` section 3, "Portals"; R41, R42, R62).

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_service::companies::{PortalTemplate, SlugPattern};
use serde_json::json;

use super::{COMPANIES, Program, at};
use crate::api::problem;
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{RelyingParty, VERIFIER};

const CALLBACK: &str = "https://cedar.portal.example/callback";
const ROSE: &str = "rose.cedar@example.com";

fn pattern(path: &str) -> SlugPattern {
    SlugPattern::new(format!("https://{{slug}}.portal.example/{path}"))
}

fn template() -> PortalTemplate {
    PortalTemplate {
        url: pattern(""),
        redirect_uris: vec![pattern("callback")],
        post_logout_redirect_uris: vec![pattern("signed-out")],
        backchannel_logout_uri: Some(pattern("logout")),
        initiate_login_uri: pattern("login"),
        jwks_uri: None,
    }
}

async fn with(app: TestApp, template: PortalTemplate) -> TestApp {
    app.restarted_under(|policy| policy.portal = Some(template)).await
}

on_each_database! {
    /// From nothing to somebody who works there: company, client, invitation, activation, log-in, tokens.
    async fn a_company_made_through_the_api_has_a_portal_that_its_people_log_in_to(app) {
        let app = with(app, template()).await;
        let operator = Program::of_operator(&app).await;
        let body = json!({"code": "CEDAR1", "slug": "cedar", "name": "Cedar Home Care"});
        let opened = operator.post(COMPANIES, &body).await;
        assert_eq!(opened.status, 201, "{opened:?}");
        assert_eq!(opened.text("portal_url"), "https://cedar.portal.example/");
        let made = &opened.json["portal_client"];
        let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
        assert_eq!(id, "portal.cedar1");

        let invited = operator.post(&format!("{}/members", at("CEDAR1")), &caregiver_body(ROSE)).await;
        assert_eq!(invited.status, 201, "{invited:?}");
        let mut browser = app.browser();
        let page = browser.get(&app.activation_link(ROSE).await).await;
        let page = browser
            .fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)])
            .await;
        assert!(page.left_to("https://cedar.portal.example/login"), "R41, R42: {page:?}");

        let portal = RelyingParty::new(&app, id, CALLBACK);
        let page = portal.log_in(&mut app.browser(), ROSE, PASSWORD).await;
        let mut browser = app.browser();
        let page = match page.sent("code") {
            Some(_) => page,
            None => {
                let page = portal.log_in(&mut browser, ROSE, PASSWORD).await;
                browser.answer_questions(&page).await
            }
        };
        let code = page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"));
        let params = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let tokens = portal.post("/token", &params, Some(&basic)).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let (claims, _) = portal.verify(tokens.text("access_token")).await;
        assert_eq!(claims["company_code"], "CEDAR1");
    }

    /// RFC 9700 section 2.1: exact addresses of this company, and no wildcard.
    async fn the_portal_client_is_bound_with_exact_addresses(app) {
        let app = with(app, template()).await;
        let operator = Program::of_operator(&app).await;
        operator.post(COMPANIES, &json!({"code": "CEDAR1", "slug": "cedar", "name": "Cedar"})).await;
        let client = operator.get(&format!("{}/clients/portal.cedar1", at("CEDAR1"))).await;
        assert_eq!(client.status, 200, "{client:?}");
        let list = |path: &str| json!([format!("https://cedar.portal.example/{path}")]);
        assert_eq!(client.json["redirect_uris"], list("callback"));
        assert_eq!(client.json["post_logout_redirect_uris"], list("signed-out"));
        assert_eq!(client.json["backchannel_logout_uri"], "https://cedar.portal.example/logout");
        assert_eq!(client.json["initiate_login_uri"], "https://cedar.portal.example/login");
        assert_eq!(client.json["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert_eq!(client.json["secrets"], json!([{"expires_at": null}]));
        assert_eq!(operator.get(&format!("{}/clients/portal.cedar1", at("99999"))).await.status, 404);
    }

    /// A secret is never part of what is stored to be repeated.
    async fn the_secret_is_in_the_first_answer_and_in_no_repeated_one(app) {
        let app = with(app, template()).await;
        let operator = Program::of_operator(&app).await;
        let body = json!({"slug": "cedar", "name": "Cedar"});
        let key = [("Idempotency-Key", "open-cedar")];
        let first = operator.send(Method::POST, COMPANIES, Some(&body), &key).await;
        let secret = first.json["portal_client"]["client_secret"].as_str().expect("the secret").to_owned();
        assert!(!first.headers.contains_key("etag"), "not what is there afterwards");
        let again = operator.send(Method::POST, COMPANIES, Some(&body), &key).await;
        assert_eq!(again.json["portal_client"]["client_id"], first.json["portal_client"]["client_id"]);
        assert_eq!(again.json["portal_client"]["client_secret"], json!(null));
        assert!(again.json["portal_client"]["client_secret_note"].as_str().unwrap().contains("shown"));
        let stored = "SELECT count(*) FROM idempotency_answers WHERE body LIKE ";
        assert_eq!(app.count(&format!("{stored}'%{secret}%'")).await, 0);
        assert_eq!(app.count(&format!("{stored}'%portal_client%'")).await, 1);
    }

    /// RFC 7523: portals that sign have no secret to lose.
    async fn a_portal_that_signs_is_given_its_own_keys_and_no_secret(app) {
        let app = with(app, PortalTemplate { jwks_uri: Some(pattern("jwks")), ..template() }).await;
        let operator = Program::of_operator(&app).await;
        let body = json!({"code": "CEDAR1", "slug": "cedar", "name": "Cedar"});
        let opened = operator.post(COMPANIES, &body).await;
        assert_eq!(opened.json["portal_client"]["client_secret"], json!(null));
        let client = operator.get(&format!("{}/clients/portal.cedar1", at("CEDAR1"))).await;
        assert_eq!(client.json["jwks_uri"], "https://cedar.portal.example/jwks");
        assert_eq!(client.json["token_endpoint_auth_method"], "private_key_jwt");
        assert_eq!(client.json["secrets"], json!([]));
    }

    /// All or nothing: no company without the portal that it was to have.
    async fn a_company_whose_portal_cannot_be_made_is_not_opened(app) {
        let app = with(app, template()).await;
        let operator = Program::of_operator(&app).await;
        let clients = format!("{}/clients", at("99999"));
        let squatter = json!({"client_id": "portal.cedar1", "client_name": "X", "grant_types": ["client_credentials"]});
        assert_eq!(operator.post(&clients, &squatter).await.status, 201);
        let body = json!({"code": "CEDAR1", "slug": "cedar", "name": "Cedar"});
        let refused = operator.post(COMPANIES, &body).await;
        assert_eq!(problem(&refused), (409, "client-id-taken"));
        assert_eq!(operator.get(&at("CEDAR1")).await.status, 404);
        assert_eq!(operator.delete(&format!("{clients}/portal.cedar1")).await.status, 204);
        let refused = operator.post(COMPANIES, &body).await;
        assert_eq!(problem(&refused), (409, "client-id-taken"), "an id is never given twice");
        let without = operator.post(COMPANIES, &json!({"code": "CEDAR1", "name": "Cedar"})).await;
        assert_eq!((without.status, &without.json["portal_client"]), (201, &json!(null)), "no slug, no portal");
    }
}
