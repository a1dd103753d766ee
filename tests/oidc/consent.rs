//! Consent: OpenID Connect Core sections 3.1.2.1, 3.1.2.4 and 11; attacks 66, 71 and 79.

use std::collections::BTreeSet;

use idp_domain::client::{Client, ClientId};
use idp_domain::text::Line;

use super::form_post::posted;
use super::{
    CALLBACK, FRANK, HOUR, MARY, MINUTE, SECOND, SESSION_COOKIE, assert_stopped, authorization_error,
    flow_of, franks_browser, is_signed_in, post_from_client, register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

const CREDENTIALS: [(&str, &str); 2] = [("UserName", FRANK), ("Password", PASSWORD)];

/// How the page says what a scope means.
const SENTENCES: [(&str, &str); 7] = [
    ("openid", "Know that it is you"),
    ("profile", "See your name"),
    ("email", "See your email address"),
    ("address", "See your postal address"),
    ("phone", "See your phone number"),
    ("offline_access", "Stay connected"),
    ("company", "See your agency"),
];

/// Stores a client that is not the agency's own, "Shift Planner".
pub(super) async fn register_third_party(app: &TestApp, change: impl FnOnce(&mut Client)) -> Client {
    register(app, |client| {
        client.id = ClientId::parse("shift-planner").unwrap();
        client.name = Line::parse("Shift Planner").unwrap();
        client.first_party = false;
        change(client);
    })
    .await
}

/// The client of [`register_third_party`].
pub(super) fn third_party(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "shift-planner", CALLBACK)
}

/// The same, asking for these scopes.
fn asking<'a>(app: &'a TestApp, scope: &str) -> RelyingParty<'a> {
    third_party(app).with("scope", scope)
}

/// Frank, who has a minute-old session, and a client he knows nothing of.
async fn frank_and_a_stranger(app: &TestApp) -> Browser<'_> {
    app.enrol(FRANK).await;
    register_third_party(app, |_| {}).await;
    franks_browser(app).await
}

/// The scopes on the page, each with whether it was allowed before.
pub(super) fn asked(page: &Page) -> Vec<(&'static str, bool)> {
    assert_eq!((page.status, page.location()), (200, None), "{page:?}");
    assert!(page.heading().starts_with("Allow "), "{page:?}");
    let scope = |line: &String| {
        let named = SENTENCES.into_iter().find(|(_, sentence)| line.starts_with(sentence));
        (named.unwrap_or_else(|| panic!("{line:?} on {page:?}")).0, line.contains("Allowed before"))
    };
    page.select("#asked > li").iter().map(scope).collect()
}

pub(super) async fn allow(browser: &mut Browser<'_>, page: &Page) -> Page {
    asked(page);
    browser.fill(page, "consent-allow", &[]).await
}

async fn deny(browser: &mut Browser<'_>, page: &Page) -> Page {
    asked(page);
    browser.fill(page, "consent-deny", &[]).await
}

/// Asks, has it allowed, and redeems the code.
async fn allowed(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> Answer {
    let page = client.authorize(browser).await;
    let page = allow(browser, &page).await;
    redeemed(client, &page).await
}

pub(super) async fn redeemed(client: &RelyingParty<'_>, page: &Page) -> Answer {
    let code = page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"));
    let tokens = client.redeem(&code).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

async fn subject(client: &RelyingParty<'_>, tokens: &Answer) -> String {
    client.verify(tokens.text("id_token")).await.0["sub"].as_str().unwrap().to_owned()
}

/// How many consents are remembered.
async fn remembered(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM consents").await
}

pub(super) async fn withdraw(browser: &mut Browser<'_>) -> Page {
    let page = browser.get("/account/apps").await;
    browser.fill(&page, "app-1-withdraw", &[]).await
}

on_each_database! {
    /// Core section 3.1.2.4: the person learns who asks, for what, and as whom; no code leaves before the answer.
    async fn a_third_party_client_gets_a_code_only_after_the_person_allowed_it(app) {
        app.enrol(FRANK).await;
        register_third_party(&app, |_| {}).await;
        let codes = "SELECT COUNT(*) FROM authorization_codes";
        let before = app.count(codes).await;
        let client = third_party(&app);
        let mut browser = app.browser();
        let page = client.log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "Allow Shift Planner?");
        assert_eq!(page.select("#username"), [FRANK]);
        assert_eq!(
            asked(&page),
            [("openid", false), ("profile", false), ("email", false), ("company", false)]
        );
        assert_eq!(
            (app.count(codes).await, remembered(&app).await),
            (before, 0),
            "nothing before the answer"
        );

        let done = allow(&mut browser, &page).await;
        assert!(done.left_to(CALLBACK));
        assert_eq!(done.sent("state").as_deref(), Some("state-of-the-flow"));
        assert_eq!(done.sent("iss").as_deref(), Some("https://id.example"));
        let tokens = redeemed(&client, &done).await;
        assert_eq!(tokens.text("scope"), "openid profile email company");
        assert_eq!(client.userinfo(tokens.text("access_token")).await.json["email"], FRANK);
        assert_eq!(remembered(&app).await, 1);
        let events = "SELECT COUNT(*) FROM audit_events WHERE action = 'consent.given'";
        assert_eq!(app.count(events).await, 1, "and it is on record");
    }

    /// The agency's own clients skip it.
    async fn a_first_party_client_asks_nothing(app) {
        app.enrol(FRANK).await;
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(page.sent("code").is_some(), "{page:?}");
        assert_eq!(remembered(&app).await, 0);
    }

    /// Remembered per client and scope: the same and less need no second answer, in any browser of this person.
    async fn what_was_allowed_is_not_asked_again(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        allowed(&asking(&app, "openid profile email"), &mut browser).await;
        let mut elsewhere = franks_browser(&app).await;
        for scope in ["openid profile email", "email openid", "openid"] {
            for prompt in ["", "none"] {
                for browser in [&mut browser, &mut elsewhere] {
                    let client = asking(&app, scope).with("prompt", prompt);
                    let tokens = redeemed(&client, &client.authorize(browser).await).await;
                    assert_eq!(tokens.text("scope").split(' ').count(), scope.split(' ').count());
                }
            }
        }
    }

    /// One person's answer to one client says nothing about another client, nor about another person.
    async fn consent_is_each_persons_to_each_client(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        app.enrol(MARY).await;
        allowed(&third_party(&app), &mut browser).await;
        register_third_party(&app, |client| {
            client.id = ClientId::parse("mileage").unwrap();
            client.name = Line::parse("Mileage").unwrap();
        })
        .await;
        let mileage = RelyingParty::new(&app, "mileage", CALLBACK);
        assert_eq!(mileage.authorize(&mut browser).await.heading(), "Allow Mileage?");
        let marys = third_party(&app).log_in(&mut app.browser(), MARY, PASSWORD).await;
        assert_eq!(marys.heading(), "Allow Shift Planner?");
        assert_eq!(marys.select("#username"), [MARY]);
    }

    /// A scope that was not allowed yet is asked for, beside what is known; then all of it is known.
    async fn a_new_scope_asks_again_and_says_which_one_is_new(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        allowed(&asking(&app, "openid profile"), &mut browser).await;
        app.advance(SECOND);

        let client = asking(&app, "openid profile email phone");
        let silent = client.with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(authorization_error(&silent), "consent_required");
        let client = asking(&app, "openid profile email phone");
        let page = client.authorize(&mut browser).await;
        assert_eq!(asked(&page), [("openid", true), ("profile", true), ("email", false), ("phone", false)]);
        let tokens = redeemed(&client, &allow(&mut browser, &page).await).await;
        assert_eq!(tokens.text("scope"), "openid profile email phone");

        let page = asking(&app, "openid phone").authorize(&mut browser).await;
        assert!(page.sent("code").is_some(), "{page:?}");
        assert_eq!(remembered(&app).await, 1);
    }

    /// Core section 5.5: claims that are asked for one by one are asked of the person as well.
    async fn claims_are_asked_for_like_the_scopes_they_belong_to(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let claims = r#"{"userinfo": {"email": null}, "id_token": {"phone_number": {"essential": true}}}"#;
        let client = asking(&app, "openid").with("claims", claims);
        let page = client.authorize(&mut browser).await;
        assert_eq!(asked(&page), [("openid", false), ("email", false), ("phone", false)]);
        let tokens = redeemed(&client, &allow(&mut browser, &page).await).await;
        assert_eq!(client.userinfo(tokens.text("access_token")).await.json["email"], FRANK);
        assert!(client.authorize(&mut browser).await.sent("code").is_some(), "known from now on");
    }

    /// Core section 3.1.2.1: `prompt=consent` asks although it was allowed before, and asks for the agency's own
    /// clients too.
    async fn prompt_consent_asks_again(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        allowed(&third_party(&app), &mut browser).await;
        for (client, known) in
            [(third_party(&app), true), (app.relying_party(), false), (app.relying_party(), true)]
        {
            app.advance(SECOND);
            let client = client.with("prompt", "consent");
            let page = client.authorize(&mut browser).await;
            assert!(asked(&page).into_iter().all(|(_, before)| before == known), "{page:?}");
            let again = browser.get(&format!("/continue?flow={}", flow_of(&page))).await;
            assert!(!asked(&again).is_empty(), "a reload is no answer");
            let done = allow(&mut browser, &page).await;
            redeemed(&client, &done).await;
        }
        app.advance(SECOND);
        let page = app.relying_party().authorize(&mut browser).await;
        assert!(page.sent("code").is_some(), "without the prompt the agency's own client asks nothing");
    }

    /// Core section 3.1.2.1: prompts combine; the log-in comes first.
    async fn prompt_login_consent_asks_for_both(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        allowed(&third_party(&app), &mut browser).await;
        app.advance(SECOND);
        for prompt in ["login consent", "consent login select_account"] {
            let client = third_party(&app).with("prompt", prompt);
            let page = client.authorize(&mut browser).await;
            assert_eq!(page.heading(), "Log In", "{prompt}");
            let url = format!("/consent?flow={}", flow_of(&page));
            assert_eq!(browser.get(&url).await.heading(), "Log In", "{prompt}: not to be gone around");
            let page = browser.fill(&page, "login-submit", &CREDENTIALS).await;
            assert!(allow(&mut browser, &page).await.sent("code").is_some(), "{prompt}");
            app.advance(SECOND);
        }
    }

    /// Core section 3.1.2.6: `prompt=none` shows no page: `login_required` without a session, then
    /// `consent_required`.
    async fn prompt_none_is_consent_required(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let silent = third_party(&app).with("prompt", "none");
        let page = app.browser().get_once(&silent.authorization_url()).await;
        assert_eq!(authorization_error(&page), "login_required");
        let page = browser.get_once(&silent.authorization_url()).await;
        assert_eq!(authorization_error(&page), "consent_required");
        let query = silent.authorization_query();
        let page = post_from_client(&app, &mut browser, "/authorize", &query).await;
        assert_eq!(authorization_error(&page), "consent_required");
        let page = silent.with("response_mode", "form_post").authorize(&mut browser).await;
        assert_eq!(posted(&page)["error"], "consent_required");
        assert_eq!(remembered(&app).await, 0);
    }

    /// RFC 6749 section 4.1.2.1: `access_denied` with `state` and `iss`; nothing is remembered, and the session lives
    /// on.
    async fn deny_is_access_denied_and_nothing_is_remembered(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let client = third_party(&app);
        let page = client.authorize(&mut browser).await;
        let denied = deny(&mut browser, &page).await;
        assert_eq!(authorization_error(&denied), "access_denied");
        assert_eq!(remembered(&app).await, 0);
        assert!(is_signed_in(&app, &mut browser).await);
        let silent = third_party(&app).with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(authorization_error(&silent), "consent_required");
        assert!(
            !asked(&client.authorize(&mut browser).await).is_empty(),
            "asked again, not refused for ever"
        );

        let page = client.with("response_mode", "form_post").authorize(&mut browser).await;
        let fields = posted(&deny(&mut browser, &page).await);
        assert_eq!(fields["error"], "access_denied");
        assert_eq!(
            (fields["state"].as_str(), fields["iss"].as_str()),
            ("state-of-the-flow", "https://id.example")
        );
        assert!(!fields.contains_key("code"));
    }

    /// To say no to more is not to take back what was allowed before.
    async fn to_deny_more_keeps_what_was_allowed(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let tokens = allowed(&asking(&app, "openid"), &mut browser).await;
        let page = asking(&app, "openid email").authorize(&mut browser).await;
        assert_eq!(authorization_error(&deny(&mut browser, &page).await), "access_denied");
        assert_eq!(third_party(&app).userinfo(tokens.text("access_token")).await.status, 200);
        assert!(asking(&app, "openid").authorize(&mut browser).await.sent("code").is_some());
        let page = asking(&app, "openid email").authorize(&mut browser).await;
        assert_eq!(asked(&page), [("openid", true), ("email", false)]);
    }

    /// Withdrawn on the account page: what the client holds is dead at once, and it must ask again.
    async fn a_withdrawn_consent_ends_everything_at_once(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        app.enrol(MARY).await;
        let client = third_party(&app);
        let tokens = allowed(&client, &mut browser).await;
        let offline = third_party(&app).with("prompt", "consent").with("scope", "openid offline_access");
        app.advance(SECOND);
        let long_lived = allowed(&offline, &mut browser).await;
        let mut marys = app.browser();
        let page = client.log_in(&mut marys, MARY, PASSWORD).await;
        let others = redeemed(&client, &allow(&mut marys, &page).await).await;
        let portal = app.relying_party();
        let own = redeemed(&portal, &portal.authorize(&mut browser).await).await;

        let page = browser.get("/account/apps").await;
        assert_eq!(page.select("#app-1-name"), ["Shift Planner"]);
        assert!(page.select("#app-2-name").is_empty(), "the portal was never asked about: {page:?}");
        let page = withdraw(&mut browser).await;
        assert!(page.shows("You have not allowed any app"), "{page:?}");
        for dead in [&tokens, &long_lived] {
            assert_eq!(client.userinfo(dead.text("access_token")).await.status, 401);
            assert_eq!(
                client.introspect(dead.text("access_token")).await.json,
                serde_json::json!({"active": false})
            );
            assert_eq!(client.refresh(dead.text("refresh_token")).await.error(), (400, "invalid_grant"));
        }
        for (client, alive) in [(&client, &others), (&portal, &own)] {
            assert_eq!(client.userinfo(alive.text("access_token")).await.status, 200, "not theirs to end");
        }
        let silent = third_party(&app).with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(authorization_error(&silent), "consent_required");
        let page = client.authorize(&mut browser).await;
        assert!(asked(&page).iter().all(|(_, known)| !known), "nothing was allowed before");
        let events = "SELECT COUNT(*) FROM audit_events WHERE action = 'consent.withdrawn'";
        assert_eq!(app.count(events).await, 1);
    }

    /// A code on its way while the consent is taken back is worth nothing any more.
    async fn a_code_of_a_consent_that_was_withdrawn_is_refused(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let client = third_party(&app);
        let page = client.authorize(&mut browser).await;
        let code = allow(&mut browser, &page).await.sent("code").unwrap();
        withdraw(&mut browser).await;
        assert_eq!(client.redeem(&code).await.error(), (400, "invalid_grant"));
    }

    /// Attack 79: only the person's own page takes a consent back.
    async fn a_withdrawal_from_elsewhere_changes_nothing(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let client = third_party(&app);
        let tokens = allowed(&client, &mut browser).await;
        let page = browser.get("/account/apps").await;
        let mut elsewhere = app.browser();
        elsewhere.cookies = browser.cookies.clone();
        elsewhere.headers.push(("origin".to_owned(), "https://evil.example".to_owned()));
        elsewhere.fill(&page, "app-1-withdraw", &[]).await;
        for csrf in ["", "guessed"] {
            browser.fill_named(&page, "app-1-withdraw", &[("csrf", csrf)]).await;
        }
        browser.get("/account/apps?client=shift-planner").await;
        assert_eq!(remembered(&app).await, 1);
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
    }

    /// Core section 11: a client that is not the agency's own stays connected only where the person was asked about
    /// it.
    async fn a_third_party_client_gets_offline_access_only_with_prompt_consent(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let plain = asking(&app, "openid offline_access");
        let page = plain.authorize(&mut browser).await;
        assert_eq!(asked(&page), [("openid", false)]);
        let ends = redeemed(&plain, &allow(&mut browser, &page).await).await;
        assert_eq!(ends.text("scope"), "openid");
        app.advance(SECOND);

        let asked_for = asking(&app, "openid offline_access").with("prompt", "consent");
        let page = asked_for.authorize(&mut browser).await;
        assert_eq!(asked(&page), [("openid", true), ("offline_access", false)]);
        let stays = redeemed(&asked_for, &allow(&mut browser, &page).await).await;
        assert_eq!(stays.text("scope"), "openid offline_access");
        let again = redeemed(&plain, &plain.authorize(&mut browser).await).await;
        assert_eq!(again.text("scope"), "openid", "what was allowed then was allowed for then");

        let page = browser.get("/logout").await;
        browser.fill(&page, "logout-yes", &[]).await;
        for ended in [&ends, &again] {
            assert_eq!(plain.refresh(ended.text("refresh_token")).await.error(), (400, "invalid_grant"));
        }
        assert_eq!(plain.refresh(stays.text("refresh_token")).await.status, 200, "it outlives the log-out");
    }

    /// Core section 11, "other conditions": the agency's own clients have it by their registration.
    async fn a_first_party_client_gets_offline_access_without_being_asked(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party().with("scope", "openid offline_access");
        let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(tokens.text("scope"), "openid offline_access");
        register(&app, |client| client.scopes = idp_domain::scope::Scopes::parse("openid")).await;
        let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(tokens.text("scope"), "openid", "but not against it");
    }

    /// Attack 79 (CVE-2023-34927): an answer from another site, without a token, or by GET, is no answer.
    async fn an_answer_from_elsewhere_is_no_answer(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let page = third_party(&app).authorize(&mut browser).await;
        let elsewhere = [
            ("origin", "https://evil.example"),
            ("origin", "https://maple.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ];
        for (name, value) in elsewhere {
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            let again = browser.fill(&page, "consent-allow", &[]).await;
            assert!(!asked(&again).is_empty() && again.shows("Please answer once more"), "{name}: {value}");
        }
        browser.headers.clear();
        let others = third_party(&app).authorize(&mut franks_browser(&app).await).await;
        let others = others.attribute("input[name=csrf]", "value").unwrap();
        for changed in [
            [("csrf", "")],
            [("csrf", "guessed")],
            [("csrf", &others)],
            [("answer", "")],
            [("answer", "ALLOW")],
        ] {
            let again = browser.fill_named(&page, "consent-allow", &changed).await;
            assert!(!asked(&again).is_empty(), "{changed:?}");
        }
        let csrf = page.attribute("input[name=csrf]", "value").unwrap();
        let url = format!("/consent?flow={}&csrf={csrf}&answer=allow", flow_of(&page));
        assert!(!asked(&browser.get(&url).await).is_empty(), "a GET never answers");
        assert_eq!(remembered(&app).await, 0);
        assert!(
            allow(&mut browser, &page).await.sent("code").is_some(),
            "the person's own answer still counts"
        );
    }

    /// Attack 66 (CVE-2022-39222): the approval is the session's, not the flow's; a code speaks for whoever allowed
    /// it.
    async fn a_stolen_flow_is_answered_for_the_thief_alone(app) {
        app.enrol(MARY).await;
        let mut victim = frank_and_a_stranger(&app).await;
        let client = third_party(&app);
        let page = client.authorize(&mut victim).await;
        let url = format!("/consent?flow={}", flow_of(&page));

        let mut stranger = app.browser();
        assert_eq!(stranger.get(&url).await.heading(), "Log In");
        assert_eq!(stranger.fill(&page, "consent-allow", &[]).await.heading(), "Log In");
        assert_eq!(stranger.fill(&page, "consent-deny", &[]).await.heading(), "Log In");
        assert_eq!(remembered(&app).await, 0);

        let mut thief = app.browser();
        app.relying_party().code(&mut thief, MARY, PASSWORD).await;
        let theirs = thief.get(&url).await;
        assert_eq!(theirs.select("#username"), [MARY]);
        let thiefs = redeemed(&client, &allow(&mut thief, &theirs).await).await;
        let franks = redeemed(&client, &allow(&mut victim, &page).await).await;
        assert_ne!(subject(&client, &thiefs).await, subject(&client, &franks).await);
    }

    /// Attack 71 (CVE-2026-7507): a flow that an attacker began asks the victim, by name, before anything leaves.
    async fn a_planted_flow_asks_the_victim_first(app) {
        app.enrol(MARY).await;
        let mut victim = frank_and_a_stranger(&app).await;
        let mut attacker = app.browser();
        let page = third_party(&app).log_in(&mut attacker, MARY, PASSWORD).await;
        let flow = flow_of(&page);
        allow(&mut attacker, &page).await;
        for path in ["/continue", "/consent"] {
            let shown = victim.get(&format!("{path}?flow={flow}")).await;
            assert_eq!(shown.select("#username"), [FRANK], "{shown:?}");
            assert!(asked(&shown).iter().all(|(_, known)| !known), "Mary's answer is not Frank's");
        }
        let posted = victim.fill(&page, "consent-allow", &[]).await;
        assert!(!asked(&posted).is_empty(), "the attacker's form is nobody's here");
        assert_eq!(remembered(&app).await, 1);
    }

    /// On a shared PC the last person's open page does not answer for the next one.
    async fn a_page_of_the_last_person_does_not_answer_for_the_next_one(app) {
        app.enrol(MARY).await;
        let mut browser = frank_and_a_stranger(&app).await;
        let franks = third_party(&app).authorize(&mut browser).await;
        let page = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        browser.fill(&page, "login-submit", &[("UserName", MARY), ("Password", PASSWORD)]).await;
        for button in ["consent-allow", "consent-deny"] {
            let again = browser.fill(&franks, button, &[]).await;
            assert!(
                !asked(&again).is_empty() && again.shows("Please answer once more"),
                "{button}: {again:?}"
            );
            assert_eq!(again.select("#username"), [MARY], "{button}");
        }
        assert_eq!(remembered(&app).await, 0);
    }

    /// Who is not the person on the page may log in as themselves; the request is kept.
    async fn another_account_can_answer_instead(app) {
        app.enrol(MARY).await;
        let mut browser = frank_and_a_stranger(&app).await;
        let client = third_party(&app);
        let page = client.authorize(&mut browser).await;
        let page = browser.fill(&page, "consent-other-account", &[]).await;
        assert_eq!(page.heading(), "Log In");
        assert!(!browser.cookies.contains_key(SESSION_COOKIE), "Frank is logged out");
        let page = browser.fill(&page, "login-submit", &[("UserName", MARY), ("Password", PASSWORD)]).await;
        assert_eq!(page.select("#username"), [MARY]);
        let tokens = redeemed(&client, &allow(&mut browser, &page).await).await;
        assert_eq!(client.userinfo(tokens.text("access_token")).await.json["email"], MARY);
    }

    /// A page that stood open until the session was over leads to the log-in and back, with the same request.
    async fn a_stale_consent_page_restarts_the_same_request(app) {
        app.enrol(FRANK).await;
        register_third_party(&app, |_| {}).await;
        for (later, button) in
            [(HOUR + SECOND, "consent-allow"), (HOUR * 13, "consent-allow"), (HOUR * 24 * 3, "consent-deny")]
        {
            let mut browser = franks_browser(&app).await;
            let client = third_party(&app).with("prompt", "consent").with("state", "kept through it all");
            let page = client.authorize(&mut browser).await;
            app.advance(later);
            let consents = remembered(&app).await;
            let page = browser.fill(&page, button, &[]).await;
            assert_eq!(page.heading(), "Log In", "{later:?}: {page:?}");
            assert_eq!(remembered(&app).await, consents, "{later:?}");
            let page = browser.fill(&page, "login-submit", &CREDENTIALS).await;
            let done = allow(&mut browser, &page).await;
            assert_eq!(done.sent("state").as_deref(), Some("kept through it all"), "{later:?}");
            redeemed(&client, &done).await;
        }
    }

    /// `protocol.md`: state belongs to the flow. An answer in one tab serves the other, and each gets its own
    /// response.
    async fn two_tabs_ask_side_by_side(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let clients = ["one", "two", "three"].map(|state| third_party(&app).with("state", state));
        let first = clients[0].authorize(&mut browser).await;
        let second = clients[1].authorize(&mut browser).await;
        let third = clients[2].authorize(&mut browser).await;
        let done = allow(&mut browser, &second).await;
        assert_eq!(done.sent("state").as_deref(), Some("two"));
        let done = allow(&mut browser, &first).await;
        assert_eq!(done.sent("state").as_deref(), Some("one"));
        let reloaded = browser.get(third.url.as_str()).await;
        assert_eq!(reloaded.sent("state").as_deref(), Some("three"), "answered already: {reloaded:?}");
        assert_eq!(remembered(&app).await, 1);
    }

    /// The back button: an answer can be given again and changed; each time the client gets a response of its own.
    async fn back_and_another_answer_never_break_a_flow(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let client = third_party(&app);
        let page = client.authorize(&mut browser).await;
        assert_eq!(authorization_error(&deny(&mut browser, &page).await), "access_denied");
        let mut codes = BTreeSet::new();
        for _ in 0..2 {
            codes.insert(allow(&mut browser, &page).await.sent("code").expect("a code"));
        }
        let reloaded = browser.get(page.url.as_str()).await;
        codes.insert(reloaded.sent("code").unwrap_or_else(|| panic!("nothing left to ask: {reloaded:?}")));
        assert_eq!(codes.len(), 3);
        for code in codes {
            assert_eq!(client.redeem(&code).await.status, 200);
        }
        assert_eq!(authorization_error(&deny(&mut browser, &page).await), "access_denied");
    }

    /// An answer counts for what was asked, and only when it was: a form that is still open says nothing to another
    /// request.
    async fn an_answer_that_nobody_asked_for_is_not_remembered(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let open = third_party(&app).authorize(&mut browser).await;
        let log_in = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        let of_portal = browser.fill_named(&open, "consent-allow", &[("flow", &flow_of(&log_in))]).await;
        assert_eq!(of_portal.heading(), "Log In", "the portal's log-in still comes first");
        let stranger = third_party(&app).with("prompt", "login").authorize(&mut browser).await;
        let of_stranger = browser.fill_named(&open, "consent-allow", &[("flow", &flow_of(&stranger))]).await;
        assert_eq!(of_stranger.heading(), "Log In");
        assert_eq!(remembered(&app).await, 0);
    }

    /// R48: what a person must do first is done first; then they are asked, then the code.
    async fn consent_comes_after_the_security_questions(app) {
        app.activate(FRANK).await;
        register_third_party(&app, |_| {}).await;
        let client = third_party(&app);
        let mut browser = app.browser();
        let page = client.log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "Security Questions");
        let skipped = browser.get(&format!("/consent?flow={}", flow_of(&page))).await;
        assert_eq!(skipped.heading(), "Security Questions", "not to be gone around");
        let page = browser.answer_questions(&page).await;
        let done = allow(&mut browser, &page).await;
        redeemed(&client, &done).await;
    }

    /// What was taken from the client while the page stood open is not given any more.
    async fn a_client_that_changed_while_the_page_was_open_gets_nothing(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        let page = third_party(&app).authorize(&mut browser).await;
        register_third_party(&app, |client| {
            client.redirect_uris = vec!["https://maple.example/new".to_owned()]
        })
        .await;
        let stopped = browser.fill(&page, "consent-allow", &[]).await;
        assert_stopped(&stopped);
        assert!(stopped.shows("cannot be used at the moment"), "nobody made a mistake: {stopped:?}");
        register_third_party(&app, |client| client.enabled = false).await;
        assert_stopped(&browser.fill(&page, "consent-allow", &[]).await);
        assert_stopped(&browser.fill(&page, "consent-deny", &[]).await);
        assert_stopped(&browser.get(page.url.as_str()).await);
        assert_eq!(remembered(&app).await, 0);
    }

    /// The page needs no script, its buttons have stable ids, and its form may end at the client.
    async fn the_page_works_without_javascript(app) {
        let mut browser = frank_and_a_stranger(&app).await;
        app.advance(MINUTE);
        let page = third_party(&app).authorize(&mut browser).await;
        for id in ["#consent-allow", "#consent-deny"] {
            assert_eq!(page.attribute(id, "type").as_deref(), Some("submit"), "{id}");
        }
        assert_eq!(page.attribute("form", "action").as_deref(), Some("/consent"));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("form-action"), "browsers apply it to the redirect that follows: {policy}");
        assert_eq!(page.headers["cache-control"], "no-store");
    }
}
