//! An address that an agency proposes (R72, R73, R33; L10, L11): worth nothing until the person says so with their password,
//! because whoever proposes it may own it.

use axum::http::Method;
use idp_domain::email_change::EmailChangeState;
use serde_json::json;

use super::{
    CHANGED, CONFIRM, KEEP, MINUTE, NEW, OVER, THIRD, ask, at_page, changes, confirm_link, is_waiting, links,
};
use super::{logs_in, mails, opened, press, propose, recorded, said, undo_link};
use crate::account::{FRANK, GRACE};
use crate::support::admin::Admin;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

/// A mailbox of somebody at the office.
const OFFICE_OWNED: &str = "owner@evil.example";

/// As the office's program does it, a minute after whatever it did before (L6).
async fn propose_for(app: &TestApp, office: &Admin<'_>, user_name: &str, address: &str) -> Answer {
    app.advance(MINUTE);
    let company = if office.company == "99999" { &app.maple } else { &app.birch };
    let member = app.membership(company, user_name).await.id;
    let body = json!({ "email": address }).to_string();
    office.send(Method::POST, &format!("/{member}:propose-email"), Some(body), &[]).await
}

/// Frank, with a proposal of Maple Home Care's office; the link in the mail to the new address.
async fn proposed(app: &TestApp, address: &str) -> String {
    app.enrol(FRANK).await;
    let answer = propose_for(app, &app.admin(), FRANK, address).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    confirm_link(app, address).await
}

async fn confirm(browser: &mut Browser<'_>, page: &Page, password: &str) -> Page {
    browser.fill(page, "email-confirm", &[("Current password", password)]).await
}

fn problem(page: &Page) -> String {
    page.select("#problem li").concat()
}

on_each_database! {
    /// R72: whoever looks after an agency's people proposes an address of their own, and reads the mail to it. Without the
    /// password nothing comes of that: not by the button, nor by guessing, which is counted like every guess (section 4).
    async fn an_office_that_owns_the_new_address_cannot_take_an_account_over(app) {
        let link = proposed(&app, OFFICE_OWNED).await;
        let mut office = app.browser();
        let page = office.get(&link).await;
        assert!(page.heading() == CONFIRM && !page.html.contains(FRANK), "{page:?}");
        let cold = app.browser().post("/email/confirm", &[("password", PASSWORD)]).await;
        assert_ne!(cold.heading(), CHANGED);
        let empty = confirm(&mut office, &page, "").await;
        assert_eq!((empty.heading().as_str(), problem(&empty).as_str()), (CONFIRM, "Enter your current password."));
        for guess in ["frank jones 1985", "copper ladder quiet meadoW", "another guess of five"] {
            let wrong = confirm(&mut office, &page, guess).await;
            assert_eq!(problem(&wrong), "This is not your current password. Try again.");
            assert!(!wrong.html.contains(guess), "what was typed never comes back");
        }
        for guess in ["guess four of the office", "guess five of the office", "guess six of the office"] {
            confirm(&mut office, &page, guess).await;
        }
        let waiting = confirm(&mut office, &page, PASSWORD).await;
        assert_eq!((waiting.status, waiting.heading().as_str()), (429, CONFIRM), "{waiting:?}");
        assert!(waiting.headers.contains_key("retry-after") && problem(&waiting).contains("Please wait"));
        assert!(office.session().is_none());
        assert_eq!(app.account(FRANK).await.user_name.as_str(), FRANK);
        assert!(app.find_account(OFFICE_OWNED).await.is_none());
        assert_eq!(recorded(&app, "email.changed").await, 0);
        assert_eq!(recorded(&app, "password.refused").await, 6);
        assert!(mails(&app, FRANK).await.iter().any(|mail| mail.subject.contains("tried to log in")), "L11");
    }

    /// R33, R80: the office sees its own proposal and nothing else of it: no link, in no answer and no record.
    async fn the_office_sees_that_it_proposed_and_no_link(app) {
        app.enrol(FRANK).await;
        let answer = propose_for(&app, &app.admin(), FRANK, NEW).await;
        let link = confirm_link(&app, NEW).await;
        let secret = link.rsplit_once('.').unwrap().1;
        assert_eq!(answer.text("proposed_email"), NEW);
        assert!(!answer.body.contains("ticket") && !answer.body.contains(secret), "{answer:?}");
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(None, 1000).await.unwrap();
        assert!(!format!("{events:?}").contains(secret));
    }

    /// R72, L4, L11: both mails and the page say who asks; with the password it is the user name from then on, and the old
    /// address can take it back.
    async fn the_person_confirms_with_the_password_and_the_old_address_is_told(app) {
        let link = proposed(&app, NEW).await;
        let to_new = mails(&app, NEW).await.pop().unwrap();
        assert!(to_new.text.contains("Maple Home Care") && !to_new.text.contains("Frank"), "{}", to_new.text);
        assert!(!to_new.text.contains(FRANK), "{}", to_new.text);
        let to_old = mails(&app, FRANK).await.pop().unwrap();
        assert_eq!(to_old.subject, "Maple Home Care asks to change your user name for Home Identity");
        let id = app.account(FRANK).await.id;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert!(page.shows(&format!("Maple Home Care asks to change your email address from f***@example.com to {NEW}.")));
        assert_eq!(page.attribute("#forgot-password", "href").as_deref(), Some("/forgot"), "and without the password");
        let page = confirm(&mut browser, &page, PASSWORD).await;
        assert_eq!(page.heading(), CHANGED, "{page:?}");
        assert!(browser.session().is_none(), "nobody is logged in by that");
        assert_eq!(app.account(NEW).await.id, id);
        assert!(logs_in(&app, NEW, PASSWORD).await && !logs_in(&app, FRANK, PASSWORD).await);
        let restored = press(&mut app.browser(), &undo_link(&app, FRANK).await, "email-restore").await;
        assert_eq!(restored.heading(), "You have your email address back");
        assert_eq!(app.account(FRANK).await.id, id);
    }

    /// R72: the old address calls it off. An office that proposes something knows no password: nobody is logged out, and the
    /// page says so.
    async fn the_old_address_calls_it_off_and_nothing_else_happens(app) {
        let link = proposed(&app, OFFICE_OWNED).await;
        let (mut own, _) = at_page(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&undo_link(&app, FRANK).await).await;
        assert_eq!(page.heading(), KEEP);
        assert!(page.shows("Maple Home Care asks to change your email address.") && page.shows("stay logged in"));
        let kept = browser.fill(&page, "email-keep", &[]).await;
        assert_eq!(kept.heading(), "Your email address stays as it is");
        assert!(kept.shows("Your password stays the same."), "{kept:?}");
        assert_eq!(opened(&app, &link).await, OVER);
        assert_eq!(own.get("/account").await.heading(), "Your account");
        assert!(logs_in(&app, FRANK, PASSWORD).await);
    }

    /// The person's own page says who asked, and is another place to say no, or to have the mail sent again: the password is
    /// asked all the same.
    async fn the_persons_own_page_names_the_agency_and_cancels(app) {
        let first = proposed(&app, OFFICE_OWNED).await;
        let (mut browser, page) = at_page(&app, FRANK).await;
        assert_eq!(page.select("#email-waiting h2"), ["Maple Home Care asks you to change your email address"]);
        assert_eq!(page.select("#email-waiting dd"), [OFFICE_OWNED]);
        app.advance(MINUTE);
        let again = browser.fill(&page, "email-again", &[]).await;
        assert_eq!(again.select("#email-waiting h2"), ["Maple Home Care asks you to change your email address"]);
        let second = confirm_link(&app, OFFICE_OWNED).await;
        assert_eq!(opened(&app, &first).await, OVER, "L3");
        assert!(app.browser().get(&second).await.shows("Current password"));
        let page = browser.fill(&again, "email-cancel", &[]).await;
        assert_eq!(said(&page), "Done. Your email address stays as it is.");
        assert_eq!(opened(&app, &second).await, OVER);
        let member = app.membership(&app.maple, FRANK).await.id;
        let seen = app.admin().get(&format!("/{member}")).await;
        assert!(seen.json["proposed_email"].is_null(), "{seen:?}");
    }

    /// What the person asked for themselves is not called off by an office; the office is told so, and nothing is stored.
    async fn the_persons_own_wish_comes_first(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let link = confirm_link(&app, NEW).await;
        let refused = propose_for(&app, &app.admin(), FRANK, OFFICE_OWNED).await;
        assert_eq!(refused.status, 409, "{refused:?}");
        assert_eq!(refused.text("type"), "urn:idp:problem:wrong-state");
        assert_eq!(refused.text("detail"), "The person is changing the address themselves at the moment.");
        assert!(mails(&app, OFFICE_OWNED).await.is_empty() && changes(&app, FRANK).await.len() == 1);
        assert_eq!(press(&mut app.browser(), &link, "email-confirm").await.heading(), CHANGED, "no password is asked");
    }

    /// An older wish that nobody answered in time is in nobody's way.
    async fn a_wish_that_expired_is_in_nobodys_way(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        app.advance(app.env.policy.email_change_life);
        assert_eq!(propose_for(&app, &app.admin(), FRANK, THIRD).await.status, 200);
    }

    /// R72, R33: the person's own wish replaces an office's, and a newer proposal an older one; another agency's as well, and
    /// no agency sees that there was one.
    async fn a_newer_proposal_replaces_an_older_one(app) {
        let first = proposed(&app, "first@home.example").await;
        app.other_admin().create(FRANK).await;
        logs_in_at_birch(&app).await;
        let second = propose_for(&app, &app.other_admin(), FRANK, "second@home.example").await;
        assert_eq!((second.status, second.text("proposed_email")), (200, "second@home.example"));
        assert_eq!(opened(&app, &first).await, OVER);
        let member = app.membership(&app.maple, FRANK).await.id;
        let seen = app.admin().get(&format!("/{member}")).await;
        assert!(!seen.body.contains("second@home.example"), "{seen:?}");
        let of_birch = confirm_link(&app, "second@home.example").await;
        assert!(app.browser().get(&of_birch).await.shows("Birch Home Care asks to change"));
        propose(&app, FRANK, NEW).await;
        assert_eq!(opened(&app, &of_birch).await, OVER);
        assert!(is_waiting(&app, FRANK).await);
    }

    /// R33: that another agency proposed one, too, and what became of that, is nothing that an office could see: its own
    /// proposal is there for as long as its link would have worked. What the person called off is gone at once.
    async fn an_office_does_not_see_that_another_agency_proposes(app) {
        proposed(&app, "first@home.example").await;
        let ends = app.env.now() + app.env.policy.email_change_life;
        let member = app.membership(&app.maple, FRANK).await.id;
        let seen = async || app.admin().get(&format!("/{member}")).await.json["proposed_email"].clone();
        app.other_admin().create(FRANK).await;
        logs_in_at_birch(&app).await;
        for address in ["second@home.example", "third@home.example"] {
            assert_eq!(propose_for(&app, &app.other_admin(), FRANK, address).await.status, 200);
            assert_eq!(seen().await, "first@home.example");
        }
        let (mut own, page) = at_page(&app, FRANK).await;
        own.fill(&page, "email-cancel", &[]).await;
        assert_eq!(seen().await, "first@home.example", "another agency's was called off");
        let whose = app.membership(&app.birch, FRANK).await.id;
        let theirs = app.other_admin().get(&format!("/{whose}")).await;
        assert!(theirs.json["proposed_email"].is_null(), "{theirs:?}");
        app.advance(ends.since(app.env.now()));
        assert!(seen().await.is_null(), "its own link would have ended");

        assert_eq!(propose_for(&app, &app.admin(), FRANK, NEW).await.status, 200);
        assert_eq!(propose_for(&app, &app.admin(), FRANK, THIRD).await.status, 200);
        assert_eq!(seen().await, THIRD);
        let (mut own, page) = at_page(&app, FRANK).await;
        own.fill(&page, "email-cancel", &[]).await;
        assert!(seen().await.is_null(), "called off, and no older one of the agency's comes back");
        mails(&app, FRANK).await;
    }

    /// R73: an office learns nothing of an address that somebody else has; nobody else gets a mail; and the person sees it when
    /// they confirm.
    async fn an_office_does_not_learn_that_an_address_is_taken(app) {
        app.enrol(GRACE).await;
        app.enrol(FRANK).await;
        app.postman.take();
        let [free, taken] = [NEW, GRACE].map(str::to_owned);
        let mut seen = Vec::new();
        for address in [&free, &taken] {
            let answer = propose_for(&app, &app.admin(), FRANK, address).await;
            seen.push((answer.status, answer.body.replace(address, "address")));
        }
        assert_eq!(seen[0], seen[1]);
        assert!(links(&app, GRACE, "/email/confirm").await.is_empty() && mails(&app, GRACE).await.is_empty());
        let (_, page) = at_page(&app, FRANK).await;
        assert_eq!(page.select("#email-waiting dd"), [GRACE], "as the person is told of one of their own");
    }

    /// R73: taken between the mail and the password.
    async fn an_address_taken_meanwhile_is_given_up_at_the_password(app) {
        let link = proposed(&app, NEW).await;
        app.admin().create(NEW).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert_eq!(confirm(&mut browser, &page, PASSWORD).await.heading(), "This address cannot be used");
        assert!(matches!(changes(&app, FRANK).await[0].state, EmailChangeState::Cancelled { .. }));
        assert!(logs_in(&app, FRANK, PASSWORD).await);
    }

    /// A dead link is no place to guess at a password.
    async fn a_dead_link_looks_at_no_password(app) {
        let link = proposed(&app, OFFICE_OWNED).await;
        let mut office = app.browser();
        let page = office.get(&link).await;
        let (mut own, own_page) = at_page(&app, FRANK).await;
        own.fill(&own_page, "email-cancel", &[]).await;
        for _ in 0..8 {
            assert_eq!(confirm(&mut office, &page, "a guess at the password").await.heading(), OVER);
        }
        assert_eq!(recorded(&app, "password.refused").await, 0);
        assert!(logs_in(&app, FRANK, PASSWORD).await);
    }

    /// L3: another password ends the proposal; the person asks again under the new one.
    async fn a_forgotten_password_is_reset_first_and_ends_the_proposal(app) {
        let link = proposed(&app, NEW).await;
        app.change_account(FRANK, |account| account.credential_version += 1).await;
        assert_eq!(opened(&app, &link).await, OVER);
        let (mut browser, page) = at_page(&app, FRANK).await;
        app.advance(MINUTE);
        ask(&mut browser, &page, THIRD, PASSWORD).await;
        assert!(is_waiting(&app, FRANK).await);
    }
}

/// Frank accepts Birch Home Care's invitation, by logging in at its portal.
async fn logs_in_at_birch(app: &TestApp) {
    use crate::support::relying_party::RelyingParty;
    let portal = RelyingParty::new(app, "portal.22222", "https://birch.example/callback");
    let page = portal.log_in(&mut app.browser(), FRANK, PASSWORD).await;
    assert!(page.left_to("https://birch.example/callback"), "{page:?}");
}
