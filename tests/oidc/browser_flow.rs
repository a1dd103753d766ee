//! State belongs to the flow, not to the browser: tabs, stale pages, altered flows, forms from elsewhere
//! (`protocol.md`, "Authorization endpoint"; attacks 66, 78, 79).

use std::collections::BTreeSet;

use idp_domain::client::ClientId;
use idp_domain::ports::Purpose;

use super::{
    CALLBACK, FRANK, HOUR, MINUTE, SESSION_COOKIE, assert_stopped, authorization_error, flow_of,
    franks_browser, is_signed_in, register,
};
use crate::support::app::PASSWORD;
use crate::support::browser::Browser;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const CREDENTIALS: [(&str, &str); 2] = [("UserName", FRANK), ("Password", PASSWORD)];

/// A form that acts for a person, with whatever a stranger can know.
async fn assert_stopped_form(browser: &mut Browser<'_>, path: &str, flow: &str) {
    let page = browser.post(path, &[("flow", flow), ("csrf", "guessed")]).await;
    assert_eq!((page.status, page.location()), (403, None), "{path}: {page:?}");
}

on_each_database! {
    async fn tabs_of_one_browser_run_side_by_side(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let clients = ["one", "two", "three"].map(|state| app.relying_party().with("state", state));
        let first = clients[0].authorize(&mut browser).await;
        let second = clients[1].authorize(&mut browser).await;
        let third = clients[2].authorize(&mut browser).await;

        let second = browser.fill(&second, "login-submit", &CREDENTIALS).await;
        assert_eq!(second.sent("state").as_deref(), Some("two"), "the tab that was sent, not the newest one");
        let first = browser.fill(&first, "login-submit", &CREDENTIALS).await;
        assert_eq!(
            first.sent("state").as_deref(),
            Some("one"),
            "a log-in in another tab does not disturb this one"
        );
        let third = browser.get(third.url.as_str()).await;
        let third = match third.heading().as_str() {
            "Log In" => browser.fill(&third, "login-submit", &CREDENTIALS).await,
            _ => third,
        };
        assert_eq!(third.sent("state").as_deref(), Some("three"));
        for (client, page) in clients.iter().zip([first, second, third]) {
            assert_eq!(client.redeem(&page.sent("code").unwrap()).await.status, 200);
        }
    }

    /// `protocol.md`: the page carries the request, so lost state does not matter; it is never a dead end.
    async fn a_stale_log_in_page_restarts_the_same_request(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party().with("state", "kept through it all");
        let mut browser = app.browser();
        let page = client.authorize(&mut browser).await;
        browser.cookies.clear();
        app.advance(HOUR * 24 * 3);

        let page = browser.fill(&page, "login-submit", &CREDENTIALS).await;
        assert_eq!((page.status, page.heading().as_str()), (200, "Log In"), "{page:?}");
        assert!(page.shows("Please log in again"), "{page:?}");
        assert!(!browser.cookies.contains_key(SESSION_COOKIE));
        let page = browser.fill(&page, "login-submit", &CREDENTIALS).await;
        assert_eq!(page.sent("state").as_deref(), Some("kept through it all"));
        assert_eq!(client.redeem(&page.sent("code").unwrap()).await.status, 200);
    }

    /// A wrong password keeps the request, the user name and the way to go on.
    async fn a_failed_log_in_keeps_the_request(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, "not the password at all").await;
        assert_eq!(page.heading(), "Log In");
        assert_eq!((page.value("UserName").as_str(), page.value("Password").as_str()), (FRANK, ""));
        let page = browser.fill(&page, "login-submit", &[("Password", PASSWORD)]).await;
        assert_eq!(page.sent("state").as_deref(), Some("state-of-the-flow"));
    }

    /// A flow is opaque (attack 78) and sealed: nobody but us makes or changes one.
    async fn an_altered_flow_is_refused_by_every_page(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let genuine = flow_of(&app.relying_party().authorize(&mut browser).await);
        assert!(!genuine.contains("maple") && !genuine.contains("portal"), "opaque");
        let mut signed_in = franks_browser(&app).await;

        let request = app.env.sealer.open(Purpose::Flow, &genuine).expect("ours");
        let other_purpose = app.env.sealer.seal(Purpose::ActivationCookie, &request);
        let rubbish = app.env.sealer.seal(Purpose::Flow, b"{\"client_id\":\"portal.99999\"}");
        let mut flipped = genuine.clone();
        let last = flipped.pop().unwrap();
        flipped.push(if last == 'A' { 'B' } else { 'A' });
        let middle = genuine.len() / 2;
        let swapped = format!("{}{}", &genuine[middle..], &genuine[..middle]);
        for flow in
            ["", "x", "e30", &genuine[1..], &genuine[..middle], &flipped, &swapped, &other_purpose, &rubbish]
        {
            for path in ["/continue", "/login", "/no-access", "/consent"] {
                let url = format!("{path}?flow={flow}");
                assert_stopped(&browser.get(&url).await);
                assert_stopped(&signed_in.get(&url).await);
            }
            let page = app.relying_party().authorize(&mut browser).await;
            let page = browser
                .fill_named(
                    &page,
                    "login-submit",
                    &[("flow", flow), ("username", FRANK), ("password", PASSWORD)],
                )
                .await;
            assert_stopped(&page);
            assert!(!browser.cookies.contains_key(SESSION_COOKIE), "nobody was signed in on the way");
        }
    }

    /// A redirect URI or a client that was taken away in the meantime is not honoured.
    async fn a_flow_whose_client_changed_is_refused(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        register(&app, |client| client.redirect_uris = vec!["https://maple.example/other".to_owned()]).await;
        assert_stopped(&browser.fill(&page, "login-submit", &CREDENTIALS).await);
        register(&app, |client| client.enabled = false).await;
        assert_stopped(&browser.get(page.url.as_str()).await);
    }

    /// Attack 66 (CVE-2022-39222): whoever learns the id of a victim's flow gets nothing of the victim's.
    async fn a_stolen_flow_gives_no_code(app) {
        app.enrol(FRANK).await;
        let mut victim = app.browser();
        let page = app.relying_party().authorize(&mut victim).await;
        let flow = flow_of(&page);
        let done = victim.fill(&page, "login-submit", &CREDENTIALS).await;
        assert!(done.left_to(CALLBACK));

        let mut thief = app.browser();
        let page = thief.get(&format!("/continue?flow={flow}")).await;
        assert_eq!(page.heading(), "Log In", "the approval is the victim's session, not the flow's id");
        for path in ["/questions", "/consent"] {
            let page = thief.get(&format!("{path}?flow={flow}")).await;
            assert_eq!(page.heading(), "Log In", "{path}");
        }
        assert_stopped_form(&mut thief, "/questions/cancel", &flow).await;
        let page = thief.post("/no-access", &[("flow", &flow), ("csrf", "guessed")]).await;
        assert_eq!(page.heading(), "Log In", "nothing is ended or told by it");
        assert!(is_signed_in(&app, &mut victim).await, "and the victim's session lives on");
    }

    /// Attack 79 (CVE-2023-34927): a log-in form from elsewhere signs nobody in (log-in CSRF).
    async fn a_log_in_form_from_elsewhere_signs_nobody_in(app) {
        app.enrol(FRANK).await;
        let elsewhere = [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://id.example"),
            ("origin", "https://id.example.evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ];
        for (name, value) in elsewhere {
            let mut browser = app.browser();
            let page = app.relying_party().authorize(&mut browser).await;
            browser.headers.push((name.to_owned(), value.to_owned()));
            let page = browser.fill(&page, "login-submit", &CREDENTIALS).await;
            assert_eq!(page.heading(), "Log In", "{name}: {value}");
            assert!(!browser.cookies.contains_key(SESSION_COOKIE), "{name}: {value}");
        }
    }

    async fn a_log_in_form_without_this_browsers_token_signs_nobody_in(app) {
        app.enrol(FRANK).await;
        let attacker = app.relying_party().authorize(&mut app.browser()).await;
        let others = attacker.attribute("input[name=csrf]", "value").unwrap();
        for csrf in ["", "guessed", others.as_str()] {
            let mut browser = app.browser();
            let page = app.relying_party().authorize(&mut browser).await;
            let fields = [("csrf", csrf), ("username", FRANK), ("password", PASSWORD)];
            let page = browser.fill_named(&page, "login-submit", &fields).await;
            assert_eq!(page.heading(), "Log In");
            assert!(!browser.cookies.contains_key(SESSION_COOKIE), "{csrf}");
        }
        let mut browser = app.browser();
        let url = format!(
            "/login?flow={}&username={FRANK}&password=copper+ladder+quiet+meadow",
            flow_of(&attacker)
        );
        assert_eq!(browser.get(&url).await.heading(), "Log In", "a GET never logs in");
        assert!(!browser.cookies.contains_key(SESSION_COOKIE));
    }

    /// On a shared PC the last person's open page does not act for the next one.
    async fn a_page_of_the_last_person_does_not_act_for_the_next_one(app) {
        app.enrol(FRANK).await;
        app.activate(super::MARY).await;
        let mut browser = app.browser();
        let marys = app.relying_party().log_in(&mut browser, super::MARY, PASSWORD).await;
        assert_eq!(marys.heading(), "Security Questions");
        app.advance(MINUTE);
        let page = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        browser.fill(&page, "login-submit", &CREDENTIALS).await;

        let cancelled = browser.fill(&marys, "questions-cancel", &[]).await;
        assert_eq!(cancelled.status, 403, "{cancelled:?}");
        assert!(is_signed_in(&app, &mut browser).await, "Frank stays signed in");
    }

    /// R51: Cancel in the questions ends the session and tells the client.
    async fn cancel_in_the_questions_is_access_denied(app) {
        app.activate(FRANK).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        let page = browser.fill(&page, "questions-cancel", &[]).await;
        assert_eq!(authorization_error(&page), "access_denied");
        assert!(!browser.cookies.contains_key(SESSION_COOKIE));
    }

    /// Two clients at once in one browser: a log-in for one serves the other, and neither answer goes astray.
    async fn flows_of_two_clients_run_side_by_side(app) {
        app.enrol(FRANK).await;
        let other = "https://maple.example/other";
        register(&app, |client| {
            client.id = ClientId::parse("other.99999").unwrap();
            client.redirect_uris = vec![other.to_owned()];
        })
        .await;
        let portal = app.relying_party().with("state", "of the portal");
        let shifts = RelyingParty::new(&app, "other.99999", other).with("state", "of the other");
        let mut browser = app.browser();
        let of_portal = portal.authorize(&mut browser).await;
        let of_shifts = shifts.authorize(&mut browser).await;
        let done = browser.fill(&of_portal, "login-submit", &CREDENTIALS).await;
        assert!(done.left_to(CALLBACK) && done.sent("state").as_deref() == Some("of the portal"), "{done:?}");
        let also = browser.get(&format!("/continue?flow={}", flow_of(&of_shifts))).await;
        assert!(also.left_to(other) && also.sent("state").as_deref() == Some("of the other"), "{also:?}");
        assert_eq!(portal.redeem(&also.sent("code").unwrap()).await.status, 400, "a code of the other's");
        assert_eq!(portal.redeem(&done.sent("code").unwrap()).await.status, 200);
    }

    /// `protocol.md`: a reload, the back button and a second press of the button lead on, and each code is another.
    async fn back_and_reload_never_break_a_flow(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let mut browser = app.browser();
        let page = client.authorize(&mut browser).await;
        let reloaded = browser.get(page.url.as_str()).await;
        assert_eq!(flow_of(&reloaded), flow_of(&page));
        let mut codes = BTreeSet::new();
        for pressed in [&page, &reloaded, &page] {
            let done = browser.fill(pressed, "login-submit", &CREDENTIALS).await;
            assert_eq!(done.sent("state").as_deref(), Some("state-of-the-flow"), "{done:?}");
            codes.insert(done.sent("code").unwrap());
        }
        assert_eq!(codes.len(), 3);
        for code in codes {
            assert_eq!(client.redeem(&code).await.status, 200);
        }
    }
}
