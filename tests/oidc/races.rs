//! Two requests about the same thing at the same moment, on PostgreSQL, where they truly run side by side: whatever order they
//! come to, nothing that was taken back lives on (`protocol.md`, "Consent" and "Logout").

use std::collections::BTreeSet;

use futures::future::join_all;
use idp_domain::client::ClientId;
use idp_domain::scope::{Scope, Scopes};
use idp_service::clients;

use super::backchannel::{frank, log_out, register_another, told};
use super::consent::{register_third_party, third_party};
use super::{FRANK, SECOND, franks_browser};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::database::TestDatabase;
use crate::support::relying_party::{Answer, RelyingParty};

/// How often each race is run: one order of events proves nothing about the others.
const ROUNDS: usize = 30;

async fn provider() -> TestApp {
    TestApp::on(TestDatabase::postgres().await).await
}

/// The third party, asking for these scopes.
fn asking<'a>(app: &'a TestApp, scope: &str) -> RelyingParty<'a> {
    third_party(app).with("scope", scope)
}

/// The same person's other tab.
fn another_tab<'a>(app: &'a TestApp, browser: &Browser<'_>) -> Browser<'a> {
    let mut tab = app.browser();
    tab.cookies = browser.cookies.clone();
    tab
}

async fn allow(browser: &mut Browser<'_>, page: &Page) -> Page {
    browser.fill(page, "consent-allow", &[]).await
}

async fn withdraw(browser: &mut Browser<'_>, apps: &Page) {
    let page = browser.fill(apps, "app-1-withdraw", &[]).await;
    assert!(page.status < 400, "{page:?}");
}

fn code(page: &Page) -> String {
    page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))
}

/// What Frank has allowed the third party by now.
async fn allowed(app: &TestApp) -> Option<Scopes> {
    let (account, client) = (app.account(FRANK).await.id, ClientId::parse("shift-planner").unwrap());
    let mut tx = app.env.store.read().await.unwrap();
    tx.consents().find(account, &client).await.unwrap().map(|consent| consent.permitted.scopes)
}

async fn assert_dead(client: &RelyingParty<'_>, tokens: &Answer, round: usize) {
    let userinfo = client.userinfo(tokens.text("access_token")).await;
    assert_eq!(userinfo.status, 401, "round {round}: an access token from before");
    let refreshed = client.refresh(tokens.text("refresh_token")).await;
    assert_eq!(refreshed.error(), (400, "invalid_grant"), "round {round}: a refresh token of that time");
}

/// Core section 3.1.2.4: an Allow for more, pressed while the other tab takes everything back, allows what its own page
/// asked for or nothing; never what was there before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_allow_beside_a_withdrawal_brings_nothing_back() {
    let app = provider().await;
    app.enrol(FRANK).await;
    register_third_party(&app, |_| {}).await;
    let mut browser = franks_browser(&app).await;
    for round in 0..ROUNDS {
        app.advance(SECOND);
        let before = asking(&app, "openid profile company");
        let page = before.with("prompt", "consent").authorize(&mut browser).await;
        let client = third_party(&app);
        let tokens = client.redeem(&code(&allow(&mut browser, &page).await)).await;
        let mut other = another_tab(&app, &browser);
        let asked = asking(&app, "openid email company").authorize(&mut browser).await;
        let apps = other.get("/account/apps").await;

        tokio::join!(allow(&mut browser, &asked), withdraw(&mut other, &apps));
        assert_dead(&client, &tokens, round).await;
        if let Some(scopes) = allowed(&app).await {
            assert!(!scopes.contains(Scope::Profile), "round {round}: {scopes} is allowed again");
            let apps = browser.get("/account/apps").await;
            withdraw(&mut browser, &apps).await;
        }
    }
}

/// A code redeemed while the person takes the consent back: what it issued is dead, and stays so when the person allows the
/// client the same again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_beside_a_withdrawal_leaves_nothing_that_lives_again() {
    let app = provider().await;
    app.enrol(FRANK).await;
    register_third_party(&app, |_| {}).await;
    let mut browser = franks_browser(&app).await;
    let client = third_party(&app);
    let page = client.authorize(&mut browser).await;
    let mut next = code(&allow(&mut browser, &page).await);
    for round in 0..ROUNDS {
        app.advance(SECOND);
        let mut other = another_tab(&app, &browser);
        let apps = other.get("/account/apps").await;

        let (tokens, ()) = tokio::join!(client.redeem(&next), withdraw(&mut other, &apps));
        let page = client.authorize(&mut browser).await;
        next = code(&allow(&mut browser, &page).await);
        match tokens.status {
            200 => assert_dead(&client, &tokens, round).await,
            _ => assert_eq!(tokens.error(), (400, "invalid_grant"), "round {round}"),
        }
    }
    assert_eq!(client.redeem(&next).await.status, 200, "the last Allow is as good as any");
}

/// Attack 49: nor does a code that is redeemed while its client is switched off give it anything for when it is on again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_beside_a_switching_off_leaves_nothing_that_lives_again() {
    let app = provider().await;
    app.enrol(FRANK).await;
    let mut browser = franks_browser(&app).await;
    let client = app.relying_party();
    let id = ClientId::parse(&client.client_id).unwrap();
    for round in 0..ROUNDS {
        app.advance(SECOND);
        let next = code(&client.authorize(&mut browser).await);

        let (tokens, disabled) =
            tokio::join!(client.redeem(&next), clients::set_enabled(&app.env, &id, false));
        disabled.unwrap();
        clients::set_enabled(&app.env, &id, true).await.unwrap();
        match tokens.error() {
            (200, _) => assert_dead(&client, &tokens, round).await,
            refused => {
                assert!(matches!(refused, (400, "invalid_grant") | (401, "invalid_client")), "{refused:?}")
            }
        }
    }
}

/// Back-Channel Logout section 2.5: whoever got tokens of a session is told of its end, even if both happened at once; who
/// is not told got none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_redeems_beside_a_log_out_is_told_of_it_or_refused() {
    let app = provider().await;
    frank(&app).await;
    let mut clients = Vec::new();
    for number in 0..4 {
        let (id, uri) = (format!("portal.{number}"), format!("https://portal-{number}.example/out"));
        clients.push(register_another(&app, &id, Some(&uri)).await);
    }
    for round in 0..ROUNDS {
        app.advance(SECOND);
        let mut browser = app.browser();
        let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        let mut codes = Vec::new();
        for client in &clients {
            codes.push(code(&client.authorize(&mut browser).await));
        }

        let redemptions = clients.iter().zip(&codes).map(|(client, code)| client.redeem(code));
        let (answers, ()) = tokio::join!(join_all(redemptions), log_out(&mut browser, &tokens));
        let told: BTreeSet<String> =
            told(&app).await.iter().map(|told| told.claims["aud"].as_str().unwrap().to_owned()).collect();
        for (client, answer) in clients.iter().zip(&answers) {
            match answer.status {
                200 => assert!(
                    told.contains(&client.client_id),
                    "round {round}: {} in {told:?}",
                    client.client_id
                ),
                _ => {
                    assert_eq!(answer.error(), (400, "invalid_grant"), "round {round}: {}", client.client_id)
                }
            }
        }
    }
}
