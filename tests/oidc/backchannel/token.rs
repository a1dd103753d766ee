//! What a logout token says: Back-Channel Logout section 2.4.

use idp_domain::client::SubjectType;
use idp_domain::signing_key::SigningAlg;
use serde_json::{Value, json};

use super::{PORTAL, frank, id_token, listening_at, log_out, more_tokens, register_another, told, told_once};
use crate::oidc::{FRANK, HOUR, SECOND, names, register};
use crate::support::app::{ISSUER, MASTER, PASSWORD};
use crate::support::on_each_database;

on_each_database! {
    /// Section 2.4: exactly these claims, never a nonce; `sub` and `sid` are those of the ID token.
    async fn a_logout_token_says_exactly_this(app) {
        let (mut browser, tokens) = frank(&app).await;
        let signed_in = id_token(&app, &tokens).await;
        app.advance(SECOND);
        log_out(&mut browser, &tokens).await;
        let told = told_once(&app).await;
        assert_eq!(told.at, PORTAL);
        assert_eq!(names(&told.header), ["alg", "kid", "typ"]);
        assert_eq!((&told.header["typ"], &told.header["alg"]), (&json!("logout+jwt"), &json!("RS256")));
        let claims = told.claims;
        assert_eq!(names(&claims), ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"]);
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!("portal.99999")));
        assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        for claim in ["iss", "aud", "sub", "sid"] {
            assert_eq!(claims[claim], signed_in[claim], "{claim}");
        }
        let now = app.env.now().seconds();
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 120)), "two minutes at most");
        assert!(claims["jti"].as_str().unwrap().len() >= 22, "128 bits");
    }

    /// Section 2.6 rule 2: verified like an ID token, and so signed like one.
    async fn it_is_signed_with_the_algorithm_of_the_clients_id_tokens(app) {
        frank(&app).await;
        for alg in SigningAlg::VARIANTS {
            register(&app, |client| {
                client.algs.id_token = alg;
                client.backchannel_logout = listening_at(PORTAL);
            })
            .await;
            let mut browser = app.browser();
            let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
            log_out(&mut browser, &tokens).await;
            assert_eq!(told_once(&app).await.header["alg"], alg.as_str());
        }
    }

    /// Core section 8: a pairwise client hears of the person it knows, and of nobody else's name for them.
    async fn a_pairwise_client_is_told_its_own_name_for_the_person(app) {
        let (mut browser, public) = frank(&app).await;
        let uri = "https://rota.example/backchannel-logout";
        let rota = register_another(&app, "rota", Some(uri)).await;
        app.change_client("rota", |client| {
            client.subject_type = SubjectType::Pairwise { sector: "rota.example".to_owned() };
        })
        .await;
        let pairwise = more_tokens(&rota, &mut browser).await;
        let (public_sub, pairwise_sub) =
            (id_token(&app, &public).await["sub"].clone(), id_token(&app, &pairwise).await["sub"].clone());
        assert_ne!(public_sub, pairwise_sub);
        log_out(&mut browser, &public).await;
        let told = told(&app).await;
        assert_eq!(told.len(), 2);
        for told in told {
            let expected = if told.at == uri { &pairwise_sub } else { &public_sub };
            assert_eq!(&told.claims["sub"], expected, "{}", told.at);
        }
    }

    /// `company.md` section 3: a session at two agencies is two sessions to the client that serves them both.
    async fn two_agencies_in_one_session_are_two_sids(app) {
        let (mut browser, _) = frank(&app).await;
        register(&app, |client| {
            client.company = None;
            client.backchannel_logout = listening_at(PORTAL);
        })
        .await;
        app.other_admin().create(FRANK).await;
        let mut expected = vec![];
        let mut last = None;
        for company in ["99999", "22222"] {
            app.advance(SECOND);
            // By logging in again: that accepts Birch's invitation, in the same session.
            let client = app.relying_party().with("company", company).with("prompt", "login");
            let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
            let claims = id_token(&app, &tokens).await;
            assert_eq!(claims["company_code"], company);
            expected.push(claims["sid"].clone());
            last = Some(tokens);
        }
        assert_ne!(expected[0], expected[1]);
        log_out(&mut browser, &last.unwrap()).await;
        let told = told(&app).await;
        let mut sids: Vec<Value> = told.iter().map(|told| told.claims["sid"].clone()).collect();
        for list in [&mut sids, &mut expected] {
            list.sort_by_key(Value::to_string);
        }
        assert_eq!(sids, expected, "one token for each, and the portal's first sign-in is that at Maple");
    }

    /// Section 2.4, RP-Initiated Logout section 2: a session keeps its name for as long as it lives. An operator who puts a
    /// new master key first, and takes the old one away later, renames none: what clients have of it still names it.
    async fn a_session_keeps_its_sid_when_the_master_key_changes(app) {
        let (browser, tokens) = frank(&app).await;
        let cookies = browser.cookies.clone();
        let named = id_token(&app, &tokens).await["sid"].clone();
        let mut refresh_token = tokens.text("refresh_token").to_owned();
        let mut app = app;
        for masters in [&["next", MASTER][..], &["next"]] {
            app = app.restarted_with(masters).await;
            let refreshed = app.relying_party().refresh(&refresh_token).await;
            assert_eq!(id_token(&app, &refreshed).await["sid"], named, "{masters:?}");
            refresh_token = refreshed.text("refresh_token").to_owned();
        }
        let mut browser = app.browser();
        browser.cookies = cookies;
        log_out(&mut browser, &tokens).await;
        assert_eq!(told_once(&app).await.claims["sid"], named);
    }

    /// It is signed when it is sent: however long it waited, its two minutes begin then.
    async fn a_token_that_waited_is_as_fresh_as_any(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        app.advance(HOUR * 3);
        assert_eq!(told_once(&app).await.claims["iat"], app.env.now().seconds());
    }

    /// Attack 61, RFC 8725 section 3.11: no kind of token is ever taken for another.
    async fn a_logout_token_is_no_other_token(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        let token = told_once(&app).await.token;
        let client = app.relying_party();
        let refused = client.userinfo(&token).await;
        assert_eq!(refused.status, 401);
        assert!(refused.headers["www-authenticate"].to_str().unwrap().contains("error=\"invalid_token\""));
        assert_eq!(client.introspect(&token).await.json, json!({"active": false}));
        assert_eq!(client.refresh(&token).await.error(), (400, "invalid_grant"));
        client.tokens(&mut browser, FRANK, PASSWORD).await;
        app.advance(SECOND);
        let page = browser.get(&format!("/logout?id_token_hint={token}")).await;
        assert_eq!(page.heading(), "Do you want to log out?", "it is no hint: {page:?}");
        let silent = client.with("prompt", "none").with("id_token_hint", &token);
        let silent = silent.authorize(&mut browser).await;
        assert_eq!(silent.sent("error").as_deref(), Some("login_required"), "{silent:?}");
    }
}
