//! Nonces of ours in proofs, where the operator wants them: RFC 9449 section 8; setting `tokens.dpop_nonces`.

use serde_json::json;

use super::super::{FRANK, MINUTE, provider};
use super::Sender;
use super::codes::push;
use crate::support::app::TestApp;
use crate::support::dpop::DpopKey;
use crate::support::relying_party::{Answer, VERIFIER};

const USE_NONCE: (u16, &str) = (400, "use_dpop_nonce");

/// Frank's provider, which wants nonces.
async fn with_nonces() -> TestApp {
    let app = provider().await.restarted_under(|policy| policy.dpop_nonces = true).await;
    app.enrol(FRANK).await;
    app
}

fn nonce(answer: &Answer) -> Option<&str> {
    answer.headers.get("dpop-nonce").map(|nonce| nonce.to_str().unwrap())
}

/// Redeems the code with a proof that has this nonce.
async fn redeem(sender: &Sender<'_>, code: &str, nonce: Option<&str>) -> Answer {
    let key = DpopKey::new();
    let proof = key.proof(sender.app, "POST", "/token").with("nonce", json!(nonce)).sign();
    let params = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", super::CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    sender.post("/token", &params, &[&proof]).await
}

/// The nonce of this moment.
async fn present(sender: &Sender<'_>) -> String {
    let asked = redeem(sender, "no code", None).await;
    assert_eq!(asked.error(), USE_NONCE, "{asked:?}");
    assert_eq!(asked.headers["cache-control"], "no-store", "RFC 9449 section 8");
    nonce(&asked).expect("a nonce").to_owned()
}

/// RFC 9449 section 8: who has none is told one, and has used nothing up; who has one is told it again.
#[tokio::test]
async fn a_proof_without_the_nonce_is_asked_for_it() {
    let app = with_nonces().await;
    let sender = Sender::confidential(&app);
    let code = sender.code().await;
    let asked = redeem(&sender, &code, None).await;
    assert_eq!(asked.error(), USE_NONCE);
    let given = nonce(&asked).expect("a nonce").to_owned();
    let tokens = redeem(&sender, &code, Some(&given)).await;
    assert_eq!((tokens.status, nonce(&tokens)), (200, Some(&*given)), "{tokens:?}");
    for other in ["", "x", &given[1..], &given.to_uppercase(), &format!("{given}=")] {
        assert_eq!(redeem(&sender, &code, Some(other)).await.error(), USE_NONCE, "{other}");
    }
    // At a push, too; and a bearer request is not asked.
    let key = DpopKey::new();
    let proof = |nonce: Option<&str>| key.proof(&app, "POST", "/par").with("nonce", json!(nonce)).sign();
    let asked = push(&sender, Some(&proof(None))).await;
    assert_eq!((asked.error(), nonce(&asked)), (USE_NONCE, Some(&*given)));
    let pushed = push(&sender, Some(&proof(Some(&given)))).await;
    assert_eq!((pushed.status, nonce(&pushed)), (201, Some(&*given)), "{pushed:?}");
    assert_eq!(push(&sender, None).await.status, 201);
    sender.assert_unbound(&sender.tokens(None).await).await;
}

/// It changes every five minutes and is good for as long again; nothing of it is kept, so that every node knows it.
#[tokio::test]
async fn a_nonce_is_good_for_its_span_and_the_next_at_every_node() {
    let app = with_nonces().await;
    let sender = Sender::confidential(&app);
    let first = present(&sender).await;
    app.advance(MINUTE * 5);
    let second = present(&sender).await;
    assert_ne!(first, second);
    let node = app.another_node().await;
    for (sender, given) in [(&sender, &first), (&sender, &second), (&Sender::confidential(&node), &first)] {
        let tokens = redeem(sender, &sender.code().await, Some(given)).await;
        assert_eq!((tokens.status, nonce(&tokens)), (200, Some(&*second)), "{tokens:?}");
    }
    app.advance(MINUTE * 5);
    let code = sender.code().await;
    assert_eq!(redeem(&sender, &code, Some(&first)).await.error(), USE_NONCE);
    assert_eq!(redeem(&sender, &code, Some(&second)).await.status, 200);
}

/// RFC 9449 section 8 is a choice of the operator's: without it nobody is told one.
#[tokio::test]
async fn nobody_is_told_a_nonce_where_none_are_wanted() {
    let app = super::super::provider_with_frank().await;
    let tokens = Sender::confidential(&app).tokens(Some(&DpopKey::new())).await;
    assert_eq!(nonce(&tokens), None);
}
