//! Attack 70 (CVE-2026-42849, CVE-2026-29191, GO-2026-4818): text in any field stays text, on our page and for clients.

use scraper::{Html, Selector};

use super::{frank_at_account, recorded, save, saved, stored};
use crate::account::{FRANK, problems};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::on_each_database;

/// Fields that take any text, with their claims.
const FREE: [(&str, &str); 11] = [
    ("First name", "given_name"),
    ("Middle name", "middle_name"),
    ("Last name", "family_name"),
    ("Nickname", "nickname"),
    ("Short name", "preferred_username"),
    ("Gender", "gender"),
    ("Street and number", "street_address"),
    ("City", "locality"),
    ("State or province", "region"),
    ("ZIP or postal code", "postal_code"),
    ("Country", "country"),
];

/// Fields that take only what has their form.
const SHAPED: [&str; 7] =
    ["Phone number", "Your website", "Birthday", "Language", "Time zone", "Picture of you", "Page about you"];

/// Short enough for every field.
const PAYLOADS: [&str; 10] = [
    "<script>x</script>",
    "\"><img src=x>",
    "'><svg onload=x>",
    "\" onfocus=\"x",
    "' autofocus='",
    "</title><base>",
    "<!--<iframe>",
    "javascript:x",
    "{{7*7}}${7*7}<%=7%>",
    "&quot;&#34;&amp;&lt;",
];

/// What a page is built of, whatever it says: its elements and the names of their attributes.
fn structure(page: &Page) -> Vec<String> {
    let html = Html::parse_document(&page.html);
    let every = Selector::parse("*").unwrap();
    let built = |element: scraper::ElementRef<'_>| {
        let mut attributes: Vec<&str> = element.value().attrs().map(|(name, _)| name).collect();
        attributes.sort_unstable();
        format!("{} {}", element.value().name(), attributes.join(" "))
    };
    html.select(&every).map(built).collect()
}

on_each_database! {
    /// Stored as it was typed, shown as it was typed, and told as it was typed in JSON that no browser takes for a page.
    async fn hostile_text_is_saved_and_told_as_text(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let harmless = saved(&mut browser, &page, &FREE.map(|(label, _)| (label, "plain"))).await;
        let portal = app.relying_party().with("scope", "openid profile address");
        let tokens = portal.redeem(&portal.code(&mut app.browser(), FRANK, PASSWORD).await).await;
        for payload in PAYLOADS {
            app.advance(super::SECOND);
            let page = browser.get("/account").await;
            let page = saved(&mut browser, &page, &FREE.map(|(label, _)| (label, payload))).await;
            assert_eq!(structure(&page), structure(&harmless), "{payload}");
            let told = portal.userinfo(tokens.text("access_token")).await;
            assert_eq!(told.headers["content-type"], "application/json");
            assert_eq!(told.headers["x-content-type-options"], "nosniff");
            for (label, claim) in FREE {
                let within =
                    if told.json["address"][claim].is_null() { &told.json } else { &told.json["address"] };
                assert_eq!(
                    (page.value(label).as_str(), &within[claim]),
                    (payload, &payload.into()),
                    "{label}"
                );
            }
            assert_eq!(told.json["name"], [payload; 3].join(" "));
        }
    }

    /// What has not the form of its field is refused, and shown again as it was typed.
    async fn hostile_text_is_refused_where_a_form_is_asked_for(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let harmless = save(&mut browser, &page, &SHAPED.map(|label| (label, "plain!"))).await;
        for payload in PAYLOADS {
            let refused = save(&mut browser, &page, &SHAPED.map(|label| (label, payload))).await;
            assert_eq!(problems(&refused).len(), SHAPED.len(), "{payload}");
            assert_eq!(structure(&refused), structure(&harmless), "{payload}");
            for label in SHAPED {
                assert_eq!(refused.value(label), payload, "{label}");
            }
        }
        assert_eq!(recorded(&app, "account.profile_changed").await, 0);
    }

    /// CWE-79: clients show these as links; whatever else an address holds is encoded in it.
    async fn a_web_address_that_is_told_is_http_or_https_and_encoded(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let harmless = saved(&mut browser, &page, &[("Your website", "https://frank.example/plain")]).await;
        let portal = app.relying_party().with("scope", "openid profile");
        let tokens = portal.redeem(&portal.code(&mut app.browser(), FRANK, PASSWORD).await).await;
        for (typed, told) in [
            ("https://frank.example/\"><script>", "https://frank.example/%22%3E%3Cscript%3E"),
            ("https://frank.example/?q=\"><b>", "https://frank.example/?q=%22%3E%3Cb%3E"),
            ("HTTPS://Frank.Example/a b", "https://frank.example/a%20b"),
        ] {
            app.advance(super::SECOND);
            let page = browser.get("/account").await;
            let page = saved(&mut browser, &page, &[("Your website", typed)]).await;
            assert_eq!(structure(&page), structure(&harmless), "{typed}");
            assert_eq!(page.value("Your website"), told);
            assert_eq!(portal.userinfo(tokens.text("access_token")).await.json["website"], told);
        }
        let before = browser.get("/account").await.value("Your website");
        for code in [
            "javascript:alert(1)",
            "JaVaScRiPt://x/%0aalert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example/",
            "https://",
            "file:///etc/passwd",
        ] {
            let page = browser.get("/account").await;
            let refused = save(&mut browser, &page, &[("Your website", code)]).await;
            assert_eq!(problems(&refused).len(), 1, "{code}: {refused:?}");
        }
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.json["website"], before.as_str());
    }

    /// A field that was not sent is no wish to forget what it holds: a form with any one missing is refused whole.
    async fn a_form_without_one_of_its_fields_changes_nothing(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let filled = [("City", "Guelph"), ("Your website", "https://frank.example/")];
        let page = saved(&mut browser, &page, &filled).await;
        let before = stored(&app, FRANK).await;
        let own = Html::parse_document(&page.html);
        let inputs = Selector::parse("form[action='/account'] input[name]").unwrap();
        let fields: Vec<(String, String)> = own
            .select(&inputs)
            .map(|input| (input.attr("name").unwrap().to_owned(), input.attr("value").unwrap_or_default().to_owned()))
            .collect();
        let typed = fields.iter().map(|(name, _)| name).filter(|name| !["csrf", "seen"].contains(&name.as_str()));
        let typed: Vec<&String> = typed.collect();
        assert_eq!(typed.len(), FREE.len() + SHAPED.len(), "{typed:?}");
        for missing in typed {
            let sent: Vec<(&str, &str)> = fields
                .iter()
                .filter(|(name, _)| name != missing)
                .map(|(name, value)| (name.as_str(), if name == "nickname" { "Evil" } else { value.as_str() }))
                .collect();
            let refused = browser.post("/account", &sent).await;
            assert_eq!((refused.status, refused.url.path()), (400, "/account"), "{missing}: {refused:?}");
        }
        assert_eq!(stored(&app, FRANK).await, before);
        assert_eq!(recorded(&app, "account.profile_changed").await, 1, "the one that was complete");
    }

    /// No shape of the body is a server error, and none changes anything.
    async fn a_body_that_is_no_form_is_refused_in_words(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let huge = "x".repeat(70_000);
        let too_large = save(&mut browser, &page, &[("Nickname", &huge)]).await;
        assert_eq!(
            (too_large.status, too_large.shows("That was too much at once")),
            (413, true),
            "{too_large:?}"
        );
        let long = "x".repeat(20_000);
        let too_long = save(&mut browser, &page, &[("Nickname", &long), ("City", &long)]).await;
        assert_eq!(problems(&too_long).len(), 2);
        browser.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let no_form = save(&mut browser, &page, &[("Nickname", "Frankie")]).await;
        assert_eq!(no_form.status, 400, "{no_form:?}");
        assert_eq!(recorded(&app, "account.profile_changed").await, 0);
    }
}
