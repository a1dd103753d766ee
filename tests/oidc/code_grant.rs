//! Redeeming an authorization code: RFC 6749 sections 4.1.2 and 4.1.3; attacks 41, 42 and 48; rules section 5.

use std::time::Duration;

use futures::future::join_all;

use super::{CALLBACK, FRANK, MARY, MINUTE, SECOND, change_account, change_membership};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER};

const INVALID: (u16, &str) = (400, "invalid_grant");

async fn franks_code(app: &TestApp) -> String {
    app.relying_party().code(&mut app.browser(), FRANK, PASSWORD).await
}

async fn redeem_at(client: &RelyingParty<'_>, code: &str, redirect_uri: Option<&str>) -> Answer {
    let mut params = vec![("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
    params.extend(redirect_uri.map(|uri| ("redirect_uri", uri)));
    client.token(&params).await
}

/// Whether what a code issued still works: UserInfo at once, and the refresh token.
async fn is_alive(client: &RelyingParty<'_>, tokens: &Answer) -> bool {
    let userinfo = client.userinfo(tokens.text("access_token")).await.status;
    let refreshed = client.refresh(tokens.text("refresh_token")).await;
    match (userinfo, refreshed.error()) {
        (200, (200, _)) => true,
        (401, INVALID) => false,
        other => panic!("half alive: {other:?}"),
    }
}

on_each_database! {
    /// RFC 6749 section 4.1.2: a code used twice is denied, and everything it issued is revoked.
    async fn a_code_used_twice_revokes_what_it_issued(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let code = franks_code(&app).await;
        let tokens = client.redeem(&code).await;
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
        assert_eq!(client.redeem(&code).await.error(), INVALID);
        assert!(!is_alive(&client, &tokens).await);
        assert_eq!(client.redeem(&code).await.error(), INVALID, "and so again");
        let replays = "SELECT COUNT(*) FROM audit_events WHERE action = 'grant.code_replayed'";
        assert_eq!(app.count(replays).await, 1, "told to the operator, once");
    }

    /// `protocol.md`: also 30 s later, and after the code would have expired by itself.
    async fn a_replay_is_seen_30_seconds_and_10_minutes_later(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        for later in [SECOND * 30, MINUTE * 9] {
            let code = franks_code(&app).await;
            let tokens = client.redeem(&code).await;
            app.advance(later);
            idp_service::sweep::sweep(&app.env).await.unwrap();
            assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
            assert_eq!(client.redeem(&code).await.error(), INVALID);
            assert!(!is_alive(&client, &tokens).await, "{later:?}");
        }
    }

    /// A replay is a replay whatever else is wrong with the request.
    async fn a_replay_with_a_wrong_verifier_revokes_too(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let code = franks_code(&app).await;
        let tokens = client.redeem(&code).await;
        let params = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
        assert_eq!(client.token(&params).await.error(), INVALID);
        assert!(!is_alive(&client, &tokens).await);
    }

    /// `protocol.md`: at the same moment from 20 connections exactly one wins, and its family is revoked.
    async fn of_twenty_at_once_exactly_one_wins(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let code = franks_code(&app).await;
        let before = app.count("SELECT COUNT(*) FROM refresh_tokens").await;
        let answers = join_all((0..20).map(|_| client.redeem(&code))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 19));
        assert!(lost.iter().all(|answer| answer.error() == INVALID));
        assert!(!is_alive(&client, won[0]).await, "19 of them were replays");
        app.advance(SECOND * 30);
        assert_eq!(client.redeem(&code).await.error(), INVALID);
        assert_eq!(app.count("SELECT COUNT(*) FROM refresh_tokens").await, before + 1, "one family");
    }

    /// The replay of one code is no reason to log the person out of another sign-in.
    async fn a_replay_revokes_its_own_family_only(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let other = client.redeem(&franks_code(&app).await).await;
        let code = franks_code(&app).await;
        client.redeem(&code).await;
        client.redeem(&code).await;
        assert!(is_alive(&client, &other).await);
    }

    /// Attacks 41 and 42 (CVE-2026-16089, CVE-2026-55672): another client gets nothing, and spoils nothing.
    async fn a_code_of_another_client_is_refused_and_stays_good(app) {
        app.enrol(FRANK).await;
        let birch = RelyingParty::new(&app, "portal.22222", CALLBACK);
        let code = franks_code(&app).await;
        assert_eq!(birch.redeem(&code).await.error(), INVALID);
        let client = app.relying_party();
        let tokens = client.redeem(&code).await;
        assert_eq!(tokens.status, 200);
        assert_eq!(birch.redeem(&code).await.error(), INVALID);
        assert!(is_alive(&client, &tokens).await, "a foreign client's replay revokes nothing");
    }

    /// RFC 6749 section 4.1.3: the redirect URI is the very same, byte for byte.
    async fn another_redirect_uri_is_refused(app) {
        app.enrol(FRANK).await;
        super::register(&app, |client| client.redirect_uris.push("https://maple.example/other".to_owned()))
            .await;
        let client = app.relying_party();
        let code = franks_code(&app).await;
        for uri in [
            None,
            Some(""),
            Some("https://maple.example/other"),
            Some("https://maple.example/callback/"),
            Some("https://maple.example/callback?x"),
            Some("https://MAPLE.example/callback"),
            Some("https://maple.example/c%61llback"),
            Some("https://evil.example/callback"),
            Some("not a URI"),
        ] {
            assert_eq!(redeem_at(&client, &code, uri).await.status, 400, "{uri:?}");
        }
        assert_eq!(redeem_at(&client, &code, Some(CALLBACK)).await.status, 200);
    }

    /// Rules section 5: 60 seconds.
    async fn a_code_lives_for_sixty_seconds(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let (first, second) = (franks_code(&app).await, franks_code(&app).await);
        app.advance(MINUTE - Duration::from_millis(1));
        assert_eq!(client.redeem(&first).await.status, 200);
        app.advance(Duration::from_millis(1));
        assert_eq!(client.redeem(&second).await.error(), INVALID);
    }

    /// Attack 48 (CVE-2026-1609): who was switched off within the last minute gets no token.
    async fn a_code_of_somebody_switched_off_meanwhile_is_refused(app) {
        use idp_domain::account::AccountState;
        use idp_domain::member::MembershipState;

        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let client = app.relying_party();
        let franks = franks_code(&app).await;
        let marys = client.code(&mut app.browser(), MARY, PASSWORD).await;
        let at = app.env.now();
        change_membership(&app, FRANK, |member| member.state = MembershipState::Inactive { since: at }).await;
        change_account(&app, MARY, |account| account.state = AccountState::Disabled { at, password: None })
            .await;
        assert_eq!(client.redeem(&franks).await.error(), INVALID);
        assert_eq!(client.redeem(&marys).await.error(), INVALID);
    }

    /// A code ends with the session it was issued in.
    async fn a_code_of_a_session_that_was_logged_out_is_refused(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let mut browser = app.browser();
        let code = client.code(&mut browser, FRANK, PASSWORD).await;
        let page = browser.get("/logout").await;
        browser.fill(&page, "logout-yes", &[]).await;
        assert_eq!(client.redeem(&code).await.error(), INVALID);
    }

    /// Codes are `<id>.<secret>`; neither half alone is one, and a token of another kind never is.
    async fn what_only_looks_like_a_code_is_refused(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let code = franks_code(&app).await;
        let tokens = client.redeem(&franks_code(&app).await).await;
        let (id, secret) = code.split_once('.').unwrap();
        let other_secret = secret.chars().rev().collect::<String>();
        for forged in [
            id.to_owned(),
            format!("{id}."),
            format!(".{secret}"),
            format!("{id}.{other_secret}"),
            format!("{code}="),
            code.to_uppercase(),
            tokens.text("refresh_token").to_owned(),
            tokens.text("access_token").to_owned(),
        ] {
            assert_eq!(client.redeem(&forged).await.error(), INVALID, "{forged}");
        }
        assert!(secret.len() * 6 >= 128, "128 bits or more (RFC 6749 section 10.10)");
        assert_eq!(client.redeem(&code).await.status, 200);
        let refreshed = client.refresh(&code).await;
        assert_eq!(refreshed.error(), INVALID, "a code is no refresh token");
    }
}
