//! Nothing that was sent, typed or stored becomes markup or script: attacks 68 and 70 (CVE-2026-42849,
//! CVE-2026-29191, GO-2026-4818).

use idp_domain::client::About;
use idp_domain::text::Line;
use scraper::{Html, Selector};

use super::consent::{register_third_party, third_party};
use super::{FRANK, SECOND, franks_browser, register};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::on_each_database;

const PAYLOADS: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" onfocus=\"alert(1)\" autofocus=\"",
    "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "</textarea></style></script><script>alert(1)</script>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<base href=//evil.example/><form action=//evil.example>",
    "\u{fffd}\u{202e}<iframe srcdoc='&lt;script&gt;'>",
];

const PARAMETERS: [&str; 24] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "acr_values",
    "ui_locales",
    "claims_locales",
    "display",
    "claims",
    "request",
    "request_uri",
    "company",
    "tenant",
    "resource",
    "registration",
];

/// No script but our files, no handler, no frame, no address that is code, no form that leads elsewhere.
pub(super) fn assert_inert(page: &Page) {
    let html = Html::parse_document(&page.html);
    let every = Selector::parse("*").unwrap();
    for element in html.select(&every) {
        let name = element.value().name();
        assert!(
            !["iframe", "object", "embed", "base", "style", "img", "svg"].contains(&name),
            "<{name}>: {page:?}"
        );
        for (attribute, value) in element.value().attrs() {
            assert!(!attribute.starts_with("on") && attribute != "style", "{attribute}={value}: {page:?}");
            let is_address = ["href", "src", "action", "formaction"].contains(&attribute);
            let value = value.trim().to_ascii_lowercase();
            let is_code =
                ["javascript:", "data:", "vbscript:"].iter().any(|scheme| value.starts_with(scheme));
            assert!(!(is_address && is_code), "{attribute}={value}: {page:?}");
        }
        match name {
            "script" => {
                assert!(element.attr("src").is_some_and(|src| src.starts_with("/assets/")), "{}", page.html);
                assert_eq!(element.text().collect::<String>(), "");
            }
            "form" => {
                let action = element.attr("action").unwrap();
                let ours = action.starts_with('/') && !action.starts_with("//");
                assert!(ours || action.starts_with("https://maple.example/"), "{action}");
            }
            _ => {}
        }
    }
}

on_each_database! {
    async fn no_parameter_of_an_authorization_request_becomes_markup(app) {
        app.enrol(FRANK).await;
        let mut signed_in = franks_browser(&app).await;
        for name in PARAMETERS {
            for payload in PAYLOADS {
                for mode in ["query", "form_post"] {
                    let mut client = app.relying_party().with(name, payload);
                    if name != "response_mode" {
                        client = client.with("response_mode", mode);
                    }
                    for page in
                        [client.authorize(&mut app.browser()).await, client.authorize(&mut signed_in).await]
                    {
                        if page.location().is_some() {
                            assert!(
                                page.left_to("https://maple.example/callback"),
                                "{name}={payload}: {page:?}"
                            );
                        } else {
                            assert_inert(&page);
                            assert!(
                                !page.html.contains(payload) || !payload.contains('<'),
                                "{name}={payload}"
                            );
                        }
                    }
                }
            }
        }
    }

    async fn nothing_typed_into_the_log_in_page_becomes_markup(app) {
        app.enrol(FRANK).await;
        for (number, payload) in PAYLOADS.into_iter().enumerate() {
            let mut browser = app.browser();
            browser.address = [198, 51, u8::try_from(number).unwrap(), 7];
            let page = app.relying_party().log_in(&mut browser, payload, payload).await;
            assert_inert(&page);
            assert_eq!(page.value("UserName"), payload, "shown again as it was typed");
            assert_eq!(page.value("Password"), "", "a password is never sent back");
        }
    }

    async fn no_header_becomes_markup(app) {
        app.enrol(FRANK).await;
        for payload in PAYLOADS.into_iter().filter(|payload| payload.is_ascii()) {
            for name in
                ["accept-language", "user-agent", "referer", "x-forwarded-for", "x-request-id", "host"]
            {
                let mut browser = app.browser();
                browser.headers.push((name.to_owned(), payload.to_owned()));
                let log_in = app.relying_party().authorize(&mut browser).await;
                let error = browser.get("/nowhere").await;
                for page in [log_in, error] {
                    assert_inert(&page);
                    assert!(!page.html.contains(payload), "{name}: {payload}");
                }
            }
        }
    }

    /// Attack 70 names the branding: an agency's own words are on its portal's log-in page.
    async fn an_agencys_name_stays_a_name(app) {
        app.enrol(FRANK).await;
        for payload in PAYLOADS {
            let Ok(name) = Line::parse(payload) else { continue };
            super::change_maple(&app, |company| company.name = name).await;
            let page = app.relying_party().authorize(&mut app.browser()).await;
            assert_inert(&page);
            assert!(page.select(".brand").concat().contains(payload), "shown as it is: {page:?}");
        }
    }

    async fn nothing_of_a_log_out_request_becomes_markup(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let names =
            ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"];
        for name in names {
            for payload in PAYLOADS {
                let query =
                    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, payload).finish();
                let page = browser.get(&format!("/logout?{query}")).await;
                assert_eq!(page.location(), None, "{name}={payload}");
                assert_inert(&page);
                let posted = super::post_from_client(&app, &mut browser, "/logout", &query).await;
                assert_inert(&posted);
            }
        }
    }

    /// A client's name is the client's own word as well: on the log-in page, the consent page and the account page.
    async fn a_clients_name_becomes_no_markup(app) {
        app.enrol(FRANK).await;
        for payload in PAYLOADS {
            let Ok(name) = Line::parse(payload) else { continue };
            register(&app, |client| client.name = name.clone()).await;
            register_third_party(&app, |client| client.name = name).await;
            let mut browser = app.browser();
            assert_inert(&app.relying_party().authorize(&mut browser).await);
            let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
            assert!(page.sent("code").is_some());
            app.advance(SECOND);

            let asked = third_party(&app).with("prompt", "consent").authorize(&mut browser).await;
            assert_inert(&asked);
            assert!(asked.shows(payload.split_whitespace().next().unwrap()), "shown as it is: {asked:?}");
            browser.fill(&asked, "consent-allow", &[]).await;
            let apps = browser.get("/account/apps").await;
            assert_inert(&apps);
            assert!(!asked.html.contains(payload) && !apps.html.contains(payload) || !payload.contains('<'));
        }
    }

    /// RFC 7591 section 2 lets a client say where its policy is; an address that is code becomes no link.
    async fn a_clients_addresses_become_no_script(app) {
        app.enrol(FRANK).await;
        for address in [
            "javascript:alert(document.domain)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:msgbox(1)",
            "https://maple.example/\"><script>alert(1)</script>",
            "https://maple.example/' onclick='alert(1)",
        ] {
            register_third_party(&app, |client| {
                let url: Option<url::Url> = address.parse().ok();
                client.about = About {
                    client_uri: url.clone(),
                    logo_uri: url.clone(),
                    policy_uri: url.clone(),
                    tos_uri: url,
                    logo: None,
                    known_since: None,
                };
            })
            .await;
            let mut browser = app.browser();
            let client = third_party(&app).with("prompt", "consent");
            assert_inert(&client.authorize(&mut browser).await);
            let asked = client.log_in(&mut browser, FRANK, PASSWORD).await;
            assert_inert(&asked);
            browser.fill(&asked, "consent-allow", &[]).await;
            assert_inert(&browser.get("/account/apps").await);
            app.advance(SECOND);
        }
    }
}
