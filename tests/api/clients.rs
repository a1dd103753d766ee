//! Clients of a company through the provisioning API (`company.md` section 4; RFC 7591 section 2; RFC 9700 section 2.5).

use std::collections::BTreeSet;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use idp_domain::audit::{AuditAction, Change};
use serde_json::{Value, json};
use std::time::Duration;

use super::companies::{Program, paths};
use super::{FRANK, problem};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::desktop::DEVICE_GRANT;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

const CLIENTS: &str = "/admin/v1/companies/99999/clients";
const SIGNED: [&str; 4] = [
    "id_token_signed_response_alg",
    "access_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
];
/// The same in a problem.
const BAD: [&str; 4] = [
    "$.id_token_signed_response_alg",
    "$.access_token_signed_response_alg",
    "$.userinfo_signed_response_alg",
    "$.introspection_signed_response_alg",
];

fn office() -> Value {
    json!({
        "client_id": "hr.99999", "client_name": "HR", "grant_types": ["client_credentials"],
        "scopes": ["members:read"],
    })
}

fn at(id: &str) -> String {
    format!("{CLIENTS}/{id}")
}

/// A token of the client's own.
async fn token(app: &TestApp, id: &str, secret: &str) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    RelyingParty::new(app, id, "").post("/token", &[("grant_type", "client_credentials")], Some(&basic)).await
}

on_each_database! {
    async fn a_registered_client_works_and_its_secret_is_shown_once(app) {
        let operator = Program::of_operator(&app).await;
        let key = [("Idempotency-Key", "hr")];
        let made = operator.send(Method::POST, CLIENTS, Some(&office()), &key).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(made.headers["location"], at("hr.99999").as_str());
        let secret = made.text("client_secret").to_owned();
        let token = token(&app, "hr.99999", &secret).await;
        assert_eq!(token.status, 200, "{token:?}");
        let hr = Program::by(&app, token.text("access_token").to_owned());
        assert_eq!(hr.get("/admin/v1/companies/99999/members").await.status, 200);
        let again = operator.send(Method::POST, CLIENTS, Some(&office()), &key).await;
        assert_eq!((again.status, &again.json["client_secret"]), (201, &json!(null)));
        let read = operator.get(&at("hr.99999")).await;
        assert!(!read.body.contains(&secret) && read.json.get("client_secret").is_none(), "{read:?}");
        assert_eq!(read.json["secrets"], json!([{"expires_at": null}]));
        let generated = json!({"client_name": "X", "grant_types": ["client_credentials"]});
        let generated = operator.post(CLIENTS, &generated).await;
        assert!(generated.text("client_id").starts_with("c-"), "{generated:?}");
    }

    /// `company.md` section 4: the agency reads its own, the operator writes.
    async fn an_agency_reads_its_own_clients_and_changes_none(app) {
        let tools = app.administrator("administrator@example.com").await;
        let administrator = Program::by(&app, tools.token("administrator@example.com").await);
        let program = Program::of(&app, &app.maple).await;
        for caller in [&administrator, &program] {
            let list = caller.get(CLIENTS).await;
            let ids: Vec<_> = list.json["clients"].as_array().unwrap().iter().map(|it| &it["client_id"]).collect();
            assert_eq!(ids, ["office-tools.99999", "office.99999", "portal.99999", "program.99999"][..ids.len()].to_vec());
            assert!(ids.len() >= 3 && !list.body.contains("22222"), "{list:?}");
            assert_eq!(caller.get(&at("portal.99999")).await.status, 200);
            assert_eq!(problem(&caller.get(&at("portal.22222")).await), (404, "not-found"));
            assert_eq!(problem(&caller.post(CLIENTS, &office()).await), (403, "operator-only"));
            let path = at("portal.99999");
            let name = json!({"client_name": "Mine"});
            assert_eq!(problem(&caller.patch(&path, &name).await), (403, "operator-only"));
            assert_eq!(problem(&caller.delete(&path).await), (403, "operator-only"));
            for verb in ["disable", "enable"] {
                assert_eq!(problem(&caller.act(&format!("{path}:{verb}")).await), (403, "operator-only"));
            }
            let rotated = caller.post(&format!("{path}:rotate-secret"), &json!({"overlap_hours": 0})).await;
            assert_eq!(problem(&rotated), (403, "operator-only"));
            assert_eq!(problem(&caller.get("/admin/v1/companies/22222/clients").await), (404, "not-found"));
            assert_eq!(problem(&caller.delete(&at("portal.22222")).await), (404, "not-found"));
        }
    }

    /// Attack 85: what an agency's client can never be given.
    async fn every_bad_field_is_named_and_the_operators_scope_is_one(app) {
        let operator = Program::of_operator(&app).await;
        let bad = json!({
            "client_name": "", "grant_types": ["authorization_code"], "redirect_uris": ["https://*.example/"],
            "scopes": ["openid", "operator"], "may_grant": "everything", "token_endpoint_auth_method": "tls",
        });
        let refused = operator.post(CLIENTS, &bad).await;
        assert_eq!(problem(&refused), (422, "invalid-client"));
        let named = ["$.client_name", "$.token_endpoint_auth_method", "$.redirect_uris[0]", "$.scopes[1]", "$.may_grant"];
        assert_eq!(paths(&refused), named);
        let same = operator.post(CLIENTS, &json!({"client_id": "portal.22222", "client_name": "X", "grant_types": ["client_credentials"]})).await;
        assert_eq!(problem(&same), (409, "client-id-taken"));
    }

    async fn what_is_sent_is_changed_and_the_rest_stays(app) {
        let operator = Program::of_operator(&app).await;
        let before = operator.get(&at("portal.99999")).await;
        let uris = json!(["https://maple.example/callback", "https://maple.example/second"]);
        let changed = operator.patch(&at("portal.99999"), &json!({"redirect_uris": uris, "initiate_login_uri": null})).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!((&changed.json["redirect_uris"], &changed.json["initiate_login_uri"]), (&uris, &json!(null)));
        for field in ["client_name", "scopes", "grant_types", "secrets", "token_endpoint_auth_method"] {
            assert_eq!(changed.json[field], before.json[field], "{field}");
        }
        let stale = [("If-Match", before.headers["etag"].to_str().unwrap())];
        let refused = operator.send(Method::PATCH, &at("portal.99999"), Some(&json!({})), &stale).await;
        assert_eq!(problem(&refused), (412, "changed-meanwhile"));
        let refused = operator.patch(&at("portal.99999"), &json!({"redirect_uris": []})).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), vec!["$.redirect_uris"]));
    }

    /// RFC 8628: a desktop has no address to come back to, and gets refresh tokens all the same. One of an agency serves that
    /// agency alone (`company.md` section 3). The log says what was changed (R94).
    async fn a_desktop_is_registered_for_the_device_grant(app) {
        let operator = Program::of_operator(&app).await;
        let desktop = json!({
            "client_id": "desk.99999", "client_name": "Desk", "token_endpoint_auth_method": "none",
            "grant_types": [DEVICE_GRANT, "refresh_token"], "scopes": ["openid"], "require_device_pkce": true,
        });
        let made = operator.post(CLIENTS, &desktop).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(made.json["grant_types"], json!([DEVICE_GRANT, "refresh_token"]));
        let both = |answer: &Answer| ["require_device_pkce", "may_switch_company"].map(|it| answer.json[it].clone());
        assert_eq!(both(&made), [json!(true), json!(false)]);
        let switching = json!({"may_switch_company": true});
        let refused = operator.patch(&at("desk.99999"), &switching).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), vec!["$.may_switch_company"]));
        let open = operator.patch(&at("desk.99999"), &json!({"require_device_pkce": null})).await;
        assert_eq!(both(&open), [json!(false), json!(false)]);
        assert_eq!(both(&operator.get(&at("desk.99999")).await), both(&open));
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(None, 1000).await.unwrap();
        let changed = events.iter().find(|event| event.action == AuditAction::ClientChanged).unwrap();
        let change = Change {
            field: "require_device_pkce".into(),
            before: Some("true".to_owned()),
            after: Some("false".to_owned()),
        };
        assert_eq!(changed.changes, [change]);
    }

    /// OpenID Connect Registration section 2; 0 is an age like any other, and nothing is another thing than 0.
    async fn what_counts_where_a_request_says_nothing_is_registered_changed_and_told(app) {
        let operator = Program::of_operator(&app).await;
        let path = at("portal.99999");
        let read = |answer: &Answer| ["default_max_age", "require_auth_time"].map(|name| answer.json[name].clone());
        assert_eq!(read(&operator.get(&path).await), [json!(null), json!(false)]);
        for (sent, expected) in [
            (json!({"default_max_age": 0, "require_auth_time": true}), [json!(0), json!(true)]),
            (json!({"client_name": "Portal"}), [json!(0), json!(true)]),
            (json!({"default_max_age": 3600}), [json!(3600), json!(true)]),
            (json!({"default_max_age": null, "require_auth_time": null}), [json!(null), json!(false)]),
        ] {
            let changed = operator.patch(&path, &sent).await;
            assert_eq!((changed.status, read(&changed)), (200, expected), "{sent}");
        }
        let made = json!({
            "client_id": "night.99999", "client_name": "Night", "grant_types": ["authorization_code"], "scopes": ["openid"],
            "redirect_uris": ["https://night.example/callback"], "default_max_age": 60, "require_auth_time": true,
        });
        assert_eq!(read(&operator.post(CLIENTS, &made).await), [json!(60), json!(true)]);
        for bad in [json!(-1), json!("60"), json!(1.5)] {
            assert_eq!(operator.patch(&path, &json!({"default_max_age": bad})).await.status, 400, "{bad}");
        }
    }

    /// OpenID Connect Registration section 2. Whoever takes the keys away takes what needs them away, too.
    async fn what_is_encrypted_for_a_client_is_registered_changed_and_told(app) {
        let operator = Program::of_operator(&app).await;
        let path = at("portal.99999");
        let [alg, enc] = ["id_token_encrypted_response_alg", "id_token_encrypted_response_enc"];
        let bad = format!("$.{alg}");
        let read = |answer: &Answer| [alg, enc].map(|name| answer.json[name].clone());
        let refused = operator.patch(&path, &json!({alg: "ECDH-ES"})).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), vec![bad.as_str()]));
        let jwks_uri = "https://maple.example/jwks";
        let registered = operator.patch(&path, &json!({alg: "ECDH-ES", "jwks_uri": jwks_uri})).await;
        assert_eq!(read(&registered), [json!("ECDH-ES"), json!("A128CBC-HS256")], "{registered:?}");
        let changed = operator.patch(&path, &json!({alg: "RSA-OAEP-256", enc: "A256GCM"})).await;
        assert_eq!(read(&changed), [json!("RSA-OAEP-256"), json!("A256GCM")], "{changed:?}");
        assert_eq!(changed.json["userinfo_encrypted_response_alg"], json!(null));
        let refused = operator.patch(&path, &json!({"jwks_uri": null})).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), vec![bad.as_str()]));
        for never in ["RSA1_5", "dir", "none", "A128KW"] {
            let refused = operator.patch(&path, &json!({ alg: never })).await;
            assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), vec![bad.as_str()]));
        }
        let weak = json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "enc", "x": "AQ", "y": "AQ"}]});
        let refused = operator.patch(&path, &json!({alg: "ECDH-ES", "jwks": weak})).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), vec!["$.jwks"]));
        let plain = operator.patch(&path, &json!({alg: null, "jwks_uri": null})).await;
        assert_eq!(read(&plain), [json!(null), json!(null)], "{plain:?}");
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(None, 1000).await.unwrap();
        let changes = events.iter().flat_map(|event| &event.changes).filter(|change| change.field == alg);
        let told: BTreeSet<_> = changes.map(|change| change.after.as_deref()).collect();
        assert_eq!(told, [None, Some("RSA-OAEP-256 A256GCM"), Some("ECDH-ES A128CBC-HS256")].into());
    }

    /// OpenID Connect Registration section 2, RFC 9701 section 6. What is registered is what its tokens are signed with.
    async fn what_answers_are_signed_with_is_registered_changed_and_told(app) {
        let operator = Program::of_operator(&app).await;
        let signs = |answer: &Answer| SIGNED.map(|name| answer.json[name].clone());
        let words = |words: [&str; 4]| words.map(Value::from);
        let rs256 = json!({
            "client_id": "hr.99999", "client_name": "HR", "grant_types": ["client_credentials"],
            "scopes": ["members:read"], "access_token_signed_response_alg": "RS256",
        });
        let made = operator.post(CLIENTS, &rs256).await;
        assert_eq!(signs(&made), [json!("RS256"), json!("RS256"), json!(null), json!("RS256")], "{made:?}");
        let alg = async || {
            let token = token(&app, "hr.99999", made.text("client_secret")).await;
            let header = token.text("access_token").split('.').next().map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
            serde_json::from_slice::<Value>(&header.unwrap()).unwrap()["alg"].clone()
        };
        assert_eq!(alg().await, "RS256");
        let path = at("hr.99999");
        let es256 = Value::from_iter(SIGNED.map(|name| (name, "ES256")));
        assert_eq!(signs(&operator.patch(&path, &es256).await), words(["ES256"; 4]));
        assert_eq!(alg().await, "ES256");
        assert_eq!(signs(&operator.patch(&path, &json!({"client_name": "HR"})).await), words(["ES256"; 4]));
        let usual = operator.patch(&path, &Value::from_iter(SIGNED.map(|name| (name, Value::Null)))).await;
        assert_eq!(signs(&usual), [json!("RS256"), json!("ES256"), json!(null), json!("RS256")], "{usual:?}");
        assert_eq!(signs(&operator.get(&path).await), signs(&usual));
        for never in ["none", "HS256", "es256"] {
            let refused = operator.patch(&path, &Value::from_iter(SIGNED.map(|name| (name, never)))).await;
            assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), BAD.to_vec()));
        }
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(None, 1000).await.unwrap();
        let changes = events.iter().flat_map(|event| &event.changes).filter(|change| change.field == SIGNED[2]);
        let told: Vec<_> = changes.map(|change| (change.before.as_deref(), change.after.as_deref())).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.contains(&(None, Some("ES256"))) && told.contains(&(Some("ES256"), None)), "{told:?}");
    }

    /// FAPI 2.0 section 5.4.1: what such a client is shown is what it gets, and nobody is given another than was asked for.
    async fn a_fapi2_client_is_told_that_everything_is_signed_with_es256(app) {
        let operator = Program::of_operator(&app).await;
        let payroll = json!({
            "client_id": "payroll.99999", "client_name": "Payroll", "profile": "fapi2",
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://payroll.example/jwks",
            "grant_types": ["authorization_code"], "redirect_uris": ["https://payroll.example/callback"],
        });
        let with = |more: Value| {
            let members = payroll.as_object().unwrap().clone().into_iter();
            Value::from_iter(members.chain(more.as_object().unwrap().clone()))
        };
        let greedy = with(Value::from_iter(SIGNED.map(|name| (name, "RS256"))));
        let refused = operator.post(CLIENTS, &greedy).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), BAD.to_vec()));
        assert!(refused.body.contains("must be ES256 for a fapi2 client"), "{refused:?}");
        let made = operator.post(CLIENTS, &payroll).await;
        let signs = |answer: &Answer| SIGNED.map(|name| answer.json[name].clone());
        assert_eq!(signs(&made), [json!("ES256"), json!("ES256"), json!(null), json!("ES256")], "{made:?}");
        let path = at("payroll.99999");
        // What it shows is registered: said again, and left to what is usual, it is the same version, and nothing is told.
        let version = operator.get(&path).await.headers["etag"].clone();
        for same in [json!("ES256"), Value::Null] {
            let again = operator.patch(&path, &json!({"id_token_signed_response_alg": same})).await;
            assert_eq!(again.headers["etag"], version, "{again:?}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_events WHERE action = 'client.changed'").await, 0);
        let standard = json!({"profile": "standard", "userinfo_signed_response_alg": "RS256"});
        let standard = operator.patch(&path, &standard).await;
        assert_eq!(signs(&standard), [json!("ES256"), json!("ES256"), json!("RS256"), json!("ES256")], "{standard:?}");
        let refused = operator.patch(&path, &json!({"profile": "fapi2"})).await;
        assert_eq!((problem(&refused), paths(&refused)), ((422, "invalid-client"), vec![BAD[2]]), "what somebody chose");
        let mended = operator.patch(&path, &json!({"profile": "fapi2", "userinfo_signed_response_alg": null})).await;
        assert_eq!(signs(&mended), signs(&made), "{mended:?}");
    }

    /// RFC 9700 section 2.5: both secrets are good for a while, then the old one is not.
    async fn a_secret_rotates_with_overlap(app) {
        let operator = Program::of_operator(&app).await;
        let old = operator.post(CLIENTS, &office()).await.text("client_secret").to_owned();
        let rotate = format!("{}:rotate-secret", at("hr.99999"));
        let key = [("Idempotency-Key", "rotate")];
        let rotated = operator.send(Method::POST, &rotate, Some(&json!({"overlap_hours": 2})), &key).await;
        assert_eq!(rotated.status, 200, "{rotated:?}");
        let new = rotated.text("client_secret").to_owned();
        assert_eq!(rotated.json["secrets"].as_array().unwrap().len(), 2);
        let again = operator.send(Method::POST, &rotate, Some(&json!({"overlap_hours": 2})), &key).await;
        assert_eq!((again.status, &again.json["client_secret"]), (200, &json!(null)), "not rotated again, not shown again");
        for secret in [&old, &new] {
            assert_eq!(token(&app, "hr.99999", secret).await.status, 200);
        }
        app.advance(Duration::from_secs(2 * 3600));
        assert_eq!(token(&app, "hr.99999", &old).await.error(), (401, "invalid_client"));
        assert_eq!(token(&app, "hr.99999", &new).await.status, 200);
        let operator = Program::of_operator(&app).await;
        for bad in [json!({"overlap_hours": 169}), json!({"overlap_hours": -1}), json!({})] {
            let refused = operator.post(&rotate, &bad).await;
            assert!(matches!(refused.status, 400 | 422), "{bad}: {refused:?}");
        }
        app.change_client("hr.99999", |client| client.auth_method = idp_domain::client::AuthMethod::PrivateKeyJwt).await;
        let refused = operator.post(&rotate, &json!({"overlap_hours": 0})).await;
        assert_eq!(problem(&refused), (409, "client-has-no-secret"));
    }

    /// Attack 49.
    async fn a_disabled_client_is_refused_until_it_is_enabled(app) {
        let operator = Program::of_operator(&app).await;
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let tokens = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let operator_later = Program::of_operator(&app).await;
        drop(operator);
        for _ in 0..2 {
            let disabled = operator_later.act(&format!("{}:disable", at("portal.99999"))).await;
            assert_eq!((disabled.status, &disabled.json["enabled"]), (200, &json!(false)), "{disabled:?}");
        }
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.error(), (401, "invalid_client"));
        let enabled = operator_later.act(&format!("{}:enable", at("portal.99999"))).await;
        assert_eq!((enabled.status, &enabled.json["enabled"]), (200, &json!(true)));
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"), "revoked for good");
        portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let recorded = app.audited().await;
        assert_eq!(recorded.iter().filter(|action| **action == "client.disabled").count(), 1);
    }

    /// Gone is gone: nothing of it is accepted, and nobody gets its id.
    async fn a_client_that_was_taken_away_is_gone_and_its_id_with_it(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let tokens = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let operator = Program::of_operator(&app).await;
        assert_eq!(operator.delete(&at("portal.99999")).await.status, 204);
        assert_eq!(problem(&operator.delete(&at("portal.99999")).await), (404, "not-found"));
        assert_eq!(problem(&operator.get(&at("portal.99999")).await), (404, "not-found"));
        assert!(!operator.get(CLIENTS).await.body.contains("portal.99999"));
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.error(), (401, "invalid_client"));
        let page = portal.authorize(&mut app.browser()).await;
        assert_eq!((page.status, page.sent("code")), (400, None), "{page:?}");
        for company in ["99999", "22222"] {
            let body = json!({"client_id": "portal.99999", "client_name": "X", "grant_types": ["client_credentials"]});
            let taken = operator.post(&format!("/admin/v1/companies/{company}/clients"), &body).await;
            assert_eq!(problem(&taken), (409, "client-id-taken"));
        }
        assert!(app.audited().await.contains(&"client.removed"));
    }
}
