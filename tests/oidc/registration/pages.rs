//! What people are shown of a client that registered itself (OpenID Connect Registration section 2, `policy_uri` and `tos_uri`).

use serde_json::json;

use super::{open, registered, relying_party, swap_with};
use crate::support::on_each_database;

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

    /// An agency's own portal is no stranger, and has nothing to be said about.
    async fn the_log_in_page_of_an_agencys_own_portal_stays_as_it_is(app) {
        let page = app.relying_party().authorize(&mut app.browser()).await;
        assert_eq!(page.heading(), "Log In");
        assert!(page.select("#client").is_empty() && page.select("#client-policy").is_empty());
    }
}
