//! An assertion is used once (RFC 7523 section 3, rule 7): attack 52 (CVE-2020-5300, CVE-2020-15222).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use idp_domain::client::AssertionAlg;
use idp_domain::ports::{Ephemeral, EphemeralError, EphemeralKey};
use idp_service::Env;
use idp_storage::{MemoryEphemeral, RedisEphemeral};
use serde_json::{Value, json};

use super::super::{MINUTE, SECOND};
use super::{
    OTHER, Pair, REFUSED, ask, ask_node, ask_with, claims, holds, inline, proves, register_agent,
    register_es256_agent, with,
};
use crate::support::app::{SECRET, TestApp};
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

    /// `architecture.md`, "Storage": a start forgets which assertions were used, so that it takes none from before. `nbf` says
    /// as well as `iat` that nobody can have used it then.
    async fn after_a_start_no_assertion_from_before_it_is_taken(app) {
        register_es256_agent(&app).await;
        app.advance(MINUTE * 60);
        let now = app.env.now().seconds();
        let made = |members: Value| {
            let hour = json!({"iat": null, "exp": now + 3600});
            Pair::es256().assert(&with(&with(&claims(&app), &hour), &members))
        };
        let used = made(json!({"iat": now}));
        assert!(proves(&app, &used).await);
        let unused = [made(json!({"iat": now})), made(json!({"nbf": now})), made(json!({"iat": now - 3600}))];
        app.advance(SECOND);
        let started = started_again(&app);
        let same_second = made(json!({"iat": now + 1}));
        for assertion in unused.iter().chain([&used, &same_second]) {
            assert_eq!(ask_node(&started, assertion).await.error(), REFUSED, "nobody knows");
        }
        app.advance(SECOND);
        let since = now + 2;
        for members in [json!({"iat": since}), json!({"nbf": since}), json!({"iat": now - 60, "nbf": since})] {
            assert_eq!(ask_node(&started, &made(members.clone())).await.status, 200, "{members}");
        }
        for assertion in unused {
            assert!(proves(&app, &assertion).await, "for the one that remembers, they were good");
        }
    }

    /// The same of a clock ahead of ours: its assertion was used before, perhaps, and could be used for an hour.
    async fn after_a_start_no_assertion_of_a_clock_ahead_comes_back(app) {
        register_es256_agent(&app).await;
        let ahead = |seconds: i64| {
            let at = app.env.now().seconds() + seconds;
            Pair::es256().assert(&with(&claims(&app), &json!({"iat": at, "exp": at + 3000})))
        };
        let used = ahead(40);
        assert!(proves(&app, &used).await);
        app.advance(SECOND);
        let started = started_again(&app);
        app.advance(SECOND);
        for assertion in [&used, &ahead(8)] {
            assert_eq!(ask_node(&started, assertion).await.error(), REFUSED, "nobody knows");
        }
        app.advance(MINUTE * 2);
        assert_eq!(ask_node(&started, &used).await.error(), REFUSED, "a replay, later");
        assert_eq!(ask_node(&started, &ahead(40)).await.status, 200, "no assertion of then is so far ahead");
    }

    /// The same of assertions that do not say since when (RFC 7523 section 3, rules 5 and 6, lets them): where a start forgets,
    /// they live five minutes at most (rule 4), so that none from before comes back; one that is made for five minutes, as by
    /// libraries that leave `iat` out, is taken as soon as the server is there.
    async fn an_assertion_that_does_not_say_since_when_lives_five_minutes_at_most(app) {
        register_es256_agent(&app).await;
        let undated = |exp: i64| Pair::es256().assert(&with(&claims(&app), &json!({"iat": null, "exp": exp})));
        let now = app.env.now().seconds();
        assert!(proves(&app, &undated(now + 360)).await, "beside a minute for clocks");
        for exp in [now + 361, now + 3600] {
            assert!(!proves(&app, &undated(exp)).await, "{exp} at {now}");
        }
        let used = undated(now + 300);
        assert!(proves(&app, &used).await);
        app.advance(SECOND);
        let started = started_again(&app);
        assert_eq!(ask_node(&started, &used).await.error(), REFUSED, "a replay");
        app.advance(SECOND);
        let now = now + 2;
        assert_eq!(ask_node(&started, &undated(now + 300)).await.status, 200, "nobody is shut out");
        assert_eq!(ask_node(&started, &undated(now + 60)).await.error(), REFUSED, "it may be four minutes old");
        app.advance(MINUTE * 5);
        assert_eq!(ask_node(&started, &undated(now + 360)).await.status, 200);
    }

    /// What outlives a start needs neither.
    async fn where_a_start_forgets_nothing_an_assertion_need_not_say_since_when(app) {
        register_es256_agent(&app).await;
        let prefix = format!("undated:{}:{}:", std::process::id(), app.maple.id);
        let shared = RedisEphemeral::connect(&environment::redis_url(), &prefix).await.unwrap();
        let node = Env { ephemeral: Arc::new(shared), ..app.env.clone() };
        let now = app.env.now().seconds();
        for members in [json!({"iat": null, "exp": now + 3600}), json!({"iat": now - 3600})] {
            let assertion = Pair::es256().assert(&with(&claims(&app), &members));
            assert_eq!(ask_node(&node, &assertion).await.status, 200, "{members}");
            assert_eq!(ask_node(&node, &assertion).await.error(), REFUSED, "a replay");
        }
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

/// The same provider after a start, on the memory backend.
fn started_again(app: &TestApp) -> Env {
    Env { ephemeral: Arc::new(MemoryEphemeral::new(app.clock.clone())), ..app.env.clone() }
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
