//! Codes that are bound to a key: RFC 9449 section 10, and section 10.1 for pushed requests.

use serde_json::json;

use super::super::{FRANK, authorization_error, provider_with_frank};
use super::{INVALID_GRANT, INVALID_PROOF, Sender};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::dpop::DpopKey;
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

/// A push with this proof.
pub(super) async fn push(sender: &Sender<'_>, proof: Option<&str>) -> Answer {
    let query = sender.client.authorization_query();
    let params: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
    sender.post("/par", &params, proof.as_slice()).await
}

/// The code for a request that was pushed with this proof.
async fn code_pushed(app: &TestApp, sender: &Sender<'_>, proof: Option<&str>) -> String {
    let answer = push(sender, proof).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let mut browser = app.browser();
    let page = browser.get(&sender.client.url_of(answer.text("request_uri"))).await;
    let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
    page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))
}

/// Whoever redeems the code needs the key; who has it not has used nothing up.
async fn assert_only_for(sender: &Sender<'_>, code: &str, key: &DpopKey) {
    for other in [None, Some(&DpopKey::new())] {
        assert_eq!(sender.redeem(code, other).await.error(), INVALID_GRANT);
    }
    let tokens = sender.redeem(code, Some(key)).await;
    sender.assert_bound(&tokens, key).await;
}

on_each_database! {
    /// RFC 9449 section 10: a code that was caught on its way is worth nothing without the key.
    async fn a_code_is_bound_to_the_key_that_the_request_names(app) {
        app.enrol(FRANK).await;
        let key = DpopKey::new();
        let sender = Sender::confidential(&app).with("dpop_jkt", &key.thumbprint());
        assert_only_for(&sender, &sender.code().await, &key).await;
        let sender = Sender::public(&app).await.with("dpop_jkt", &key.thumbprint());
        assert_only_for(&sender, &sender.code().await, &key).await;
    }

    /// RFC 9449 section 10.1: a proof on the push counts as `dpop_jkt`; both may be there.
    async fn a_code_is_bound_to_the_key_that_the_request_was_pushed_with(app) {
        app.enrol(FRANK).await;
        let key = DpopKey::new();
        let proof = || key.proof(&app, "POST", "/par").sign();
        let sender = Sender::public(&app).await;
        let code = code_pushed(&app, &sender, Some(&proof())).await;
        assert_only_for(&sender, &code, &key).await;
        let naming = sender.with("dpop_jkt", &key.thumbprint());
        for proof in [None, Some(proof())] {
            let code = code_pushed(&app, &naming, proof.as_deref()).await;
            assert_only_for(&naming, &code, &key).await;
        }
    }

    /// RFC 9449 section 10.1: two keys are none.
    async fn a_push_with_one_key_for_another_is_refused(app) {
        let key = DpopKey::new();
        let sender = Sender::confidential(&app).with("dpop_jkt", &DpopKey::new().thumbprint());
        let refused = push(&sender, Some(&key.proof(&app, "POST", "/par").sign())).await;
        assert_eq!(refused.error(), INVALID_PROOF, "{refused:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_requests").await, 0);
    }
}

/// RFC 9449 section 4.3: a proof on a push is a proof like any other.
#[tokio::test]
async fn a_push_with_a_bad_proof_is_refused() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let sender = Sender::confidential(&app);
    let used = key.proof(&app, "POST", "/par").sign();
    assert_eq!(push(&sender, Some(&used)).await.status, 201);
    let elsewhere = key.proof(&app, "POST", "/token").sign();
    let late = key.proof(&app, "POST", "/par").with("iat", json!(app.env.now().seconds() - 61)).sign();
    for proof in [&*used, &*elsewhere, &*late, "x"] {
        assert_eq!(push(&sender, Some(proof)).await.error(), INVALID_PROOF, "{proof}");
    }
}

/// RFC 9449 section 10: base64url of SHA-256, in its one spelling.
#[tokio::test]
async fn a_name_that_is_no_thumbprint_is_refused() {
    let app = provider_with_frank().await;
    let name = DpopKey::new().thumbprint();
    for other in ["x", &name[1..], &format!("{name}="), &format!("{name}AA")] {
        let client = app.relying_party().with("dpop_jkt", other);
        let page = client.authorize(&mut app.browser()).await;
        assert_eq!(authorization_error(&page), "invalid_request", "{other}");
    }
}
