//! What each of its requests must bring: FAPI 2.0 section 5.3.2.1, item 4, and section 5.3.2.2, items 3 to 6. It is the profile
//! that demands it, not the metadata of the same meaning.

use super::super::{CALLBACK, FRANK};
use super::Portal;
use crate::support::on_each_database;
use crate::support::relying_party::VERIFIER;

on_each_database! {
    /// Section 5.3.2.2, item 3.
    async fn a_request_that_was_not_pushed_is_refused(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let page = portal.client.authorize(&mut app.browser()).await;
        assert_eq!(page.sent("error").as_deref(), Some("invalid_request"), "{page:?}");
        assert_eq!(page.sent("state").as_deref(), Some("state-of-the-flow"));
        assert!(page.sent("iss").is_some() && page.sent("code").is_none());
    }

    /// Section 5.3.2.2, items 1, 5 and 6; what is wrong is told to the client, not to the browser.
    async fn a_request_without_what_the_profile_demands_is_refused_when_it_is_pushed(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        for instead in [
            [("code_challenge", ""), ("code_challenge_method", "")],
            [("code_challenge", VERIFIER), ("code_challenge_method", "plain")],
            [("code_challenge_method", ""), ("state", "x")],
            [("redirect_uri", ""), ("state", "x")],
        ] {
            let refused = portal.push(&instead).await;
            assert_eq!(refused.error(), (400, "invalid_request"), "{instead:?}: {refused:?}");
        }
        let implicit = portal.push(&[("response_type", "code id_token")]).await;
        assert_eq!(implicit.error(), (400, "unsupported_response_type"), "{implicit:?}");
    }

    /// Section 5.3.2.1, item 4: only sender-constrained access tokens; the code is not used up by trying. Conformance
    /// `ensure-holder-of-key-required` and `refresh-token`, whose error is `invalid_request` or `invalid_grant`.
    async fn no_token_is_issued_without_a_proof(app) {
        app.enrol(FRANK).await;
        let portal = Portal::registered(&app).await;
        let code = portal.code(&mut app.browser()).await;
        let redeem = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let unproven = portal.post_with("/token", &redeem, (&portal.pair.assert(&portal.claims()), None)).await;
        assert_eq!(unproven.error(), (400, "invalid_request"), "{unproven:?}");
        let tokens = portal.redeem(&code).await;
        assert_eq!(tokens.text("token_type"), "DPoP", "{tokens:?}");
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))];
        let unproven = portal.post_with("/token", &refresh, (&portal.pair.assert(&portal.claims()), None)).await;
        assert_eq!(unproven.error(), (400, "invalid_request"), "{unproven:?}");
        assert_eq!(portal.user_info(tokens.text("access_token")).await.status, 200);
        assert_eq!(portal.client.userinfo(tokens.text("access_token")).await.status, 401, "a bearer");
    }
}
