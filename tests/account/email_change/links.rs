//! The two links: what looking at them does, how long they work, and whose they are (L1-L5, R70; attacks 2, 6, 7, 15).

use idp_domain::account::AccountState;

use super::{CHANGED, CONFIRM, DAY, EXPIRED, INVALID, KEEP, MINUTE, NEW, NOTHING, OVER, RESTORE, RESTORED};
use super::{change, changes, confirm_link, links, logs_in, opened, press, propose, recorded, undo_link};
use crate::account::{FRANK, GRACE};
use crate::support::app::{PASSWORD, START};
use crate::support::on_each_database;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_each_database! {
    /// R70, L4: a mail scanner opens every link, twice, and asks for the heads. Nothing changes, and the links still work.
    async fn looking_changes_nothing(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let found = [(confirm_link(&app, NEW).await, CONFIRM), (undo_link(&app, FRANK).await, KEEP)];
        let (account, audited) = (app.account(FRANK).await.version, app.audited().await);
        for (link, heading) in &found {
            let mut scanner = app.browser();
            for _ in 0..2 {
                assert_eq!(scanner.head_once(link).await.status, 303);
                assert_eq!(scanner.get(link).await.heading(), *heading);
                assert_eq!(scanner.head_once("/email/confirm").await.status, 200);
            }
        }
        assert_eq!((app.account(FRANK).await.version, app.audited().await), (account, audited));
        assert!(super::is_waiting(&app, FRANK).await);
        assert_eq!(press(&mut app.browser(), &found[0].0, "email-confirm").await.heading(), CHANGED);
        let undo = undo_link(&app, FRANK).await;
        for _ in 0..2 {
            assert_eq!(opened(&app, &undo).await, RESTORE);
        }
        assert!(logs_in(&app, NEW, PASSWORD).await);
    }

    /// L4: the secret leaves the address at once, and the page keeps it from whoever is linked to.
    async fn the_secret_is_swapped_for_a_cookie(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        for (link, path) in
            [(confirm_link(&app, NEW).await, "/email/confirm"), (undo_link(&app, FRANK).await, "/email/undo")]
        {
            let mut browser = app.browser();
            let swapped = browser.get_once(&link).await;
            assert_eq!(swapped.location().unwrap().as_str(), format!("https://id.example{path}"));
            assert_eq!(swapped.headers["cache-control"], "no-store");
            let page = browser.get_once(path).await;
            assert_eq!(page.headers["referrer-policy"], "same-origin");
            assert_eq!(page.headers["cache-control"], "no-store");
            assert!(app.browser().get(path).await.heading() == INVALID, "no other browser has it");
        }
    }

    /// L2, L3, attack 6 (CVE-2025-64708): expiry is looked at when the link is used, to the second, with no sweeper.
    async fn a_link_works_to_its_last_second(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let link = confirm_link(&app, NEW).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        app.advance(DAY - SECOND);
        assert_eq!(opened(&app, &link).await, CONFIRM);
        app.advance(SECOND);
        let expired = app.browser().get(&link).await;
        assert_eq!(expired.heading(), EXPIRED);
        assert_eq!(expired.attribute("#email-link-on", "href").as_deref(), Some("/account/email"));
        let late = browser.get(&link).await;
        assert_eq!(late.heading(), EXPIRED);
        assert_eq!(browser.fill(&page, "email-confirm", &[]).await.heading(), EXPIRED);
        assert!(logs_in(&app, FRANK, PASSWORD).await && !logs_in(&app, NEW, PASSWORD).await);

        change(&app, FRANK, NEW).await;
        let undo = undo_link(&app, FRANK).await;
        app.advance(DAY * 7 - SECOND);
        assert_eq!(opened(&app, &undo).await, RESTORE);
        app.advance(SECOND);
        assert_eq!(opened(&app, &undo).await, EXPIRED);
        assert!(logs_in(&app, NEW, PASSWORD).await);
    }

    /// L2: a mail that left late does not keep the proposal open for longer than it was meant to be.
    async fn a_late_mail_gives_no_more_time(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        app.advance(DAY - MINUTE);
        let link = confirm_link(&app, NEW).await;
        assert_eq!(opened(&app, &link).await, CONFIRM);
        app.advance(MINUTE);
        assert_eq!(opened(&app, &link).await, EXPIRED);
        propose(&app, FRANK, "frank@never.example").await;
        app.advance(DAY);
        assert!(super::mails(&app, "frank@never.example").await.is_empty(), "nobody could use it any more");
    }

    /// L3, attack 15 (CVE-2026-73431): each link does its work once, whatever is pressed again.
    async fn a_used_link_does_nothing_again(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let link = confirm_link(&app, NEW).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        for _ in 0..2 {
            assert_eq!(browser.fill(&page, "email-confirm", &[]).await.heading(), CHANGED);
            assert_eq!(browser.get(&link).await.heading(), CHANGED);
        }
        assert_eq!(recorded(&app, "email.changed").await, 1);

        let undo = undo_link(&app, FRANK).await;
        let page = browser.get(&undo).await;
        for _ in 0..2 {
            assert_eq!(browser.fill(&page, "email-restore", &[]).await.heading(), RESTORED);
        }
        assert_eq!(recorded(&app, "email.restored").await, 1);
        assert_eq!(opened(&app, &link).await, OVER, "the address is not proven for ever");
        let [first, second] = links(&app, FRANK, "/email/undo").await.try_into().unwrap();
        assert_eq!((opened(&app, &first).await, opened(&app, &second).await), (NOTHING.to_owned(), RESTORED.to_owned()));
    }

    /// L3: superseded by a newer proposal, and by another password.
    async fn a_link_dies_with_its_proposal_and_with_the_password(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let older = confirm_link(&app, NEW).await;
        let older_undo = undo_link(&app, FRANK).await;
        propose(&app, FRANK, super::THIRD).await;
        let newer = confirm_link(&app, super::THIRD).await;
        assert_eq!(opened(&app, &older).await, OVER);
        assert_eq!(opened(&app, &older_undo).await, NOTHING);
        app.change_account(FRANK, |account| account.credential_version += 1).await;
        let mut browser = app.browser();
        let page = browser.get(&newer).await;
        assert_eq!(page.heading(), OVER);
        assert_eq!(page.attribute("#email-link-on", "href").as_deref(), Some("/account/email"));
        assert_eq!(opened(&app, &undo_link(&app, FRANK).await).await, KEEP, "the old address outlives a password");
        assert_eq!(recorded(&app, "email.changed").await, 0);
    }

    /// L3: an account that was switched off is changed by nobody's link.
    async fn a_link_dies_with_the_account(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        propose(&app, NEW, super::THIRD).await;
        let (confirm, undo) = (confirm_link(&app, super::THIRD).await, undo_link(&app, FRANK).await);
        let switched_off = AccountState::Disabled { at: START, password: None };
        app.change_account(NEW, |account| account.state = switched_off).await;
        assert_eq!((opened(&app, &confirm).await, opened(&app, &undo).await), (OVER.to_owned(), NOTHING.to_owned()));
    }

    /// R43, attacks 2 and 22: unknown, altered, from another mail: one page, byte for byte, which names nobody.
    async fn a_link_that_is_not_ours_learns_nothing(app) {
        app.admin().create(GRACE).await;
        let activation = app.activation_link(GRACE).await;
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let ticket = |link: &str| link.split_once("ticket=").unwrap().1.to_owned();
        let (confirm, undo) = (ticket(&confirm_link(&app, NEW).await), ticket(&undo_link(&app, FRANK).await));
        let reference = app.browser().get("/email/confirm").await;
        assert_eq!((reference.heading().as_str(), reference.status), (INVALID, 200));
        for word in [FRANK, NEW, "Maple", "csrf"] {
            assert!(!reference.html.contains(word), "{word}");
        }
        for (path, own, other) in [("/email/confirm", &confirm, &undo), ("/email/undo", &undo, &confirm)] {
            let (id, secret) = own.split_once('.').unwrap();
            let (other_id, _) = other.split_once('.').unwrap();
            let flipped = if secret.starts_with('A') { "B" } else { "A" };
            for forged in [
                format!("{id}.{flipped}{}", &secret[1..]),
                format!("{id}."),
                format!("{other_id}.{secret}"),
                other.clone(),
                ticket(&activation),
                format!("{own}%00"),
                "x".repeat(5000),
                String::new(),
            ] {
                let page = app.browser().get(&format!("{path}?ticket={forged}")).await;
                assert_eq!((page.status, &page.html), (reference.status, &reference.html), "{path} {forged}");
            }
            let there = app.browser().get(&format!("/activate?ticket={own}")).await;
            assert_eq!(there.heading(), INVALID, "nor does it open another's page");
        }
        assert_eq!(changes(&app, FRANK).await.len(), 1);
    }

    /// Attack 7 (CVE-2023-26481): a link acts for the account it was made for, whoever is logged in where it is opened.
    async fn a_link_acts_for_its_own_account_in_anybodys_browser(app) {
        app.enrol(FRANK).await;
        app.enrol(GRACE).await;
        propose(&app, FRANK, NEW).await;
        let link = confirm_link(&app, NEW).await;
        let (mut graces, _) = super::at_page(&app, GRACE).await;
        let page = graces.get(&link).await;
        assert_eq!(page.select("#addresses dd"), ["f***@example.com", NEW], "it says whose it is");
        assert_eq!(graces.fill(&page, "email-confirm", &[]).await.heading(), CHANGED);
        assert_eq!(graces.get("/account").await.value("UserName"), GRACE);
        assert!(logs_in(&app, NEW, PASSWORD).await && logs_in(&app, GRACE, PASSWORD).await);
    }

    /// Attack 7: a page drawn for one link never acts for another that was opened after it.
    async fn the_page_of_one_link_does_not_press_the_button_of_another(app) {
        app.enrol(FRANK).await;
        app.enrol(GRACE).await;
        propose(&app, FRANK, NEW).await;
        propose(&app, GRACE, "grace@home.example").await;
        let (franks, graces) = (confirm_link(&app, NEW).await, confirm_link(&app, "grace@home.example").await);
        let mut browser = app.browser();
        let of_frank = browser.get(&franks).await;
        browser.get(&graces).await;
        let shown = browser.fill(&of_frank, "email-confirm", &[]).await;
        assert_eq!(shown.heading(), CONFIRM);
        assert_eq!(shown.select("#addresses dd"), ["g***@example.com", "grace@home.example"]);
        assert_eq!(recorded(&app, "email.changed").await, 0);
        browser.get(&undo_link(&app, FRANK).await).await;
        assert_eq!(browser.fill(&of_frank, "email-confirm", &[]).await.heading(), INVALID);
        assert_eq!(recorded(&app, "email.changed").await, 0);
    }

    /// L4: the cookie is sealed; one that was made up, altered, or made for another page opens nothing.
    async fn a_made_up_cookie_opens_nothing(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let link = confirm_link(&app, NEW).await;
        let mut browser = app.browser();
        browser.get(&link).await;
        let genuine = browser.cookies["__Host-idp_email"].clone();
        let ticket = link.split_once("ticket=").unwrap().1.to_owned();
        let of_activation = idp_service::activate::seal(&app.env, &ticket);
        for made_up in [ticket, of_activation, genuine[1..].to_owned(), format!("{genuine}A"), String::new()] {
            browser.cookies.insert("__Host-idp_email".to_owned(), made_up.clone());
            assert_eq!(browser.get("/email/confirm").await.heading(), INVALID, "{made_up}");
        }
        browser.cookies.insert("__Host-idp_email".to_owned(), genuine);
        assert_eq!(browser.get("/email/confirm").await.heading(), CONFIRM);
    }
}
