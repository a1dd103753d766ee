//! "Apps you allowed": what a person allowed whom, and taking it back (OpenID Connect Core section 3.1.2.4).

use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::{AuthMethod, Client, ClientId};
use idp_domain::text::Line;
use serde_json::json;

use super::{APPS, ELSEWHERE, HOUR, SECOND, at_account, frank_at_account, log_in, recorded};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::{PASSWORD, TestApp, portal};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

const NOTHING_CHANGED: &str = "This page was open for too long, so nothing was changed. Please try again.";

/// A client that is nobody's own: people are asked about it.
async fn third_party<'a>(app: &'a TestApp, id: &str, name: &str) -> RelyingParty<'a> {
    let callback = "https://shifts.example/callback";
    let client = Client {
        id: ClientId::parse(id).unwrap(),
        name: Line::parse(name).unwrap(),
        company: None,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec![callback.to_owned()],
        initiate_login_uri: None,
        first_party: false,
        ..portal(&app.maple, "shifts")
    };
    app.put_client(&client).await;
    RelyingParty::new(app, id, callback)
}

async fn shift_swap(app: &TestApp) -> RelyingParty<'_> {
    third_party(app, "shift-swap", "Shift Swap").await
}

/// Asks, is allowed, and redeems the code.
async fn allowed(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> Answer {
    let page = client.authorize(browser).await;
    let page = browser.fill(&page, "consent-allow", &[]).await;
    let tokens = client.redeem(&page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

async fn is_alive(client: &RelyingParty<'_>, tokens: &Answer) -> bool {
    let told = client.userinfo(tokens.text("access_token")).await.status;
    let known = client.introspect(tokens.text("access_token")).await.json["active"].as_bool().unwrap();
    assert_eq!(known, told == 200, "introspection and UserInfo agree");
    known
}

/// The names on the page.
fn listed(page: &Page) -> Vec<String> {
    assert_eq!((page.status, page.heading().as_str()), (200, APPS), "{page:?}");
    page.select(".app h2")
}

/// Presses the button of the first one.
async fn withdraw(browser: &mut Browser<'_>, page: &Page) -> Page {
    browser.fill(page, "app-1-withdraw", &[]).await
}

async fn withdrawals(app: &TestApp) -> Vec<AuditEvent> {
    let mut tx = app.env.store.read().await.unwrap();
    let events = tx.audit().list(None, 1000).await.unwrap();
    events.into_iter().filter(|it| it.action == AuditAction::ConsentWithdrawn).collect()
}

on_each_database! {
    /// Each with what it may know and since when; the newest first. Who allowed nothing is told how that comes about.
    async fn what_was_allowed_is_listed_in_words(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        let page = browser.get("/account/apps").await;
        assert!(listed(&page).is_empty() && page.shows("You have not allowed any app to use your account."));
        assert!(page.shows("Your agency's own portal and programs do not need to ask."), "{page:?}");

        let swap = shift_swap(&app).await.with("scope", "openid email").with("prompt", "consent");
        allowed(&swap, &mut browser).await;
        app.advance(HOUR / 2);
        allowed(&third_party(&app, "mileage", "Mileage & More").await, &mut browser).await;
        let page = browser.get("/account/apps").await;
        assert_eq!(listed(&page), ["Mileage & More", "Shift Swap"]);
        assert_eq!(page.select("#app-2-allowed li").len(), 2);
        assert!(page.select("#app-2-allowed").concat().contains("See your email address"), "{page:?}");
        assert_eq!(page.select("#app-1-allowed li").len(), 4);
        assert_eq!(page.select("#app-2 .since"), ["Since November 21, 2026"]);
        assert!(page.select("#app-1 form").concat().contains("Mileage & More is disconnected at once"));
        assert!(page.select("#notice").is_empty());
        assert!(listed(&at_apps(&app, GRACE).await.1).is_empty(), "one person's list is not another's");
    }

    /// What the client holds is dead at once, tokens that outlive a log-out included; it must ask again. Nothing else of
    /// the person's ends.
    async fn a_withdrawn_consent_is_dead_at_once_and_must_be_asked_for_again(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        let client = shift_swap(&app).await;
        let other = third_party(&app, "mileage", "Mileage").await;
        let others = allowed(&other, &mut browser).await;
        app.advance(SECOND);
        let first = allowed(&client, &mut browser).await;
        let staying = shift_swap(&app).await.with("scope", "openid offline_access").with("prompt", "consent");
        app.advance(SECOND);
        let second = allowed(&staying, &mut browser).await;
        let portal = app.relying_party();
        let own = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(is_alive(&client, &first).await && is_alive(&client, &second).await);

        let page = browser.get("/account/apps").await;
        assert_eq!(listed(&page), ["Shift Swap", "Mileage"]);
        let page = withdraw(&mut browser, &page).await;
        assert_eq!(
            (listed(&page), page.select("#notice")),
            (vec!["Mileage".to_owned()], vec!["Done. The app is disconnected.".to_owned()])
        );
        for dead in [&first, &second] {
            assert!(!is_alive(&client, dead).await);
            assert_eq!(client.introspect(dead.text("access_token")).await.json, json!({"active": false}));
            assert_eq!(client.refresh(dead.text("refresh_token")).await.error(), (400, "invalid_grant"));
        }
        assert!(is_alive(&other, &others).await && is_alive(&portal, &own).await, "not theirs to end");
        let silent = shift_swap(&app).await.with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(silent.sent("error").as_deref(), Some("consent_required"));
        let asked = client.authorize(&mut browser).await;
        assert_eq!((asked.heading().as_str(), asked.select(".tag").len()), ("Allow Shift Swap?", 0));

        let events = withdrawals(&app).await;
        let frank = app.account(FRANK).await.id;
        assert_eq!(events.len(), 1);
        assert_eq!((&events[0].actor, events[0].account), (&Actor::Person { account: frank }, Some(frank)));
        assert_eq!(
            (events[0].subject.as_deref(), events[0].origin.address),
            (Some("shift-swap"), Some([192, 0, 2, 1].into()))
        );
    }

    /// `pages.md`, "Dead ends": success is said once; to press twice, or to reload, is no error and no second withdrawal.
    async fn to_take_back_twice_is_no_error(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        allowed(&shift_swap(&app).await, &mut browser).await;
        let page = browser.get("/account/apps").await;
        for _ in 0..2 {
            let done = withdraw(&mut browser, &page).await;
            assert_eq!(
                (listed(&done).len(), done.url.path(), done.select("#notice").len()),
                (0, "/account/apps", 1)
            );
            let reloaded = browser.get("/account/apps").await;
            assert!(reloaded.select("#notice").is_empty(), "{reloaded:?}");
        }
        assert_eq!(withdrawals(&app).await.len(), 1);
    }

    /// Attack 84 (CVE-2025-27507): whose consent it is says the session, nothing that is sent.
    async fn another_persons_consent_cannot_be_withdrawn(app) {
        let client = shift_swap(&app).await;
        let (mut franks, _) = frank_at_account(&app).await;
        let tokens = allowed(&client, &mut franks).await;
        let (mut graces, _) = at_apps(&app, GRACE).await;
        allowed(&third_party(&app, "mileage", "Mileage").await, &mut graces).await;
        let page = graces.get("/account/apps").await;
        let frank = app.account(FRANK).await.id.to_string();
        let sent = [("client", "shift-swap"), ("account", &frank), ("username", FRANK), ("sub", &frank)];
        let answer = graces.fill_named(&page, "app-1-withdraw", &sent).await;
        assert_eq!(listed(&answer), ["Mileage"], "hers stays as well: {answer:?}");
        assert!(is_alive(&client, &tokens).await);
        assert_eq!(listed(&franks.get("/account/apps").await), ["Shift Swap"]);
        assert!(withdrawals(&app).await.is_empty());
    }

    /// A client that was never allowed anything, is unknown, or is gone: nothing to take back, and nothing wrong.
    async fn an_unknown_client_is_no_error(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        let tokens = allowed(&shift_swap(&app).await, &mut browser).await;
        let page = browser.get("/account/apps").await;
        for unknown in ["nobody", "portal.99999", "portal.22222", "SHIFT-SWAP", "shift-swap."] {
            let answer = browser.fill_named(&page, "app-1-withdraw", &[("client", unknown)]).await;
            assert_eq!(listed(&answer), ["Shift Swap"], "{unknown}");
        }
        for no_id in ["", "shift\nswap", "shift\u{2019}swap", "' OR 1=1 --", &"x".repeat(5000)] {
            let answer = browser.fill_named(&page, "app-1-withdraw", &[("client", no_id)]).await;
            assert_eq!((answer.status, answer.location()), (400, None), "{answer:?}");
        }
        assert!(is_alive(&shift_swap(&app).await, &tokens).await);
        assert!(withdrawals(&app).await.is_empty());
    }

    /// Attack 49: a client that was switched off is still listed and can be sent away; one that is gone is neither.
    async fn a_client_that_is_switched_off_or_gone_breaks_no_list(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        allowed(&third_party(&app, "mileage", "Mileage").await, &mut browser).await;
        app.advance(SECOND);
        allowed(&shift_swap(&app).await, &mut browser).await;
        app.change_client("shift-swap", |client| client.enabled = false).await;
        let page = browser.get("/account/apps").await;
        assert_eq!(listed(&page), ["Shift Swap", "Mileage"]);
        assert_eq!(listed(&withdraw(&mut browser, &page).await), ["Mileage"]);
    }

    /// Attack 79 (CVE-2023-34927): only the person's own page takes back; and on a shared PC only their own.
    async fn a_withdrawal_from_elsewhere_or_from_the_last_persons_tab_takes_nothing_back(app) {
        let client = shift_swap(&app).await;
        let (mut browser, _) = frank_at_account(&app).await;
        let franks = allowed(&client, &mut browser).await;
        let page = browser.get("/account/apps").await;
        for (name, value) in ELSEWHERE {
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            let refused = withdraw(&mut browser, &page).await;
            assert_eq!((listed(&refused).len(), refused.select("#notice").len()), (1, 0), "{name}: {value}");
            assert_eq!(problems(&refused), [NOTHING_CHANGED], "{name}: {value}");
        }
        browser.headers.clear();
        for csrf in ["", "nonsense"] {
            assert_eq!(
                listed(&browser.fill_named(&page, "app-1-withdraw", &[("csrf", csrf)]).await).len(),
                1
            );
        }
        assert_eq!(listed(&browser.get("/account/apps?client=shift-swap").await).len(), 1);

        app.enrol(GRACE).await;
        app.advance(SECOND);
        let prompt = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        log_in(&mut browser, &prompt, GRACE).await;
        let graces = allowed(&client, &mut browser).await;
        let answer = withdraw(&mut browser, &page).await;
        assert_eq!((listed(&answer).len(), answer.select("#notice").len()), (1, 0), "Grace's own list");
        assert!(is_alive(&client, &graces).await);
        let (mut his, _) = at_account(&app, FRANK).await;
        assert_eq!(listed(&his.get("/account/apps").await), ["Shift Swap"]);
        assert!(!is_alive(&client, &franks).await, "her log-in ended his session, as it should");
        assert_eq!(recorded(&app, "consent.withdrawn").await, 0);
    }

    /// An agency's own client that asked all the same is one of them.
    async fn the_agencys_own_client_is_listed_when_it_asked(app) {
        let (mut browser, _) = frank_at_account(&app).await;
        app.advance(SECOND);
        let portal = app.relying_party().with("prompt", "consent");
        let tokens = allowed(&portal, &mut browser).await;
        let page = browser.get("/account/apps").await;
        assert_eq!(listed(&page), ["Portal"]);
        assert!(listed(&withdraw(&mut browser, &page).await).is_empty());
        assert!(!is_alive(&portal, &tokens).await);
        assert!(app.relying_party().authorize(&mut browser).await.sent("code").is_some(), "it need not ask");
    }
}

async fn at_apps<'a>(app: &'a TestApp, user_name: &str) -> (Browser<'a>, Page) {
    if app.find_account(user_name).await.is_none() {
        app.enrol(user_name).await;
    }
    let (mut browser, _) = at_account(app, user_name).await;
    let page = browser.get("/account/apps").await;
    (browser, page)
}
