//! The activation mail as it leaves (R35-R39), and who may decide what its link looks like (L5, attacks 9-11).

use scraper::Html;

use super::link_in;
use crate::account::FRANK;
use crate::support::admin::caregiver_body;
use crate::support::app::ISSUER;
use crate::support::on_each_database;

/// What a person reads of the HTML part.
fn read(html: &str) -> String {
    let html = Html::parse_document(html);
    html.root_element().text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

on_each_database! {
    /// R35-R39: both parts say what the guide says, in its order, and nothing secret besides the link.
    async fn the_activation_mail_says_in_both_parts_what_the_guide_says(app) {
        app.admin().create(FRANK).await;
        assert_eq!(app.send_mails().await.sent, 1);
        let sent = app.postman.take();
        let [mail] = sent.as_slice() else { panic!("{sent:?}") };
        let link = link_in(mail);
        let (product, operator) = (&app.env.policy.product_name, &app.env.policy.operator_name);
        let facts = [
            product.clone(),
            "Account Verification".to_owned(),
            "Hello Frank Jones,".to_owned(),
            format!(
                "You have been granted access to Maple Home Care. We first need to activate your new {product} \
                 account and configure a password."
            ),
            "Please click here to activate your account.".to_owned(),
            link.clone(),
            "Company Code: 99999".to_owned(),
            format!("UserName: {FRANK}"),
            "Please remember or bookmark the following URL so you can easily access this agency in the future:"
                .to_owned(),
            "https://portal.maple.example/".to_owned(),
            "If you have any questions, please contact the agency below.".to_owned(),
            "Sincerely,".to_owned(),
            "Maple Home Care".to_owned(),
            "1 Maple Street".to_owned(),
            "Springfield".to_owned(),
            "62701".to_owned(),
            "+1 555 0100".to_owned(),
            "office@maple.example".to_owned(),
            format!("This is a message from {operator} on behalf of Maple Home Care"),
        ];
        for part in [one_line(&mail.text), read(&mail.html)] {
            let mut rest = part.as_str();
            for fact in &facts {
                let at = rest.find(fact.as_str());
                let at = at.unwrap_or_else(|| panic!("{fact:?} is missing, or too early, in: {part}"));
                rest = &rest[at + fact.len()..];
            }
        }
        let button = Html::parse_document(&mail.html);
        let button = button.select(&scraper::Selector::parse("a.button").unwrap()).next().unwrap();
        assert_eq!(button.text().collect::<String>(), "Please click here to activate your account.");
        assert_eq!(button.attr("href"), Some(link.as_str()));
    }

    /// R12, R35, pages "Mails": in the agency's name, answers go to the agency.
    async fn the_envelope_names_the_agency_and_its_message_id_is_the_mails_own(app) {
        app.admin().create(FRANK).await;
        app.send_mails().await;
        let mail = app.postman.take().remove(0);
        assert_eq!(mail.subject, "Activate your account for Maple Home Care");
        assert_eq!(mail.from_name, format!("{} on behalf of Maple Home Care", app.env.policy.operator_name));
        assert_eq!(mail.reply_to.as_ref().map(|address| address.as_str()), Some("office@maple.example"));
        assert_eq!((mail.to.as_str(), mail.to_name.as_deref()), (FRANK, Some("Frank Jones")));
        assert!(mail.message_id.starts_with("mai_") && mail.message_id.ends_with("@id.example"));
    }

    /// R35: a name cannot write markup into the mail, nor lines into its header.
    async fn a_hostile_name_stays_a_name(app) {
        let mut body = caregiver_body(FRANK);
        body["given_name"] = "<img src=x>&amp;\"'".into();
        assert_eq!(app.admin().post(&body, &[]).await.status, 201);
        app.change_company(&app.maple, |maple| {
            maple.name = idp_domain::text::Line::parse("<b>Maple</b> & Co").unwrap();
        })
        .await;
        app.send_mails().await;
        let mail = app.postman.take().remove(0);
        assert!(!mail.html.contains("<img") && !mail.html.contains("<b>Maple"), "{}", mail.html);
        assert!(read(&mail.html).contains("Hello <img src=x>&amp;\"' Jones,"), "{}", mail.html);
        assert!(mail.text.contains("You have been granted access to <b>Maple</b> & Co."));
        for header in [&mail.subject, &mail.from_name, mail.to_name.as_ref().unwrap()] {
            assert!(!header.chars().any(char::is_control), "{header}");
        }
        body = caregiver_body("other@example.com");
        body["given_name"] = "Frank\r\nBcc: everybody@example.com".into();
        let refused = app.admin().post(&body, &[]).await;
        assert_eq!((refused.status, &refused.json["errors"][0]["path"]), (422, &"$.given_name".into()));
    }

    /// L5, attacks 9-11 (CVE-2025-48936, CVE-2026-93453, CVE-2026-29067): links come from the configuration only.
    async fn no_header_of_any_request_changes_a_link(app) {
        let poison = [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-port", "666"),
            ("x-forwarded-prefix", "/evil"),
            ("x-original-url", "https://evil.example/"),
            ("forwarded", "for=1.2.3.4;host=evil.example;proto=http"),
        ];
        let mut poisoned = poison.to_vec();
        poisoned.push(("origin", "https://evil.example"));
        poisoned.push(("referer", "https://evil.example/"));
        let created = app.admin().post(&caregiver_body(FRANK), &poisoned).await;
        assert_eq!(created.status, 201, "{created:?}");
        let link = app.activation_link(FRANK).await;
        assert!(link.starts_with(&format!("{ISSUER}/activate?ticket=tkt_")), "{link}");

        let mut browser = app.browser();
        browser.headers = poison.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let landed = browser.get_once(&link).await;
        assert_eq!(landed.headers["location"], "/create-password");
        let page = browser.get("/create-password").await;
        assert!(!page.html.contains("evil"), "{}", page.html);
        let done =
            super::choose(&mut browser, &page, crate::support::app::PASSWORD, crate::support::app::PASSWORD)
                .await;
        assert!(super::sent_to_portal(&done), "{done:?}");
        assert_eq!(done.sent("iss").as_deref(), Some(ISSUER));

        app.admin().create("other@example.com").await;
        let link = app.activation_link("other@example.com").await;
        app.advance(app.env.policy.activation_life);
        let expired = browser.get(&link).await;
        let sent = browser.fill(&expired, "link-renew", &[]).await;
        assert_eq!(sent.heading(), "Check your mail", "{sent:?}");
        assert!(app.activation_link("other@example.com").await.starts_with(&format!("{ISSUER}/activate?")));
    }

    /// Attacks 3, 13, 14 (CVE-2026-16072, CVE-2026-105211): the mail is the only place a ticket is ever seen in.
    async fn no_answer_page_or_row_ever_shows_the_ticket(app) {
        let created = app.admin().create(FRANK).await;
        let link = app.activation_link(FRANK).await;
        let secret = link.rsplit_once('.').unwrap().1.to_owned();
        assert_eq!(secret.len(), 43, "256 bits (L1)");
        let member = format!("/{}", created["member_id"].as_str().unwrap());
        let mut seen = created.to_string();
        for suffix in ["", member.as_str()] {
            seen += &app.admin().get(suffix).await.json.to_string();
        }
        let repeated = app.admin().post(&caregiver_body(FRANK), &[]).await;
        seen += &repeated.json.to_string();
        let mut browser = app.browser();
        let landed = browser.get_once(&link).await;
        let page = browser.get("/create-password").await;
        for answer in [&landed, &page] {
            seen += &format!("{:?}{}", answer.headers, answer.html);
        }
        let mut tx = app.env.store.read().await.unwrap();
        seen += &format!("{:?}", tx.audit().list(None, 100).await.unwrap());
        assert!(!seen.contains(&secret), "{seen}");
        let opened = idp_service::activate::inspect(&app.env, link.split_once('=').unwrap().1).await.unwrap();
        assert!(!format!("{opened:?}").contains(&secret));
    }
}
