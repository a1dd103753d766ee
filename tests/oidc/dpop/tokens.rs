//! What a proof does to the tokens of each grant: RFC 9449 sections 5, 5.2 and 6.1.

use idp_domain::client::{ClientId, GrantType};
use idp_domain::scope::Scopes;

use super::super::{FRANK, register};
use super::{INVALID_PROOF, Sender};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::desktop::{DEVICE_GRANT, Desktop, desktop};
use crate::support::dpop::DpopKey;
use crate::support::on_each_database;
use crate::support::relying_party::{RelyingParty, VERIFIER};

const WITHOUT_PROOF: (u16, &str) = (400, "invalid_request");

/// A program of Maple's office.
async fn office(app: &TestApp, must: bool) -> Sender<'_> {
    register(app, |client| {
        client.id = ClientId::parse("office.99999").unwrap();
        client.grant_types = vec![GrantType::ClientCredentials];
        client.scopes = Scopes::parse("members:read");
        client.demands.dpop_bound_access_tokens = must;
    })
    .await;
    Sender { app, client: RelyingParty::new(app, "office.99999", ""), is_public: false }
}

on_each_database! {
    /// RFC 9449 sections 5 and 6.1: a proof binds the access token and says so; the ID token is for the client itself.
    async fn a_proof_binds_the_access_token(app) {
        app.enrol(FRANK).await;
        let sender = Sender::confidential(&app);
        let key = DpopKey::new();
        let bound = sender.tokens(Some(&key)).await;
        sender.assert_bound(&bound, &key).await;
        let (id_token, _) = sender.client.verify(bound.text("id_token")).await;
        assert!(!id_token.contains_key("cnf"));
        sender.assert_unbound(&sender.tokens(None).await).await;
    }

    /// RFC 9449 section 5, client credentials grant.
    async fn a_programs_own_token_is_bound_too(app) {
        let (office, key) = (office(&app, false).await, DpopKey::new());
        let asked = [("grant_type", "client_credentials")];
        office.assert_bound(&office.token(&asked, Some(&key)).await, &key).await;
        office.assert_unbound(&office.token(&asked, None).await).await;
    }

    /// RFC 9449 section 5: whatever the grant type. The computer that was let in keeps to its key.
    async fn a_computers_tokens_are_bound_too(app) {
        app.put_client(&desktop()).await;
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        let codes = Desktop::new(&app).ask().await;
        app.allow(&browser, &codes).await;
        let key = DpopKey::new();
        let sender = Sender { app: &app, client: RelyingParty::new(&app, "desktop", ""), is_public: true };
        let poll =
            [("grant_type", DEVICE_GRANT), ("device_code", &*codes.device_code), ("code_verifier", VERIFIER)];
        let tokens = sender.token(&poll, Some(&key)).await;
        sender.assert_bound(&tokens, &key).await;
        let refresh_token = tokens.text("refresh_token");
        assert_eq!(sender.refresh(refresh_token, None).await.error(), super::INVALID_GRANT);
        sender.assert_bound(&sender.refresh(refresh_token, Some(&key)).await, &key).await;
    }

    /// RFC 9449 section 5.2: `dpop_bound_access_tokens`; what is missing is `invalid_request` (RFC 6749 section 5.2), and no proof
    /// that is invalid. A refused request has used nothing up.
    async fn a_client_that_must_prove_a_key_gets_nothing_without(app) {
        app.enrol(FRANK).await;
        register(&app, |client| client.demands.dpop_bound_access_tokens = true).await;
        let (sender, key) = (Sender::confidential(&app), DpopKey::new());
        let code = sender.code().await;
        assert_eq!(sender.redeem(&code, None).await.error(), WITHOUT_PROOF);
        let tokens = sender.redeem(&code, Some(&key)).await;
        sender.assert_bound(&tokens, &key).await;
        let refresh_token = tokens.text("refresh_token");
        assert_eq!(sender.refresh(refresh_token, None).await.error(), WITHOUT_PROOF);
        sender.assert_bound(&sender.refresh(refresh_token, Some(&key)).await, &key).await;

        let office = office(&app, true).await;
        let asked = [("grant_type", "client_credentials")];
        assert_eq!(office.token(&asked, None).await.error(), WITHOUT_PROOF);
        office.assert_bound(&office.token(&asked, Some(&key)).await, &key).await;
    }

    /// RFC 9449 section 5: a bad proof is an error, never a bearer token; and the code is still good.
    async fn a_bad_proof_uses_no_code_up(app) {
        app.enrol(FRANK).await;
        let (sender, key) = (Sender::confidential(&app), DpopKey::new());
        let code = sender.code().await;
        let redeem = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", super::CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let elsewhere = key.proof(&app, "POST", "/par").sign();
        for proof in ["", "x", &elsewhere] {
            assert_eq!(sender.post("/token", &redeem, &[proof]).await.error(), INVALID_PROOF, "{proof}");
        }
        sender.assert_bound(&sender.redeem(&code, Some(&key)).await, &key).await;
    }
}
