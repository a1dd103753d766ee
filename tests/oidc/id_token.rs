//! What ID tokens say: OpenID Connect Core sections 2 and 3.1.3.6; `company.md` section 3.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::signing_key::SigningAlg;
use serde_json::json;
use sha2::Digest as _;

use super::{FRANK, MINUTE, franks_tokens, names, register};
use crate::support::app::{ISSUER, PASSWORD, START};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

on_each_database! {
    /// `protocol.md`: exactly these claims; what a profile scope asks for is in UserInfo alone (Core section 5.4).
    async fn an_id_token_says_exactly_this(app) {
        app.enrol(FRANK).await;
        let mut client = app.relying_party();
        client.scope = "openid profile email address phone company".to_owned();
        let mut browser = app.browser();
        let code = client.code(&mut browser, FRANK, PASSWORD).await;
        app.advance(MINUTE / 2);
        let tokens = client.redeem(&code).await;
        let (claims, header) = client.verify(tokens.text("id_token")).await;
        let expected = [
            "acr",
            "amr",
            "at_hash",
            "aud",
            "auth_time",
            "company_code",
            "company_id",
            "company_name",
            "databases",
            "exp",
            "iat",
            "iss",
            "member_id",
            "member_type",
            "nonce",
            "person_ref",
            "security_role",
            "sid",
            "sub",
            "tenant",
        ];
        assert_eq!(names(&claims), expected);
        let now = START.seconds() + 30;
        assert_eq!(claims["iss"], ISSUER);
        assert_eq!(claims["aud"], "portal.99999");
        assert_eq!(claims["nonce"], "nonce-of-the-flow");
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 300)));
        assert_eq!(claims["auth_time"], json!(START.seconds()), "the log-in, not the redemption");
        assert_eq!(
            (&claims["acr"], &claims["amr"]),
            (&json!("1"), &json!(["pwd"])),
            "RFC 8176; never a question (Q1)"
        );
        assert_eq!(claims["company_code"], "99999");
        assert_eq!(claims["company_id"], json!(app.maple.id));
        assert_eq!(claims["tenant"], json!(app.maple.id));
        assert_eq!(claims["company_name"], "Maple Home Care");
        assert_eq!((&claims["member_type"], &claims["security_role"]), (&json!("caregiver"), &json!("none")));
        assert_eq!(claims["person_ref"], FRANK);
        assert_eq!(header["alg"], "RS256", "RS256 unless the client registered another");

        let digest = sha2::Sha256::digest(tokens.text("access_token"));
        assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&digest[..16]), "Core section 3.1.3.6");
    }

    /// Core section 2: `sub` is the person, `sid` the person's session at this client, and neither is a name.
    async fn sub_is_stable_and_sid_is_of_one_session_at_one_client(app) {
        app.enrol(FRANK).await;
        register(&app, |client| client.id = idp_domain::client::ClientId::parse("portal.second").unwrap())
            .await;
        let client = app.relying_party();
        let second = RelyingParty::new(&app, "portal.second", &client.redirect_uri);
        let mut browser = app.browser();
        let claims = async |client: &RelyingParty<'_>, code: &str| {
            client.verify(client.redeem(code).await.text("id_token")).await.0
        };
        let first = claims(&client, &client.code(&mut browser, FRANK, PASSWORD).await).await;
        let again = claims(&client, &client.authorize(&mut browser).await.sent("code").unwrap()).await;
        let at_second = claims(&second, &second.authorize(&mut browser).await.sent("code").unwrap()).await;
        let elsewhere = claims(&client, &client.code(&mut app.browser(), FRANK, PASSWORD).await).await;
        for other in [&again, &at_second, &elsewhere] {
            assert_eq!(first["sub"], other["sub"], "public subjects: the same person everywhere");
        }
        assert_eq!(first["sid"], again["sid"]);
        assert_ne!(first["sid"], at_second["sid"]);
        assert_ne!(first["sid"], elsewhere["sid"]);
        assert_ne!(first["sub"], FRANK, "an e-mail address is no subject");
    }

    /// `company.md` section 3: the ID token names the company only when the scope asks for it.
    async fn without_the_company_scope_the_id_token_names_no_company(app) {
        app.enrol(FRANK).await;
        let mut client = app.relying_party();
        client.scope = "openid".to_owned();
        let tokens = franks_tokens(&app, &client).await;
        let (claims, _) = client.verify(tokens.text("id_token")).await;
        assert_eq!(
            names(&claims),
            ["acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"]
        );
    }

    /// Core section 3.1.2.1: no nonce asked, none told.
    async fn a_nonce_comes_back_only_when_one_was_sent(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party().with("nonce", "");
        let tokens = franks_tokens(&app, &client).await;
        assert!(!client.verify(tokens.text("id_token")).await.0.contains_key("nonce"));
    }
    /// Core section 2: RS256 unless the client registered another; `at_hash` is of the access token beside it.
    async fn an_id_token_is_signed_as_the_client_registered(app) {
        app.enrol(FRANK).await;
        for alg in SigningAlg::VARIANTS {
            register(&app, |client| client.algs.id_token = alg).await;
            let client = app.relying_party();
            let tokens = franks_tokens(&app, &client).await;
            let refreshed = client.refresh(tokens.text("refresh_token")).await;
            for tokens in [&tokens, &refreshed] {
                let (claims, header) = client.verify(tokens.text("id_token")).await;
                assert_eq!(names(&header), ["alg", "kid", "typ"]);
                assert_eq!((&header["alg"], &header["typ"]), (&json!(alg.as_str()), &json!("JWT")));
                let digest = sha2::Sha256::digest(tokens.text("access_token"));
                assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&digest[..16]), "{alg:?}");
            }
        }
    }
}
