//! PKCE with the device grant, which RFC 8628 does not know: RFC 7636; rules section 6; attack 39 (CVE-2026-123542).

use super::{INVALID, browser_of, prepare};
use crate::oidc::FRANK;
use crate::support::desktop::{DESKTOP, Desktop};
use crate::support::on_each_database;
use crate::support::relying_party::VERIFIER;

const UNFIT: (u16, &str) = (400, "invalid_request");

/// Well-formed, and not the one.
const ANOTHER: &str = "another-verifier-that-is-long-enough-to-be-one";

on_each_database! {
    /// Rules section 6: "per client `require_device_pkce`, on for our desktop template".
    async fn a_client_that_must_send_a_challenge_gets_no_code_without_one(app) {
        prepare(&app).await;
        let bare = || Desktop::new(&app).with("code_challenge", "").with("code_challenge_method", "");
        assert_eq!(bare().request().await.error(), UNFIT);
        app.change_client(DESKTOP, |client| client.demands.require_device_pkce = false).await;
        assert_eq!(bare().request().await.status, 200, "an unmodified library");
    }

    /// RFC 7636 sections 4.2 and 4.3; `protocol.md`: S256 only, and a digest.
    async fn a_challenge_is_the_s256_digest_of_a_verifier(app) {
        prepare(&app).await;
        app.change_client(DESKTOP, |client| client.demands.require_device_pkce = false).await;
        for (challenge, method) in [(VERIFIER, "plain"), (VERIFIER, ""), ("", "S256"), ("short", "S256")] {
            let desktop = Desktop::new(&app).with("code_challenge", challenge);
            let asked = desktop.with("code_challenge_method", method).request().await;
            assert_eq!(asked.error(), UNFIT, "{challenge} {method}");
        }
    }

    /// Attack 39: enforced whenever it was sent, whether the client had to or not; a wrong try does not burn the code.
    async fn a_code_is_redeemed_with_the_verifier_of_its_challenge_only(app) {
        prepare(&app).await;
        let browser = browser_of(&app, FRANK).await;
        for is_required in [true, false] {
            let desktop = Desktop::new(&app);
            let codes = desktop.ask().await;
            app.allow(&browser, &codes).await;
            app.change_client(DESKTOP, |client| client.demands.require_device_pkce = is_required).await;
            assert_eq!(desktop.poll_with(&codes, &[]).await.error(), INVALID, "without");
            for wrong in [ANOTHER, "short", "with spaces, and long enough to look like a verifier"] {
                let refused = desktop.poll_with(&codes, &[("code_verifier", wrong)]).await;
                assert_eq!(refused.error(), INVALID, "{wrong}");
            }
            assert_eq!(desktop.poll(&codes).await.status, 200, "nothing was burned");
        }
    }

    /// RFC 9700 section 2.1.1: a verifier without a challenge is a downgrade.
    async fn a_verifier_without_a_challenge_is_refused(app) {
        prepare(&app).await;
        app.change_client(DESKTOP, |client| client.demands.require_device_pkce = false).await;
        let desktop = Desktop::new(&app).with("code_challenge", "").with("code_challenge_method", "");
        let codes = desktop.ask().await;
        app.allow(&browser_of(&app, FRANK).await, &codes).await;
        assert_eq!(desktop.poll(&codes).await.error(), INVALID);
        assert_eq!(desktop.poll_with(&codes, &[]).await.status, 200);
    }
}
