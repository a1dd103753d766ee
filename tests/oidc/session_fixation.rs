//! The single sign-on cookie (rules section 5) and attack 71 (CVE-2026-7507, CVE-2024-7341): session fixation.

use super::{FRANK, MARY, MINUTE, SESSION_COOKIE, authorization_error, franks_browser, is_signed_in};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const CREDENTIALS: [(&str, &str); 2] = [("UserName", FRANK), ("Password", PASSWORD)];

on_each_database! {
    /// The attacker plants all of their own cookies in the victim's browser.
    async fn planted_cookies_do_not_become_the_victims_session(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let mut attacker = app.browser();
        app.relying_party().code(&mut attacker, MARY, PASSWORD).await;
        app.advance(MINUTE);

        let mut victim = app.browser();
        victim.cookies = attacker.cookies.clone();
        let page = app.relying_party().with("prompt", "login").authorize(&mut victim).await;
        let page = victim.fill(&page, "login-submit", &CREDENTIALS).await;
        assert!(page.sent("code").is_some());
        assert_ne!(
            victim.cookies[SESSION_COOKIE], attacker.cookies[SESSION_COOKIE],
            "a new secret at every log-in"
        );
        assert!(is_signed_in(&app, &mut victim).await);
        assert!(!is_signed_in(&app, &mut attacker).await, "the planted secret is dead");
    }

    /// Rules section 5: rotated at every log-in, also when the same person logs in again.
    async fn the_same_persons_next_log_in_kills_the_old_cookie(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let mut thief = app.browser();
        thief.cookies = browser.cookies.clone();
        assert!(is_signed_in(&app, &mut thief).await);
        let page = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        browser.fill(&page, "login-submit", &CREDENTIALS).await;
        assert!(is_signed_in(&app, &mut browser).await);
        assert!(!is_signed_in(&app, &mut thief).await);
    }

    /// The attacker's flow, opened in the victim's browser, ends at the registered address with the victim's own
    /// code.
    async fn a_planted_flow_gives_the_attacker_nothing(app) {
        app.enrol(FRANK).await;
        let mut attacker = app.browser();
        let planted = app.relying_party().with("state", "of the attacker").authorize(&mut attacker).await;

        let mut victim = app.browser();
        let page = victim.get(planted.url.as_str()).await;
        let done = victim.fill(&page, "login-submit", &CREDENTIALS).await;
        assert!(
            done.left_to(super::CALLBACK),
            "the client refuses a state that is not its browser's: {done:?}"
        );
        let page = attacker.get(planted.url.as_str()).await;
        assert_eq!(page.heading(), "Log In");
        assert!(!attacker.cookies.contains_key(SESSION_COOKIE));
        assert!(!is_signed_in(&app, &mut attacker).await);
    }

    /// Rules section 5: `__Host-`, Secure, HttpOnly, SameSite=Lax; opaque and at least 256 bits.
    async fn cookies_are_hardened_and_opaque(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        for (name, value) in &browser.cookies {
            assert!(name.starts_with("__Host-"), "{name}");
            assert!(!value.contains(FRANK) && !value.contains('{'), "{name}={value}");
        }
        let (_, secret) = browser.cookies[SESSION_COOKIE].split_once('.').expect("<id>.<secret>");
        assert_eq!(secret.len(), 43, "256 bits in base64url");
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(page.status, 303);
    }

    /// The attributes of every cookie are checked by the browser of these tests; here those it cannot see.
    async fn cookies_have_no_domain_and_the_session_ends_with_the_browser(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        let csrf = page.attribute("input[name=csrf]", "value").unwrap();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("flow", flow.as_str()),
                ("csrf", &csrf),
                ("username", FRANK),
                ("password", PASSWORD),
            ])
            .finish();
        let jar: Vec<String> =
            browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = axum::http::Request::post("/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://id.example")
            .header("cookie", jar.join("; "));
        let response = app.send(request.body(axum::body::Body::from(form)).unwrap()).await;
        let cookies: Vec<&str> =
            response.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
        assert!(cookies.iter().all(|cookie| !cookie.to_ascii_lowercase().contains("domain=")), "{cookies:?}");
        let session = cookies.iter().find(|cookie| cookie.starts_with(SESSION_COOKIE)).expect("a session");
        assert!(!session.contains("Max-Age") && !session.contains("Expires"), "{session}");
    }

    /// A cookie that was altered, guessed or cut is nobody's.
    async fn an_altered_session_cookie_is_nobody(app) {
        app.enrol(FRANK).await;
        let browser = franks_browser(&app).await;
        let genuine = browser.cookies[SESSION_COOKIE].clone();
        let (id, secret) = genuine.split_once('.').unwrap();
        let other = if secret.starts_with('A') { "B" } else { "A" };
        for forged in [
            String::new(),
            id.to_owned(),
            format!("{id}."),
            format!("{id}.{}", &secret[1..]),
            format!("{id}.{other}{}", &secret[1..]),
            format!("{genuine}x"),
            format!("{}.{secret}", "0".repeat(id.len())),
        ] {
            let mut thief = app.browser();
            thief.cookies.insert(SESSION_COOKIE.to_owned(), forged.clone());
            let page = app.relying_party().with("prompt", "none").authorize(&mut thief).await;
            assert_eq!(authorization_error(&page), "login_required", "{forged}");
        }
    }

    /// Rules section 5: 60 minutes idle, 12 hours in all, whatever the use.
    async fn a_session_ends_after_twelve_hours_of_use(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        for _ in 0..23 {
            app.advance(MINUTE * 30);
            assert!(is_signed_in(&app, &mut browser).await);
        }
        app.advance(MINUTE * 29);
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    async fn nobody_is_signed_in_on_a_fresh_provider(app) {
        assert!(!is_signed_in(&app, &mut app.browser()).await);
    }
}
