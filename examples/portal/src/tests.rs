//! The portal against a small provider of its own making, through its router: sentences about what a
//! browser sees. [`provider`] is the other side, [`browser`] the one in between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod browser;
mod leaving;
mod logout_token;
mod looks;
mod provider;
mod staying;

use openidconnect::SubjectIdentifier;

use self::browser::{Answer, Browser};
use self::provider::{Key, Mischief, Provider};
use crate::oidc::{self, Holder, Tokens};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Tokens of somebody's session, for tests that only need some.
pub(crate) fn tokens_of(sub: &str, sid: Option<&str>) -> Tokens {
    let holder = Holder { sub: SubjectIdentifier::new(sub.to_owned()), sid: sid.map(str::to_owned) };
    oidc::any_tokens(Key::new("any").id_token("http://127.0.0.1", ("nonce", None), None), holder)
}

async fn logged_in(provider: &Provider) -> Browser {
    let mut browser = Browser::new(&provider.issuer);
    log_in(provider, &mut browser).await;
    browser
}

async fn log_in(provider: &Provider, browser: &mut Browser) -> Answer {
    let departure = browser.get("/login").await;
    browser.get(&provider.approve(&departure.location())).await
}

/// R62; RFC 7636: S256; OIDC Core section 3.1.2.1.
#[tokio::test]
async fn opening_the_portal_leads_to_log_in_with_everything_a_request_needs() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    assert_eq!(browser.get("/").await.location().path(), "/login");

    let url = browser.get("/login").await.location();
    assert!(url.as_str().starts_with(&format!("{}/authorize?", provider.issuer)));
    let sent = |name| browser::parameter(&url, name);
    assert_eq!(sent("response_type").as_deref(), Some("code"));
    assert_eq!(sent("client_id").as_deref(), Some("portal.99999"));
    assert_eq!(sent("redirect_uri").as_deref(), Some("http://127.0.0.1:8090/callback"));
    assert_eq!(sent("scope").as_deref(), Some("openid profile email company"));
    assert_eq!(sent("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(sent("code_challenge").unwrap().len(), 43);
    assert!(sent("state").unwrap().len() >= 22 && sent("nonce").unwrap().len() >= 22);
}

#[tokio::test]
async fn a_person_who_logged_in_sees_name_and_company_and_the_browser_no_token() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    let arrival = log_in(&provider, &mut browser).await;
    let cookie = arrival.set_cookie("portal.99999_session").unwrap();
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(flag), "{flag} in {cookie}");
    }

    let home = browser.get(arrival.location().path()).await;
    assert_eq!(home.status, 200);
    assert_eq!(home.text("person-name"), "Sam Rivera");
    assert_eq!(home.text("company-name"), "Maple Home Care");
    assert_eq!(home.text("company-code"), "99999");
    assert_eq!(home.text("member-type"), "Caregiver");
    assert_eq!(home.text("user-name"), "sam@maple.example");
    assert!(home.body.contains("id=\"portal-logout\"") && home.body.contains("Today’s visits"));
    for secret in provider.tokens_given_out() {
        assert!(!home.body.contains(&secret) && browser.cookies.values().all(|value| *value != secret));
    }
}

#[tokio::test]
async fn markup_in_a_name_stays_text() {
    let provider = Provider::start().await;
    provider.set(|world| world.name = "<script>alert(1)</script>".into());
    let mut browser = logged_in(&provider).await;
    assert!(!browser.get("/").await.body.contains("<script>"));
}

#[tokio::test]
async fn two_tabs_log_in_side_by_side() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    let one = browser.get("/login").await.location();
    let two = browser.get("/login").await.location();
    for tab in [one, two] {
        let arrival = browser.get(&provider.approve(&tab)).await;
        assert_eq!(arrival.location().path(), "/");
        assert_eq!(browser.get("/").await.status, 200);
    }
}

#[tokio::test]
async fn an_answer_in_another_browser_logs_nobody_in() {
    let provider = Provider::start().await;
    let mut attacker = Browser::new(&provider.issuer);
    let answer = provider.approve(&attacker.get("/login").await.location());

    let mut victim = attacker.neighbour();
    for title in ["Cookies may be off", "That took too long"] {
        let refused = victim.get(&answer).await;
        assert_eq!((refused.status, refused.text("problem").as_str()), (400, title));
        assert!(refused.body.contains("id=\"portal-login\""));
        assert!(refused.set_cookie("portal.99999_session").is_none());
        victim.get("/login").await;
    }
    assert_eq!(attacker.get(&answer).await.status, 303, "the rightful browser still can");
}

/// Over http anybody on the way can plant a cookie.
#[tokio::test]
async fn a_browser_cookie_without_a_log_in_under_way_is_replaced() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    let name = "portal.99999_browser";
    browser.cookies.insert(name.into(), "planted".into());
    browser.get("/login").await;
    let own = browser.cookies[name].clone();
    assert_ne!(own, "planted");
    log_in(&provider, &mut browser).await;
    assert_eq!(browser.cookies[name], own, "the first one is still under way");
}

#[tokio::test]
async fn reloading_the_answer_leads_to_the_portal() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    let answer = provider.approve(&browser.get("/login").await.location());
    browser.get(&answer).await;
    assert_eq!(browser.get(&answer).await.location().path(), "/");
}

/// RFC 9207 section 2.4.
#[tokio::test]
async fn an_answer_of_another_issuer_is_refused_even_when_it_is_an_error() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    for foreign in ["https://evil.example", &format!("{}/", provider.issuer)] {
        let state = browser::parameter(&browser.get("/login").await.location(), "state").unwrap();
        let refused =
            browser.get(&format!("/callback?state={state}&iss={foreign}&error=access_denied")).await;
        assert_eq!(refused.text("problem"), "This link is not for this portal");
    }
    assert_eq!(provider.count("/token"), 0);
}

/// RFC 9207 section 2.4: an announced `iss` may not be missing; one that was not announced may.
#[tokio::test]
async fn a_missing_issuer_is_refused_exactly_when_it_was_announced() {
    for (announced, status) in [(true, 400), (false, 303)] {
        let provider = Provider::start().await;
        provider.set(|world| world.announces_iss = announced);
        let mut browser = Browser::new(&provider.issuer);
        let answer = provider.approve(&browser.get("/login").await.location());
        let (without_iss, _) = answer.rsplit_once("&iss=").unwrap();
        assert_eq!(browser.get(without_iss).await.status, status, "announced: {announced}");
    }
}

/// OIDC Core section 4.
#[tokio::test]
async fn an_invitation_to_log_in_passes_the_hint_on_and_must_name_our_issuer() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    let invited =
        browser.get(&format!("/login?iss={}&login_hint=sam%40maple.example", provider.issuer)).await;
    assert_eq!(browser::parameter(&invited.location(), "login_hint").as_deref(), Some("sam@maple.example"));

    let foreign = browser.get("/login?iss=https://evil.example&login_hint=sam").await;
    assert_eq!((foreign.status, foreign.text("problem").as_str()), (400, "This link is not for this portal"));
}

#[tokio::test]
async fn a_hostile_hint_becomes_no_parameter_header_or_markup() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    let smuggled =
        browser.get("/login?login_hint=sam%26prompt%3Dnone%26redirect_uri%3Dhttps://evil.example").await;
    let url = smuggled.location();
    assert_eq!(browser::parameter(&url, "prompt"), None);
    assert_eq!(url.query_pairs().filter(|(name, _)| name == "redirect_uri").count(), 1);

    for hint in ["a%0D%0ASet-Cookie:%20x=y", "%00", &"a".repeat(5000)] {
        let url = browser.get(&format!("/login?login_hint={hint}")).await.location();
        assert_eq!(browser::parameter(&url, "login_hint"), None, "{hint}");
    }
    assert_eq!(browser.get("/login?login_hint=a&login_hint=b").await.status, 400);
    assert_eq!(browser.get("/login?login_hint=%FF").await.status, 303, "not even text");
}

#[tokio::test]
async fn what_the_provider_refuses_is_explained_and_there_is_a_way_on() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    for (error, status, title) in [
        ("access_denied", 403, "You are not logged in"),
        ("login_required", 401, "Please log in"),
        ("interaction_required", 401, "Please log in"),
        ("temporarily_unavailable", 503, "We cannot log you in right now"),
        ("invalid_scope", 502, "Log-in did not work"),
        ("%3Cscript%3E", 502, "Log-in did not work"),
    ] {
        let state = browser::parameter(&browser.get("/login").await.location(), "state").unwrap();
        let page =
            browser.get(&format!("/callback?state={state}&iss={}&error={error}", provider.issuer)).await;
        assert_eq!((page.status, page.text("problem").as_str()), (status, title), "{error}");
        assert!(page.body.contains("id=\"portal-login\"") && !page.body.contains("<script>"));
    }
}

#[tokio::test]
async fn an_answer_with_repeated_or_missing_parameters_logs_nobody_in() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    let state = browser::parameter(&browser.get("/login").await.location(), "state").unwrap();
    for query in [format!("state={state}&state={state}&code=a"), "code=a".into(), String::new()] {
        assert!(browser.get(&format!("/callback?{query}")).await.status >= 400, "{query}");
    }
    let neither = browser.get(&format!("/callback?state={state}&iss={}", provider.issuer)).await;
    assert_eq!(neither.text("problem"), "Log-in did not work");
}

/// OIDC Core section 10.1.1.
#[tokio::test]
async fn after_a_key_rotation_people_still_log_in_and_the_keys_are_fetched_once() {
    let provider = Provider::start().await;
    logged_in(&provider).await;
    let mut browser = Browser::new(&provider.issuer);
    log_in(&provider, &mut browser).await;
    let before = provider.count("/jwks");
    provider.set(|world| world.key = Key::new("second"));
    assert_eq!(log_in(&provider, &mut browser).await.location().path(), "/");
    assert_eq!(log_in(&provider, &mut browser).await.location().path(), "/");
    assert_eq!(provider.count("/jwks"), before + 1);
}

#[tokio::test]
async fn an_id_token_that_cannot_be_verified_logs_nobody_in() {
    let mischiefs: [(&str, Mischief); 4] = [
        ("another nonce", |world| world.nonce = Some("other".into())),
        ("another issuer", |world| world.issuer_in_tokens = Some("https://evil.example".into())),
        ("an unpublished key", |world| world.signs_with = Some(Key::new("secret"))),
        ("another key under a published kid", |world| {
            world.signs_with = Some(Key::forged(&world.key.kid));
        }),
    ];
    for (mischief, make) in mischiefs {
        let provider = Provider::start().await;
        provider.set(make);
        let mut browser = Browser::new(&provider.issuer);
        let refused = log_in(&provider, &mut browser).await;
        assert_eq!(refused.text("problem"), "Log-in did not work", "{mischief}");
        assert!(refused.set_cookie("portal.99999_session").is_none(), "{mischief}");
    }
}

/// OIDC Core section 5.3.2: a `sub` that differs must not be used.
#[tokio::test]
async fn user_information_about_somebody_else_logs_nobody_in() {
    let provider = Provider::start().await;
    provider.set(|world| world.user_info_subject = "somebody-else");
    let mut browser = Browser::new(&provider.issuer);
    assert_eq!(log_in(&provider, &mut browser).await.status, 502);
}

#[tokio::test]
async fn a_provider_that_calls_itself_otherwise_is_not_believed() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&format!("{}/", provider.issuer));
    assert_eq!(browser.get("/login").await.status, 503);
}

/// RP-Initiated Logout 1.0 section 2.
#[tokio::test]
async fn logging_out_ends_the_session_here_and_at_the_provider() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let home = browser.get("/").await;
    assert!(
        home.header("content-security-policy").contains(&format!("form-action 'self' {}", provider.issuer))
    );
    let stolen = browser.tab();

    let url = browser.post("/logout", &format!("csrf={}", home.hidden("csrf"))).await.location();
    assert!(url.as_str().starts_with(&format!("{}/end-session?", provider.issuer)));
    let sent = |name| browser::parameter(&url, name);
    assert!(provider.tokens_given_out().contains(&sent("id_token_hint").unwrap()));
    assert_eq!(sent("post_logout_redirect_uri").as_deref(), Some("http://127.0.0.1:8090/signed-out"));
    assert_eq!(sent("client_id").as_deref(), Some("portal.99999"));

    let back = browser.get(&format!("/signed-out?state={}", sent("state").unwrap())).await;
    assert!(back.body.contains("Have a good day.") && back.body.contains("id=\"portal-login\""));
    let forged = browser.get("/signed-out?state=guess").await;
    assert!(!forged.body.contains("Have a good day.") && forged.body.contains("You are logged out"));
    for mut browser in [browser, stolen] {
        assert_eq!(browser.get("/").await.location().path(), "/login");
    }
}

#[tokio::test]
async fn a_log_out_form_from_elsewhere_ends_nothing() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    for body in ["", "csrf=", "csrf=guess", "csrf=a&csrf=b"] {
        let page = browser.post("/logout", body).await;
        assert_eq!((page.status, page.text("problem").as_str()), (403, "You are still logged in"), "{body}");
    }
    assert_eq!(browser.get("/").await.status, 200);
}

/// The portal was started anew, or nobody clicked for an hour: without this one press would log in again.
#[tokio::test]
async fn logging_out_when_the_session_is_over_already_still_leads_to_the_provider() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    browser.cookies.insert("portal.99999_session".into(), "of-yesterday".into());
    let url = browser.post("/logout", "csrf=of-yesterday").await.location();
    assert!(url.as_str().starts_with(&format!("{}/end-session?", provider.issuer)));
    let sent = |name| browser::parameter(&url, name);
    assert_eq!(sent("id_token_hint"), None, "the provider asks the person");
    assert_eq!(sent("client_id").as_deref(), Some("portal.99999"));
    assert_eq!(sent("post_logout_redirect_uri").as_deref(), Some("http://127.0.0.1:8090/signed-out"));
    let back = browser.get(&format!("/signed-out?state={}", sent("state").unwrap())).await;
    assert!(back.body.contains("Have a good day."));

    provider.set(|world| world.ill_for = usize::MAX);
    let mut alone = Browser::new(&provider.issuer);
    assert_eq!(alone.post("/logout", "").await.location().path(), "/signed-out");
}

#[tokio::test]
async fn a_link_to_a_button_does_nothing_and_there_is_a_way_on() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    for page in [browser.get("/logout").await, browser.post("/", "").await] {
        assert_eq!((page.status, page.text("problem").as_str()), (405, "This did nothing"));
        assert!(page.body.contains("id=\"portal-home\"") && !page.header("allow").is_empty());
    }
    assert_eq!(browser.get("/").await.status, 200, "a link never logs out");
}

#[tokio::test]
async fn logging_in_again_replaces_the_session() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let mut former = browser.tab();
    log_in(&provider, &mut browser).await;
    assert_eq!(browser.get("/").await.status, 200);
    assert_eq!(former.get("/").await.location().path(), "/login");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    for path in [
        "/",
        "/login",
        "/signed-out",
        "/nowhere",
        "/callback",
        "/portal.css",
        "/portal.js",
        "/healthz",
        "/ended",
        "/session",
    ] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let caching = if path.starts_with("/portal.") { "public, max-age=300" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), caching, "{path}");
    }
}

/// R62: `https://<agency>.<domain>/HTPortal/`.
#[tokio::test]
async fn a_portal_below_a_path_works_with_and_without_the_last_slash() {
    let provider = Provider::start().await;
    let mut browser = Browser::at("https://maple.example/HTPortal/", &provider.issuer);
    assert_eq!(browser.get("/HTPortal").await.location().as_str(), "https://maple.example/HTPortal/");
    assert_eq!(browser.get("/HTPortal/").await.location().as_str(), "https://maple.example/HTPortal/login");
    let departure = browser.get("/HTPortal/login").await;
    let cookie = departure.set_cookie("__Host-portal.99999_browser").unwrap();
    assert!(
        cookie.contains("Secure") && cookie.contains("Path=/;") || cookie.ends_with("Path=/"),
        "{cookie}"
    );
    let arrival = browser.get(&provider.approve(&departure.location())).await;
    assert!(arrival.set_cookie("__Host-portal.99999_session").unwrap().contains("Secure"));
    let home = browser.get("/HTPortal/").await;
    assert!(home.body.contains("action=\"/HTPortal/logout\"") && home.body.contains("/HTPortal/portal.css"));
    assert_eq!(home.header("strict-transport-security"), "max-age=31536000");
}
