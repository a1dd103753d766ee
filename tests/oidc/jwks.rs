//! The published keys and their rotation: RFC 7517, RFC 7638; rules section 5, "Signing".

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_service::keys;
use serde_json::json;
use sha2::Digest as _;

use super::{FRANK, HOUR, MINUTE, SECOND, franks_tokens, get, provider};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn published(app: &TestApp) -> BTreeSet<String> {
    let set = get(app, "/jwks", &[]).await.json;
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The `kid`s that sign a fresh ID token and a fresh access token.
async fn signing(app: &TestApp) -> BTreeSet<String> {
    let client = app.relying_party();
    let tokens = franks_tokens(app, &client).await;
    let mut kids = BTreeSet::new();
    for token in ["id_token", "access_token"] {
        let (_, header) = client.verify(tokens.text(token)).await;
        kids.insert(header["kid"].as_str().unwrap().to_owned());
    }
    kids
}

/// RFC 7638: the `kid` is the thumbprint of the required members, in lexicographic order.
#[tokio::test]
async fn every_key_is_public_and_named_by_its_thumbprint() {
    let set = get(&provider().await, "/jwks", &[]).await.json;
    let keys = set["keys"].as_array().unwrap();
    let mut algs = vec![];
    for key in keys {
        let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let (allowed, required) = match key["kty"].as_str() {
            Some("RSA") => {
                let required = json!({"e": key["e"], "kty": "RSA", "n": key["n"]});
                (["alg", "e", "kid", "kty", "n", "use"].as_slice(), required)
            }
            Some("EC") => {
                let required = json!({"crv": key["crv"], "kty": "EC", "x": key["x"], "y": key["y"]});
                (["alg", "crv", "kid", "kty", "use", "x", "y"].as_slice(), required)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(members, allowed.iter().copied().collect(), "no private member, no other member");
        // Written in lexicographic order, as RFC 7638 section 3.3 wants.
        let thumbprint = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(required.to_string()));
        assert_eq!(key["kid"], thumbprint.as_str());
        assert_eq!(key["use"], "sig");
        algs.push(key["alg"].as_str().unwrap());
    }
    algs.sort_unstable();
    assert_eq!(algs, ["ES256", "RS256"], "RS256 is mandatory, OpenID Connect Core section 15.1");
    let kids: BTreeSet<&str> = keys.iter().filter_map(|key| key["kid"].as_str()).collect();
    assert_eq!(kids.len(), keys.len(), "every kid is there once");
    for key in keys {
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap().len();
        match key["kty"].as_str() {
            Some("RSA") => assert!(bytes("n") >= 256, "RFC 7518 section 3.3: 2048 bits or more"),
            _ => assert_eq!((key["crv"].as_str(), bytes("x"), bytes("y")), (Some("P-256"), 32, 32)),
        }
    }
}

on_each_database! {
    /// Rules section 5: rotated after 90 days; the next key is announced 24 hours before it signs, and an hour of reserve.
    async fn the_next_keys_are_announced_a_day_before_they_sign(app) {
        app.enrol(FRANK).await;
        let first = published(&app).await;
        assert_eq!(signing(&app).await, first);

        app.advance(DAY * 89 - HOUR - SECOND);
        keys::turn(&app.env).await.unwrap();
        assert_eq!(published(&app).await, first, "nothing is due yet");

        app.advance(SECOND);
        keys::turn(&app.env).await.unwrap();
        let both = published(&app).await;
        let next: BTreeSet<String> = both.difference(&first).cloned().collect();
        assert_eq!((both.len(), next.len()), (4, 2), "announced beside the present ones");
        assert_eq!(keys::turn(&app.env).await.unwrap(), 0, "turning twice changes nothing");
        assert_eq!(signing(&app).await, first);

        app.advance(DAY + HOUR - SECOND);
        assert_eq!(signing(&app).await, first, "to the last second");
        app.advance(SECOND);
        assert_eq!(signing(&app).await, next, "without a restart and without another turn");
    }

    /// `protocol.md`, "Discovery": the retired key is kept until its last token has expired.
    async fn tokens_signed_before_a_rotation_verify_until_they_expire(app) {
        app.enrol(FRANK).await;
        let first = published(&app).await;
        app.advance(DAY * 89);
        keys::turn(&app.env).await.unwrap();
        app.advance(DAY - SECOND);
        let client = app.relying_party();
        let old = franks_tokens(&app, &client).await;

        app.advance(MINUTE * 9);
        keys::turn(&app.env).await.unwrap();
        assert!(signing(&app).await.is_disjoint(&first));
        let (_, header) = client.verify(old.text("access_token")).await;
        assert!(first.contains(header["kid"].as_str().unwrap()));
        assert_eq!(client.userinfo(old.text("access_token")).await.status, 200);

        app.advance(DAY - MINUTE * 9);
        keys::turn(&app.env).await.unwrap();
        assert!(published(&app).await.is_superset(&first), "not yet a whole day");
        app.advance(SECOND);
        keys::turn(&app.env).await.unwrap();
        assert!(published(&app).await.is_disjoint(&first), "dropped when no token of theirs can be alive");
        assert_eq!(client.userinfo(old.text("access_token")).await.status, 401);
    }

    /// A server that was down when rotation fell due announces first all the same.
    async fn a_late_rotation_surprises_no_client(app) {
        app.enrol(FRANK).await;
        let first = published(&app).await;
        app.advance(DAY * 200);
        keys::turn(&app.env).await.unwrap();
        assert_eq!(signing(&app).await, first);
        app.advance(HOUR * 23);
        assert_eq!(signing(&app).await, first);
        app.advance(HOUR);
        assert!(signing(&app).await.is_disjoint(&first));
    }

    /// `idp keys rotate`: announced now, signing after the announcement.
    async fn a_rotation_by_hand_is_announced_too(app) {
        app.enrol(FRANK).await;
        let first = published(&app).await;
        let etag = get(&app, "/jwks", &[]).await.headers["etag"].clone();
        app.advance(HOUR);
        keys::rotate(&app.env).await.unwrap();
        keys::turn(&app.env).await.unwrap();
        assert_eq!(published(&app).await.len(), 4);
        let changed = get(&app, "/jwks", &[("if-none-match", etag.to_str().unwrap())]).await;
        assert_eq!(changed.status, 200, "the ETag changes with the keys");
        assert_eq!(signing(&app).await, first);
        app.advance(DAY);
        assert!(signing(&app).await.is_disjoint(&first));
    }

    /// RP-Initiated Logout section 2: what a retired key signed is a hint as good as any.
    async fn a_hint_outlives_the_rotation_of_its_key(app) {
        app.enrol(FRANK).await;
        let first = published(&app).await;
        app.advance(DAY * 89);
        keys::turn(&app.env).await.unwrap();
        app.advance(DAY - SECOND);
        let mut browser = app.browser();
        let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        app.advance(MINUTE * 20);
        keys::turn(&app.env).await.unwrap();
        assert!(signing(&app).await.is_disjoint(&first));
        let page = browser.get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
        assert_eq!(page.heading(), "You are signed out", "{page:?}");
    }
}
