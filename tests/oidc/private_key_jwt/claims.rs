//! What an assertion must say, and how it is sent: RFC 7521 section 4.2, RFC 7523 section 3, OpenID Connect Core section 9.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_domain::Digest;
use idp_domain::client::{AssertionAlg, AuthMethod, ClientId, ClientSecret, GrantType};
use idp_domain::scope::Scopes;
use serde_json::{Value, json};

use super::super::{CALLBACK, FRANK, HOUR, MINUTE, register};
use super::{
    ID, OTHER, Pair, REFUSED, TYPE, ask_with, claims, form, holds, inline, proves, register_agent,
    register_es256_agent, with,
};
use crate::support::app::{ISSUER, PASSWORD, SECRET};
use crate::support::on_each_database;
use crate::support::relying_party::VERIFIER;

on_each_database! {
    /// The same client in every grant, at every endpoint of clients: there is one extractor.
    async fn every_endpoint_of_clients_takes_an_assertion(app) {
        app.enrol(FRANK).await;
        let portal = register(&app, |client| {
            client.auth_method = AuthMethod::PrivateKeyJwt;
            client.keys = Some(inline(&[Pair::es256().public.clone()]));
        })
        .await;
        let client = app.relying_party();
        let post = async |path: &str, params: &[(&str, &str)]| {
            let own = json!({"iss": portal.id, "sub": portal.id});
            let assertion = Pair::es256().assert(&with(&claims(&app), &own));
            let mut form = vec![("client_assertion_type", TYPE), ("client_assertion", &assertion)];
            form.extend(params);
            let answer = client.post(path, &form, None).await;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            answer
        };
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let code = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let tokens = post("/token", &code).await;
        let refresh_token = tokens.text("refresh_token");
        let tokens =
            post("/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await;
        let access_token = tokens.text("access_token");
        assert_eq!(post("/introspect", &[("token", access_token)]).await.json["active"], true);
        post("/revoke", &[("token", access_token)]).await;
        assert_eq!(client.userinfo(access_token).await.status, 401);
    }

    /// `aud` is the issuer or the address of an endpoint that clients authenticate at, as libraries write it; an assertion
    /// that is good elsewhere as well could come from there.
    async fn the_audience_is_the_issuer_or_an_endpoint_clients_authenticate_at_and_nobody_else(app) {
        register_es256_agent(&app).await;
        let [token, pushing, introspection, revocation] =
            ["token", "par", "introspect", "revoke"].map(|name| json!(format!("{ISSUER}/{name}")));
        for audience in [
            json!(ISSUER),
            json!([ISSUER]),
            json!([token, ISSUER]),
            token,
            introspection,
            revocation,
            pushing,
        ] {
            assert!(holds(&app, &json!({ "aud": audience })).await, "{audience}");
        }
        for audience in [
            Value::Null,
            json!(""),
            json!([]),
            json!(7),
            json!({ "aud": ISSUER }),
            json!([[ISSUER]]),
            json!([ISSUER, "https://api.example"]),
            json!(["https://api.example", ISSUER]),
            json!([ISSUER, 7]),
            json!("https://api.example"),
            json!(format!("{ISSUER}/")),
            json!("https://ID.example"),
            json!("http://id.example"),
            json!("https://id.example.evil.example"),
            json!(format!("{ISSUER}/token/")),
            json!(format!("{ISSUER}/userinfo")),
            json!(format!("{ISSUER}/admin/v1")),
            json!(format!("{ISSUER} https://api.example")),
            json!(ID),
        ] {
            assert!(!holds(&app, &json!({ "aud": audience })).await, "{audience}");
        }
    }

    /// RFC 7523 section 3, rule 4: `exp` is needed. Bounded to an hour, to the second, beside a minute for clocks.
    async fn an_assertion_ends_soon(app) {
        register_es256_agent(&app).await;
        let now = app.env.now().seconds();
        for exp in [json!(now + 1), json!(now - 59), json!(now + 3660), json!(now as f64 + 60.5)] {
            assert!(holds(&app, &json!({ "exp": exp })).await, "{exp}");
        }
        for exp in [
            Value::Null,
            json!(now - 60),
            json!(now - 3600),
            json!(now + 3661),
            json!(now + 86_400),
            json!(0),
            json!(-1),
            json!(i64::MIN),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e300),
            json!(-1e300),
            json!((now + 60).to_string()),
            json!(true),
            json!([now + 60]),
        ] {
            assert!(!holds(&app, &json!({ "exp": exp })).await, "{exp}");
        }
        let early = Pair::es256().assert(&claims(&app));
        app.advance(MINUTE * 2);
        assert!(!proves(&app, &early).await, "good until a minute ago");
    }

    /// RFC 7523 section 3, rules 5 and 6.
    async fn an_assertion_of_the_future_is_refused(app) {
        register_es256_agent(&app).await;
        // What a start makes of those from before it is said in `once.rs`.
        app.advance(HOUR * 24);
        let now = app.env.now().seconds();
        for name in ["iat", "nbf"] {
            for at in [Value::Null, json!(now + 60), json!(now - 86_400), json!(now as f64 - 0.5)] {
                assert!(holds(&app, &json!({ name: at })).await, "{name} {at}");
            }
            for at in [json!(now + 61), json!(now + 3600), json!(1e300), json!("now"), json!({})] {
                assert!(!holds(&app, &json!({ name: at })).await, "{name} {at}");
            }
        }
    }

    /// OpenID Connect Core section 9: `iss` and `sub` "MUST contain the client_id of the OAuth Client".
    async fn the_issuer_and_the_subject_are_the_client(app) {
        register_es256_agent(&app).await;
        register_agent(&app, OTHER, inline(&[Pair::of(AssertionAlg::EdDsa).public.clone()])).await;
        for members in [
            json!({"iss": null}),
            json!({"sub": null}),
            json!({"iss": OTHER}),
            json!({"sub": OTHER}),
            json!({"iss": OTHER, "sub": OTHER}),
            json!({"iss": "nobody", "sub": "nobody"}),
            json!({"iss": ISSUER}),
            json!({"iss": [ID], "sub": [ID]}),
            json!({"iss": ID.to_uppercase(), "sub": ID.to_uppercase()}),
            json!({"iss": format!("{ID} "), "sub": format!("{ID} ")}),
            json!({"iss": "", "sub": ""}),
        ] {
            assert!(!holds(&app, &members).await, "{members}");
        }
        assert!(holds(&app, &json!({})).await);
    }

    /// RFC 8725 section 3.11: what the client signed for another purpose is no assertion.
    async fn a_token_of_another_kind_is_refused(app) {
        register_es256_agent(&app).await;
        let of_type = async |typ: Value| {
            let header = with(&json!({"alg": "ES256"}), &json!({ "typ": typ }));
            proves(&app, &Pair::es256().sign(&header, &claims(&app))).await
        };
        for typ in [Value::Null, json!("JWT"), json!("jwt"), json!("client-authentication+jwt")] {
            assert!(of_type(typ.clone()).await, "{typ}");
        }
        for typ in [
            "at+jwt",
            "logout+jwt",
            "dpop+jwt",
            "oauth-authz-req+jwt",
            "token-introspection+jwt",
            "secevent+jwt",
            "entity-statement+jwt",
            "JOSE",
            "",
        ] {
            assert!(!of_type(json!(typ)).await, "{typ}");
        }
        assert!(!of_type(json!(7)).await);
    }

    /// RFC 6749 section 2.3: one method a request.
    async fn an_assertion_and_a_secret_are_two_methods(app) {
        register_es256_agent(&app).await;
        let assertion = Pair::es256().assert(&claims(&app));
        let basic = format!("Basic {}", STANDARD.encode(format!("{ID}:{SECRET}")));
        let portal = app.relying_party();
        for (form, authorization) in [
            (form(&assertion, &[]), Some(basic.as_str())),
            (form(&assertion, &[]), Some("Basic !")),
            (form(&assertion, &[("client_secret", SECRET)]), None),
            (form(&assertion, &[("client_id", ID), ("client_secret", SECRET)]), None),
            (form(&assertion, &[("client_assertion", "x")]), None),
        ] {
            let refused = portal.post("/token", &form, authorization).await;
            assert_eq!(refused.error(), (400, "invalid_request"), "{form:?}");
        }
    }

    /// RFC 7521 section 4.2: the type says how to read the assertion; there is one we know.
    async fn an_assertion_of_no_known_type_is_refused(app) {
        register_es256_agent(&app).await;
        let assertion = Pair::es256().assert(&claims(&app));
        for sent in [
            None,
            Some(""),
            Some("urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer"),
            Some("URN:IETF:PARAMS:OAUTH:CLIENT-ASSERTION-TYPE:JWT-BEARER"),
            Some("jwt-bearer"),
        ] {
            let mut form = vec![("grant_type", "client_credentials"), ("client_assertion", &*assertion)];
            form.extend(sent.map(|sent| ("client_assertion_type", sent)));
            let refused = app.relying_party().post("/token", &form, None).await;
            assert_eq!(refused.error(), (400, "invalid_request"), "{sent:?}");
        }
        let alone =
            [("grant_type", "client_credentials"), ("client_assertion_type", TYPE), ("client_id", ID)];
        assert_eq!(app.relying_party().post("/token", &alone, None).await.error(), REFUSED);
        assert!(proves(&app, &assertion).await, "and nothing was used up");
    }

    /// `protocol.md`: the client of a body `client_id` is the authenticated one.
    async fn a_client_id_in_the_body_is_that_of_the_assertion(app) {
        register_es256_agent(&app).await;
        register_agent(&app, OTHER, inline(&[Pair::es256().public.clone()])).await;
        for (id, expected) in [(ID, 200), (OTHER, 401), ("portal.99999", 401), ("nobody", 401)] {
            let assertion = Pair::es256().assert(&claims(&app));
            assert_eq!(ask_with(&app, &assertion, &[("client_id", id)]).await.status, expected, "{id}");
        }
    }

    /// Attack 49 (CVE-2025-64521), and RFC 7591 section 2: switched on, and registered for this method.
    async fn only_an_enabled_client_of_this_method_is_proven(app) {
        register_es256_agent(&app).await;
        let id = ClientId::parse(ID).unwrap();
        idp_service::clients::set_enabled(&app.env, &id, false).await.unwrap();
        assert!(!holds(&app, &json!({})).await);
        idp_service::clients::set_enabled(&app.env, &id, true).await.unwrap();
        assert!(holds(&app, &json!({})).await);

        let secret = ClientSecret { digest: Digest::of(SECRET.as_bytes()), expires_at: None };
        for method in AuthMethod::VARIANTS {
            register(&app, |client| {
                client.id = id.clone();
                client.auth_method = method;
                client.secrets = vec![secret.clone()];
                client.keys = Some(inline(&[Pair::es256().public.clone()]));
                client.grant_types = vec![GrantType::ClientCredentials];
                client.scopes = Scopes::parse("members:read");
            })
            .await;
            let by_assertion = holds(&app, &json!({})).await;
            let post = [("grant_type", "client_credentials"), ("client_id", ID), ("client_secret", SECRET)];
            let by_secret = app.relying_party().post("/token", &post, None).await.status == 200;
            let expected = (method == AuthMethod::PrivateKeyJwt, method == AuthMethod::ClientSecretPost);
            assert_eq!((by_assertion, by_secret), expected, "{method:?}");
        }
    }
}
