//! Proof key for code exchange: RFC 7636, RFC 9700 section 2.1.1; attack 51 (CVE-2023-48228, CVE-2024-22258, ...).

use idp_domain::client::AuthMethod;

use super::{CALLBACK, FRANK, authorization_error, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, VERIFIER};

async fn asked_with(app: &TestApp, challenge: &str, method: &str) -> String {
    let client = app.relying_party().with("code_challenge", challenge).with("code_challenge_method", method);
    authorization_error(&client.authorize(&mut app.browser()).await)
}

async fn redeemed_with(app: &TestApp, code: &str, verifier: Option<&str>) -> Answer {
    let mut params = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    params.extend(verifier.map(|verifier| ("code_verifier", verifier)));
    app.relying_party().token(&params).await
}

on_each_database! {
    /// `protocol.md`: PKCE S256 is required; `plain`, missing and malformed challenges are refused at the door.
    async fn a_challenge_that_is_missing_plain_or_malformed_is_refused(app) {
        let digest = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let (short, long) = (&digest[1..], format!("{digest}x"));
        for (challenge, method) in [
            ("", ""),
            ("", "S256"),
            (digest, ""),
            (digest, "plain"),
            (digest, "s256"),
            (digest, "S512"),
            (VERIFIER, "plain"),
            (short, "S256"),
            (&long, "S256"),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "S256"),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=", "S256"),
        ] {
            assert_eq!(asked_with(&app, challenge, method).await, "invalid_request", "{challenge} {method}");
        }
    }

    /// RFC 9700 section 2.1.1: a public client is never let off, whatever its registration says.
    async fn a_public_client_must_always_use_pkce(app) {
        register(&app, |client| {
            client.auth_method = AuthMethod::None;
            client.demands.require_pkce = false;
        })
        .await;
        assert_eq!(asked_with(&app, "", "").await, "invalid_request");
    }

    /// RFC 7636 sections 4.1 and 4.6.
    async fn only_the_right_verifier_redeems(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let (short, long) = (&VERIFIER[..42], VERIFIER.repeat(3));
        let other_case = VERIFIER.to_lowercase();
        for verifier in [
            None,
            Some(""),
            Some(short),
            Some(&long),
            Some(challenge),
            Some(&other_case),
            Some(&VERIFIER.replace('-', " ")),
        ] {
            let refused = redeemed_with(&app, &code, verifier).await;
            assert_eq!(refused.error(), (400, "invalid_grant"), "{verifier:?}");
        }
        let redeemed = redeemed_with(&app, &code, Some(VERIFIER)).await;
        assert_eq!(redeemed.status, 200, "a wrong verifier does not burn the right client's code");
    }

    /// RFC 9700 section 4.8: a verifier without a challenge is a downgrade.
    async fn a_client_that_need_not_use_pkce_cannot_be_downgraded(app) {
        app.enrol(FRANK).await;
        register(&app, |client| client.demands.require_pkce = false).await;
        let plain = app.relying_party().with("code_challenge", "").with("code_challenge_method", "");
        let code = plain.code(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(redeemed_with(&app, &code, Some(VERIFIER)).await.error(), (400, "invalid_grant"));
        assert_eq!(redeemed_with(&app, &code, None).await.status, 200, "as the Basic profile does");

        let code = app.relying_party().code(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(
            redeemed_with(&app, &code, None).await.error(),
            (400, "invalid_grant"),
            "once sent, it binds"
        );
        assert_eq!(redeemed_with(&app, &code, Some(VERIFIER)).await.status, 200);
        assert_eq!(asked_with(&app, VERIFIER, "plain").await, "invalid_request");
    }
}
