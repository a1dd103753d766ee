//! An assertion is used once (RFC 7523 section 3, rule 7): attack 52 (CVE-2020-5300, CVE-2020-15222).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use idp_domain::client::AssertionAlg;
use idp_domain::ports::{Ephemeral, EphemeralError, EphemeralKey};
use idp_service::Env;
use idp_storage::RedisEphemeral;
use serde_json::{Value, json};

use super::super::{MINUTE, SECOND};
use super::{
    OTHER, Pair, REFUSED, ask, ask_node, ask_with, claims, holds, inline, proves, register_agent,
    register_es256_agent, with,
};
use crate::support::app::SECRET;
use crate::support::environment;
use crate::support::on_each_database;

on_each_database! {
    /// Attack 52 (CVE-2020-5300, CVE-2020-15222): once, as long as it could be good.
    async fn an_assertion_is_used_once(app) {
        register_es256_agent(&app).await;
        register_agent(&app, OTHER, inline(&[Pair::es256().public.clone()])).await;
        let now = app.env.now().seconds();
        let first = with(&claims(&app), &json!({"exp": now + 3600}));
        let assertion = Pair::es256().assert(&first);
        assert!(proves(&app, &assertion).await);
        assert!(!proves(&app, &assertion).await, "replayed");
        assert!(!holds(&app, &json!({"jti": first["jti"]})).await, "another assertion of the same name");
        let others = json!({"iss": OTHER, "sub": OTHER, "jti": first["jti"]});
        assert!(holds(&app, &others).await, "another client may use the same name");
        for span in [SECOND * 30, MINUTE * 29, MINUTE * 30, SECOND * 29, SECOND] {
            app.advance(span);
            assert!(!proves(&app, &assertion).await, "replayed {span:?} later");
        }
        for jti in [Value::Null, json!(""), json!(7), json!(["a"])] {
            assert!(!holds(&app, &json!({ "jti": jti })).await, "a jti is needed: {jti}");
        }
        assert!(holds(&app, &json!({"jti": "\u{0}\u{e9} ".repeat(2000)})).await, "whatever it is");
    }

    /// A refused assertion has used nothing up: nobody spoils a client's names by sending what is not its own.
    async fn a_refused_assertion_leaves_its_name_unused(app) {
        register_es256_agent(&app).await;
        let good = claims(&app);
        let stranger = Pair::new(AssertionAlg::Es256);
        assert!(!proves(&app, &stranger.assert(&good)).await);
        assert!(
            !proves(&app, &Pair::es256().assert(&with(&good, &json!({"aud": "https://api.example"})))).await
        );
        let assertion = Pair::es256().assert(&good);
        let refused = ask_with(&app, &assertion, &[("client_secret", SECRET)]).await;
        assert_eq!(refused.error(), (400, "invalid_request"));
        assert_eq!(ask_with(&app, &assertion, &[("client_id", OTHER)]).await.error(), REFUSED);
        assert!(proves(&app, &assertion).await);
    }

    /// Attack 52 as a race.
    async fn of_twenty_at_once_one_wins(app) {
        register_es256_agent(&app).await;
        let assertion = Pair::es256().assert(&claims(&app));
        let answers = join_all((0..20).map(|_| ask(&app, &assertion))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 19));
        assert!(lost.iter().all(|answer| answer.error() == REFUSED));
    }

    /// Attack 52 behind a balancer: what one node saw, the others have seen.
    async fn an_assertion_used_at_one_node_is_used_at_every_node(app) {
        register_es256_agent(&app).await;
        let prefix = format!("{}:{}:", std::process::id(), app.maple.id);
        let shared = RedisEphemeral::connect(&environment::redis_url(), &prefix).await.unwrap();
        let shared: Arc<dyn Ephemeral> = Arc::new(shared);
        let nodes = [0, 1].map(|_| Env {
            ephemeral: Arc::clone(&shared),
            client_keys: Arc::default(),
            ..app.env.clone()
        });
        let assertion = Pair::es256().assert(&claims(&app));
        let answers = join_all(nodes.iter().cycle().take(20).map(|node| ask_node(node, &assertion))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.error() == REFUSED).count(), 19);
    }

    /// Fails closed: when it cannot be known whether an assertion was used before, it proves nobody.
    async fn without_a_memory_of_used_assertions_nobody_is_let_in(app) {
        register_es256_agent(&app).await;
        let node = Env { ephemeral: Arc::new(Away), ..app.env.clone() };
        let assertion = Pair::es256().assert(&claims(&app));
        let answer = ask_node(&node, &assertion).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable"));
        assert!(answer.headers.contains_key("retry-after"));
        assert!(proves(&app, &assertion).await, "it was not used");
    }
}

/// Shared state that does not answer.
struct Away;

impl Away {
    fn busy<T>() -> Result<T, EphemeralError> {
        Err(EphemeralError::Busy("no answer".into()))
    }
}

#[async_trait]
impl Ephemeral for Away {
    async fn count(&self, _: &EphemeralKey, _: Duration) -> Result<u64, EphemeralError> {
        Self::busy()
    }
    async fn counted(&self, _: &EphemeralKey) -> Result<u64, EphemeralError> {
        Self::busy()
    }
    async fn uncount(&self, _: &EphemeralKey) -> Result<(), EphemeralError> {
        Self::busy()
    }
    async fn put_if_absent(&self, _: &EphemeralKey, _: Duration) -> Result<bool, EphemeralError> {
        Self::busy()
    }
    async fn ping(&self) -> Result<(), EphemeralError> {
        Self::busy()
    }
}
