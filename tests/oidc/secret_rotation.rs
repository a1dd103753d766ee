//! Replacing a client's secret without an outage: RFC 9700 section 2.5, attack 53; `protocol.md`: "Secrets rotate with
//! overlap".

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use idp_domain::client::{AuthMethod, Client, ClientId};
use idp_service::clients::{ClientError, rotate_secret};

use super::{FRANK, HOUR, MINUTE, SECOND, franks_tokens, register};
use crate::support::app::{SECRET, TestApp};
use crate::support::on_each_database;

const ID: &str = "portal.99999";
const DAY: Duration = Duration::from_secs(86_400);

fn id() -> ClientId {
    ClientId::parse(ID).unwrap()
}

async fn stored(app: &TestApp) -> Client {
    app.env.store.read().await.unwrap().clients().find(&id()).await.unwrap().unwrap()
}

/// A new secret for the portal; what it had stays good for `overlap`.
async fn rotate(app: &TestApp, overlap: Duration) -> String {
    rotate_secret(&app.env, &id(), overlap).await.unwrap().expose().clone()
}

/// Whether a secret authenticates the portal: only then is the refresh token of nobody looked at.
async fn is_good(app: &TestApp, secret: &str) -> bool {
    let basic = format!("Basic {}", STANDARD.encode(format!("{ID}:{}", encoded(secret))));
    let params = [("grant_type", "refresh_token"), ("refresh_token", "of nobody")];
    match app.relying_party().post("/token", &params, Some(&basic)).await.error() {
        (400, "invalid_grant") => true,
        (401, "invalid_client") => false,
        other => panic!("{other:?}"),
    }
}

fn encoded(secret: &str) -> String {
    url::form_urlencoded::byte_serialize(secret.as_bytes()).collect()
}

on_each_database! {
    /// Both in the overlap; the old one is dead when it ends, to the second.
    async fn both_secrets_are_good_until_the_overlap_ends(app) {
        let new = rotate(&app, DAY).await;
        for span in [Duration::ZERO, HOUR, DAY - HOUR - SECOND] {
            app.advance(span);
            assert!(is_good(&app, SECRET).await && is_good(&app, &new).await, "{span:?}");
        }
        app.advance(SECOND);
        assert!(!is_good(&app, SECRET).await);
        assert!(is_good(&app, &new).await);
        app.advance(DAY * 365);
        assert!(is_good(&app, &new).await, "the new one has no end");
    }

    /// RFC 6749 section 10.10; rules L1: 256 bits, told once, and only a digest is kept.
    async fn a_new_secret_is_told_once_and_stored_nowhere(app) {
        let new = rotate(&app, DAY).await;
        assert_eq!(URL_SAFE_NO_PAD.decode(&new).unwrap().len(), 32);
        let like = |text: &str| format!("SELECT COUNT(*) FROM clients WHERE secrets LIKE '%{text}%'");
        assert_eq!(app.count(&like(&new)).await, 0);
        assert_eq!(app.count(&like("digest")).await, 4, "every client has one");
        assert_ne!(rotate(&app, DAY).await, new);
        let rotations = "SELECT COUNT(*) FROM audit_events WHERE action = 'client.secret_rotated'";
        assert_eq!(app.count(rotations).await, 2);
        assert_eq!(app.count(&format!("{rotations} AND subject = '{ID}'")).await, 2);
    }

    /// A leaked secret is dead at once when there is to be no overlap.
    async fn without_an_overlap_the_old_secret_is_dead_at_once(app) {
        let new = rotate(&app, Duration::ZERO).await;
        assert!(!is_good(&app, SECRET).await);
        assert!(is_good(&app, &new).await);
    }

    /// Rotating again prolongs nothing: every secret ends when it was to end, or sooner.
    async fn no_rotation_gives_an_old_secret_more_time(app) {
        let second = rotate(&app, HOUR).await;
        app.advance(MINUTE * 30);
        let third = rotate(&app, DAY).await;
        assert!(is_good(&app, SECRET).await && is_good(&app, &second).await && is_good(&app, &third).await);
        app.advance(MINUTE * 30);
        assert!(!is_good(&app, SECRET).await, "an hour after the first rotation");
        assert!(is_good(&app, &second).await);
        let fourth = rotate(&app, MINUTE).await;
        app.advance(MINUTE);
        assert!(
            !is_good(&app, &second).await && !is_good(&app, &third).await,
            "a shorter overlap ends them sooner"
        );
        assert!(is_good(&app, &fourth).await);
        rotate(&app, MINUTE).await;
        assert_eq!(stored(&app).await.secrets.len(), 2, "what has ended is not kept");
    }

    /// Tokens belong to the client, not to its secret.
    async fn what_was_issued_before_a_rotation_goes_on(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let new = rotate(&app, Duration::ZERO).await;
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
        let params = [("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))];
        assert_eq!(client.token(&params).await.error(), (401, "invalid_client"));
        let basic = format!("Basic {}", STANDARD.encode(format!("{ID}:{new}")));
        assert_eq!(client.post("/token", &params, Some(&basic)).await.status, 200);
    }

    /// `client_secret_post` rotates like `client_secret_basic`; who has no secret has none to rotate.
    async fn only_a_client_with_a_secret_has_one_to_rotate(app) {
        for method in AuthMethod::VARIANTS {
            let before = register(&app, |client| client.auth_method = method).await;
            let rotated = rotate_secret(&app.env, &id(), DAY).await;
            match method {
                AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => {
                    assert!(rotated.is_ok(), "{method:?}");
                    assert_eq!(stored(&app).await.secrets.len(), 2);
                }
                AuthMethod::PrivateKeyJwt | AuthMethod::None => {
                    assert!(matches!(rotated, Err(ClientError::NoSecret(_))), "{method:?}");
                    assert_eq!(stored(&app).await, before, "nothing has changed");
                }
            }
        }
        let nobody = ClientId::parse("nobody").unwrap();
        assert!(matches!(rotate_secret(&app.env, &nobody, DAY).await, Err(ClientError::Unknown(_))));
    }
}
