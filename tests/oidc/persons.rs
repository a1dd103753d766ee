//! Two hats in one membership (R79): the client is told all of them and lets the person choose.

use serde_json::{Value, json};

use super::{FRANK, franks_tokens, get};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

async fn put_on(app: &TestApp, hats: &Value) {
    let member = app.membership(&app.maple, FRANK).await.id.to_string();
    let changed = app.admin().patch(&member, &json!({"other_persons": hats})).await;
    assert_eq!(changed.status, 200, "{changed:?}");
}

/// What access token, ID token and UserInfo say, in this order.
async fn told(client: &RelyingParty<'_>, tokens: &Answer) -> [Value; 3] {
    let access_token = tokens.text("access_token");
    let (access, _) = client.verify(access_token).await;
    let (id, _) = client.verify(tokens.text("id_token")).await;
    let userinfo = client.userinfo(access_token).await.json;
    [Value::Object(access), Value::Object(id), userinfo]
}

on_each_database! {
    /// `company.md` section 3: beside `member_type` and `person_ref`, which stay those of the main hat; and only when there is
    /// something to choose.
    async fn every_token_says_all_hats_of_who_has_more_than_one(app) {
        app.enrol(FRANK).await;
        let mut client = app.relying_party();
        client.scope = "openid company offline_access".to_owned();
        let tokens = franks_tokens(&app, &client).await;
        for claims in told(&client, &tokens).await {
            assert_eq!((&claims["person_ref"], claims.get("persons")), (&json!(FRANK), None), "{claims}");
        }

        put_on(&app, &json!([{"member_type": "office_staff", "person_ref": "S-1"}])).await;
        let persons = json!([
            {"member_type": "caregiver", "person_ref": FRANK},
            {"member_type": "office_staff", "person_ref": "S-1"},
        ]);
        let userinfo = client.userinfo(tokens.text("access_token")).await.json;
        assert_eq!(userinfo["persons"], persons, "UserInfo says what is now");
        let tokens = client.refresh(tokens.text("refresh_token")).await;
        for claims in told(&client, &tokens).await {
            assert_eq!((&claims["member_type"], &claims["person_ref"]), (&json!("caregiver"), &json!(FRANK)));
            assert_eq!(claims["persons"], persons, "{claims}");
        }
        assert_eq!(client.introspect(tokens.text("access_token")).await.json["persons"], persons);

        put_on(&app, &json!([])).await;
        let tokens = client.refresh(tokens.text("refresh_token")).await;
        for claims in told(&client, &tokens).await {
            assert_eq!(claims.get("persons"), None, "{claims}");
        }
    }

    async fn discovery_names_the_claim(app) {
        let document = get(&app, "/.well-known/openid-configuration", &[]).await.json;
        assert!(document["claims_supported"].as_array().unwrap().contains(&json!("persons")));
    }
}
