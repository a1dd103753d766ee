//! Staying logged in: tokens that are renewed, answers that are lost, and a provider that is away (OIDC Core section 12).

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::browser::{self, Browser};
use super::provider::{Key, Mischief, Provider};
use super::{DISCOVERY, log_in, logged_in};
use crate::oidc::RelyingParty;

#[tokio::test]
async fn an_expired_access_token_is_refreshed_and_the_refresh_token_rotates() {
    let provider = Provider::start().await;
    provider.set(|world| world.lifetime = 1);
    let mut browser = logged_in(&provider).await;
    for refreshes in 1..=3 {
        assert_eq!(browser.get("/").await.status, 200);
        assert_eq!(provider.count("refresh_token"), refreshes);
    }
}

#[tokio::test]
async fn two_tabs_never_present_the_same_refresh_token() {
    let provider = Provider::start().await;
    provider.set(|world| world.lifetime = 1);
    let mut one = logged_in(&provider).await;
    let mut two = one.tab();
    let (first, second) = tokio::join!(one.get("/"), two.get("/"));
    assert_eq!((first.status, second.status), (200, 200));
}

/// RFC 9700 section 4.14.2: presented later, the old one would look stolen.
#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again_at_once() {
    let provider = Provider::start().await;
    provider.set(|world| (world.lifetime, world.loses_answers) = (1, 1));
    let mut browser = logged_in(&provider).await;
    for refreshes in [2, 3] {
        assert_eq!(browser.get("/").await.status, 200);
        assert_eq!(provider.count("refresh_token"), refreshes);
    }
}

#[tokio::test]
async fn the_new_refresh_token_is_kept_when_nothing_else_of_the_answer_can_be_used() {
    let provider = Provider::start().await;
    provider.set(|world| world.lifetime = 1);
    let mut browser = logged_in(&provider).await;
    provider.set(|world| world.signs_with = Some(Key::new("unpublished")));
    assert_eq!(browser.get("/").await.status, 502);
    provider.set(|world| (world.signs_with, world.forgets_answers) = (None, true));
    assert_eq!(browser.get("/").await.status, 200);
}

#[tokio::test]
async fn a_browser_that_goes_away_takes_no_refresh_token_with_it() {
    let provider = Provider::start().await;
    provider.set(|world| world.lifetime = 1);
    let mut browser = logged_in(&provider).await;
    let gate = Arc::new(Semaphore::new(0));
    provider.set(|world| (world.gate, world.forgets_answers) = (Some(Arc::clone(&gate)), true));
    let mut tab = browser.tab();
    tokio::select! {
        answer = tab.get("/") => panic!("{}", answer.status),
        () = provider.asked("refresh_token", 1) => {}
    }
    gate.close();
    assert_eq!(browser.get("/").await.status, 200);
}

#[tokio::test]
async fn when_the_provider_no_longer_stands_by_the_session_the_person_logs_in_again() {
    let cases: [Mischief; 2] = [
        |world| (world.lifetime, world.refuses_refresh) = (1, Some("invalid_grant")),
        |world| world.gives_refresh_tokens = false,
    ];
    for prepare in cases {
        let provider = Provider::start().await;
        provider.set(prepare);
        let mut browser = logged_in(&provider).await;
        provider.set(|world| world.access_tokens.clear());
        let over = browser.get("/").await;
        assert_eq!(over.location().path(), "/login");
        assert!(over.set_cookie("portal.99999_session").unwrap().contains("Max-Age=0"));
    }
}

#[tokio::test]
async fn a_provider_that_is_down_ends_no_session() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    provider.set(|world| world.ill_for = 1);
    let page = browser.get("/").await;
    assert_eq!((page.status, page.text("problem").as_str()), (503, "We cannot log you in right now"));
    assert_eq!(browser.get("/").await.status, 200);
}

#[tokio::test]
async fn a_provider_that_starts_late_is_waited_for() {
    let provider = Provider::start().await;
    provider.set(|world| world.ill_for = 2);
    let mut browser = Browser::new(&provider.issuer);
    assert_eq!(log_in(&provider, &mut browser).await.location().path(), "/");
}

#[tokio::test]
async fn while_one_asks_again_what_is_known_is_good_enough_for_everybody_else() {
    let provider = Provider::start().await;
    let relying_party = RelyingParty::new(&browser::settings(&["--issuer", &provider.issuer])).unwrap();
    let now = Instant::now();
    relying_party.depart(None, now).await.unwrap();
    let gate = provider.slow_down();
    let tomorrow = now + Duration::from_secs(24 * 60 * 60);
    let everybody_else = async {
        provider.asked(DISCOVERY, 2).await;
        relying_party.depart(None, tomorrow).await.unwrap();
        gate.close();
    };
    let (one, ()) = tokio::join!(relying_party.depart(None, tomorrow), everybody_else);
    one.unwrap();
    assert_eq!(provider.count(DISCOVERY), 2);
}
