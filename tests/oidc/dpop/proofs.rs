//! Which proofs the token endpoint takes: RFC 9449 sections 4.2, 4.3 and 11.1. What their headers must be is tested beside the
//! port that reads them.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use idp_domain::client::{ClientId, GrantType};
use idp_domain::ports::{Ephemeral, EphemeralKey};
use idp_domain::scope::Scopes;
use idp_service::Env;
use idp_storage::{MemoryEphemeral, RedisEphemeral};
use idp_web::WebOptions;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::super::{MINUTE, SECOND, register};
use super::{INVALID_PROOF, Sender};
use crate::support::app::TestApp;
use crate::support::dpop::{DpopKey, Proof};
use crate::support::environment;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, answer};

const ASKED: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// A program that may ask again and again.
async fn office(app: &TestApp) -> Sender<'_> {
    register(app, |client| {
        client.id = ClientId::parse("office.99999").unwrap();
        client.grant_types = vec![GrantType::ClientCredentials];
        client.scopes = Scopes::parse("members:read");
    })
    .await;
    Sender { app, client: RelyingParty::new(app, "office.99999", ""), is_public: false }
}

async fn send(office: &Sender<'_>, proof: &Proof<'_>) -> Answer {
    office.post("/token", &ASKED, &[&proof.sign()]).await
}

async fn assert_refused(office: &Sender<'_>, proof: &Proof<'_>, why: &str) {
    let answer = send(office, proof).await;
    assert_eq!(answer.error(), INVALID_PROOF, "{why}: {answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(!answer.text("error_description").is_empty());
}

async fn assert_taken(office: &Sender<'_>, proof: &Proof<'_>, why: &str) {
    let answer = send(office, proof).await;
    assert_eq!((answer.status, answer.json["token_type"].as_str()), (200, Some("DPoP")), "{why}: {answer:?}");
}

on_each_database! {
    /// RFC 9449 section 4.3, items 8 and 9.
    async fn a_proof_is_good_for_the_request_it_names(app) {
        let (office, key) = (office(&app).await, DpopKey::new());
        let proof = |name: &str, value: Value| key.proof(&app, "POST", "/token").with(name, value);
        for htm in ["GET", "post", "POST ", "PUT", ""] {
            assert_refused(&office, &proof("htm", json!(htm)), htm).await;
        }
        for htu in [
            "https://id.example/par",
            "https://id.example/token/",
            "https://id.example/TOKEN",
            "https://id.example//token",
            "http://id.example/token",
            "https://id.example:8443/token",
            "https://evil.example/token",
            "https://id.example@evil.example/token",
            "https://me@id.example/token",
            "https://id.example",
            "/token",
            "id.example/token",
            "",
        ] {
            assert_refused(&office, &proof("htu", json!(htu)), htu).await;
        }
        for name in ["htm", "htu", "iat", "jti"] {
            for value in [Value::Null, json!([]), json!(""), json!(["POST"]), json!({})] {
                assert_refused(&office, &proof(name, value), name).await;
            }
        }
        // RFC 3986 sections 6.2.2 and 6.2.3; query and fragment do not count.
        for htu in [
            "https://id.example/token",
            "HTTPS://ID.EXAMPLE:443/token",
            "https://id.example/a/../%74oken?x=y#z",
        ] {
            assert_taken(&office, &proof("htu", json!(htu)), htu).await;
        }
    }

    /// Whoever calls us under another name, behind a proxy, reads the name we go by: that of the configuration, in the characters of
    /// RFC 6749 section 5.2, whatever the request says of itself.
    async fn a_proof_for_another_address_is_answered_with_the_right_one(app) {
        let (office, key) = (office(&app).await, DpopKey::new());
        for htu in ["http://10.0.0.7:8080/token", "https://evil.example/\"\\\u{e9}", ""] {
            let proof = key.proof(&app, "POST", "/token").with("htu", json!(htu)).sign();
            let mut request = office.request("/token", &ASKED, &[&proof]);
            for (name, value) in [("host", "evil.example"), ("x-forwarded-host", "evil.example")] {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
            let refused = answer(app.send(request).await).await;
            assert_eq!(refused.error(), INVALID_PROOF, "{htu}");
            let told = "the htu of the DPoP proof must be https://id.example/token";
            assert_eq!(refused.text("error_description"), told, "{htu}");
        }
    }

    /// RFC 9449 section 4.3, item 11: `protocol.md` says 60 s either way.
    async fn a_proof_is_good_for_a_minute(app) {
        let (office, key) = (office(&app).await, DpopKey::new());
        app.advance(MINUTE * 10);
        let now = app.env.now().seconds();
        let proof = |iat: Value| key.proof(&app, "POST", "/token").with("iat", iat);
        for iat in [json!(now - 61), json!(now + 61), json!(0), json!(-1), json!(1e300), json!(now.to_string())] {
            assert_refused(&office, &proof(iat.clone()), &format!("{iat} at {now}")).await;
        }
        for iat in [json!(now - 60), json!(now), json!(now + 60), json!(now as f64 + 0.5)] {
            assert_taken(&office, &proof(iat.clone()), &format!("{iat} at {now}")).await;
        }
    }

    /// RFC 9449 section 11.1: once, as long as it could be good; each key has its own names.
    async fn a_proof_is_used_once(app) {
        let (office, key) = (office(&app).await, DpopKey::new());
        let ahead = app.env.now().seconds() + 60;
        let proof = key.proof(&app, "POST", "/token").with("iat", json!(ahead)).with("jti", json!("one"));
        assert_taken(&office, &proof, "the first time").await;
        for wait in [0, 30, 30, 59, 1, 1] {
            app.advance(SECOND * wait);
            assert_refused(&office, &proof, "a replay").await;
        }
        let stranger = DpopKey::new();
        let [first, second, others] = [&key, &key, &stranger].map(|key| key.proof(&app, "POST", "/token").with("jti", json!("two")));
        assert_taken(&office, &first, "another name").await;
        assert_refused(&office, &second, "another proof of the same name").await;
        assert_taken(&office, &others, "another key's names are its own").await;
    }

    /// RFC 9449 section 11.1 as a race.
    async fn of_twenty_at_once_one_wins(app) {
        let (office, key) = (office(&app).await, DpopKey::new());
        let proof = key.proof(&app, "POST", "/token");
        let answers = join_all((0..20).map(|_| send(&office, &proof))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 19));
        assert!(lost.iter().all(|answer| answer.error() == INVALID_PROOF));
    }

    /// RFC 9449 section 11.1 behind a balancer: what one node saw, the others have seen.
    async fn a_proof_used_at_one_node_is_used_at_every_node(app) {
        let (office, key) = (office(&app).await, DpopKey::new());
        let prefix = format!("dpop:{}:{}:", std::process::id(), app.maple.id);
        let shared = RedisEphemeral::connect(&environment::redis_url(), &prefix).await.unwrap();
        let shared: Arc<dyn Ephemeral> = Arc::new(shared);
        let nodes = [0, 1].map(|_| Env { ephemeral: Arc::clone(&shared), ..app.env.clone() });
        let proof = key.proof(&app, "POST", "/token").sign();
        let answers = join_all(nodes.iter().cycle().take(20).map(|node| ask_node(node, &office, &proof))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.error() == INVALID_PROOF).count(), 19);
    }

    /// `architecture.md`, "Storage": a start forgets which proofs were used, so that it takes none from before.
    async fn after_a_start_no_proof_from_before_it_is_taken(app) {
        let (office, key) = (office(&app).await, DpopKey::new());
        let proof = key.proof(&app, "POST", "/token").sign();
        assert_eq!(office.post("/token", &ASKED, &[&proof]).await.status, 200);
        app.advance(SECOND);
        let started = Env { ephemeral: Arc::new(MemoryEphemeral::new(app.clock.clone())), ..app.env.clone() };
        assert_eq!(ask_node(&started, &office, &proof).await.error(), INVALID_PROOF, "a replay");
        let unused = key.proof(&app, "POST", "/token").with("iat", json!(app.env.now().seconds() - 1)).sign();
        assert_eq!(ask_node(&started, &office, &unused).await.error(), INVALID_PROOF, "nobody knows");
        let same_second = key.proof(&app, "POST", "/token").sign();
        assert_eq!(ask_node(&started, &office, &same_second).await.error(), INVALID_PROOF, "of either process");
        app.advance(SECOND);
        let fresh = || key.proof(&app, "POST", "/token");
        assert_eq!(ask_node(&started, &office, &fresh().sign()).await.status, 200);
        let ahead = || fresh().with("iat", json!(app.env.now().seconds() + 40)).sign();
        assert_eq!(ask_node(&started, &office, &ahead()).await.error(), INVALID_PROOF, "used before, perhaps");
        app.advance(MINUTE);
        assert_eq!(ask_node(&started, &office, &ahead()).await.status, 200, "no proof of then is so far ahead");
    }

    /// Section 11.1, whoever would have it forgotten: new networks and new keys are anybody's to make. What the server has no room
    /// to remember it does not take.
    async fn a_flood_makes_no_proof_good_again(app) {
        let ephemeral: Arc<dyn Ephemeral> = Arc::new(MemoryEphemeral::new(app.clock.clone()));
        let node = Env { ephemeral: Arc::clone(&ephemeral), ..app.env.clone() };
        app.advance(SECOND);
        let (office, key) = (office(&app).await, DpopKey::new());
        let fresh = || key.proof(&app, "POST", "/token").sign();
        let proof = fresh();
        assert_eq!(ask_node(&node, &office, &proof).await.status, 200);
        for network in 0..100_001 {
            let failures = EphemeralKey::NetworkFailures { network: network.to_string(), bucket: 0 };
            ephemeral.count(&failures, MINUTE * 60).await.unwrap();
        }
        assert_eq!(ask_node(&node, &office, &proof).await.error(), INVALID_PROOF, "a replay");
        let used = |id: u32| EphemeralKey::ProofUsed { key: "of a stranger".to_owned(), id: id.to_string() };
        let mut id = 0;
        while id < 300_001 && ephemeral.put_if_absent(&used(id), MINUTE).await.is_ok() {
            id += 1;
        }
        assert_eq!(ask_node(&node, &office, &proof).await.error(), INVALID_PROOF, "a replay all the same");
        let refused = ask_node(&node, &office, &fresh()).await;
        assert_eq!(refused.error(), (503, "temporarily_unavailable"));
        assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
        app.advance(MINUTE + SECOND);
        assert_eq!(ask_node(&node, &office, &fresh()).await.status, 200);
    }
}

/// The program's request at this node.
async fn ask_node(node: &Env, office: &Sender<'_>, proof: &str) -> Answer {
    let options = WebOptions {
        trusted_proxy: Arc::new(|_| false),
        max_body: 65_536,
        request_timeout: Duration::from_secs(30),
        metrics: None,
    };
    let request = office.request("/token", &ASKED, &[proof]);
    answer(idp_web::router(node.clone(), options).oneshot(request).await.unwrap()).await
}

/// RFC 9449 section 4.3, item 1.
#[tokio::test]
async fn there_is_one_proof_or_none() {
    let app = super::super::provider().await;
    let (office, key) = (office(&app).await, DpopKey::new());
    let [one, other] = [(); 2].map(|()| key.proof(&app, "POST", "/token").sign());
    let joined = format!("{one}, {other}");
    for proofs in [&[&*one, &*other][..], &[&*one, &*one], &[&*one, ""], &[&*joined], &[""]] {
        let refused = office.post("/token", &ASKED, proofs).await;
        assert_eq!(refused.error(), INVALID_PROOF, "{proofs:?}");
    }
    assert_eq!(office.post("/token", &ASKED, &[&one]).await.status, 200, "nothing was used up");
    assert_eq!(office.post("/token", &ASKED, &[&other]).await.status, 200);
    let long = key.proof(&app, "POST", "/token").with("padding", json!("x".repeat(6200))).sign();
    assert_eq!(office.post("/token", &ASKED, &[&long]).await.error(), INVALID_PROOF, "8192 characters");
    for jti in ["x".repeat(256), "\u{0}\u{e9} ".repeat(50)] {
        assert_taken(&office, &key.proof(&app, "POST", "/token").with("jti", json!(jti)), &jti).await;
    }
    let endless = key.proof(&app, "POST", "/token").with("jti", json!("x".repeat(257)));
    assert_refused(&office, &endless, "a jti of 257 characters").await;
}

/// A proof is nobody's authentication, and a client that fails its own has used no proof up.
#[tokio::test]
async fn a_proof_proves_no_client() {
    let app = super::super::provider().await;
    let (office, key) = (office(&app).await, DpopKey::new());
    let proof = key.proof(&app, "POST", "/token").sign();
    let stranger = Sender { app: &app, client: RelyingParty::new(&app, "nobody", ""), is_public: false };
    assert_eq!(stranger.post("/token", &ASKED, &[&proof]).await.error(), (401, "invalid_client"));
    assert_eq!(
        office.post("/token", &[("grant_type", "password")], &[&proof]).await.error().1,
        "unsupported_grant_type"
    );
    assert_eq!(office.post("/token", &ASKED, &[&proof]).await.status, 200);
}
