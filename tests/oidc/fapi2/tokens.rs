//! What the client is given: FAPI 2.0 section 5.3.2.1, items 9, 11 and 12, and section 5.4.1.

use futures::future::join_all;
use idp_domain::client::ResponseAlgs;
use idp_domain::signing_key::SigningAlg;
use serde_json::json;

use super::super::{FRANK, HOUR, MINUTE, SECOND};
use super::{Portal, of_the_profile};
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

async fn alg_of(portal: &Portal<'_>, token: &str) -> String {
    portal.client.verify(token).await.1["alg"].as_str().unwrap().to_owned()
}

fn refresh_token(tokens: &Answer) -> &str {
    tokens.text("refresh_token")
}

on_each_database! {
    /// Section 5.4.1: the client registered nothing, or what OpenID Connect makes the default, and gets ES256.
    async fn nothing_is_signed_with_rs256(app) {
        app.enrol(FRANK).await;
        let rs256 = SigningAlg::Rs256;
        for algs in [
            ResponseAlgs::default(),
            ResponseAlgs { id_token: rs256, access_token: rs256, userinfo: Some(rs256), introspection: rs256 },
        ] {
            let portal = Portal::registered_as(&app, |client| {
                of_the_profile(client);
                client.algs = algs;
            })
            .await;
            let tokens = portal.tokens().await;
            let refreshed = portal.refresh(refresh_token(&tokens)).await;
            for tokens in [&tokens, &refreshed] {
                assert_eq!(alg_of(&portal, tokens.text("id_token")).await, "ES256");
                assert_eq!(alg_of(&portal, tokens.text("access_token")).await, "ES256");
            }
            let person = portal.user_info(refreshed.text("access_token")).await;
            match algs.userinfo {
                Some(_) => assert_eq!(alg_of(&portal, &person.body).await, "ES256"),
                None => assert_eq!(person.json["sub"], portal.client.verify(tokens.text("id_token")).await.0["sub"]),
            }
        }
    }

    /// Item 9: "shall not use refresh token rotation"; twenty at once have the same one as well, and it was never used up.
    async fn a_refresh_token_is_not_rotated(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let first = portal.tokens().await;
        for span in [SECOND, SECOND * 11, HOUR] {
            app.advance(span);
            let refreshed = portal.refresh(refresh_token(&first)).await;
            assert_eq!(refresh_token(&refreshed), refresh_token(&first), "{span:?} later");
            assert_ne!(refreshed.text("access_token"), first.text("access_token"));
        }
        let before = app.count("SELECT COUNT(*) FROM refresh_tokens").await;
        let answers = join_all((0..20).map(|_| portal.refresh(refresh_token(&first)))).await;
        assert!(answers.iter().all(|answer| refresh_token(answer) == refresh_token(&first)));
        assert_eq!(app.count("SELECT COUNT(*) FROM refresh_tokens").await, before);
    }

    /// Rules section 5: a token that rests ends as any other, one that is used lives on, and none outlives its family.
    async fn a_refresh_token_lives_on_with_every_use_and_ends_with_its_family(app) {
        app.enrol(FRANK).await;
        let mut portal = Portal::registered_as(&app, |client| {
            of_the_profile(client);
            client.scopes = idp_domain::scope::Scopes::parse("openid offline_access");
        })
        .await;
        portal.client.scope = "openid offline_access".to_owned();
        let (idle, whole) = (app.env.policy.offline_refresh_idle, app.env.policy.offline_refresh_absolute);
        let (used, rests) = (portal.tokens().await, portal.tokens().await);
        let mut lived = std::time::Duration::ZERO;
        while lived + idle < whole {
            lived += idle - MINUTE;
            app.advance(idle - MINUTE);
            let refreshed = portal.refresh(refresh_token(&used)).await;
            assert_eq!(refreshed.status, 200, "after {lived:?}: {refreshed:?}");
        }
        assert_eq!(portal.refresh(refresh_token(&rests)).await.error(), INVALID_GRANT, "it rested for too long");
        app.advance(whole - lived);
        assert_eq!(portal.refresh(refresh_token(&used)).await.error(), INVALID_GRANT, "the family has ended");
    }

    /// RFC 7009, and attack 47: what is not rotated ends at once all the same.
    async fn a_refresh_token_ends_when_it_is_revoked(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let (given_up, kept) = (portal.tokens().await, portal.tokens().await);
        assert_eq!(portal.post("/revoke", &[("token", refresh_token(&given_up))]).await.status, 200);
        assert_eq!(portal.refresh(refresh_token(&given_up)).await.error(), INVALID_GRANT);
        assert_eq!(portal.user_info(given_up.text("access_token")).await.status, 401);
        assert_eq!(portal.refresh(refresh_token(&kept)).await.status, 200);
    }

    /// A token that was used up before the client was held to the profile was stolen, or is presented by a thief.
    async fn a_token_that_was_rotated_before_stays_used_up(app) {
        app.enrol(FRANK).await;
        let before = Portal::registered_as(&app, |client| {
            of_the_profile(client);
            client.profile = idp_domain::client::Profile::Standard;
        })
        .await;
        let first = before.tokens().await;
        let second = before.refresh(refresh_token(&first)).await;
        assert_ne!(refresh_token(&first), refresh_token(&second));
        let portal = Portal { key: before.key, ..Portal::registered(&app).await };
        let third = portal.refresh(refresh_token(&second)).await;
        assert_eq!(refresh_token(&third), refresh_token(&second), "and from here on the same");
        assert_eq!(portal.refresh(refresh_token(&first)).await.error(), INVALID_GRANT);
        assert_eq!(portal.refresh(refresh_token(&second)).await.error(), INVALID_GRANT, "the family has ended");
    }

    /// Item 12 (RFC 9449 section 10): the code is good for the key that the request was pushed with.
    async fn a_code_is_bound_to_the_key_that_pushed_it(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let code = portal.code(&mut app.browser()).await;
        let other = Portal { key: super::DpopKey::new(), client: app.relying_party(), ..portal };
        assert_eq!(other.redeem(&code).await.error(), INVALID_GRANT);
        let tokens = portal.tokens().await;
        let (claims, _) = portal.client.verify(tokens.text("access_token")).await;
        assert_eq!(claims["cnf"], json!({"jkt": portal.key.thumbprint()}));
    }
}

/// Item 11: a minute, whatever is set for everybody else.
#[tokio::test]
async fn a_code_lives_for_a_minute_at_most() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let app = app.restarted_under(|policy| policy.code_life = MINUTE * 5).await;
    app.enrol(FRANK).await;
    let portal = Portal::registered(&app).await;
    let mut browser = app.browser();
    let code = portal.code(&mut browser).await;
    app.advance(MINUTE - SECOND);
    assert_eq!(portal.redeem(&code).await.status, 200);
    let code = portal.code(&mut app.browser()).await;
    app.advance(MINUTE);
    assert_eq!(portal.redeem(&code).await.error(), INVALID_GRANT);
}
