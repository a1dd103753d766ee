//! The queue of logout tokens: `protocol.md`, "Logout": queued durably, retried; the outbox's guarantees.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use idp_domain::client::ClientId;
use idp_domain::logout::LogoutDelivery;
use idp_domain::ports::{Outbound, OutboundError};
use idp_service::dispatch::Dispatched;
use idp_service::sweep::sweep;
use idp_service::{Env, backchannel};
use url::Url;

use super::{
    PORTAL, assert_nobody_told, frank, id_token, listening_at, log_out, more_tokens, register_another, told,
    told_once,
};
use crate::oidc::{FRANK, HOUR, SECOND, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;

const MILLISECOND: Duration = Duration::from_millis(1);
const DAY: Duration = Duration::from_secs(24 * 3600);
const SENT: Dispatched = Dispatched { sent: 1, retried: 0, dead: 0, dropped: 0 };
const RETRIED: Dispatched = Dispatched { sent: 0, retried: 1, dead: 0, dropped: 0 };
const DEAD: Dispatched = Dispatched { sent: 0, retried: 0, dead: 1, dropped: 0 };
const DROPPED: Dispatched = Dispatched { sent: 0, retried: 0, dead: 0, dropped: 1 };

fn portal() -> Url {
    PORTAL.parse().unwrap()
}

/// How many wait, and how many are dead.
async fn depth(app: &TestApp) -> (u64, u64) {
    app.env.store.read().await.unwrap().logouts().depth().await.unwrap()
}

async fn undeliverable(app: &TestApp) -> usize {
    app.audited().await.iter().filter(|action| **action == "logout.undeliverable").count()
}

async fn is_signed_in(app: &TestApp, browser: &mut Browser<'_>) -> bool {
    app.relying_party().with("prompt", "none").authorize(browser).await.sent("code").is_some()
}

/// A network that loses every answer, and remembers what it was given.
#[derive(Default)]
struct Losing(Mutex<Vec<String>>);

#[async_trait]
impl Outbound for Losing {
    async fn get(&self, _: &Url) -> Result<Vec<u8>, OutboundError> {
        Err(OutboundError::Unreachable("lost".to_owned()))
    }

    async fn post_form(&self, _: &Url, fields: &[(&str, &str)]) -> Result<(), OutboundError> {
        self.0.lock().unwrap().extend(fields.iter().map(|(_, value)| (*value).to_owned()));
        Err(OutboundError::Unreachable("lost".to_owned()))
    }
}

on_each_database! {
    /// Either the session is over and its clients will hear of it, or neither: whichever write fails, the first or the last.
    async fn a_session_ends_together_with_the_news_of_it_or_not_at_all(app) {
        let (mut browser, tokens) = frank(&app).await;
        let client = app.relying_party();
        for table in ["sessions", "logout_deliveries", "grants", "audit_events"] {
            app.database().execute(&format!("ALTER TABLE {table} RENAME TO away")).await;
            let cookies = browser.cookies.clone();
            let failed = browser.get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
            app.database().execute(&format!("ALTER TABLE away RENAME TO {table}")).await;
            assert_eq!((failed.status, failed.location()), (500, None), "{table}: {failed:?}");
            assert_eq!(browser.cookies, cookies, "{table}: the person can try again");
            assert!(is_signed_in(&app, &mut browser).await, "{table}");
            assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200, "{table}");
            assert_nobody_told(&app).await;
        }
        log_out(&mut browser, &tokens).await;
        told_once(&app).await;
        assert_eq!(app.audited().await.iter().filter(|action| **action == "session.ended").count(), 1);
    }

    /// Section 2.8: an error may pass. Pauses double from 10 seconds to a quarter of an hour, to the millisecond.
    async fn a_client_that_fails_is_tried_again_after_each_pause(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        for pause in [10, 20, 40, 80, 160, 320, 640, 900, 900] {
            app.outbound.fail_next(&portal(), OutboundError::Status(503));
            assert_eq!(app.send_logouts().await, RETRIED, "before the pause of {pause} s");
            app.advance(SECOND * pause - MILLISECOND);
            assert!(app.send_logouts().await.is_idle(), "not before {pause} s are over");
            app.advance(MILLISECOND);
        }
        assert_eq!(depth(&app).await, (1, 0));
        told_once(&app).await;
        assert_eq!((depth(&app).await, undeliverable(&app).await), ((0, 0), 0));
        assert_nobody_told(&app).await;
    }

    /// Section 2.8: 400 is the client's own word that it will never take this token. Whatever else goes wrong may pass.
    async fn only_a_400_is_final(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        let passing = [
            OutboundError::Status(401),
            OutboundError::Status(404),
            OutboundError::Status(302),
            OutboundError::Status(500),
            OutboundError::Unreachable("refused".to_owned()),
            OutboundError::Forbidden("not yet let in".to_owned()),
            OutboundError::TooLarge,
        ];
        for error in passing {
            let what = error.to_string();
            app.outbound.fail_next(&portal(), error);
            assert_eq!(app.send_logouts().await, RETRIED, "{what}");
            app.advance(HOUR);
        }
        app.outbound.fail_next(&portal(), OutboundError::Status(400));
        assert_eq!(app.send_logouts().await, DEAD);
        assert_eq!((depth(&app).await, undeliverable(&app).await), ((0, 1), 1));
        app.advance(HOUR);
        assert_nobody_told(&app).await;
    }

    /// After the last attempt it is given up, and an operator can see that: it is counted, and in the audit log.
    async fn a_client_that_never_answers_is_given_up_and_counted(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        let attempts = app.env.policy.logout_retry.max_attempts;
        for attempt in 1..=attempts {
            app.outbound.fail_next(&portal(), OutboundError::Unreachable("no route".to_owned()));
            let expected = if attempt == attempts { DEAD } else { RETRIED };
            assert_eq!(app.send_logouts().await, expected, "{attempt}");
            app.advance(app.env.policy.logout_retry.cap);
        }
        assert_eq!((depth(&app).await, undeliverable(&app).await), ((0, 1), 1));
        assert_nobody_told(&app).await;
        app.advance(DAY * 60);
        sweep(&app.env).await.unwrap();
        assert_eq!(depth(&app).await, (0, 1), "the dead stay to be seen");
    }

    /// A client that took the first token but could not say so must not take the next for a replay.
    async fn every_try_has_a_jti_of_its_own(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        let losing = Arc::new(Losing::default());
        let env = Env { outbound: losing.clone(), ..app.env.clone() };
        for _ in 0..3 {
            assert_eq!(backchannel::dispatch(&env, "test", 100).await.unwrap(), RETRIED);
            app.advance(HOUR);
        }
        let sent = losing.0.lock().unwrap().clone();
        let mut seen = BTreeSet::new();
        for token in &sent {
            let (claims, _) = app.relying_party().verify(token).await;
            seen.insert(claims["jti"].as_str().unwrap().to_owned());
        }
        seen.insert(told_once(&app).await.claims["jti"].as_str().unwrap().to_owned());
        assert_eq!(seen.len(), 4);
    }

    /// One client that is down does not keep the news from the others.
    async fn a_client_that_fails_holds_up_nobody_else(app) {
        let (mut browser, tokens) = frank(&app).await;
        let second = register_another(&app, "portal.second", Some("https://second.example/out")).await;
        more_tokens(&second, &mut browser).await;
        log_out(&mut browser, &tokens).await;
        app.outbound.fail_next(&portal(), OutboundError::Status(503));
        assert_eq!(told_once(&app).await.claims["aud"], "portal.second");
        app.advance(SECOND * 10);
        assert_eq!(told_once(&app).await.claims["aud"], "portal.99999");
    }

    /// Nor does one that leaves every call hanging until its time is over: of what is made at the same time few are its own,
    /// so that whoever comes after hundreds of them is told at the first look.
    async fn a_client_that_stalls_holds_up_nobody_else(app) {
        let (mut browser, tokens) = frank(&app).await;
        let sub = app.account(FRANK).await.id.to_string();
        let mut tx = app.env.store.write().await.unwrap();
        for number in 100..400 {
            let (client, sid) = (ClientId::parse("portal.99999").unwrap(), format!("session {number}"));
            let news = LogoutDelivery::enqueue(client, sub.clone(), sid, app.env.now(), app.env.entropy());
            tx.logouts().enqueue(&news).await.unwrap();
            app.advance(MILLISECOND);
        }
        tx.commit().await.unwrap();
        let second = register_another(&app, "portal.second", Some("https://second.example/out")).await;
        let seconds = more_tokens(&second, &mut browser).await;
        log_out(&mut browser, &tokens).await;
        let first = told(&app).await;
        let (stalled, other): (Vec<_>, Vec<_>) = first.iter().partition(|told| told.at == PORTAL);
        let mut sids: Vec<&str> = stalled.iter().map(|told| told.claims["sid"].as_str().unwrap()).collect();
        sids.sort_unstable();
        assert_eq!(sids, ["session 100", "session 101", "session 102", "session 103"], "the oldest first");
        let [other] = &other[..] else { panic!("{} to the other", other.len()) };
        assert_eq!(other.claims["sid"], id_token(&app, &seconds).await["sid"]);
        assert_eq!(depth(&app).await, (297, 0), "and the rest keeps its place");
    }

    /// Attack 49: a client that was switched off hears nothing of people any more, nor does one that takes its address
    /// back. Nobody failed: it is not counted as dead.
    async fn a_client_that_must_not_or_will_not_hear_is_dropped(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        app.change_client("portal.99999", |client| client.enabled = false).await;
        assert_eq!(app.send_logouts().await, DROPPED);
        app.change_client("portal.99999", |client| client.enabled = true).await;

        let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        log_out(&mut browser, &tokens).await;
        app.change_client("portal.99999", |client| client.backchannel_logout = None).await;
        assert_eq!(app.send_logouts().await, DROPPED);
        app.change_client("portal.99999", |client| client.backchannel_logout = listening_at(PORTAL)).await;
        assert_nobody_told(&app).await;
        assert_eq!((depth(&app).await, undeliverable(&app).await), ((0, 0), 0));
    }

    async fn a_client_that_moved_is_told_where_it_is_now(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        app.outbound.fail_next(&portal(), OutboundError::Status(404));
        assert_eq!(app.send_logouts().await, RETRIED);
        let moved = "https://maple.example/new/backchannel";
        register(&app, |client| client.backchannel_logout = listening_at(moved)).await;
        app.advance(SECOND * 10);
        assert_eq!(told_once(&app).await.at, moved);
    }

    /// Two nodes look at the same moment: everything is sent, and nothing twice.
    async fn every_delivery_is_leased_by_one_dispatcher_only(app) {
        let (mut browser, tokens) = frank(&app).await;
        for number in 0..9 {
            let uri = format!("https://portal-{number}.example/out");
            let client = register_another(&app, &format!("portal.{number}"), Some(&uri)).await;
            more_tokens(&client, &mut browser).await;
        }
        log_out(&mut browser, &tokens).await;
        let (one, two) = tokio::join!(
            backchannel::dispatch(&app.env, "one", 100),
            backchannel::dispatch(&app.env, "two", 100)
        );
        assert_eq!(one.unwrap().sent + two.unwrap().sent, 10);
        let told = told(&app).await;
        let addresses: BTreeSet<&str> = told.iter().map(|told| told.at.as_str()).collect();
        assert_eq!((told.len(), addresses.len()), (10, 10));
    }

    /// A node that died with a delivery in its hands: the others wait for its lease to run out, and no longer.
    async fn a_dead_nodes_delivery_comes_back_after_its_lease(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        let (now, lease) = (app.env.now(), app.env.policy.logout_lease);
        let mut tx = app.env.store.write().await.unwrap();
        let taken = tx.logouts().lease("a node that dies", now, now + lease, 100).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(taken.len(), 1);
        app.advance(lease - MILLISECOND);
        assert_nobody_told(&app).await;
        app.advance(MILLISECOND);
        assert_eq!(app.send_logouts().await, SENT);
        assert_eq!(depth(&app).await, (0, 0));
    }

    /// A caregiver's remembered session lives for days after the tokens that began in it: its clients are known to its end.
    async fn a_swept_table_forgets_no_client_of_a_living_session(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let client = app.relying_party();
        let page = client.authorize(&mut browser).await;
        let fields = [("UserName", FRANK), ("Password", PASSWORD), ("Remember me", "true")];
        let page = browser.fill(&page, "login-submit", &fields).await;
        let tokens = client.redeem(&page.sent("code").expect("a code")).await;
        app.advance(DAY * 6);
        while sweep(&app.env).await.unwrap().rows > 0 {}
        assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
        assert!(is_signed_in(&app, &mut browser).await);
        log_out(&mut browser, &tokens).await;
        told_once(&app).await;
    }

    /// What waits is never swept, however long the outage; what was delivered goes after a month.
    async fn what_waits_outlives_every_sweep(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        app.advance(DAY * 60);
        while sweep(&app.env).await.unwrap().rows > 0 {}
        told_once(&app).await;
        let kept = "SELECT count(*) FROM logout_deliveries";
        app.advance(DAY * 29);
        sweep(&app.env).await.unwrap();
        assert_eq!(app.count(kept).await, 1);
        app.advance(DAY * 2);
        sweep(&app.env).await.unwrap();
        assert_eq!(app.count(kept).await, 0);
    }
}
