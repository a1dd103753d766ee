//! Links and forms that are not what they should be: they reveal nothing and change nothing
//! (R43; attacks 1, 2, 7, 8, 21, 22, 71, 79).

use super::{choose, invited, sent_to_portal};
use crate::account::{FRANK, GRACE};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use idp_domain::account::AccountState;

async fn nobody_was_activated(app: &TestApp, people: &[&str]) {
    for person in people {
        assert_eq!(app.account(person).await.state, AccountState::Invited, "{person}");
    }
}

on_each_database! {
    /// R43, attacks 2 and 22 (CVE-2026-1529, CVE-2023-44399): unknown, altered, foreign: one page, byte for byte.
    async fn a_link_that_is_not_ours_learns_nothing(app) {
        let ticket = invited(&app, FRANK).await.split_once("ticket=").unwrap().1.to_owned();
        let other = invited(&app, GRACE).await.split_once("ticket=").unwrap().1.to_owned();
        let (id, secret) = ticket.split_once('.').unwrap();
        let (other_id, _) = other.split_once('.').unwrap();
        let flipped = if secret.starts_with('A') { "B" } else { "A" };
        let forged = [
            format!("{id}.{flipped}{}", &secret[1..]),
            format!("{id}.{}", &secret[..42]),
            format!("{id}."),
            id.to_owned(),
            format!("{other_id}.{secret}"),
            format!("tkt_{}.{secret}", "0".repeat(32)),
            format!("ses_{}.{secret}", &id[4..]),
            format!("{ticket}."),
            format!("{ticket}%00"),
            ticket.to_uppercase(),
            "'%20OR%201=1--".to_owned(),
            "x".repeat(5000),
            String::new(),
        ];
        let reference = app.browser().get("/create-password").await;
        assert_eq!(reference.heading(), "This link does not work");
        for ticket in &forged {
            let page = app.browser().get(&format!("/activate?ticket={ticket}")).await;
            assert_eq!((page.status, &page.html), (reference.status, &reference.html), "{ticket}");
        }
        let bare = app.browser().get("/activate").await;
        assert_eq!(bare.html, reference.html);
        for word in [FRANK, GRACE, "Maple", "csrf", "password"] {
            assert!(!reference.html.replace("password.js", "").contains(word), "{word}: {}", reference.html);
        }
        nobody_was_activated(&app, &[FRANK, GRACE]).await;
    }

    /// Attack 7 (CVE-2023-26481): a form drawn for one person never acts for another whose link was opened after it.
    async fn the_form_of_one_person_does_not_choose_the_password_of_another(app) {
        let (franks, graces) = (invited(&app, FRANK).await, invited(&app, GRACE).await);
        let mut browser = app.browser();
        let of_frank = browser.get(&franks).await;
        let of_grace = browser.get(&graces).await;
        assert_eq!(
            (of_frank.value("Username"), of_grace.value("Username")),
            (FRANK.to_owned(), GRACE.to_owned())
        );
        let answer = choose(&mut browser, &of_frank, PASSWORD, PASSWORD).await;
        nobody_was_activated(&app, &[FRANK, GRACE]).await;
        assert_eq!(
            (answer.heading().as_str(), answer.value("Username").as_str()),
            ("Create Password", GRACE)
        );
        let done = choose(&mut browser, &answer, PASSWORD, PASSWORD).await;
        assert_eq!(done.sent("login_hint").as_deref(), Some(GRACE));
        nobody_was_activated(&app, &[FRANK]).await;
    }

    /// Attacks 8, 21 (CVE-2022-46145, CVE-2024-49757): every POST of the flow, sent cold, fails closed.
    async fn a_post_without_its_page_changes_nothing(app) {
        let link = invited(&app, FRANK).await;
        let ticket = link.split_once("ticket=").unwrap().1;
        let fields = [
            ("password", PASSWORD),
            ("confirm", PASSWORD),
            ("username", FRANK),
            ("flow", ticket),
            ("ticket", ticket),
        ];
        for path in [
            "/create-password",
            "/activate",
            "/activate/resend",
            "/questions",
            "/questions/cancel",
            "/no-access",
        ] {
            let page = app.browser().post(path, &fields).await;
            assert!(!sent_to_portal(&page) && !page.html.contains(FRANK), "{path}: {page:?}");
            assert!(page.location().is_none(), "{path}: {page:?}");
        }
        nobody_was_activated(&app, &[FRANK]).await;
        app.postman.take();
        assert!(app.send_mails().await.is_idle());
        let direct = app.browser().post(&format!("/create-password?ticket={ticket}"), &fields).await;
        assert_eq!(direct.heading(), "This link does not work", "{direct:?}");
    }

    /// Attack 79 (CVE-2023-34927): another site's form, a stolen page's token, a missing one.
    async fn a_form_from_elsewhere_chooses_no_password(app) {
        let link = invited(&app, FRANK).await;
        let mut stranger = app.browser();
        let strangers = stranger.get(&link).await;
        let stolen = strangers.attribute("input[name=csrf]", "value").unwrap();
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let flow = page.attribute("input[name=flow]", "value").unwrap_or_default();
        let fields = [("password", PASSWORD), ("confirm", PASSWORD), ("flow", flow.as_str())];
        for csrf in ["", "nonsense", stolen.as_str()] {
            let mut fields = fields.to_vec();
            fields.push(("csrf", csrf));
            let refused = browser.post("/create-password", &fields).await;
            assert_eq!(refused.heading(), "Create Password", "shown again, fresh: {refused:?}");
        }
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "https://id.example.evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            let refused = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
            assert_eq!(refused.heading(), "Create Password", "{name}: {value}");
        }
        nobody_was_activated(&app, &[FRANK]).await;
        browser.headers.clear();
        assert!(sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await));
    }

    /// Attack 1 (CVE-2026-18963), L4: the cookie is sealed; one that was made up or altered opens nothing.
    async fn a_made_up_activation_cookie_opens_nothing(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        browser.get(&link).await;
        let genuine = browser.cookies["__Host-idp_activation"].clone();
        let ticket = link.split_once("ticket=").unwrap().1.to_owned();
        let session = idp_service::activate::seal(&app.env, "ses_nothing");
        for made_up in [ticket, session, genuine[1..].to_owned(), format!("{genuine}A"), String::new()] {
            browser.cookies.insert("__Host-idp_activation".to_owned(), made_up.clone());
            assert_eq!(
                browser.get("/create-password").await.heading(),
                "This link does not work",
                "{made_up}"
            );
        }
        browser.cookies.insert("__Host-idp_activation".to_owned(), genuine);
        assert_eq!(browser.get("/create-password").await.heading(), "Create Password");
    }

    /// Bad input to the form itself: no shape of it is a 500, and none changes anything.
    async fn a_body_that_is_no_form_is_refused_in_words(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        browser.get(&link).await;
        let large = "x".repeat(70_000);
        let page = browser.post("/create-password", &[("password", &large)]).await;
        assert_eq!(page.status, 413, "{page:?}");
        assert!(page.shows("That was too much at once"), "{page:?}");
        browser.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let page = browser.post("/create-password", &[("password", PASSWORD)]).await;
        assert!(page.status == 400 || page.status == 415, "{page:?}");
        nobody_was_activated(&app, &[FRANK]).await;
    }
}
