//! Keys that a client publishes at its `jwks_uri` (RFC 7591 section 2): fetched when needed, kept for a while, and not more
//! often than they may be.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use idp_domain::client::{AssertionAlg, ClientKeys};
use idp_domain::ports::{Outbound, OutboundError};
use idp_service::Env;
use idp_testkit::RecordingOutbound;
use serde_json::{Value, json};
use url::Url;

use super::super::{HOUR, MINUTE, SECOND};
use super::{ID, OTHER, Pair, ask_node, claims, holds, proves, register_agent, with};
use crate::support::app::TestApp;
use crate::support::on_each_database;

fn set_of(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

/// [`register_agent`] with keys that are fetched from here.
async fn register_remote_agent(app: &TestApp, id: &str, host: &str) -> Url {
    let url: Url = format!("https://{host}/jwks").parse().unwrap();
    register_agent(app, id, ClientKeys::Remote(url.clone())).await;
    url
}

on_each_database! {
    /// RFC 7591 section 2, `jwks_uri`: fetched when needed, and then used for an hour.
    async fn published_keys_are_fetched_once_an_hour(app) {
        let url = register_remote_agent(&app, ID, "agent.example").await;
        app.outbound.publish(&url, set_of(&[Pair::es256().named("1")]));
        assert_eq!(app.outbound.fetched(), [], "not before they are needed");
        for span in [Duration::ZERO, SECOND, MINUTE, MINUTE * 58, SECOND * 58] {
            app.advance(span);
            assert!(holds(&app, &json!({})).await);
            assert_eq!(app.outbound.fetched(), std::slice::from_ref(&url), "{span:?}");
        }
        app.advance(SECOND);
        assert!(holds(&app, &json!({})).await);
        assert_eq!(app.outbound.fetched(), [url.clone(), url], "an hour later");
    }

    /// `protocol.md`: an unknown `kid` makes us fetch the keys again. Attack 53: the key that is gone proves nobody.
    async fn a_new_key_is_found_at_once_and_the_old_one_is_gone_with_it(app) {
        let (old, new) = (Pair::es256(), Pair::new(AssertionAlg::Es256));
        let by = |pair: &Pair, kid: &str| pair.sign(&json!({"alg": "ES256", "kid": kid}), &claims(&app));
        let url = register_remote_agent(&app, ID, "agent.example").await;
        app.outbound.publish(&url, set_of(&[old.named("old")]));
        assert!(proves(&app, &by(old, "old")).await);
        app.advance(SECOND * 30);
        app.outbound.publish(&url, set_of(&[new.named("new")]));
        assert!(proves(&app, &by(old, "old")).await, "nobody has looked yet");
        assert!(proves(&app, &by(&new, "new")).await);
        assert_eq!(app.outbound.fetched().len(), 2);
        assert!(!proves(&app, &by(old, "old")).await);

        // A client that names no key has only its signature to say that there is a new one.
        app.advance(SECOND * 30);
        let newest = Pair::new(AssertionAlg::Es256);
        app.outbound.publish(&url, set_of(std::slice::from_ref(&newest.public)));
        assert!(proves(&app, &newest.assert(&claims(&app))).await);
        assert_eq!(app.outbound.fetched().len(), 3);
    }

    /// `protocol.md`: "rate limited". However many tokens of unknown keys come, one fetch in 30 seconds; and the known key
    /// is as good as ever.
    async fn unknown_keys_make_one_fetch_in_30_seconds(app) {
        let url = register_remote_agent(&app, ID, "agent.example").await;
        let other = register_remote_agent(&app, OTHER, "other.example").await;
        for url in [&url, &other] {
            app.outbound.publish(url, set_of(&[Pair::es256().named("1")]));
        }
        let fetched = || app.outbound.fetched().iter().filter(|fetched| **fetched == url).count();
        let stranger = Pair::new(AssertionAlg::Es256);
        assert!(holds(&app, &json!({})).await);
        assert_eq!(fetched(), 1);
        for round in 1..=3 {
            for number in 0..20 {
                let header = json!({"alg": "ES256", "kid": format!("{round} {number}")});
                assert!(!proves(&app, &stranger.sign(&header, &claims(&app))).await);
            }
            assert!(holds(&app, &json!({})).await, "the known key");
            assert_eq!(fetched(), round, "the first look was one already");
            app.advance(SECOND * 29);
            assert!(!proves(&app, &stranger.assert(&claims(&app))).await);
            assert_eq!(fetched(), round);
            app.advance(SECOND);
        }
        let others = json!({"iss": OTHER, "sub": OTHER});
        assert!(holds(&app, &others).await, "another client's address is another matter");
    }

    /// Keys that were fetched are used for a day while the client's server is down.
    async fn a_client_whose_server_is_down_goes_on_for_a_day(app) {
        let url = register_remote_agent(&app, ID, "agent.example").await;
        app.outbound.publish(&url, set_of(&[Pair::es256().named("1")]));
        assert!(holds(&app, &json!({})).await);
        let down = || app.outbound.fail_next(&url, OutboundError::Unreachable("it is down".to_owned()));
        for hour in 1..24 {
            app.advance(HOUR);
            down();
            assert!(holds(&app, &json!({})).await, "hour {hour}");
        }
        assert_eq!(app.outbound.fetched().len(), 24, "and is asked again");
        app.advance(HOUR - SECOND);
        down();
        assert!(holds(&app, &json!({})).await);
        app.advance(SECOND);
        assert!(!holds(&app, &json!({})).await, "a day");
        app.advance(SECOND * 30);
        assert!(holds(&app, &json!({})).await, "it is up again");
    }

    /// What a client publishes is checked like what it registers: no private key, no secret, no end of keys.
    async fn what_is_no_set_of_public_keys_proves_nobody(app) {
        let url = register_remote_agent(&app, ID, "agent.example").await;
        let key = Pair::es256().named("1");
        for document in [
            b"<html>".to_vec(),
            b"{}".to_vec(),
            b"[]".to_vec(),
            vec![],
            vec![0xff, 0xfe],
            set_of(&[]),
            set_of(&[key.clone(), with(&key, &json!({"d": "x"}))]),
            set_of(&[key.clone(), json!({"kty": "oct", "k": "x"})]),
            set_of(&[key.clone(), json!("a key")]),
            set_of(&vec![key.clone(); 21]),
        ] {
            app.outbound.publish(&url, document.clone());
            assert!(!holds(&app, &json!({})).await, "{}", String::from_utf8_lossy(&document));
            app.advance(SECOND * 30);
        }
        for error in
            [OutboundError::Status(404), OutboundError::TooLarge, OutboundError::Forbidden("it".into())]
        {
            app.outbound.fail_next(&url, error);
            assert!(!holds(&app, &json!({})).await);
            app.advance(SECOND * 30);
        }
        // What we cannot use does not spoil what we can (RFC 7517 section 5).
        app.outbound
            .publish(&url, set_of(&[json!({"kty": "PQC"}), json!({"kty": "EC", "crv": "P-256"}), key]));
        assert!(holds(&app, &json!({})).await);
    }

    /// A client that begins on many connections at the same moment is not refused because its keys are on their way.
    async fn many_at_the_same_moment_wait_for_one_fetch(app) {
        let url = register_remote_agent(&app, ID, "agent.example").await;
        let outbound = Arc::new(Slow(RecordingOutbound::new()));
        let node = Env { outbound: outbound.clone(), client_keys: Arc::default(), ..app.env.clone() };
        let all_proven = async |pair: &Pair, kid: &str| {
            let header = json!({"alg": "ES256", "kid": kid});
            let assertions: Vec<_> = (0..20).map(|_| pair.sign(&header, &claims(&app))).collect();
            let answers = join_all(assertions.iter().map(|assertion| ask_node(&node, assertion))).await;
            answers.iter().all(|answer| answer.status == 200)
        };
        outbound.0.publish(&url, set_of(&[Pair::es256().named("first")]));
        assert!(all_proven(Pair::es256(), "first").await);
        assert_eq!(outbound.0.fetched().len(), 1);
        app.advance(SECOND * 30);
        let next = Pair::new(AssertionAlg::Es256);
        outbound.0.publish(&url, set_of(&[next.named("next")]));
        assert!(all_proven(&next, "next").await);
        assert_eq!(outbound.0.fetched().len(), 2);
    }
}

/// A network on which an answer takes its time.
struct Slow(RecordingOutbound);

#[async_trait]
impl Outbound for Slow {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, OutboundError> {
        let answer = self.0.get(url).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer
    }

    async fn post_form(&self, url: &Url, fields: &[(&str, &str)]) -> Result<(), OutboundError> {
        self.0.post_form(url, fields).await
    }
}
