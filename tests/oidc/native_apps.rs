//! Native apps: RFC 8252, rules section 7. A public client proves nothing but its PKCE verifier (RFC 9700 section 2.1.1), and
//! its answer comes back by the loopback interface, by a scheme of its own or by https it has claimed.

use idp_domain::client::AuthMethod;

use super::{CALLBACK, FRANK, MINUTE, SECOND, assert_stopped, flow_of, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER};

/// Sections 7.1, 7.2 and 7.3, as an app asks for them; the port is the one it got from its system.
const WAYS_BACK: [&str; 4] = [
    "com.example.hometrak:/callback",
    "https://app.maple.example/callback",
    "http://127.0.0.1:49152/callback",
    "http://[::1]:49152/callback",
];

/// Maple's portal as a public client of these addresses, a port of the loopback interface left open.
async fn register_app(app: &TestApp) {
    app.enrol(FRANK).await;
    register(app, |client| {
        client.auth_method = AuthMethod::None;
        client.secrets.clear();
        client.redirect_uris = WAYS_BACK.map(|uri| uri.replace(":49152", "")).to_vec();
        client.post_logout_redirect_uris = client.redirect_uris.clone();
    })
    .await;
}

fn native<'a>(app: &'a TestApp, redirect_uri: &str) -> RelyingParty<'a> {
    let mut client = app.relying_party();
    client.redirect_uri = redirect_uri.to_owned();
    client
}

async fn post(client: &RelyingParty<'_>, params: &[(&str, &str)]) -> Answer {
    client.post("/token", &[&[("client_id", client.client_id.as_str())], params].concat(), None).await
}

async fn redeem(client: &RelyingParty<'_>, code: &str, redirect_uri: &str, verifier: &str) -> Answer {
    let grant = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
    post(client, &[&grant[..], &[("code_verifier", verifier)]].concat()).await
}

async fn refresh(client: &RelyingParty<'_>, tokens: &Answer) -> Answer {
    post(client, &[("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))]).await
}

/// What the content security policy of a page says about forms.
fn form_action(page: &Page) -> Option<String> {
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    policy.split("; ").find_map(|it| it.strip_prefix("form-action ")).map(str::to_owned)
}

on_each_database! {
    /// Sections 7 and 8.1: every way back, to the byte; the code is good with its verifier and without any secret, and the
    /// refresh token rotates (RFC 9700 section 4.14.2).
    async fn an_app_signs_in_by_every_way_back_and_stays_signed_in(app) {
        register_app(&app).await;
        for way_back in WAYS_BACK {
            let client = native(&app, way_back);
            let mut browser = app.browser();
            let page = client.authorize(&mut browser).await;
            assert_eq!(form_action(&page), None, "browsers would hold the redirect after the POST to it");
            let back = client.log_in(&mut browser, FRANK, PASSWORD).await;
            let location = back.headers["location"].to_str().unwrap();
            assert!(location.starts_with(&format!("{way_back}?")), "{location}");
            assert_eq!(back.sent("state").as_deref(), Some("state-of-the-flow"));
            assert_eq!(back.sent("iss").as_deref(), Some("https://id.example"), "RFC 9207");

            let first = redeem(&client, &back.sent("code").unwrap(), way_back, VERIFIER).await;
            assert_eq!(first.status, 200, "{first:?}");
            let second = refresh(&client, &first).await;
            assert_ne!(second.text("refresh_token"), first.text("refresh_token"));
            app.advance(MINUTE);
            assert_eq!(refresh(&client, &first).await.error(), (400, "invalid_grant"), "an old one");
            assert_eq!(refresh(&client, &second).await.error(), (400, "invalid_grant"), "and so all of them");
        }
    }

    /// Section 8.1: whoever catches the code on its way, as another app with the same scheme may, cannot use it; nor by the
    /// port of another program (section 8.3).
    async fn a_code_that_was_caught_is_worth_nothing(app) {
        register_app(&app).await;
        let mut browser = app.browser();
        native(&app, WAYS_BACK[0]).code(&mut browser, FRANK, PASSWORD).await;
        for (way_back, other) in [
            (WAYS_BACK[0], WAYS_BACK[1]),
            (WAYS_BACK[2], "http://127.0.0.1:49153/callback"),
            (WAYS_BACK[2], "http://127.0.0.1/callback"),
            (WAYS_BACK[2], WAYS_BACK[3]),
        ] {
            let client = native(&app, way_back);
            let mut page = client.authorize(&mut browser).await;
            if way_back == WAYS_BACK[0] {
                page = browser.fill(&page, "continue", &[]).await;
            }
            let code = page.sent("code").unwrap();
            let guessed = "x".repeat(43);
            for (redirect_uri, verifier) in [(way_back, guessed.as_str()), (way_back, ""), (other, VERIFIER)] {
                let refused = redeem(&client, &code, redirect_uri, verifier).await;
                assert_eq!(refused.error(), (400, "invalid_grant"), "{redirect_uri} {verifier:?}");
            }
            assert_eq!(redeem(&client, &code, way_back, VERIFIER).await.status, 200);
        }
    }

    /// Section 8.6: any app may claim a scheme, and its own verifier proves nothing about who it is. So nobody's session gives a
    /// code to one in silence: the person sees a page first, and presses one button. An address that belongs to somebody, and a
    /// port of this very device, stay as they are.
    async fn a_session_alone_gives_an_app_no_code(app) {
        register_app(&app).await;
        let mut browser = app.browser();
        let first = native(&app, WAYS_BACK[0]).log_in(&mut browser, FRANK, PASSWORD).await;
        assert!(first.sent("code").is_some(), "who has just logged in for it has said so");
        app.advance(SECOND);
        for way_back in WAYS_BACK {
            let client = native(&app, way_back);
            let silent = native(&app, way_back).with("prompt", "none").authorize(&mut browser).await;
            let page = client.authorize(&mut browser).await;
            if way_back != WAYS_BACK[0] {
                assert!(silent.sent("code").is_some() && page.sent("code").is_some(), "{way_back}");
                continue;
            }
            assert_eq!(silent.sent("error").as_deref(), Some("interaction_required"));
            assert_eq!((page.heading().as_str(), page.location()), ("Continue as Frank Jones?", None), "{page:?}");
            let flow = flow_of(&page);
            for path in ["continue", "consent", "choose", "no-access"] {
                let again = browser.get(&format!("/{path}?flow={flow}")).await;
                assert_eq!(again.heading(), "Continue as Frank Jones?", "{path}: not gone around");
            }
            let done = browser.fill(&page, "continue", &[]).await;
            let code = done.sent("code").expect("a code");
            assert_eq!(redeem(&client, &code, way_back, VERIFIER).await.status, 200);
            let next = client.authorize(&mut browser).await;
            assert_eq!(next.heading(), "Continue as Frank Jones?", "each request is asked about");
        }
        // Nor does a log-in for something else, with a request that some app made before and kept until then.
        let kept = flow_of(&native(&app, WAYS_BACK[0]).authorize(&mut app.browser()).await);
        app.advance(SECOND);
        let mut browser = app.browser();
        native(&app, WAYS_BACK[2]).code(&mut browser, FRANK, PASSWORD).await;
        let page = browser.get(&format!("/continue?flow={kept}")).await;
        assert_eq!(page.heading(), "Continue as Frank Jones?", "{page:?}");
        let nobody = native(&app, WAYS_BACK[0]).with("prompt", "none").authorize(&mut app.browser()).await;
        assert_eq!(nobody.sent("error").as_deref(), Some("login_required"));
    }

    /// Section 8.3: a name is whatever somebody's hosts file says.
    async fn localhost_is_no_way_back(app) {
        register_app(&app).await;
        for hostile in ["http://localhost/callback", "http://localhost:49152/callback", CALLBACK] {
            assert_stopped(&native(&app, hostile).authorize(&mut app.browser()).await);
        }
    }

    /// RP-Initiated Logout section 3: the way back after a log-out is one of the same kinds.
    async fn a_log_out_leads_back_into_the_app(app) {
        register_app(&app).await;
        let way_back = WAYS_BACK[0];
        let client = native(&app, way_back);
        let mut browser = app.browser();
        let code = client.code(&mut browser, FRANK, PASSWORD).await;
        let tokens = redeem(&client, &code, way_back, VERIFIER).await;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", tokens.text("id_token"))
            .append_pair("post_logout_redirect_uri", way_back)
            .append_pair("state", "out")
            .finish();
        let out = browser.get(format!("/logout?{query}").as_str()).await;
        assert_eq!(out.headers["location"], format!("{way_back}?state=out"));
        assert_eq!(refresh(&client, &tokens).await.error(), (400, "invalid_grant"));
    }
}
