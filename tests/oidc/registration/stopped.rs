//! RFC 9700 section 4.11.2: a link to us is no link to whoever registered here. Until somebody has logged in, what a client
//! that registered itself asked wrongly is told on a page of ours.

use serde_json::json;

use super::super::{CALLBACK, FRANK, authorization_error, franks_browser, post_from_client};
use super::{SWAP, open, registered, relying_party, swap, swap_with};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

/// What is wrong with a request, and what a client hears of it.
const WRONG: [(&str, &str, &str); 4] = [
    ("scope", "foo", "invalid_scope"),
    ("response_type", "foo", "unsupported_response_type"),
    ("resource", "x", "invalid_target"),
    (
        "claims",
        r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#,
        "unmet_authentication_requirements",
    ),
];

/// The page that stops somebody, and where its button leads.
fn stopped(page: &Page) -> String {
    assert_eq!((page.status, page.location()), (400, None), "{page:?}");
    assert_eq!(page.heading(), "This log-in was stopped");
    assert_eq!(page.select("#client"), ["Shift Swap"]);
    assert_eq!(page.select("#place"), ["shifts.example"]);
    assert_eq!(page.select("#go-back"), ["Go back to shifts.example"]);
    assert_eq!(page.select("#error-detail").len(), 1, "{page:?}");
    page.attribute("#go-back", "href").unwrap_or_default()
}

on_each_database! {
    async fn a_link_of_a_strangers_client_leads_to_no_stranger_by_itself(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        for (name, value, error) in WRONG {
            let client = relying_party(&app, &made).with(name, value);
            let page = app.browser().get_once(&client.authorization_url()).await;
            let back = stopped(&page);
            assert!(back.starts_with(&format!("{SWAP}?error={error}&")), "{name}: {back}");
            assert!(back.contains("&state=state-of-the-flow&iss=https%3A%2F%2Fid.example"), "{name}: {back}");
            assert!(!page.html.contains("http-equiv") && page.attribute("form", "action").is_none(), "{name}");
        }
    }

    /// Form Post Response Mode: nothing posts the form by itself. A request that came as a POST is stopped, too.
    async fn a_form_for_a_stranger_waits_for_a_press(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        let client = relying_party(&app, &made).with("scope", "foo").with("response_mode", "form_post");
        let page = app.browser().get_once(&client.authorization_url()).await;
        stopped(&page);
        assert_eq!(page.attribute("form", "action").as_deref(), Some(SWAP));
        assert_eq!(page.attribute("form [name=error]", "value").as_deref(), Some("invalid_scope"));
        assert_eq!(page.attribute("form", "data-continue"), None);
        assert!(page.select("script").is_empty(), "{page:?}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action https://shifts.example 'self'"), "{policy}");

        let asked = relying_party(&app, &made).with("scope", "foo").authorization_url();
        let form = asked.split_once('?').expect("a query").1;
        let page = post_from_client(&app, &mut app.browser(), "/authorize", form).await;
        assert!(stopped(&page).starts_with(SWAP));
    }

    /// Core section 3.1.2.1: in a hidden frame nobody presses anything.
    async fn prompt_none_is_answered_without_a_page(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        let silent = || relying_party(&app, &made).with("prompt", "none");
        for (client, error) in [(silent(), "login_required"), (silent().with("scope", "foo"), "invalid_scope")] {
            let page = app.browser().get_once(&client.authorization_url()).await;
            assert_eq!(page.status, 303, "{page:?}");
            assert!(page.left_to(SWAP));
            assert_eq!(page.sent("error").as_deref(), Some(error));
        }
    }

    /// RFC 9700 section 4.11.2: whoever logged in knows to whom.
    async fn whoever_is_logged_in_is_sent_back(app) {
        app.enrol(FRANK).await;
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        let mut browser = franks_browser(&app).await;
        for (name, value, error) in WRONG {
            let client = relying_party(&app, &made).with(name, value);
            let page = browser.get_once(&client.authorization_url()).await;
            assert!(page.left_to(SWAP), "{name}: {page:?}");
            assert_eq!(page.sent("error").as_deref(), Some(error), "{name}");
        }
    }

    /// RFC 6749 section 4.1.2.1: clients of the operator are answered as ever.
    async fn clients_of_the_operator_are_answered_at_once(app) {
        for (name, value, error) in WRONG {
            let client = app.relying_party().with(name, value);
            let page = app.browser().get_once(&client.authorization_url()).await;
            assert!(page.left_to(CALLBACK), "{name}: {page:?}");
            assert_eq!(authorization_error(&page), error, "{name}");
        }
    }

    /// RFC 8252 section 7.1: a scheme says nothing to whoever did not build the app; what a stranger calls itself is text.
    async fn an_app_is_a_program_on_this_device(app) {
        let app = open(app).await;
        let made = registered(&app, &swap_with(&json!({
            "client_name": "<script>alert(1)</script>", "application_type": "native",
            "redirect_uris": ["com.example.shifts:/callback"], "token_endpoint_auth_method": "none",
        }))).await;
        let client = RelyingParty::new(&app, made.text("client_id"), "com.example.shifts:/callback");
        let page = app.browser().get_once(&client.with("scope", "foo").authorization_url()).await;
        assert_eq!((page.status, page.location()), (400, None), "{page:?}");
        assert_eq!(page.select("#place"), ["a program on this device"]);
        assert!(page.shows("If you did not come from a program on this device, close this page."), "{}", page.html);
        assert!(page.attribute("#go-back", "href").unwrap().starts_with("com.example.shifts:/callback?error="));
        assert!(page.select("script").is_empty(), "{page:?}");
    }
}
