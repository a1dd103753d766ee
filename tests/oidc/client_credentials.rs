//! The client credentials grant: RFC 6749 section 4.4; `protocol.md`, "Token endpoint".

use idp_domain::client::{AuthMethod, Client, ClientId, GrantType, Resource};
use idp_domain::company::CompanyState;
use idp_domain::scope::Scopes;
use idp_domain::signing_key::SigningAlg;
use idp_service::clients;
use serde_json::json;

use super::{MINUTE, SECOND, names, register};
use crate::support::app::{ISSUER, START, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

fn office(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "office.99999", "")
}

/// Stores a variant of Maple's office.
async fn register_office(app: &TestApp, change: impl FnOnce(&mut Client)) {
    register(app, |client| {
        client.id = ClientId::parse("office.99999").unwrap();
        client.grant_types = vec![GrantType::ClientCredentials];
        client.scopes = Scopes::parse("members:read members:write");
        change(client);
    })
    .await;
}

async fn asked_for(app: &TestApp, scope: &str) -> Answer {
    office(app).token(&[("grant_type", "client_credentials"), ("scope", scope)]).await
}

on_each_database! {
    /// RFC 6749 section 4.4.3: no refresh token; no person, so no ID token; RFC 9068 section 2.2 for the claims.
    async fn a_provisioning_client_gets_an_access_token_of_its_company_and_nothing_else(app) {
        let client = office(&app);
        let tokens = client.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(tokens.status, 200);
        assert_eq!(
            names(tokens.json.as_object().unwrap()),
            ["access_token", "expires_in", "scope", "token_type"]
        );
        assert_eq!((tokens.text("token_type"), &tokens.json["expires_in"]), ("Bearer", &300.into()));
        assert_eq!(tokens.text("scope"), "members:read members:write");

        let (claims, header) = client.verify(tokens.text("access_token")).await;
        assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("at+jwt"), Some("ES256")));
        assert_eq!(
            names(&claims),
            ["aud", "client_id", "company_id", "exp", "iat", "iss", "jti", "scope", "sub"]
        );
        assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &"https://id.example/admin/v1".into()));
        assert_eq!((&claims["sub"], &claims["client_id"]), (&"office.99999".into(), &"office.99999".into()));
        assert_eq!(claims["company_id"], app.maple.id.to_string());
        assert_eq!(
            claims["exp"].as_i64(),
            Some(START.seconds() + 300),
            "5 minutes for the admin API (rules section 5)"
        );
    }

    /// RFC 6749 section 3.3.
    async fn a_scope_can_be_narrowed_and_never_widened(app) {
        assert_eq!(asked_for(&app, "members:read").await.text("scope"), "members:read");
        assert_eq!(
            asked_for(&app, "members:write members:read").await.text("scope"),
            "members:read members:write"
        );
        for scope in ["openid", "members:read openid", "members:read unheard_of", "members:readwrite", "*"] {
            assert_eq!(asked_for(&app, scope).await.error(), (400, "invalid_scope"), "{scope}");
        }
        register_office(&app, |client| client.scopes = Scopes::parse("members:read openid")).await;
        assert_eq!(asked_for(&app, "members:write").await.error(), (400, "invalid_scope"));
        assert_eq!(asked_for(&app, "").await.text("scope"), "members:read");
    }

    /// R89: the client proves who it is as always; its company may do nothing. Back again, the token that was issued before is
    /// as good as it was.
    async fn the_client_of_a_suspended_company_gets_no_token_and_its_old_one_is_inactive(app) {
        let grant = [("grant_type", "client_credentials")];
        let tokens = office(&app).token(&grant).await;
        let token = tokens.text("access_token");
        for state in [CompanyState::Suspended { at: START }, CompanyState::Active] {
            let is_active = state == CompanyState::Active;
            app.change_company(&app.maple, |it| it.state = state).await;
            assert_eq!(office(&app).introspect(token).await.json["active"], is_active);
            let answer = office(&app).token(&grant).await;
            if is_active {
                assert_eq!(answer.status, 200, "{answer:?}");
            } else {
                assert_eq!(answer.error(), (400, "unauthorized_client"));
            }
            let other = RelyingParty::new(&app, "office.22222", "");
            assert_eq!(other.token(&grant).await.status, 200, "another company never notices");
        }
    }

    /// RFC 6749 section 4.4: "MUST only be used by confidential clients."
    async fn a_public_client_has_no_credentials_to_grant_by(app) {
        register(&app, |client| {
            client.auth_method = AuthMethod::None;
            client.grant_types = vec![GrantType::ClientCredentials];
        })
        .await;
        let params = [("grant_type", "client_credentials"), ("client_id", "portal.99999")];
        let refused = app.relying_party().post("/token", &params, None).await;
        assert_eq!(refused.error(), (400, "unauthorized_client"));
    }

    async fn a_portal_may_not_use_it(app) {
        let refused = app.relying_party().token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(refused.error(), (400, "unauthorized_client"));
    }

    /// Attack 49 (CVE-2025-64521): a switched-off client gets no token, and the one it has opens nothing.
    async fn a_disabled_provisioning_client_is_locked_out_at_once(app) {
        let admin = app.admin();
        let token = admin.token().await;
        let bearer = format!("Bearer {token}");
        let list = async || {
            admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await.status
        };
        assert_eq!(list().await, 200);
        let id = ClientId::parse("office.99999").unwrap();
        clients::set_enabled(&app.env, &id, false).await.unwrap();
        assert_eq!(asked_for(&app, "").await.error(), (401, "invalid_client"));
        assert_eq!(list().await, 401);
        clients::set_enabled(&app.env, &id, true).await.unwrap();
        assert_eq!(asked_for(&app, "").await.status, 200);
        assert_eq!(list().await, 200, "switched off is not taken away");
    }

    /// Attack 50: what the client may do now, not what it could when the token was issued.
    async fn a_scope_that_was_taken_away_opens_nothing(app) {
        let admin = app.admin();
        let bearer = format!("Bearer {}", admin.token().await);
        register_office(&app, |client| client.scopes = Scopes::parse("members:write")).await;
        let listed = admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await;
        assert_eq!(listed.status, 403);
        assert!(listed.headers["www-authenticate"].to_str().unwrap().contains("insufficient_scope"));
    }

    /// RFC 9068 section 2.1: signed as the client registered; discovery advertises both.
    async fn the_token_is_signed_as_the_client_registered(app) {
        for alg in SigningAlg::VARIANTS {
            register_office(&app, |client| client.algs.access_token = alg).await;
            let tokens = asked_for(&app, "").await;
            let (_, header) = office(&app).verify(tokens.text("access_token")).await;
            assert_eq!((&header["alg"], &header["typ"]), (&json!(alg.as_str()), &json!("at+jwt")));
            let bearer = format!("Bearer {}", tokens.text("access_token"));
            let admin = app.admin();
            let listed = admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await;
            assert_eq!(listed.status, 200, "{alg:?}");
        }
    }

    /// RFC 8707 section 2.2: one audience, of those the client is registered for; attack 55.
    async fn a_resource_is_the_audience(app) {
        const VISITS: &str = "https://visits.example/v1";
        const SCHEDULES: &str = "https://schedules.example/";
        register_office(&app, |client| {
            client.resources = [VISITS, SCHEDULES].map(|text| Resource::parse(text).unwrap()).into();
        })
        .await;
        let admin = app.admin();
        let own = format!("{ISSUER}/admin/v1");
        let asked = async |resources: &[&str]| {
            let mut params = vec![("grant_type", "client_credentials")];
            params.extend(resources.iter().map(|resource| ("resource", *resource)));
            office(&app).token(&params).await
        };
        for (resources, audience, opens) in [
            (&[][..], own.as_str(), 200),
            (&[own.as_str()], own.as_str(), 200),
            (&[VISITS], VISITS, 401),
            (&[SCHEDULES, SCHEDULES], SCHEDULES, 401),
        ] {
            let tokens = asked(resources).await;
            assert_eq!((tokens.status, &tokens.json["expires_in"]), (200, &json!(300)), "{tokens:?}");
            let (claims, _) = office(&app).verify(tokens.text("access_token")).await;
            assert_eq!((&claims["aud"], &claims["sub"]), (&json!(audience), &json!("office.99999")));
            assert_eq!(claims.contains_key("scope"), opens == 200, "our scopes mean nothing elsewhere");
            let bearer = format!("Bearer {}", tokens.text("access_token"));
            let listed = admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await;
            assert_eq!(listed.status, opens, "{audience}");
        }
        let scoped = [("grant_type", "client_credentials"), ("resource", VISITS), ("scope", "members:read")];
        let refused = office(&app).token(&scoped).await;
        assert_eq!(
            refused.error(),
            (400, "invalid_scope"),
            "RFC 6749 section 5.1: no scope told is all granted"
        );
        for resources in [
            &["https://billing.example/"][..],
            &[VISITS, SCHEDULES],
            &[VISITS, own.as_str()],
            &[ISSUER],
            &["https://visits.example/v1#x"],
            &["/v1"],
            &["https://visits.example/v1/"],
        ] {
            assert_eq!(asked(resources).await.error(), (400, "invalid_target"), "{resources:?}");
        }
    }

    /// Rules section 5: 5 minutes, to the second.
    async fn the_token_expires(app) {
        let admin = app.admin();
        let bearer = format!("Bearer {}", admin.token().await);
        let list = async || {
            admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await.status
        };
        app.advance(MINUTE * 5 - SECOND);
        assert_eq!(list().await, 200);
        app.advance(SECOND);
        assert_eq!(list().await, 401);
    }
}
