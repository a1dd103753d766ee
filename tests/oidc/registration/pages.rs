//! What people are shown of a client that registered itself (OpenID Connect Registration section 2, `policy_uri` and `tos_uri`).

use serde_json::json;

use super::super::{FRANK, franks_browser};
use super::{franks, open, registered, relying_party, swap, swap_with};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const APP: &str = "com.example.shifts:/callback";

on_each_database! {
    /// `protocol.md`: policy and terms are shown on the log-in page, with what the client is: a stranger.
    async fn the_log_in_page_says_who_sent_the_person_and_where_to_read_on(app) {
        let app = open(app).await;
        let made = registered(&app, &swap_with(&json!({
            "client_uri": "https://shifts.example/", "policy_uri": "https://shifts.example/privacy?a=1&b=2",
            "tos_uri": "https://shifts.example/terms", "logo_uri": "https://shifts.example/logo.png",
        }))).await;
        let page = relying_party(&app, &made).authorize(&mut app.browser()).await;
        assert_eq!(page.heading(), "Log In");
        assert!(page.select("#client")[0].contains("Shift Swap"), "{}", page.html);
        let links = &page.select("#client-links")[0];
        assert!(links.starts_with("Shift Swap:"), "whose pages they are: {links}");
        assert!(page.select("#client-terms")[0].starts_with("Terms (shifts.example)"), "and where: {links}");
        for (id, address) in [
            ("#client-site", "https://shifts.example/"), ("#client-policy", "https://shifts.example/privacy?a=1&b=2"),
            ("#client-terms", "https://shifts.example/terms"),
        ] {
            assert_eq!(page.attribute(id, "href").as_deref(), Some(address));
            assert_eq!(page.attribute(id, "rel").as_deref(), Some("noopener noreferrer"));
        }
        assert!(!page.html.contains("logo.png"), "nothing of the client's is fetched by whoever looks at the page");
    }

    /// RFC 7591 section 5: whoever is logged in never sees the log-in page, and is told on the page that asks. It is in nobody's
    /// name: an agency's look, and its number for questions, would vouch for a program that nobody there has seen.
    async fn the_page_that_asks_names_a_stranger_and_where_it_leads(app) {
        app.enrol(FRANK).await;
        let app = open(app).await;
        let taking_its_name = swap_with(&json!({"client_name": "Maple Home Care"}));
        let made = registered(&app, &taking_its_name).await;
        let client = relying_party(&app, &made).with("scope", "openid company").with("company", "99999");
        let page = client.authorize(&mut franks_browser(&app).await).await;
        assert_eq!(page.heading(), "Allow Maple Home Care?");
        assert_eq!(
            page.select("#stranger"),
            ["Maple Home Care is a program of somebody else. Nobody at Home Identity or at your agency has checked it. It leads to \
              shifts.example. If that is not where you came from, choose Deny."]
        );
        assert_eq!(page.select("#agency"), ["Maple Home Care"], "what is asked for");
        assert!(page.select(".mark").is_empty() && !page.shows("Questions?"), "{}", page.html);
    }

    /// RFC 8252 section 7: a private-use scheme says nothing to whoever did not build the app.
    async fn a_strangers_app_is_a_program_on_this_device(app) {
        app.enrol(FRANK).await;
        let app = open(app).await;
        let made = registered(&app, &swap_with(&json!({
            "application_type": "native", "redirect_uris": [APP], "token_endpoint_auth_method": "none",
        }))).await;
        let client = RelyingParty::new(&app, made.text("client_id"), APP);
        let mut browser = franks_browser(&app).await;
        let page = client.authorize(&mut browser).await;
        let page = browser.fill(&page, "continue", &[]).await;
        assert_eq!(page.heading(), "Allow Shift Swap?", "{page:?}");
        assert!(page.select("#stranger")[0].contains("It leads to a program on this device."), "{}", page.html);
        assert!(!page.shows("com.example"), "{}", page.html);
    }

    /// Anybody may take a name that is taken.
    async fn strangers_of_one_name_are_told_apart_among_the_apps(app) {
        app.enrol(FRANK).await;
        let app = open(app).await;
        let mut browser = franks_browser(&app).await;
        let made = registered(&app, &swap()).await;
        franks(&relying_party(&app, &made), &made, &mut browser).await;
        let alike = swap_with(&json!({"redirect_uris": ["https://other.test/cb", "https://a.test/1", "https://a.test/2"]}));
        let made = registered(&app, &alike).await;
        let page = RelyingParty::new(&app, made.text("client_id"), "https://a.test/2").authorize(&mut browser).await;
        browser.fill(&page, "consent-allow", &[]).await;
        let page = browser.get("/account/apps").await;
        assert_eq!(page.select(".app h2"), ["Shift Swap"; 2]);
        let mut told = page.select(".stranger");
        told.sort();
        let [one, two] = ["a.test, other.test", "shifts.example"];
        assert_eq!(told, [one, two].map(|places| format!("A program of somebody else. It leads to {places}.")));
    }

    /// An agency's own portal is no stranger, and has nothing to be said about.
    async fn the_log_in_page_of_an_agencys_own_portal_stays_as_it_is(app) {
        let page = app.relying_party().authorize(&mut app.browser()).await;
        assert_eq!(page.heading(), "Log In");
        assert!(page.select("#client").is_empty() && page.select("#client-policy").is_empty());
    }
}
