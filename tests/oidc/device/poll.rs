//! Polling for the tokens: RFC 8628 sections 3.4 and 3.5; `protocol.md`, "Token endpoint".

use futures::future::{join, join_all};
use serde_json::json;

use super::{DENIED, EXPIRED, INVALID, PENDING, SLOW_DOWN, approved, browser_of, prepare};
use crate::oidc::{FRANK, MINUTE, SECOND, names};
use crate::support::app::{ISSUER, TestApp};
use crate::support::desktop::{Codes, DESKTOP, DEVICE_GRANT, Desktop};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, VERIFIER};

/// How long the pause between two polls of the one request there is has become.
async fn pause(app: &TestApp) -> i64 {
    app.count("SELECT \"interval\" / 1000 FROM device_grants").await
}

async fn is_alive(app: &TestApp, tokens: &Answer) -> bool {
    match app.relying_party().userinfo(tokens.text("access_token")).await.status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

on_each_database! {
    /// Rules section 6; `company.md` section 3: what the person allowed, for the agency, in every token.
    async fn a_computer_that_was_let_in_gets_tokens_that_speak_for_the_agency(app) {
        let (desktop, codes, _) = approved(&app).await;
        let logged_in = app.env.now();
        app.advance(SECOND * 30);
        let tokens = desktop.poll(&codes).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        assert_eq!(tokens.headers["cache-control"], "no-store");
        assert_eq!(
            names(tokens.json.as_object().unwrap()),
            ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
        );
        assert_eq!(
            (tokens.text("token_type"), tokens.text("scope"), &tokens.json["expires_in"]),
            ("Bearer", "openid email company", &600.into())
        );
        let verifier = app.relying_party();
        let (claims, _) = verifier.verify(tokens.text("id_token")).await;
        let account = app.account(FRANK).await.id;
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(DESKTOP)));
        assert_eq!((&claims["sub"], &claims["acr"]), (&json!(account), &json!("1")));
        assert_eq!(claims["auth_time"], logged_in.seconds(), "the person's, not the computer's");
        assert!(claims.contains_key("sid") && !claims.contains_key("nonce"), "{claims:?}");
        let (access, _) = verifier.verify(tokens.text("access_token")).await;
        for claims in [&claims, &access] {
            assert_eq!(claims["company_id"], app.maple.id.to_string());
            assert_eq!((&claims["company_code"], &claims["member_type"]), (&json!("99999"), &json!("caregiver")));
        }
        assert_eq!(claims["tenant"], app.maple.id.to_string());
        assert_eq!(verifier.userinfo(tokens.text("access_token")).await.text("email"), FRANK);
        let refreshed = desktop.refresh(&tokens).await;
        let (again, _) = verifier.verify(refreshed.text("id_token")).await;
        assert_eq!((&again["company_id"], &again["auth_time"]), (&claims["company_id"], &claims["auth_time"]));
    }

    /// Section 3.5: pending until somebody has answered.
    async fn nobody_has_answered_yet(app) {
        prepare(&app).await;
        let (desktop, browser) = (Desktop::new(&app), browser_of(&app, FRANK).await);
        let codes = desktop.ask().await;
        for _ in 0..3 {
            assert_eq!(desktop.poll(&codes).await.error(), PENDING);
            app.advance(SECOND * 5);
        }
        let flow = app.open(&browser, &codes).await;
        app.view(&browser, &flow).await;
        assert_eq!(desktop.poll(&codes).await.error(), PENDING, "opened is not answered");
        assert_eq!(pause(&app).await, 5, "whoever keeps the pause is never told to slow down");
    }

    /// Section 3.5: five seconds longer "for this and all subsequent requests".
    async fn who_polls_too_soon_pauses_longer_from_then_on(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
        app.advance(SECOND * 2);
        assert_eq!((desktop.poll(&codes).await.error(), pause(&app).await), (SLOW_DOWN, 10));
        app.advance(SECOND * 5);
        assert_eq!((desktop.poll(&codes).await.error(), pause(&app).await), (SLOW_DOWN, 15), "the old pause");
        app.advance(SECOND * 15);
        assert_eq!(desktop.poll(&codes).await.error(), PENDING, "the new one is kept");
        app.advance(SECOND * 10);
        assert_eq!((desktop.poll(&codes).await.error(), pause(&app).await), (SLOW_DOWN, 20));
        app.advance(SECOND * 20);
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
    }

    /// What a node has learned of a program that polls too soon, all of them have.
    async fn a_longer_pause_is_kept_at_another_node(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
        assert_eq!(desktop.poll(&codes).await.error(), SLOW_DOWN);
        let node = app.another_node().await;
        let elsewhere = Desktop::new(&node);
        assert_eq!(elsewhere.poll(&codes).await.error(), PENDING, "the first that this node has seen");
        app.advance(SECOND * 5);
        assert_eq!(elsewhere.poll(&codes).await.error(), SLOW_DOWN, "ten seconds here, too");
    }

    /// A program gone mad is held to a minute, and told to slow down every time but one.
    async fn the_pause_grows_to_a_minute_and_no_longer(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let answers = join_all((0..20).map(|_| desktop.poll(&codes))).await;
        assert_eq!(answers.iter().filter(|answer| answer.error() == PENDING).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.error() == SLOW_DOWN).count(), 19);
        for _ in 0..20 {
            assert_eq!(desktop.poll(&codes).await.error(), SLOW_DOWN);
        }
        assert_eq!(pause(&app).await, 60);
        app.advance(MINUTE);
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
    }

    /// Sections 3.5 and 5.4: a no is said at once, however soon the program asks, and stays a no (attack 40).
    async fn a_denied_request_is_denied_for_good(app) {
        prepare(&app).await;
        let (desktop, browser) = (Desktop::new(&app), browser_of(&app, FRANK).await);
        let codes = desktop.ask().await;
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
        app.deny(&browser, &codes).await;
        for _ in 0..2 {
            assert_eq!(desktop.poll(&codes).await.error(), DENIED);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM grants WHERE client = 'desktop'").await, 0);
    }

    /// Section 3.5; rules L3: expiry is decided at use, whether anything was swept or not, and whatever was answered.
    async fn an_expired_code_is_worth_nothing_whatever_became_of_it(app) {
        let (desktop, codes, browser) = approved(&app).await;
        let (waiting, denied) = (desktop.ask().await, desktop.ask().await);
        app.deny(&browser, &denied).await;
        app.advance(MINUTE * 10 - SECOND);
        assert_eq!(desktop.poll(&waiting).await.error(), PENDING);
        app.advance(SECOND);
        for codes in [&codes, &waiting, &denied] {
            assert_eq!(desktop.poll(codes).await.error(), EXPIRED);
        }
    }

    /// Twenty at once, as when a program retries in a panic: one is answered, and by then the others are a replay (RFC 6749
    /// section 4.1.2).
    async fn of_twenty_polls_at_once_one_wins(app) {
        let (desktop, codes, _) = approved(&app).await;
        let answers = join_all((0..20).map(|_| desktop.poll(&codes))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|answer| answer.error() == INVALID), "{lost:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM grants WHERE client = 'desktop'").await, 1);
        assert!(!is_alive(&app, won[0]).await);
    }

    /// And of ten at each of two nodes.
    async fn of_polls_at_two_nodes_at_once_one_wins(app) {
        let (desktop, codes, _) = approved(&app).await;
        let node = app.another_node().await;
        let elsewhere = Desktop::new(&node);
        let here = join_all((0..10).map(|_| desktop.poll(&codes)));
        let there = join_all((0..10).map(|_| elsewhere.poll(&codes)));
        let (here, there) = join(here, there).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            here.iter().chain(&there).partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 19));
        assert!(lost.iter().all(|answer| answer.error() == INVALID), "{lost:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM grants WHERE client = 'desktop'").await, 1);
    }

    /// RFC 6749 section 4.1.2 for device codes: a second use revokes what the first one got, a moment or an hour later, and is
    /// in the audit log once.
    async fn a_code_that_is_used_twice_revokes_what_it_issued(app) {
        let (desktop, codes, browser) = approved(&app).await;
        let tokens = desktop.poll(&codes).await;
        let other = desktop.let_in(&browser).await;
        assert!(is_alive(&app, &tokens).await);
        app.advance(MINUTE * 9);
        for _ in 0..2 {
            assert_eq!(desktop.poll(&codes).await.error(), INVALID);
        }
        assert!(!is_alive(&app, &tokens).await);
        assert_eq!(desktop.refresh(&tokens).await.error(), INVALID);
        assert!(is_alive(&app, &other).await, "and nothing else");
        let replays = app.audited().await.into_iter().filter(|action| *action == "device.code_replayed");
        assert_eq!(replays.count(), 1);
    }

    /// `protocol.md`, "Token endpoint": every error of a poll is 400, and `Cache-Control: no-store`.
    async fn what_is_no_device_code_is_refused(app) {
        let (desktop, codes, _) = approved(&app).await;
        let (id, secret) = codes.device_code.split_once('.').unwrap();
        let forged = format!("{id}.{}", secret.chars().rev().collect::<String>());
        for device_code in ["nonsense", &codes.user_code, id, &forged, &format!("{}A", codes.device_code)] {
            let forged = Codes { device_code: device_code.to_owned(), user_code: String::new() };
            let refused = desktop.poll(&forged).await;
            assert_eq!(refused.error(), INVALID, "{device_code}");
            assert_eq!(refused.headers["cache-control"], "no-store");
        }
        let own = [("grant_type", DEVICE_GRANT), ("client_id", DESKTOP), ("code_verifier", VERIFIER)];
        assert_eq!(desktop.post("/token", &own).await.error(), (400, "invalid_request"));
        let twice = [("device_code", codes.device_code.as_str()), ("device_code", &codes.device_code)];
        let twice = desktop.post("/token", &[&own[..], &twice[..]].concat()).await;
        assert_eq!(twice.error(), (400, "invalid_request"));
        assert_eq!(desktop.poll(&codes).await.status, 200, "none of it burned the code");
    }
}
