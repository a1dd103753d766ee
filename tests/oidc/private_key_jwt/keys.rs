//! The client's own keys, and nothing else: attack 53 (CVE-2025-31123) and attack 61 (RFC 8725 sections 2.1 and 3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::AssertionAlg;
use josekit::jws::HS256;
use serde_json::{Value, json};

use super::{ID, OTHER, Pair, ask, claims, inline, proves, register_agent, signed, with};
use crate::support::on_each_database;

on_each_database! {
    /// OpenID Connect Core section 9, and what discovery advertises: every algorithm, with and without a `kid`.
    async fn each_algorithm_proves_the_client(app) {
        for alg in AssertionAlg::VARIANTS {
            let pair = Pair::of(alg);
            register_agent(&app, ID, inline(&[pair.named("1")])).await;
            let named = pair.sign(&json!({"alg": alg.as_str(), "kid": "1", "typ": "JWT"}), &claims(&app));
            let tokens = ask(&app, &named).await;
            assert_eq!((tokens.status, tokens.text("scope")), (200, "members:read"), "{alg:?}");
            assert!(proves(&app, &pair.assert(&claims(&app))).await, "{alg:?} without a kid");
            for other in AssertionAlg::VARIANTS.into_iter().filter(|other| *other != alg) {
                assert!(!proves(&app, &Pair::of(other).assert(&claims(&app))).await, "{other:?} for {alg:?}");
            }
        }
    }

    /// Attack 61 (RFC 8725 sections 2.1 and 3.1): the client's own key, used as it was registered, and nothing else.
    async fn a_forged_assertion_is_refused(app) {
        let pair = Pair::of(AssertionAlg::Rs256);
        let others = Pair::of(AssertionAlg::Ps256);
        register_agent(&app, ID, inline(&[with(&pair.named("1"), &json!({"alg": "RS256", "use": "sig"}))]))
            .await;
        register_agent(&app, OTHER, inline(&[others.named("2")])).await;
        let rs256 = json!({"alg": "RS256", "kid": "1"});
        let header = |members: Value| with(&rs256, &members);
        let genuine = pair.sign(&rs256, &claims(&app));
        let (head, rest) = genuine.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let hmac = |secret: &[u8]| {
            let signer = HS256.signer_from_bytes(secret).unwrap();
            signed(&signer, &header(json!({"alg": "HS256"})), &claims(&app))
        };
        let stranger = Pair::new(AssertionAlg::Es256);
        let modulus = pair.public["n"].as_str().unwrap();
        for (what, forged) in [
            ("alg none", format!("{}.{body}.", part(&header(json!({"alg": "none"}))))),
            ("alg NONE", format!("{}.{body}.", part(&header(json!({"alg": "NONE"}))))),
            ("alg none, signed", pair.sign(&header(json!({"alg": "none"})), &claims(&app))),
            ("no alg", pair.sign(&header(json!({"alg": null})), &claims(&app))),
            ("no signature", format!("{head}.{body}.")),
            ("two parts", format!("{head}.{body}")),
            ("another's claims", format!("{head}.{}.{signature}", part(&claims(&app)))),
            (
                "an altered signature",
                format!("{head}.{body}.{}", signature.chars().rev().collect::<String>()),
            ),
            ("a padded signature", format!("{genuine}=")),
            ("the public key as a secret", hmac(pair.public.to_string().as_bytes())),
            ("its PEM as a secret", hmac(&pair.pem)),
            ("its modulus as a secret", hmac(&URL_SAFE_NO_PAD.decode(modulus).unwrap())),
            ("the key for another algorithm", pair.sign(&header(json!({"alg": "PS256"})), &claims(&app))),
            ("another client's key", others.sign(&json!({"alg": "PS256"}), &claims(&app))),
            ("another client's kid", others.sign(&json!({"alg": "PS256", "kid": "2"}), &claims(&app))),
            ("an unknown kid", pair.sign(&header(json!({"kid": "../../dev/null"})), &claims(&app))),
            (
                "a key in the header",
                stranger.sign(&json!({"alg": "ES256", "jwk": stranger.public}), &claims(&app)),
            ),
            (
                "an address in the header",
                stranger.sign(&json!({"alg": "ES256", "jku": "https://evil.example/jwks"}), &claims(&app)),
            ),
            ("crit", pair.sign(&header(json!({"crit": ["exp"]})), &claims(&app))),
            ("encrypted", format!("{head}.{body}.{signature}.{body}.{signature}")),
            ("no token", "no token".to_owned()),
            ("two dots", "..".to_owned()),
        ] {
            assert!(!proves(&app, &forged).await, "{what}");
        }
        assert_eq!(app.outbound.fetched(), [], "nothing a header names is fetched");
        assert!(proves(&app, &genuine).await);
    }

    /// RFC 7517 sections 4.2 and 4.4: a key that was registered for something else signs no assertion.
    async fn a_key_for_another_use_is_refused(app) {
        let pair = Pair::of(AssertionAlg::Rs256);
        for (members, fits) in [
            (json!({}), true),
            (json!({"use": "sig", "alg": "RS256", "key_ops": ["verify"]}), true),
            (json!({"use": "enc"}), false),
            (json!({"alg": "RSA-OAEP"}), false),
            (json!({"alg": "PS256"}), false),
            (json!({"key_ops": ["encrypt"]}), false),
        ] {
            register_agent(&app, ID, inline(&[with(&pair.public, &members)])).await;
            assert_eq!(proves(&app, &pair.assert(&claims(&app))).await, fits, "{members}");
        }
    }

    /// OpenID Connect Registration section 2, `token_endpoint_auth_signing_alg`: registered, no other is accepted. EdDSA has two
    /// names (RFC 9864 section 2.2).
    async fn only_the_registered_algorithm_proves_the_client(app) {
        let keys: Vec<Value> = AssertionAlg::VARIANTS.map(|alg| Pair::of(alg).public.clone()).into();
        register_agent(&app, ID, inline(&keys)).await;
        for registered in AssertionAlg::VARIANTS {
            app.change_client(ID, |client| {
                client.request_algs.token_endpoint_auth_signing_alg = Some(registered);
                client.request_algs.request_object_signing_alg = Some(AssertionAlg::Rs256);
            })
            .await;
            for alg in AssertionAlg::VARIANTS {
                let is_proven = proves(&app, &Pair::of(alg).assert(&claims(&app))).await;
                assert_eq!(is_proven, registered.is_same(alg), "{alg:?} for {registered:?}");
            }
        }
    }

    /// Attack 53 (CVE-2025-31123): both keys while they overlap; the one that was taken away proves nobody.
    async fn a_key_that_was_taken_away_proves_nobody(app) {
        let (old, new) = (Pair::es256(), Pair::of(AssertionAlg::EdDsa));
        register_agent(&app, ID, inline(&[old.named("old"), new.named("new")])).await;
        assert!(proves(&app, &old.assert(&claims(&app))).await);
        assert!(proves(&app, &new.assert(&claims(&app))).await);
        register_agent(&app, ID, inline(&[new.named("new")])).await;
        assert!(!proves(&app, &old.assert(&claims(&app))).await);
        assert!(!proves(&app, &old.sign(&json!({"alg": "ES256", "kid": "new"}), &claims(&app))).await);
        assert!(proves(&app, &new.assert(&claims(&app))).await);
        register_agent(&app, ID, inline(&[])).await;
        assert!(!proves(&app, &new.assert(&claims(&app))).await);
    }
}
