//! What `idp client check` finds out (issue 7, item 5): which profiles a client satisfies, what is missing, and what may go
//! wrong with it one day. How it is told is said in `tests/process/client_check.rs`.

use std::time::Duration;

use idp_domain::client::{
    AssertionAlg, AuthMethod, BackchannelLogout, Client, ClientId, ClientKeys, ContentEncryption, Encryption,
    EncryptionAlg, GrantType, Profile,
};
use idp_domain::scope::Scopes;
use idp_service::clients::{self, Remark, Report};
use serde_json::json;
use url::Url;

use super::super::private_key_jwt::{Pair, inline, with};
use super::super::{HOUR, register};
use super::of_the_profile;
use crate::support::app::TestApp;
use crate::support::on_each_database;

async fn looked_at(app: &TestApp, change: impl FnOnce(&mut Client)) -> Report {
    let client = register(app, change).await;
    clients::check(&app.env, &client.id).await.expect("a report")
}

fn fields(remarks: &[Remark]) -> Vec<&str> {
    remarks.iter().map(|remark| &*remark.field).collect()
}

fn missing(report: &Report, profile: Profile) -> Vec<&str> {
    let verdict = report.verdicts.iter().find(|verdict| verdict.profile == profile).expect("a verdict");
    assert_eq!(report.satisfies(profile), verdict.missing.is_empty());
    fields(&verdict.missing)
}

on_each_database! {
    async fn a_client_of_the_profile_satisfies_both(app) {
        let report = looked_at(&app, |client| {
            of_the_profile(client);
            client.keys = Some(inline(&[Pair::es256().public.clone()]));
        })
        .await;
        assert!(report.satisfies(Profile::Fapi2) && report.satisfies(Profile::Standard), "{report:?}");
        assert_eq!(fields(&report.warnings), [""; 0], "{report:?}");
    }

    /// Every field at once, under the names it is registered by; the profile itself is the last thing to write.
    async fn what_is_missing_for_fapi2_is_named(app) {
        let report = looked_at(&app, |client| {
            client.redirect_uris.push("http://127.0.0.1/callback".to_owned());
            client.request_algs.request_object_signing_alg = Some(AssertionAlg::Rs256);
        })
        .await;
        assert!(report.satisfies(Profile::Standard));
        let expected =
            ["token_endpoint_auth_method", "redirect_uris[1]", "request_object_signing_alg", "profile"];
        assert_eq!(missing(&report, Profile::Fapi2), expected);
        assert_eq!(fields(&report.warnings), ["redirect_uris[1]"]);
        let ready = looked_at(&app, |client| {
            of_the_profile(client);
            client.profile = Profile::Standard;
        })
        .await;
        assert_eq!(missing(&ready, Profile::Fapi2), ["profile"]);
    }

    /// OpenID Connect Core section 3.1.2.1: it could ask nobody to log in.
    async fn a_client_that_may_not_ask_for_openid_cannot_work(app) {
        let report = looked_at(&app, |client| client.scopes = Scopes::parse("profile")).await;
        assert_eq!(missing(&report, Profile::Standard), ["scope"]);
        let report = looked_at(&app, |client| {
            client.scopes = Scopes::parse("members:read");
            client.grant_types = vec![GrantType::ClientCredentials];
        })
        .await;
        assert!(report.satisfies(Profile::Standard), "{report:?}");
    }

    /// A key set that no assertion can be signed for is as good as none.
    async fn keys_that_nothing_fits_satisfy_nobody(app) {
        let weak = json!({"kty": "RSA", "e": "AQAB", "n": "AQAB"});
        let rs256 = with(&Pair::of(AssertionAlg::Rs256).public, &json!({"alg": "RS256"}));
        for (key, enough, warned) in [
            (weak, [false, false], true),
            (with(&Pair::es256().public, &json!({"use": "enc"})), [false, false], true),
            (rs256, [true, false], true),
            (Pair::of(AssertionAlg::Ps256).public.clone(), [true, true], false),
            (Pair::of(AssertionAlg::EdDsa).public.clone(), [true, true], false),
        ] {
            let report = looked_at(&app, |client| {
                of_the_profile(client);
                client.profile = Profile::Standard;
                client.keys = Some(inline(std::slice::from_ref(&key)));
            })
            .await;
            let found = Profile::VARIANTS.map(|profile| !missing(&report, profile).contains(&"jwks"));
            assert_eq!(found, enough, "{key}");
            let expected: &[&str] = if warned { &["jwks.keys[0]"] } else { &[] };
            assert_eq!(fields(&report.warnings), expected, "{key}");
        }
        let report = looked_at(&app, |client| {
            of_the_profile(client);
            client.keys = None;
        })
        .await;
        assert_eq!(missing(&report, Profile::Standard), ["jwks"]);
    }

    /// Keys that lie where they are published are looked at as they are now; a server that is away is a warning, because
    /// nothing has to be registered otherwise for it.
    async fn published_keys_are_fetched(app) {
        let url: Url = "https://maple.example/jwks".parse().unwrap();
        let published = |client: &mut Client| {
            of_the_profile(client);
            client.keys = Some(ClientKeys::Remote("https://maple.example/jwks".parse().unwrap()));
        };
        let report = looked_at(&app, published).await;
        assert!(report.satisfies(Profile::Fapi2));
        let [warning] = &report.warnings[..] else { panic!("{report:?}") };
        assert_eq!(warning.field, "jwks_uri");
        assert!(warning.detail.contains("status 404"), "{warning:?}");

        app.outbound.publish(&url, "<html>");
        let report = looked_at(&app, published).await;
        assert!(report.warnings[0].detail.contains("is no JWK Set"), "{report:?}");

        let keys = json!({"keys": [Pair::es256().named("1"), Pair::of(AssertionAlg::EdDsa).named("1")]});
        app.outbound.publish(&url, keys.to_string());
        let report = looked_at(&app, published).await;
        assert_eq!(fields(&report.warnings), ["jwks_uri.keys[1]"], "two of one name: {report:?}");

        app.outbound.publish(&url, json!({"keys": []}).to_string());
        let report = looked_at(&app, published).await;
        assert_eq!(missing(&report, Profile::Standard), ["jwks_uri"]);
    }

    async fn what_may_go_wrong_one_day_is_warned_of(app) {
        let report = looked_at(&app, |client| client.demands.require_pkce = false).await;
        assert_eq!(fields(&report.warnings), ["require_pkce"]);
        let detail = &report.warnings[0].detail;
        assert!(detail.contains("no command writes true") && detail.contains("`idp client create`"), "{detail}");
        let report = looked_at(&app, |client| {
            let uri = "http://intranet.example/ended".parse().unwrap();
            client.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
        })
        .await;
        assert_eq!(fields(&report.warnings), ["backchannel_logout_uri"]);
        let report = looked_at(&app, |client| client.keys = Some(inline(&[Pair::es256().public.clone()]))).await;
        assert_eq!(fields(&report.warnings), ["jwks"], "a secret and keys");
        let native = looked_at(&app, |client| {
            client.auth_method = AuthMethod::None;
            client.secrets.clear();
            client.demands.require_pkce = false;
            client.redirect_uris = vec!["http://127.0.0.1/callback".to_owned()];
        })
        .await;
        assert_eq!(fields(&native.warnings), [""; 0], "what is right for an app on somebody's own computer");
    }

    /// RFC 9700 section 2.5: the old secret is about to run out, and later has.
    async fn a_secret_is_warned_of_while_it_runs_out(app) {
        let id = ClientId::parse("portal.99999").unwrap();
        let day = HOUR * 24;
        let until = async |end: Duration| {
            let end = app.env.now() + end;
            let report = looked_at(&app, |client| client.secrets[0].expires_at = Some(end)).await;
            (fields(&report.warnings).len(), report.satisfies(Profile::Standard))
        };
        assert_eq!(until(day * 31).await, (0, true));
        assert_eq!(until(day * 29).await, (1, true));
        assert_eq!(until(Duration::ZERO).await, (0, false), "nothing is left to get in with");
        idp_service::clients::rotate_secret(&app.env, &id, day).await.unwrap();
        assert!(clients::check(&app.env, &id).await.unwrap().satisfies(Profile::Standard));
    }

    async fn a_client_that_is_switched_off_satisfies_nobody(app) {
        let report = looked_at(&app, |client| client.enabled = false).await;
        assert_eq!(missing(&report, Profile::Standard), ["enabled"]);
        let nobody = ClientId::parse("nobody").unwrap();
        assert!(matches!(
            clients::check(&app.env, &nobody).await,
            Err(clients::ClientError::Unknown(id)) if id == nobody
        ));
    }

    /// A client that wants its tokens encrypted needs a key to encrypt to.
    async fn what_is_encrypted_needs_a_key(app) {
        let how = Encryption { alg: EncryptionAlg::EcdhEs, enc: ContentEncryption::A128Gcm };
        let with_keys = async |keys: Option<ClientKeys>| {
            looked_at(&app, |client| {
                client.encryption.id_token = Some(how);
                client.keys = keys;
            })
            .await
        };
        assert_eq!(missing(&with_keys(None).await, Profile::Standard), ["jwks"]);
        let signing = with(&Pair::es256().public, &json!({"use": "sig", "alg": "ES256"}));
        assert_eq!(missing(&with_keys(Some(inline(&[signing]))).await, Profile::Standard), ["jwks"]);
        let encrypting = with(&Pair::es256().public, &json!({"use": "enc", "alg": "ECDH-ES"}));
        let report = with_keys(Some(inline(&[encrypting]))).await;
        assert!(report.satisfies(Profile::Standard) && report.warnings.is_empty(), "{report:?}");
    }
}
