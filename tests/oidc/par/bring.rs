//! What becomes of a pushed request in a browser (RFC 9126 section 4).

use idp_domain::client::AuthMethod;
use url::Url;

use super::super::form_post::posted;
use super::super::{
    CALLBACK, FRANK, HOUR, MARY, MINUTE, SECOND, assert_stopped, authorization_error, flow_of,
    franks_browser, post_from_client, register,
};
use super::{NAME, assert_over, push_unproven, stored};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const CREDENTIALS: [(&str, &str); 2] = [("UserName", FRANK), ("Password", PASSWORD)];

/// Parameters of ours and of OpenID Connect, each with a value that changes what is seen or sent back.
const PARAMETERS: [(&str, &str); 20] = [
    ("prompt", "none"),
    ("prompt", "login"),
    ("prompt", "consent"),
    ("prompt", "select_account"),
    ("company", "99999"),
    ("tenant", "99999"),
    ("acr_values", "tenant:99999 1"),
    ("login_hint", FRANK),
    ("login_hint", MARY),
    ("id_token_hint", "e30.e30."),
    ("max_age", "0"),
    ("max_age", "10000"),
    ("ui_locales", "fr-CA en"),
    ("response_mode", "form_post"),
    ("claims", r#"{"userinfo":{"name":{"essential":true}}}"#),
    ("claims", r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#),
    ("state", ""),
    ("nonce", ""),
    ("scope", "openid offline_access"),
    ("display", "popup"),
];

/// What somebody sees, or what the client is told of it.
fn outcome(page: &Page) -> (u16, String, Vec<String>) {
    let to = page.location();
    let seen = to.as_ref().map_or_else(|| page.heading(), |to| to[..url::Position::AfterPath].to_owned());
    let names = to.iter().flat_map(|to| to.query_pairs().into_owned()).map(|(name, value)| match &*name {
        "code" => name,
        _ => format!("{name}={value}"),
    });
    (page.status, seen, names.collect())
}

pub(super) async fn log_in(browser: &mut Browser<'_>, page: &Page) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    browser.fill(page, "login-submit", &CREDENTIALS).await
}

fn birch(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "portal.22222", "https://birch.example/callback")
}

on_each_database! {
    /// Section 4: what was pushed counts, and nothing that stands beside its name but the client_id.
    async fn what_was_pushed_is_what_is_answered(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let url = client.pushed_url().await;
        let outside = "&state=evil&nonce=evil&scope=openid+evil&prompt=none&response_mode=form_post&request=e30.e30.\
            &redirect_uri=https%3A%2F%2Fevil.example%2F&code_challenge=evil&code_challenge_method=plain&response_type=token\
            &state=twice&company=22222&login_hint=mary.miller%40example.com";
        let mut browser = app.browser();
        let page = browser.get(&format!("{url}{outside}")).await;
        let page = log_in(&mut browser, &page).await;
        assert!(page.left_to(CALLBACK), "{page:?}");
        assert_eq!(page.sent("state").as_deref(), Some("state-of-the-flow"));
        assert_eq!(page.sent("iss").as_deref(), Some("https://id.example"));
        let tokens = client.redeem(&page.sent("code").expect("a code")).await;
        let (claims, _) = client.verify(tokens.text("id_token")).await;
        assert_eq!(claims["nonce"], "nonce-of-the-flow");
        assert_eq!(tokens.text("scope"), "openid profile email company");
    }

    /// Every parameter means the same, however it came: to a stranger's browser and to Frank's.
    async fn every_parameter_means_what_it_means_in_a_query(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        for (name, value) in PARAMETERS {
            let client = app.relying_party().with(name, value);
            for is_known in [false, true] {
                let browser = async || match is_known {
                    true => franks_browser(&app).await,
                    false => app.browser(),
                };
                let direct = browser().await.get(&client.authorization_url()).await;
                let pushed = browser().await.get(&client.pushed_url().await).await;
                assert_eq!(outcome(&pushed), outcome(&direct), "{name}={value} {is_known}");
                if value == "form_post" && is_known {
                    let fields = posted(&pushed);
                    assert_eq!(fields.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
                }
            }
        }
    }

    /// RFC 8252 section 7.1: an app pushes as a public client, and its answer ends in its own scheme, after a page.
    async fn an_app_pushes_too(app) {
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.auth_method = AuthMethod::None;
            client.secrets.clear();
            client.redirect_uris = vec!["com.example.hometrak:/callback".to_owned()];
        })
        .await;
        let mut client = app.relying_party();
        client.redirect_uri = "com.example.hometrak:/callback".to_owned();
        let pushed = push_unproven(&client).await;
        let url = client.url_of(pushed.text("request_uri"));
        let mut browser = app.browser();
        let page = browser.get(&url).await;
        let page = log_in(&mut browser, &page).await;
        assert!(page.left_to("com.example.hometrak:/callback"), "{page:?}");
        assert!(page.sent("code").is_some(), "{page:?}");
        let url = client.url_of(push_unproven(&client).await.text("request_uri"));
        let page = browser.get(&url).await;
        assert_eq!(page.heading(), "Continue as Frank Jones?", "no session alone lets an app in");
        let page = browser.fill(&page, "continue", &[]).await;
        assert!(page.sent("code").is_some(), "{page:?}");
        assert_over(&browser.get(&url).await);
        let form_post = push_unproven(&client.with("response_mode", "form_post")).await;
        assert_eq!(form_post.error(), (400, "invalid_request"), "an app is handed an address and never a body");
    }

    /// RFC 9126 section 4: "MAY allow for duplicate requests due to a user reloading"; section 7.3: used once, when it is
    /// answered.
    async fn a_request_can_be_reloaded_until_it_is_answered(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let url = client.pushed_url().await;
        let mut browser = app.browser();
        for _ in 0..2 {
            assert_eq!(browser.get(&url).await.heading(), "Log In");
        }
        let page = browser.get(&url).await;
        let reloaded = browser.get(page.url.as_str()).await;
        let page = log_in(&mut browser, &reloaded).await;
        assert!(page.sent("code").is_some(), "{page:?}");
        assert_eq!(stored(&app).await, 0);
        assert_over(&browser.get(&url).await);
        assert_over(&app.browser().get(&url).await);
        assert_over(&browser.get(&format!("{url}&redirect_uri=https%3A%2F%2Fmaple.example%2Fcallback")).await);
        assert_over(&post_from_client(&app, &mut browser, "/authorize", &url["/authorize?".len()..]).await);
    }

    /// An error is an answer, too.
    async fn a_request_that_was_refused_is_over(app) {
        app.enrol(FRANK).await;
        let silent = app.relying_party().with("prompt", "none");
        let url = silent.pushed_url().await;
        assert_eq!(authorization_error(&app.browser().get(&url).await), "login_required");
        assert_over(&app.browser().get(&url).await);

        let mut browser = franks_browser(&app).await;
        let url = app.relying_party().with("prompt", "consent").pushed_url().await;
        let page = browser.get(&url).await;
        let page = browser.fill(&page, "consent-deny", &[]).await;
        assert_eq!(authorization_error(&page), "access_denied");
        assert_over(&browser.get(&url).await);
    }

    /// `protocol.md`: "its expiry is checked at first load (the flow keeps its copy)".
    async fn a_name_is_good_for_a_minute_and_a_log_in_may_take_longer(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let (in_time, late) = (client.pushed_url().await, client.pushed_url().await);
        app.advance(MINUTE - SECOND);
        let mut browser = app.browser();
        let page = browser.get(&in_time).await;
        app.advance(SECOND);
        assert_over(&app.browser().get(&late).await);
        app.advance(HOUR * 23);
        idp_service::sweep::sweep(&app.env).await.unwrap();
        let page = log_in(&mut browser, &page).await;
        assert!(page.sent("code").is_some(), "{page:?}");
    }

    /// Section 7.4, and section 2.2: bound to the client; nobody learns of another client's request.
    async fn a_name_is_good_for_the_client_that_pushed_it_alone(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let url = app.relying_party().pushed_url().await;
        let request_uri = Url::parse(&format!("https://id.example{url}")).unwrap();
        let request_uri = request_uri.query_pairs().find(|(name, _)| name == "request_uri").unwrap().1.into_owned();
        assert_over(&browser.get(&birch(&app).url_of(&request_uri)).await);
        let mut nobody = app.relying_party();
        for id in ["nobody", "PORTAL.99999", ""] {
            nobody.client_id = id.to_owned();
            assert_stopped(&app.browser().get(&nobody.url_of(&request_uri)).await);
        }
        assert_stopped(&app.browser().get(&format!("{url}&client_id=portal.22222")).await);
        assert_stopped(&app.browser().get(&format!("{url}&request_uri={NAME}x")).await);
        let page = app.browser().get(&url).await;
        assert_eq!(page.heading(), "Log In", "none of it used it up: {page:?}");
    }

    /// Section 7.1: neither guessed nor altered; attack 88 (CVE-2020-10770): whatever else it says, nothing is fetched.
    async fn no_other_name_is_looked_up_or_fetched(app) {
        let client = app.relying_party();
        let pushed = client.push().await;
        let name = pushed.text("request_uri");
        let (id, secret) = name.strip_prefix(NAME).unwrap().split_once('.').unwrap();
        let swapped: String = secret.chars().rev().collect();
        for altered in [
            format!("{NAME}{id}.{swapped}"),
            format!("{NAME}{id}."),
            format!("{NAME}{id}"),
            format!("{NAME}.{secret}"),
            format!("{NAME}{secret}"),
            format!("{NAME}{id}.{secret}A"),
            format!("{NAME} {id}.{secret}"),
            format!("{NAME}{}", id.to_uppercase()),
            format!("{NAME}\u{0}"),
            format!("{NAME}' OR 1=1 --"),
            NAME.to_owned(),
            format!("{NAME}{}", "x".repeat(8000)),
        ] {
            assert_over(&app.browser().get(&client.url_of(&altered)).await);
        }
        for foreign in [
            "https://evil.example/request.jwt",
            "http://127.0.0.1/",
            "https://id.example/par",
            "urn:ietf:params:oauth:request_uri",
            "URN:ietf:params:oauth:request_uri:x",
            "x",
        ] {
            let client = app.relying_party().with("request_uri", foreign);
            let page = client.authorize(&mut app.browser()).await;
            assert_eq!(authorization_error(&page), "request_uri_not_supported", "{foreign}");
            let page = app.browser().get(&app.relying_party().url_of(foreign)).await;
            assert_stopped(&page);
            let told = page.select("#error-detail").concat();
            assert!(told.starts_with("request_uri must be one that was pushed here"), "{foreign}: {told}");
        }
        assert_eq!(app.browser().get(&client.url_of(name)).await.heading(), "Log In");
    }

    /// A name in a form of the client's is as good as in an address.
    async fn a_request_is_brought_by_post_as_well(app) {
        app.enrol(FRANK).await;
        let url = app.relying_party().pushed_url().await;
        let mut browser = app.browser();
        let page = post_from_client(&app, &mut browser, "/authorize", &url["/authorize?".len()..]).await;
        let page = log_in(&mut browser, &page).await;
        assert!(page.sent("code").is_some(), "{page:?}");
        assert_over(&browser.get(&url).await);
    }

    /// Section 6: the metadata of the client, on either way a request comes.
    async fn a_client_that_must_push_is_heard_no_other_way(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        register(&app, |client| client.demands.require_pushed_authorization_requests = true).await;
        let client = app.relying_party();
        assert_eq!(authorization_error(&client.authorize(&mut browser).await), "invalid_request");
        let query = client.authorization_query();
        let page = post_from_client(&app, &mut browser, "/authorize", &query).await;
        assert_eq!(authorization_error(&page), "invalid_request");
        let evil = app.relying_party().with("redirect_uri", "https://evil.example/callback");
        assert_stopped(&evil.authorize(&mut browser).await);
        let page = browser.get(&client.pushed_url().await).await;
        assert!(page.sent("code").is_some(), "{page:?}");
    }

    /// Attack 78 (CVE-2024-4540): in no cookie, no address and no header is anything of the request to be read.
    async fn nothing_of_a_request_is_readable_on_its_way(app) {
        app.enrol(FRANK).await;
        let secrets = ["state-of-the-flow", "nonce-of-the-flow", "maple.example", "hinted.person"];
        let client = app.relying_party().with("login_hint", "hinted.person@example.com");
        let mut browser = app.browser();
        let page = browser.get_once(&client.pushed_url().await).await;
        assert_eq!(page.status, 303, "{page:?}");
        for value in page.headers.values() {
            let value = value.to_str().unwrap();
            assert!(!secrets.iter().any(|secret| value.contains(secret)), "{value}");
            assert!(!value.contains(NAME) && !value.contains("urn%3A"), "{value}");
        }
        let page = browser.get(page.headers["location"].to_str().unwrap()).await;
        assert!(!page.url.as_str().contains("maple"), "{page:?}");
        let kept = browser.cookies.values().cloned().chain([flow_of(&page)]).collect::<String>();
        assert!(!secrets.iter().any(|secret| kept.contains(secret)), "{kept}");
    }

    /// A node that never saw the push answers it: state is shared.
    async fn another_node_knows_what_was_pushed(app) {
        app.enrol(FRANK).await;
        let url = app.relying_party().pushed_url().await;
        let other = app.another_node().await;
        let mut browser = other.browser();
        let page = browser.get(&url).await;
        let page = log_in(&mut browser, &page).await;
        assert!(page.sent("code").is_some(), "{page:?}");
        assert_over(&app.browser().get(&url).await);
    }
}
