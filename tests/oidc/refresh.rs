//! Refreshing: RFC 6749 section 6, RFC 9700 section 4.14.2; attack 45 (CVE-2026-1035); rules section 5, "Refresh".

use futures::future::join_all;
use idp_domain::client::{AuthMethod, ClientId};
use idp_domain::grant::RefreshGrace;

use super::{FRANK, HOUR, SECOND, franks_tokens};
use crate::support::app::{PASSWORD, TestApp, default_policy};
use crate::support::database::TestDatabase;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER};

const INVALID: (u16, &str) = (400, "invalid_grant");

async fn is_revoked(client: &RelyingParty<'_>, tokens: &Answer) -> bool {
    match client.userinfo(tokens.text("access_token")).await.status {
        200 => false,
        401 => true,
        other => panic!("{other}"),
    }
}

fn refresh_token(tokens: &Answer) -> &str {
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens.text("refresh_token")
}

on_each_database! {
    /// Rotation: each answer brings a new token, and the chain goes on.
    async fn every_refresh_brings_a_new_refresh_token(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let mut tokens = franks_tokens(&app, &client).await;
        let mut seen = vec![refresh_token(&tokens).to_owned()];
        for _ in 0..5 {
            app.advance(SECOND * 20);
            tokens = client.refresh(refresh_token(&tokens)).await;
            assert!(!seen.contains(&refresh_token(&tokens).to_owned()));
            seen.push(refresh_token(&tokens).to_owned());
            assert!(!is_revoked(&client, &tokens).await);
        }
    }

    /// RFC 9700 section 4.14.2; `protocol.md`: after the grace, reuse revokes that family and only that one.
    async fn a_reused_refresh_token_revokes_the_whole_family(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let other = franks_tokens(&app, &client).await;
        let first = franks_tokens(&app, &client).await;
        let second = client.refresh(refresh_token(&first)).await;
        app.advance(SECOND * 10);
        assert_eq!(client.refresh(refresh_token(&first)).await.error(), INVALID);
        assert_eq!(
            client.refresh(refresh_token(&second)).await.error(),
            INVALID,
            "the thief's or the victim's"
        );
        assert!(is_revoked(&client, &first).await && is_revoked(&client, &second).await);
        assert!(!is_revoked(&client, &other).await);
        assert_eq!(client.refresh(refresh_token(&other)).await.status, 200);
    }

    /// `protocol.md`: the losing twin of a race gets the same successor, for 10 s.
    async fn within_the_grace_the_same_successor_comes_again(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let first = franks_tokens(&app, &client).await;
        let second = client.refresh(refresh_token(&first)).await;
        app.advance(SECOND * 10 - std::time::Duration::from_millis(1));
        let again = client.refresh(refresh_token(&first)).await;
        assert_eq!(refresh_token(&again), refresh_token(&second));
        assert!(!is_revoked(&client, &second).await && !is_revoked(&client, &again).await);
        assert_eq!(client.refresh(refresh_token(&again)).await.status, 200);
    }

    /// `protocol.md`: so many retries (50 by default); the next one is reuse.
    async fn the_grace_allows_so_many_retries_and_no_more(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let first = franks_tokens(&app, &client).await;
        let second = client.refresh(refresh_token(&first)).await;
        for _ in 0..app.env.policy.refresh_grace.retries {
            let again = client.refresh(refresh_token(&first)).await;
            assert_eq!(refresh_token(&again), refresh_token(&second));
        }
        assert!(!is_revoked(&client, &second).await);
        assert_eq!(client.refresh(refresh_token(&first)).await.error(), INVALID);
        assert!(is_revoked(&client, &second).await);
    }

    /// `protocol.md`: the grace ends when the successor is used.
    async fn a_used_successor_ends_the_grace(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let first = franks_tokens(&app, &client).await;
        let second = client.refresh(refresh_token(&first)).await;
        let third = client.refresh(refresh_token(&second)).await;
        assert!(!is_revoked(&client, &third).await);
        assert_eq!(client.refresh(refresh_token(&first)).await.error(), INVALID, "within 10 s");
        assert!(is_revoked(&client, &third).await);
        assert_eq!(client.refresh(refresh_token(&third)).await.error(), INVALID);
    }

    /// Attack 45: one successor row, and the same answer for all within the grace; after it the family is revoked.
    async fn twenty_at_once_get_the_same_successor(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let first = franks_tokens(&app, &client).await;
        let before = app.count("SELECT COUNT(*) FROM refresh_tokens").await;
        let answers = join_all((0..20).map(|_| client.refresh(refresh_token(&first)))).await;
        let successor = refresh_token(&answers[0]);
        assert!(answers.iter().all(|answer| refresh_token(answer) == successor));
        assert_eq!(app.count("SELECT COUNT(*) FROM refresh_tokens").await, before + 1, "one successor row");
        for answer in &answers {
            assert!(!is_revoked(&client, answer).await);
        }
        app.advance(SECOND * 10);
        assert_eq!(client.refresh(refresh_token(&first)).await.error(), INVALID, "the grace is over");
        assert_eq!(client.refresh(successor).await.error(), INVALID);
        assert!(is_revoked(&client, &answers[0]).await && is_revoked(&client, &answers[19]).await);
    }

    /// Attack 45: the same over two nodes, each with its own connections; whichever is asked knows of the other's answer.
    async fn twenty_at_once_at_two_nodes_get_the_same_successor(app) {
        app.enrol(FRANK).await;
        let other = app.another_node().await;
        let clients = [app.relying_party(), other.relying_party()];
        let first = franks_tokens(&app, &clients[0]).await;
        let before = app.count("SELECT COUNT(*) FROM refresh_tokens").await;
        let asked = (0..20).map(|number| clients[number % 2].refresh(refresh_token(&first)));
        let answers = join_all(asked).await;
        let successor = refresh_token(&answers[0]);
        assert!(answers.iter().all(|answer| refresh_token(answer) == successor));
        assert_eq!(app.count("SELECT COUNT(*) FROM refresh_tokens").await, before + 1, "one successor row");
        app.advance(SECOND * 10);
        assert_eq!(clients[1].refresh(refresh_token(&first)).await.error(), INVALID, "the grace is over");
        for client in &clients {
            assert_eq!(client.refresh(successor).await.error(), INVALID);
            assert!(is_revoked(client, &answers[0]).await);
        }
    }

    /// Rules section 5: a phone app rests for up to 7 days and lives for 30; a portal for 12 hours. Neither is lengthened by
    /// the other's setting.
    async fn an_app_with_offline_access_lives_for_thirty_days_and_any_other_for_twelve_hours(app) {
        app.enrol(FRANK).await;
        let mut phone = app.relying_party();
        phone.scope = "openid offline_access".to_owned();
        let portal = app.relying_party();
        let (rests, mut kept) = (franks_tokens(&app, &phone).await, franks_tokens(&app, &phone).await);
        let mut day = franks_tokens(&app, &portal).await;
        for _ in 0..12 {
            app.advance(HOUR - SECOND);
            day = portal.refresh(refresh_token(&day)).await;
            assert!(!is_revoked(&portal, &day).await);
        }
        app.advance(SECOND * 12);
        assert_eq!(portal.refresh(refresh_token(&day)).await.error(), INVALID, "twelve hours after the log-in");
        kept = phone.refresh(refresh_token(&kept)).await;
        app.advance(HOUR * (7 * 24 - 12));
        assert_eq!(phone.refresh(refresh_token(&rests)).await.error(), INVALID, "seven days without use");
        for _ in 0..3 {
            kept = phone.refresh(refresh_token(&kept)).await;
            app.advance(HOUR * (7 * 24) - SECOND);
        }
        kept = phone.refresh(refresh_token(&kept)).await;
        app.advance(HOUR * 48 + SECOND * 2);
        kept = phone.refresh(refresh_token(&kept)).await;
        assert!(!is_revoked(&phone, &kept).await, "a second before its end");
        app.advance(SECOND);
        assert_eq!(phone.refresh(refresh_token(&kept)).await.error(), INVALID, "thirty days after the log-in");
    }

    /// RFC 9700 section 4.14.2: reuse is told to the operator, once a family.
    async fn reuse_is_in_the_audit_log(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let first = franks_tokens(&app, &client).await;
        client.refresh(refresh_token(&first)).await;
        app.advance(SECOND * 10);
        for _ in 0..3 {
            assert_eq!(client.refresh(refresh_token(&first)).await.error(), INVALID);
        }
        let replays = "SELECT COUNT(*) FROM audit_events WHERE action = 'grant.refresh_replayed'";
        assert_eq!(app.count(replays).await, 1);
    }

    /// RFC 9700 section 4.14.2: public clients too, and only their own tokens: the name in the request must fit.
    async fn a_public_clients_tokens_rotate_and_are_its_own(app) {
        app.enrol(FRANK).await;
        for id in ["app.first", "app.second"] {
            super::register(&app, |client| {
                client.id = ClientId::parse(id).unwrap();
                client.auth_method = AuthMethod::None;
                client.secrets.clear();
            })
            .await;
        }
        let client = RelyingParty::new(&app, "app.first", super::CALLBACK);
        let post = async |id: &str, params: &[(&str, &str)]| {
            client.post("/token", &[&[("client_id", id)], params].concat(), None).await
        };
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let code = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", super::CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        assert_eq!(post("app.second", &code).await.error(), INVALID);
        let first = post("app.first", &code).await;
        let params = [("grant_type", "refresh_token"), ("refresh_token", refresh_token(&first))];
        assert_eq!(post("app.second", &params).await.error(), INVALID);
        let second = post("app.first", &params).await;
        assert_ne!(refresh_token(&second), refresh_token(&first));
        app.advance(SECOND * 10);
        assert_eq!(post("app.first", &params).await.error(), INVALID);
        assert!(is_revoked(&client, &second).await);
    }

    /// `company.md` section 3: what a client may not do is refused, never ignored; the agency it serves may be named.
    async fn a_portal_never_switches_companies(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let naming = async |company: &str| {
            let token = ("refresh_token", refresh_token(&tokens));
            client.token(&[("grant_type", "refresh_token"), token, ("company", company)]).await
        };
        for company in ["22222", "nowhere"] {
            assert_eq!(naming(company).await.error(), INVALID, "{company}");
        }
        assert_eq!(naming("99999").await.status, 200, "and nothing was used up");
    }

    /// Attack 42 (CVE-2026-55672): 400 `invalid_grant`, within the grace as well, and the family lives on.
    async fn a_refresh_token_of_another_client_is_refused(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        let first = franks_tokens(&app, &client).await;
        assert_eq!(birch.refresh(refresh_token(&first)).await.error(), INVALID);
        let second = client.refresh(refresh_token(&first)).await;
        assert_eq!(birch.refresh(refresh_token(&first)).await.error(), INVALID);
        app.advance(SECOND * 11);
        assert_eq!(birch.refresh(refresh_token(&first)).await.error(), INVALID);
        assert!(!is_revoked(&client, &second).await, "a stranger cannot revoke it either");
        assert_eq!(client.refresh(refresh_token(&second)).await.status, 200);
    }

    /// Guessing at a token neither opens nor closes anything.
    async fn an_altered_refresh_token_is_refused_and_revokes_nothing(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let token = refresh_token(&tokens);
        let (id, secret) = token.split_once('.').unwrap();
        let reversed = secret.chars().rev().collect::<String>();
        for forged in
            ["x", id, secret, &format!("{id}.{reversed}"), &format!("{token}x"), tokens.text("access_token")]
        {
            assert_eq!(client.refresh(forged).await.error(), INVALID, "{forged}");
        }
        assert_eq!(client.refresh(token).await.status, 200);
    }

    /// RFC 6749 section 6: narrower, never wider; what was narrowed once can be had again.
    async fn a_scope_can_be_narrowed_and_never_widened(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let asked = async |token: &str, scope: &str| {
            client.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)]).await
        };
        let narrow = asked(refresh_token(&tokens), "openid email").await;
        assert_eq!(narrow.text("scope"), "openid email");
        let userinfo = client.userinfo(narrow.text("access_token")).await.json;
        assert!(userinfo["email"].is_string() && userinfo["name"].is_null());

        let token = refresh_token(&narrow).to_owned();
        for wider in ["openid phone", "openid offline_access", "openid members:write", "openid unheard_of"] {
            assert_eq!(asked(&token, wider).await.error(), (400, "invalid_scope"), "{wider}");
        }
        let back = client.refresh(&token).await;
        assert_eq!(back.text("scope"), "openid profile email company", "the family keeps what was granted");
        let without_openid = asked(refresh_token(&back), "email").await;
        assert_eq!(without_openid.text("scope"), "email");
        assert_eq!(without_openid.json["id_token"], serde_json::Value::Null);
    }

    /// Core section 12.2: `iss`, `sub`, `aud` and `auth_time` stay, `iat` is new, and there should be no nonce.
    async fn a_refreshed_id_token_keeps_who_and_when(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let (first, _) = client.verify(tokens.text("id_token")).await;
        app.advance(HOUR);
        let refreshed = client.refresh(refresh_token(&tokens)).await;
        let (second, _) = client.verify(refreshed.text("id_token")).await;
        for claim in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr", "company_id"] {
            assert!(first.contains_key(claim), "{claim}");
            assert_eq!(first[claim], second[claim], "{claim}");
        }
        assert_eq!(first.get("azp"), second.get("azp"));
        assert_eq!(second["iat"].as_i64(), Some(first["iat"].as_i64().unwrap() + 3600));
        assert_ne!(first["at_hash"], second["at_hash"]);
        assert!(!second.contains_key("nonce"));
        // A later log-in is another grant's.
        let again = app.relying_party().with("prompt", "login");
        let later = again.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let (later, _) = client.verify(later.text("id_token")).await;
        let third = client.refresh(refresh_token(&refreshed)).await;
        let (third, _) = client.verify(third.text("id_token")).await;
        assert_eq!(third["auth_time"], first["auth_time"]);
        assert_ne!(third["auth_time"], later["auth_time"]);
    }
}

/// Attack 45: more at once than the grace allows are still one successor, and then the family is revoked.
#[tokio::test]
async fn more_at_once_than_the_grace_allows_lose_the_family() {
    let grace = RefreshGrace { span: SECOND * 10, retries: 5 };
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let policy = idp_service::Policy { refresh_grace: grace, ..default_policy() };
        let app = TestApp::with(database, policy).await;
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let first = franks_tokens(&app, &client).await;
        let before = app.count("SELECT COUNT(*) FROM refresh_tokens").await;
        let answers = join_all((0..20).map(|_| client.refresh(refresh_token(&first)))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert!((1..=6).contains(&won.len()), "{} won", won.len());
        assert!(won.iter().all(|answer| refresh_token(answer) == refresh_token(won[0])));
        assert!(lost.iter().all(|answer| answer.error() == INVALID));
        assert_eq!(app.count("SELECT COUNT(*) FROM refresh_tokens").await, before + 1, "one successor row");
        assert!(is_revoked(&client, &first).await && is_revoked(&client, won[0]).await);
        assert_eq!(client.refresh(refresh_token(won[0])).await.error(), INVALID);
    }
}

/// No refresh extends a family past its absolute end; unused ones end sooner.
#[tokio::test]
async fn no_refresh_outlives_the_absolute_end_of_the_family() {
    let policy = idp_service::Policy {
        offline_refresh_idle: HOUR * 2,
        offline_refresh_absolute: HOUR * 5,
        ..default_policy()
    };
    let app = TestApp::with(TestDatabase::sqlite().await, policy).await;
    app.enrol(FRANK).await;
    let mut client = app.relying_party();
    client.scope = "openid offline_access".to_owned();
    let unused = franks_tokens(&app, &client).await;
    let mut tokens = franks_tokens(&app, &client).await;
    for _ in 0..4 {
        app.advance(HOUR);
        tokens = client.refresh(refresh_token(&tokens)).await;
    }
    assert_eq!(client.refresh(refresh_token(&unused)).await.error(), INVALID, "two hours without use");
    app.advance(HOUR - SECOND);
    tokens = client.refresh(refresh_token(&tokens)).await;
    app.advance(SECOND);
    assert_eq!(client.refresh(refresh_token(&tokens)).await.error(), INVALID, "five hours after the sign-in");
    assert!(is_revoked(&client, &tokens).await, "and its access token ends with it");
}

/// RFC 6749 section 1.5: refresh tokens are for clients that registered the grant.
#[tokio::test]
async fn a_client_without_the_grant_gets_no_refresh_token() {
    let app = super::provider_with_frank().await;
    let client = app.relying_party();
    let old = franks_tokens(&app, &client).await;
    super::register(&app, |client| {
        client.grant_types = vec![idp_domain::client::GrantType::AuthorizationCode];
    })
    .await;
    let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
    assert_eq!(tokens.json["refresh_token"], serde_json::Value::Null);
    assert_eq!(client.refresh(refresh_token(&old)).await.error(), (400, "unauthorized_client"));
}
