//! What strangers and other sites send (attacks 8, 9, 10, 11, 13, 21, 79), and what no answer ever holds.

use super::{
    CONFIRM, KEEP, NEW, OWN, ask, at_page, confirm_link, frank_at_page, is_waiting, mails, press, propose,
};
use super::{recorded, undo_link};
use crate::account::{FRANK, GRACE};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const ELSEWHERE: [(&str, &str); 5] = [
    ("origin", "https://evil.example"),
    ("origin", "https://id.example.evil.example"),
    ("origin", "null"),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-site", "same-site"),
];

on_each_database! {
    /// Attack 79 (CVE-2023-34927): another site's form, a stranger's token, none at all: nothing happens on any of the pages.
    async fn a_form_from_elsewhere_changes_nothing(app) {
        app.enrol(GRACE).await;
        let (mut browser, page) = frank_at_page(&app).await;
        for (name, value) in ELSEWHERE {
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            ask(&mut browser, &page, NEW, PASSWORD).await;
            assert!(!is_waiting(&app, FRANK).await, "{name}: {value}");
        }
        browser.headers.clear();
        let (_, graces) = at_page(&app, GRACE).await;
        let stolen = graces.attribute("input[name=csrf]", "value").unwrap();
        for csrf in ["", "nonsense", &stolen] {
            let fields = [("email", NEW), ("password", PASSWORD), ("csrf", csrf)];
            let refused = browser.post("/account/email", &fields).await;
            assert_eq!(refused.heading(), OWN, "{refused:?}");
            assert!(refused.shows("nothing was changed") && !is_waiting(&app, FRANK).await, "{csrf}");
        }
        ask(&mut browser, &page, NEW, PASSWORD).await;
        let links = [(confirm_link(&app, NEW).await, "email-confirm", CONFIRM), (undo_link(&app, FRANK).await, "email-keep", KEEP)];
        for (link, button, heading) in links {
            let mut victim = app.browser();
            let page = victim.get(&link).await;
            for (name, value) in ELSEWHERE {
                victim.headers = vec![(name.to_owned(), value.to_owned())];
                let shown = victim.fill(&page, button, &[]).await;
                assert_eq!(shown.heading(), heading, "{name}: {value}: {shown:?}");
            }
            victim.headers.clear();
            let flow = page.attribute("input[name=flow]", "value").unwrap();
            let forged = [("csrf", stolen.as_str()), ("flow", flow.as_str())];
            assert_eq!(victim.post(page.url.path(), &forged).await.heading(), heading);
        }
        assert!(is_waiting(&app, FRANK).await);
        assert_eq!((recorded(&app, "email.changed").await, recorded(&app, "email.change_cancelled").await), (0, 0));
    }

    /// On a shared PC the last person's open page does not act for the next one (CVE-2023-26481).
    async fn the_page_of_one_person_does_not_act_for_the_next(app) {
        app.enrol(GRACE).await;
        let (mut browser, of_frank) = frank_at_page(&app).await;
        let (graces, _) = at_page(&app, GRACE).await;
        browser.cookies.insert("__Host-idp_session".to_owned(), graces.session().unwrap().to_owned());
        ask(&mut browser, &of_frank, NEW, PASSWORD).await;
        assert!(!is_waiting(&app, FRANK).await && !is_waiting(&app, GRACE).await);
    }

    /// Attacks 8 and 21 (CVE-2024-49757): every POST, sent cold, with whatever it might want.
    async fn a_post_without_its_page_changes_nothing(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let ticket = confirm_link(&app, NEW).await.split_once("ticket=").unwrap().1.to_owned();
        let fields = [("flow", ticket.as_str()), ("ticket", &ticket), ("email", NEW), ("password", PASSWORD)];
        for path in ["/account/email", "/email/confirm", "/email/undo"] {
            for address in [path.to_owned(), format!("{path}?ticket={ticket}")] {
                let page = app.browser().post(&address, &fields).await;
                assert!(!page.html.contains(FRANK) && !page.html.contains(NEW), "{address}: {page:?}");
            }
        }
        assert!(is_waiting(&app, FRANK).await);
        assert_eq!(recorded(&app, "email.changed").await, 0);
    }

    /// L5, attacks 9, 10, 11 (CVE-2025-48936, CVE-2026-93453): links are built from configuration only.
    async fn a_poisoned_host_changes_no_link(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let poison = [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-server", "evil.example"),
            ("forwarded", "host=evil.example;proto=http"),
            ("x-original-host", "evil.example"),
        ];
        browser.headers = poison.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let shown = ask(&mut browser, &page, NEW, PASSWORD).await;
        assert!(!shown.html.contains("evil.example"), "{shown:?}");
        let link = confirm_link(&app, NEW).await;
        undo_link(&app, FRANK).await;
        for mail in app.postman.sent() {
            assert!(!mail.text.contains("evil.example") && !mail.html.contains("evil.example"), "{}", mail.subject);
        }
        let mut victim = app.browser();
        victim.headers = browser.headers.clone();
        let swapped = victim.get_once(&link).await;
        assert_eq!(swapped.headers["location"], "/email/confirm");
        assert!(victim.cookies.contains_key("__Host-idp_email"));
    }

    /// Attacks 3 and 13 (CVE-2026-16072, CVE-2026-105211): the mailed secret is in the mail, and nowhere else.
    async fn no_answer_and_no_record_holds_a_secret(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let mut answers = vec![ask(&mut browser, &page, NEW, PASSWORD).await];
        let (confirm, undo) = (confirm_link(&app, NEW).await, undo_link(&app, FRANK).await);
        let mut victim = app.browser();
        for link in [&confirm, &undo] {
            answers.push(victim.get_once(link).await);
            answers.push(victim.get(link).await);
        }
        answers.push(press(&mut victim, &confirm, "email-confirm").await);
        answers.push(browser.get("/account/email").await);
        answers.push(press(&mut victim, &undo, "email-restore").await);
        for mailed in [&confirm, &undo] {
            let secret = mailed.rsplit_once('.').unwrap().1;
            for answer in &answers {
                let headers = format!("{:?}", answer.headers);
                assert!(!answer.html.contains(secret) && !headers.contains(secret), "{answer:?}");
            }
            let mut tx = app.env.store.read().await.unwrap();
            let events = tx.audit().list(None, 1000).await.unwrap();
            assert!(!format!("{events:?}").contains(secret));
        }
        assert!(!mails(&app, NEW).await.iter().any(|mail| mail.text.contains(PASSWORD)));
    }
}
