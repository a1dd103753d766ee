//! What only the operator sets of a client that registered itself: no replacement by the client takes it away (RFC 7592
//! section 2.2 replaces what the client registered), and what it registers next is judged by it.

use axum::http::Method;
use idp_domain::client::{Client, ClientId, Demands, GrantType, Profile};
use idp_domain::member::Authority;
use idp_domain::scope::Scope;
use idp_domain::signing_key::SigningAlg;
use idp_service::authority::Caller;
use idp_service::clients::{self, ClientEdit, ClientPatch, ClientView, DemandsPatch, ResponseSigningDraft};
use idp_service::once::Terms;
use serde_json::{Value, json};

use super::super::private_key_jwt::Pair;
use super::attacks::stored;
use super::{invite, manage, open, register, registered, swap_with};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

/// A client of Maple's that registered itself.
async fn of_maple(app: &TestApp, members: &Value) -> Answer {
    let token = invite(app, Some(app.maple.id), 1).await;
    let made = register(app, Some(&token), &swap_with(members)).await;
    assert_eq!(made.status, 201, "{made:?}");
    made
}

/// The operator changes it.
async fn set(app: &TestApp, made: &Answer, patch: ClientPatch) {
    let id = ClientId::parse(made.text("client_id")).unwrap();
    let scope =
        Caller::of_commands().company(&app.env, Scope::CompaniesWrite, "99999").await.unwrap().unwrap();
    let edit = ClientEdit::Patch(Box::new(patch));
    let present = |_: &ClientView| Ok(String::new());
    clients::change(&app.env, &scope, (&id, &edit), &Terms::default(), &present).await.unwrap();
}

async fn replace(app: &TestApp, made: &Answer, members: &Value) -> Answer {
    let mut metadata = swap_with(members);
    metadata["client_id"] = made.json["client_id"].clone();
    manage(app, Method::PUT, made, Some(&metadata)).await
}

/// What it reads of itself, sent back as it is.
async fn sent_back(app: &TestApp, made: &Answer) -> Answer {
    let read = manage(app, Method::GET, made, None).await;
    manage(app, Method::PUT, made, Some(&read.json)).await
}

fn words(words: &[&str]) -> Option<Vec<String>> {
    Some(words.iter().map(|&word| word.to_owned()).collect())
}

on_each_database! {
    /// All that a stranger cannot register: it loses none of it by a replacement, whether it knows of it or not.
    async fn what_only_the_operator_sets_stays(app) {
        let app = open(app).await;
        let made = of_maple(&app, &json!({"scope": "openid email"})).await;
        let device = GrantType::DeviceCode.as_str();
        set(&app, &made, ClientPatch {
            resources: words(&["https://id.example/admin/v1"]),
            may_grant: Some("administrator".to_owned()),
            scopes: words(&["openid", "email", "members:read"]),
            grant_types: words(&["authorization_code", "client_credentials", device]),
            demands: DemandsPatch { require_device_pkce: Some(true), ..DemandsPatch::default() },
            response_signing: ResponseSigningDraft {
                access_token: Some("RS256".to_owned()), ..ResponseSigningDraft::default()
            },
            ..ClientPatch::default()
        }).await;
        let set = stored(&app, made.text("client_id")).await;
        assert_eq!((set.may_grant, set.resources.len()), (Authority::Administrator, 1));

        assert_eq!(sent_back(&app, &made).await.status, 200);
        assert_eq!(stored(&app, made.text("client_id")).await, set, "what is read may be sent back");
        for asked in [json!({"scope": "openid email"}), json!({"scope": "openid email operator companies:write"})] {
            let replaced = replace(&app, &made, &asked).await;
            assert_eq!(replaced.status, 200, "{replaced:?}");
            assert_eq!(replaced.text("scope"), "openid email members:read");
            assert_eq!(stored(&app, made.text("client_id")).await, set, "{asked}");
        }
        assert_eq!(set.algs.access_token, SigningAlg::Rs256);
        // Its own part is its own: less of that is less.
        assert_eq!(replace(&app, &made, &json!({"scope": "openid"})).await.text("scope"), "openid members:read");
        let refused = replace(&app, &made, &json!({"token_endpoint_auth_method": "none"})).await;
        assert_eq!(refused.error(), (400, "invalid_client_metadata"));
        assert!(refused.text("error_description").contains("needs a client that authenticates"), "{refused:?}");
    }

    /// RFC 7592 section 2.2, of a client to which nobody comes back: it has no `response_types`.
    async fn what_a_client_of_devices_reads_may_be_sent_back(app) {
        let app = open(app).await;
        let made = of_maple(&app, &json!({})).await;
        let grant_types = words(&[GrantType::DeviceCode.as_str()]);
        set(&app, &made, ClientPatch { grant_types, ..ClientPatch::default() }).await;
        let set = stored(&app, made.text("client_id")).await;
        let replaced = sent_back(&app, &made).await;
        assert_eq!(replaced.status, 200, "{replaced:?}");
        assert_eq!(stored(&app, made.text("client_id")).await, set);
    }

    /// The same of a client of no agency; a challenge that is demanded of it stays demanded (RFC 9700 section 2.1.1).
    async fn a_demand_for_a_challenge_and_the_way_to_other_agencies_stay(app) {
        let app = open(app).await;
        let made = registered(&app, &swap_with(&json!({}))).await;
        let client = stored(&app, made.text("client_id")).await;
        assert!(!client.demands.require_pkce);
        let demands = Demands { require_pkce: true, ..client.demands };
        let changed = Client { demands, may_switch_company: true, ..client };
        let mut tx = app.env.store.write().await.unwrap();
        tx.clients().put(&changed, app.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(sent_back(&app, &made).await.status, 200);
        assert_eq!(stored(&app, made.text("client_id")).await, changed);
    }

    /// FAPI 2.0 sections 5.3.2.1 and 5.4.1: whom the operator holds to it does not leave it by itself, and hears what does not
    /// go with it.
    async fn a_client_that_is_held_to_fapi2_stays_held_to_it(app) {
        let app = open(app).await;
        let pair = Pair::es256();
        let keyed = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [pair.public]}});
        let with = |more: Value| {
            let mut members = keyed.clone();
            members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            members
        };
        let native = with(json!({"application_type": "native", "redirect_uris": ["http://127.0.0.1/callback"]}));
        let made = of_maple(&app, &keyed).await;
        set(&app, &made, ClientPatch { profile: Some("fapi2".to_owned()), ..ClientPatch::default() }).await;
        for (bad, code, why) in [
            (json!({}), "invalid_client_metadata", "token_endpoint_auth_method: must be private_key_jwt for a fapi2 client"),
            (json!({"token_endpoint_auth_method": "none"}), "invalid_client_metadata", "must be private_key_jwt for a fapi2"),
            (native, "invalid_redirect_uri", "redirect_uris[0]: must use https for a fapi2 client"),
            (
                with(json!({"id_token_signed_response_alg": "RS256"})), "invalid_client_metadata",
                "id_token_signed_response_alg: must be ES256 for a fapi2 client",
            ),
            (
                with(json!({"request_object_signing_alg": "RS256"})), "invalid_client_metadata",
                "request_object_signing_alg: must be PS256, ES256 or Ed25519 for a fapi2 client",
            ),
            (
                with(json!({"jwks": {"keys": [{"kty": "RSA", "alg": "RS256", "e": "AQAB", "n": "AQAB"}]}})),
                "invalid_client_metadata", "jwks: ",
            ),
        ] {
            let refused = replace(&app, &made, &bad).await;
            assert_eq!(refused.error(), (400, code), "{bad} {refused:?}");
            assert!(refused.text("error_description").contains(why), "{bad} {refused:?}");
        }
        let replaced = replace(&app, &made, &with(json!({"client_name": "Shift Exchange"}))).await;
        assert_eq!(replaced.status, 200, "{replaced:?}");
        // What counts is said (RFC 7591 section 3.2.1).
        assert_eq!(replaced.json["require_pushed_authorization_requests"], true);
        assert_eq!(replaced.json["dpop_bound_access_tokens"], true);
        assert_eq!(replaced.text("id_token_signed_response_alg"), "ES256");
        assert_eq!(sent_back(&app, &made).await.status, 200);
        let client = stored(&app, made.text("client_id")).await;
        assert_eq!((client.profile, client.name.as_str()), (Profile::Fapi2, "Shift Exchange"));
        assert!(client.requires().require_pushed_authorization_requests);
    }
}
