//! Taking a change back from the old address (R72), before it took effect and after.

use idp_domain::account::PasswordState;
use idp_domain::audit::{Origin, Place};
use idp_domain::email::EmailAddress;
use idp_domain::email_change::{EmailChange, EmailChangeState};
use idp_domain::id::CompanyId;
use idp_domain::outbox::{Letter, Notice, OutboxMail, SecurityEvent};
use idp_domain::password::PasswordHash;

use super::{CONFIRM, KEEP, MINUTE, NEW, NOTHING, OVER, RESTORE, RESTORED, THIRD, at_page, change, changes};
use super::{confirm_link, is_waiting, links, logs_in, mails, opened, press, propose, recorded, undo_link};
use crate::account::FRANK;
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

/// Whether the account has this address and no password that opens it.
async fn is_locked_away(app: &TestApp, user_name: &str) -> bool {
    let account = app.account(user_name).await;
    account.is_active() && account.password_state == PasswordState::Compromised
}

/// As an agency's office proposes an address: stored, with both mails queued.
async fn propose_for(app: &TestApp, company: CompanyId, user_name: &str, address: &str) {
    let account = app.account(user_name).await;
    let (now, new) = (app.env.now(), EmailAddress::parse(address).unwrap());
    let life = (now, app.env.policy.email_change_life);
    let change = EmailChange::propose(&account, new, Some(company), life, app.env.entropy());
    let told = Notice {
        account: account.id,
        to: account.user_name,
        event: SecurityEvent::EmailChangeProposed { change: change.id },
        at: now,
        place: Place::from(&Origin::default()),
    };
    let mut tx = app.env.store.write().await.unwrap();
    tx.email_changes().insert(&change).await.unwrap();
    for letter in [Letter::EmailChange { change: change.id }, Letter::Notice(told)] {
        let mail = OutboxMail::enqueue(letter, Some(company), now, app.env.entropy());
        tx.outbox().enqueue(&mail).await.unwrap();
    }
    tx.commit().await.unwrap();
}

on_each_database! {
    /// R72, L3: before it took effect the proposal is cancelled and its link is dead. Whoever asked for it knew the password:
    /// nothing that hangs on it survives, and only a reset lets anybody in again.
    async fn a_proposal_is_taken_back_from_the_old_address(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let tokens = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let (mut thiefs, _) = at_page(&app, FRANK).await;
        propose(&app, FRANK, NEW).await;
        let (confirm, undo) = (confirm_link(&app, NEW).await, undo_link(&app, FRANK).await);
        let version = app.account(FRANK).await.credential_version;
        app.postman.take();
        let mut browser = app.browser();
        let page = browser.get(&undo).await;
        assert_eq!((page.heading().as_str(), page.url.path()), (KEEP, "/email/undo"));
        assert_eq!(page.select("#addresses dd"), [FRANK, NEW]);
        assert!(page.shows("Maple Home Care"), "an agency that can help");
        let page = browser.fill(&page, "email-keep", &[]).await;
        assert_eq!(page.heading(), "Your email address stays as it is");
        assert_eq!(page.attribute("#email-link-on", "href").as_deref(), Some("/forgot"));
        assert!(browser.session().is_none(), "a link logs nobody in");
        assert_eq!(opened(&app, &confirm).await, OVER);
        assert!(!is_waiting(&app, FRANK).await && is_locked_away(&app, FRANK).await);
        assert_eq!(app.account(FRANK).await.credential_version, version + 1);
        assert!(!logs_in(&app, FRANK, PASSWORD).await);
        assert_eq!(thiefs.get("/account").await.heading(), "Log In", "every session is over");
        assert_eq!(portal.introspect(tokens.text("access_token")).await.json["active"], false);
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
        assert!(!mails(&app, FRANK).await.is_empty(), "L11");
        assert_eq!((recorded(&app, "email.change_cancelled").await, recorded(&app, "email.restored").await), (1, 0));
    }

    /// R72: an office that proposes an address proves nothing about the password. Taken back, the proposal is gone, and
    /// nobody is put out.
    async fn a_proposal_of_an_agency_is_taken_back_and_nobody_is_logged_out(app) {
        app.enrol(FRANK).await;
        let (mut own, _) = at_page(&app, FRANK).await;
        propose_for(&app, app.maple.id, FRANK, NEW).await;
        let (confirm, undo) = (confirm_link(&app, NEW).await, undo_link(&app, FRANK).await);
        let before = app.account(FRANK).await.version;
        let kept = press(&mut app.browser(), &undo, "email-keep").await;
        assert_eq!(kept.heading(), "Your email address stays as it is");
        assert_eq!(opened(&app, &confirm).await, OVER);
        assert!(!is_waiting(&app, FRANK).await);
        assert_eq!(app.account(FRANK).await.version, before, "the account is as it was");
        assert_eq!(own.get("/account").await.heading(), "Your account");
        assert!(logs_in(&app, FRANK, PASSWORD).await);
        assert_eq!(recorded(&app, "email.change_cancelled").await, 1);
    }

    /// R72, L7, L11: afterwards the address comes back, whoever took it is out everywhere, and both addresses are told.
    async fn a_changed_address_comes_back_and_nothing_of_its_thief_is_left(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        let (mut thiefs, _) = at_page(&app, NEW).await;
        let portal = app.relying_party();
        let mut thiefs_portal = app.browser();
        let tokens = portal.tokens(&mut thiefs_portal, NEW, PASSWORD).await;
        let (sub, version) = (app.account(NEW).await.id, app.account(NEW).await.credential_version);
        let undo = undo_link(&app, FRANK).await;
        app.advance(MINUTE);
        propose(&app, NEW, THIRD).await;
        let thiefs_next = confirm_link(&app, THIRD).await;
        app.postman.take();

        let mut browser = app.browser();
        let page = browser.get(&undo).await;
        assert_eq!(page.heading(), RESTORE);
        assert_eq!(page.select("#addresses dd"), [FRANK]);
        for _ in 0..6 {
            assert!(!logs_in(&app, NEW, "a guess of somebody's").await);
        }
        let held = portal.log_in(&mut app.browser(), NEW, PASSWORD).await;
        assert!(held.shows("too many tries"), "{held:?}");
        let page = browser.fill(&page, "email-restore", &[]).await;
        assert_eq!((page.heading().as_str(), page.url.path()), (RESTORED, "/email/undo"));
        assert_eq!(page.attribute("#email-link-on", "href").as_deref(), Some("/forgot"));
        assert!(browser.session().is_none(), "a link logs nobody in");

        assert!(is_locked_away(&app, FRANK).await);
        let account = app.account(FRANK).await;
        assert_eq!((account.id, account.credential_version), (sub, version + 1));
        let refused = portal.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(refused.shows("Invalid username or password"), "L7: nobody waits any more: {refused:?}");
        assert!(!logs_in(&app, NEW, PASSWORD).await);
        assert_eq!(thiefs.get("/account").await.heading(), "Log In", "every session is over");
        assert_eq!(portal.introspect(tokens.text("access_token")).await.json["active"], false);
        assert_eq!(opened(&app, &thiefs_next).await, OVER, "what was asked for is cancelled");
        for address in [FRANK, NEW] {
            let told = mails(&app, address).await;
            assert!(told.iter().any(|mail| mail.subject.contains("was undone")), "{address}");
        }
        assert_eq!(recorded(&app, "email.restored").await, 1);
    }

    /// A → B → C: the first link gives A back, whatever the address is by then, and B's own link, mailed or yet to be
    /// mailed, is dead from that moment.
    async fn the_first_link_gives_the_first_address_back(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        let first = undo_link(&app, FRANK).await;
        change(&app, NEW, THIRD).await;
        let of_the_thief = undo_link(&app, NEW).await;
        assert_eq!(opened(&app, &of_the_thief).await, RESTORE, "until then it works");
        assert_eq!(press(&mut app.browser(), &first, "email-restore").await.heading(), RESTORED);
        assert!(is_locked_away(&app, FRANK).await);
        assert!(app.find_account(THIRD).await.is_none());
        for link in links(&app, NEW, "/email/undo").await {
            let mut thief = app.browser();
            assert_eq!(thief.get(&link).await.heading(), NOTHING);
        }
        for change in changes(&app, FRANK).await {
            assert!(matches!(change.state, EmailChangeState::Undone { .. }), "{:?}", change.state);
        }
        assert!(is_locked_away(&app, FRANK).await);
    }

    /// L11: the holder of A is told of every further change, each time with the way back to A, never with one from C to B.
    async fn what_the_first_address_is_told_later_gives_it_back_too(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        propose(&app, NEW, THIRD).await;
        assert_eq!(opened(&app, &undo_link(&app, FRANK).await).await, RESTORE);
        press(&mut app.browser(), &confirm_link(&app, THIRD).await, "email-confirm").await;
        let link = undo_link(&app, FRANK).await;
        assert_eq!(press(&mut app.browser(), &link, "email-restore").await.heading(), RESTORED);
        assert!(is_locked_away(&app, FRANK).await);
        assert!(app.find_account(THIRD).await.is_none());
    }

    /// The same when the thief had the page open, and when the thief's notice was not even sent.
    async fn a_link_of_the_thief_that_was_open_or_unsent_is_dead(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        let first = undo_link(&app, FRANK).await;
        propose(&app, NEW, THIRD).await;
        let mut thief = app.browser();
        let open = thief.get(&undo_link(&app, NEW).await).await;
        assert_eq!(open.heading(), KEEP);
        let confirm = confirm_link(&app, THIRD).await;
        let sent = links(&app, NEW, "/email/undo").await.len();
        press(&mut app.browser(), &confirm, "email-confirm").await;
        press(&mut app.browser(), &first, "email-restore").await;
        assert_eq!(thief.fill(&open, "email-keep", &[]).await.heading(), NOTHING);
        assert_eq!(links(&app, NEW, "/email/undo").await.len(), sent, "told, but given nothing to undo it with");
        assert!(is_locked_away(&app, FRANK).await);
    }

    /// The thief at B takes C back first: A comes back all the same.
    async fn the_thiefs_own_link_does_not_use_the_first_one_up(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        let first = undo_link(&app, FRANK).await;
        change(&app, NEW, THIRD).await;
        let second = undo_link(&app, NEW).await;
        assert_eq!(press(&mut app.browser(), &second, "email-restore").await.heading(), RESTORED);
        assert!(is_locked_away(&app, NEW).await);
        assert_eq!(press(&mut app.browser(), &first, "email-restore").await.heading(), RESTORED);
        assert!(is_locked_away(&app, FRANK).await && app.find_account(NEW).await.is_none());
        assert_eq!(opened(&app, &second).await, NOTHING);
    }

    /// R72: whoever changed the address may have changed the password, too; the old address outlives that.
    async fn a_changed_password_does_not_stop_the_old_address(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        let undo = undo_link(&app, FRANK).await;
        let of_the_thief = PasswordHash::from_phc("$known$only$to$the$thief".to_owned());
        app.change_account(NEW, |account| *account = account.clone().change_password(of_the_thief).unwrap()).await;
        assert_eq!(press(&mut app.browser(), &undo, "email-restore").await.heading(), RESTORED);
        assert!(is_locked_away(&app, FRANK).await);
    }

    /// The page stood open while the change took effect: the button does what is needed by then.
    async fn a_page_opened_before_the_change_takes_it_back_afterwards(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let mut browser = app.browser();
        let page = browser.get(&undo_link(&app, FRANK).await).await;
        let confirm = confirm_link(&app, NEW).await;
        press(&mut app.browser(), &confirm, "email-confirm").await;
        assert_eq!(browser.fill(&page, "email-keep", &[]).await.heading(), RESTORED);
        assert!(is_locked_away(&app, FRANK).await);
    }

    /// The old address is somebody else's by now: nothing is done by halves, and the page says who helps.
    async fn an_address_that_went_to_somebody_else_is_not_given_back(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        let undo = undo_link(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&undo).await;
        app.other_admin().create(FRANK).await;
        let link = app.activation_link(FRANK).await;
        let mut newcomer = app.browser();
        let form = newcomer.get(&link).await;
        let typed = [("Password", PASSWORD), ("Confirm Password", PASSWORD)];
        assert_eq!(newcomer.fill(&form, "password-submit", &typed).await.status, 303);
        let before = (app.account(NEW).await.version, changes(&app, NEW).await[0].state);
        let refused = browser.fill(&page, "email-restore", &[]).await;
        assert_eq!(refused.heading(), "We cannot give you this address back");
        assert!(refused.shows("Please call your agency") && refused.shows("Maple Home Care"), "{refused:?}");
        assert_eq!(opened(&app, &undo).await, "We cannot give you this address back");
        assert_eq!((app.account(NEW).await.version, changes(&app, NEW).await[0].state), before);
        assert!(logs_in(&app, NEW, PASSWORD).await);
        assert_eq!(recorded(&app, "email.restored").await, 0);
    }

    /// R33, R72: an agency that only invited the old address is in nobody's way; its invitation comes back with the address.
    async fn an_address_that_was_only_invited_comes_back_with_the_invitation(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        let undo = undo_link(&app, FRANK).await;
        app.other_admin().create(FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&undo).await;
        browser.fill(&page, "email-restore", &[]).await;
        let frank = app.account(FRANK).await;
        assert_eq!(app.membership(&app.maple, FRANK).await.account, frank.id);
        assert_eq!(app.membership(&app.birch, FRANK).await.account, frank.id);
        assert!(app.find_account(NEW).await.is_none());
    }

    /// R33: an agency that waits for an answer does not learn that the person has another address now: it sees, finds and mails
    /// the one it wrote, and the person comes to it when the office corrects the address (R71).
    async fn who_is_only_invited_stays_with_the_address_the_agency_wrote(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        let before = app.account(FRANK).await.id;
        change(&app, FRANK, NEW).await;
        assert_eq!(app.account(NEW).await.id, before, "the person keeps their account");
        let waiting = app.membership(&app.birch, FRANK).await;
        assert_ne!(waiting.account, before);
        let again = app.other_admin().post(&caregiver_body(FRANK), &[]).await;
        assert_eq!(again.status, 200, "the same request, as of anybody (R25): {again:?}");
        assert_eq!(app.membership(&app.maple, NEW).await.account, before);
    }

    /// Proven at the new address and taken back at the old one at the same moment: whichever comes first, the old address
    /// has it in the end.
    async fn a_race_between_the_two_links_ends_with_the_old_address(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let (confirm, undo) = (confirm_link(&app, NEW).await, undo_link(&app, FRANK).await);
        let (mut at_new, mut at_old) = (app.browser(), app.browser());
        let (new_page, old_page) = (at_new.get(&confirm).await, at_old.get(&undo).await);
        assert_eq!((new_page.heading().as_str(), old_page.heading().as_str()), (CONFIRM, KEEP));
        futures::future::join(
            at_new.fill(&new_page, "email-confirm", &[]),
            at_old.fill(&old_page, "email-keep", &[]),
        )
        .await;
        app.account(FRANK).await;
        assert!(app.find_account(NEW).await.is_none() && !is_waiting(&app, FRANK).await);
    }

    /// A browser that came to remember the thief's address remembers the person's again.
    async fn a_remembered_user_name_comes_back_with_the_address(app) {
        app.enrol(FRANK).await;
        change(&app, FRANK, NEW).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let typed = [("username", NEW), ("password", PASSWORD), ("remember", "true")];
        browser.fill_named(&page, "login-submit", &typed).await;
        press(&mut browser, &undo_link(&app, FRANK).await, "email-restore").await;
        assert_eq!(app.relying_party().authorize(&mut browser).await.value("UserName"), FRANK);
    }
}
