//! `/account/password` (P10; ASVS 6.2.3, 7.4.3; L3): who may change it, what goes on, and what ends.

use idp_domain::client::BackchannelLogout;
use idp_domain::email_change::EmailChangeState;
use idp_domain::outbox::SecurityEvent;
use idp_domain::ticket::{TicketPurpose, TicketState};
use idp_testkit::Samples;

use super::{
    CHANGE, MINUTE, NEW, SECURITY, change, frank_at, is_signed_in, log_in, notices, opens, protection,
    recorded, with_cookie,
};
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const PATH: &str = "/account/password";

/// The same with the box "Sign out everywhere else" cleared.
async fn change_here_only(browser: &mut Browser<'_>, page: &Page) -> Page {
    let token = page.attribute("input[name=csrf]", "value").expect("a token");
    let fields = [("csrf", token.as_str()), ("current", PASSWORD), ("password", NEW), ("confirm", NEW)];
    browser.post(PATH, &fields).await
}

/// Stores a link for a forgotten password and a proposed change of address, as if Frank had asked for both.
async fn ask_for_links(app: &TestApp) -> (idp_domain::id::TicketId, idp_domain::id::EmailChangeId) {
    let account = app.account(FRANK).await;
    let mut samples = Samples::new(app.env.now(), 77);
    let (ticket, _) = samples.account_ticket(&account, TicketPurpose::PasswordReset);
    let proposed = samples.email_change(&account);
    let mut tx = app.env.store.write().await.unwrap();
    tx.account_tickets().put(&ticket).await.unwrap();
    tx.email_changes().insert(&proposed).await.unwrap();
    tx.commit().await.unwrap();
    (ticket.id, proposed.id)
}

on_each_database! {
    /// P10, ASVS 6.2.3: without the current password, and with a bad new one, nothing is changed, and each says why.
    async fn the_current_password_is_asked_for_and_the_new_one_is_checked(app) {
        let (mut browser, mut page) = frank_at(&app, PATH).await;
        assert_eq!(page.heading(), CHANGE);
        assert_eq!(page.attribute("#username", "value").as_deref(), Some(FRANK));
        assert!(page.attribute("#end-others", "checked").is_some(), "on by default (P10)");
        let before = protection(&app, FRANK).await;
        for (current, new, told) in [
            ("", NEW, "Enter your current password."),
            (NEW, "violet harbour winter lamps", "This is not your current password. Check it and try again."),
            (PASSWORD, "too short", "This password is too short. Use at least 15 characters: add another word or two."),
            (PASSWORD, "maplehomecare2026", "This password is too close to a name, such as yours or your agency's. Use other words instead."),
            (PASSWORD, PASSWORD, "This is the password you have now. Choose another one."),
        ] {
            page = change(&mut browser, &page, current, new).await;
            assert_eq!((page.heading().as_str(), problems(&page)), (CHANGE, vec![told.to_owned()]));
            assert!(!page.html.contains(NEW) && !page.html.contains(PASSWORD), "passwords do not come back");
        }
        let unlike = [("Current password", PASSWORD), ("New password", NEW), ("Confirm new password", PASSWORD)];
        page = browser.fill(&page, "password-submit", &unlike).await;
        assert_eq!(problems(&page), ["The two passwords are not the same. Type the same password in both fields."]);
        assert_eq!(protection(&app, FRANK).await, before);
        assert_eq!((recorded(&app, "password.changed").await, recorded(&app, "password.refused").await), (0, 1));
        assert_eq!(notices(&app, FRANK).await, []);

        let done = change(&mut browser, &page, PASSWORD, NEW).await;
        assert_eq!((done.status, done.heading().as_str()), (200, SECURITY), "{done:?}");
        assert_eq!(done.select("#notice"), ["Your password is changed, and you are signed out everywhere else."]);
        assert!(browser.get("/account/security").await.select("#notice").is_empty(), "said once");
        assert!(opens(&app, FRANK, NEW).await && !opens(&app, FRANK, PASSWORD).await);
        assert_eq!(recorded(&app, "password.changed").await, 1);
        assert_eq!(notices(&app, FRANK).await, [SecurityEvent::PasswordChanged]);
    }

    /// P5, ASVS 6.1.2: the names of every agency the person belongs to are no secrets, not only the first one's.
    async fn a_password_made_of_another_agencys_name_is_refused(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        let (mut browser, page) = super::at(&app, FRANK, PATH).await;
        let page = change(&mut browser, &page, PASSWORD, "birchhomecare2026").await;
        assert!(problems(&page).concat().contains("too close to a name"), "{page:?}");
    }

    /// P10, ASVS 7.4.3, attack 71: this session goes on under a new secret, with what began in it; every other one ends,
    /// with its families, and their clients are told.
    async fn with_the_box_everything_but_this_session_ends(app) {
        app.change_client("portal.99999", |client| {
            let uri = "https://maple.example/backchannel-logout".parse().unwrap();
            client.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
        })
        .await;
        let (mut browser, page) = frank_at(&app, PATH).await;
        let portal = app.relying_party();
        let code = portal.authorize(&mut browser).await.sent("code").expect("a code");
        let here = portal.redeem(&code).await;
        let mut elsewhere = app.browser();
        let there = portal.tokens(&mut elsewhere, FRANK, PASSWORD).await;
        let old = browser.session().expect("a session").to_owned();
        let told_before = app.outbound.posts().len();

        assert_eq!(change(&mut browser, &page, PASSWORD, NEW).await.heading(), SECURITY);
        let new = browser.session().expect("a session").to_owned();
        assert_ne!(new, old);
        assert!(is_signed_in(&app, &mut browser).await && is_signed_in(&app, &mut with_cookie(&app, &new)).await);
        assert!(!is_signed_in(&app, &mut with_cookie(&app, &old)).await, "the old secret is dead");
        assert!(!is_signed_in(&app, &mut elsewhere).await);
        assert_eq!(portal.refresh(here.text("refresh_token")).await.status, 200, "what began here goes on");
        assert_eq!(portal.userinfo(there.text("access_token")).await.status, 401);
        assert_eq!(portal.refresh(there.text("refresh_token")).await.error(), (400, "invalid_grant"));
        app.send_logouts().await;
        assert_eq!(app.outbound.posts().len() - told_before, 1, "the portal hears of the other session only");
        assert_eq!(recorded(&app, "account.signed_out_everywhere").await, 1);
    }

    /// P10: whoever clears the box ends nothing else; the old secret of this session is dead all the same.
    async fn without_the_box_nothing_else_ends(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let portal = app.relying_party();
        let mut elsewhere = app.browser();
        let there = portal.tokens(&mut elsewhere, FRANK, PASSWORD).await;
        let old = browser.session().expect("a session").to_owned();
        let done = change_here_only(&mut browser, &page).await;
        assert_eq!(done.select("#notice"), ["Your password is changed."], "{done:?}");
        assert!(is_signed_in(&app, &mut elsewhere).await && is_signed_in(&app, &mut browser).await);
        assert_eq!(portal.refresh(there.text("refresh_token")).await.status, 200);
        assert!(!is_signed_in(&app, &mut with_cookie(&app, &old)).await);
        assert_eq!(recorded(&app, "account.signed_out_everywhere").await, 0);
    }

    /// Section 5: a remembered session stays remembered under its new secret, and ends when it would have ended.
    async fn a_remembered_session_stays_remembered(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(PATH).await;
        let fields = [("UserName", FRANK), ("Password", PASSWORD), ("Remember me", "true")];
        let page = browser.fill(&page, "login-submit", &fields).await;
        assert_eq!(change(&mut browser, &page, PASSWORD, NEW).await.heading(), SECURITY);
        browser.restart();
        app.advance(MINUTE * 60 * 24 * 6);
        assert!(is_signed_in(&app, &mut browser).await);
        let mut plain = app.browser();
        let page = plain.get(PATH).await;
        let page = log_in(&mut plain, &page, FRANK, NEW).await;
        assert_eq!(change(&mut plain, &page, NEW, PASSWORD).await.heading(), SECURITY);
        plain.restart();
        assert_eq!(plain.session(), None, "one that was not remembered ends with the browser");
    }

    /// L3: a mailed link of a forgotten password, and a proposed change of address, die with the password.
    async fn mailed_links_and_proposed_changes_die_with_the_old_password(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let (ticket, proposed) = ask_for_links(&app).await;
        assert_eq!(change(&mut browser, &page, PASSWORD, NEW).await.heading(), SECURITY);
        let mut tx = app.env.store.read().await.unwrap();
        let ticket = tx.account_tickets().find(ticket).await.unwrap().unwrap();
        let proposed = tx.email_changes().find(proposed).await.unwrap().unwrap();
        assert!(matches!(ticket.state, TicketState::Superseded { .. }), "{ticket:?}");
        assert!(matches!(proposed.state, EmailChangeState::Cancelled { .. }), "{proposed:?}");
    }

    /// Two tabs, or an impatient double press: one change counts, and one notice is sent.
    async fn of_two_changes_at_the_same_moment_one_counts(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let mut twin = app.browser();
        twin.cookies = browser.cookies.clone();
        let other = "yellow ribbon under bridge";
        let (one, two) = tokio::join!(
            change(&mut browser, &page, PASSWORD, NEW),
            change(&mut twin, &page, PASSWORD, other),
        );
        let won = [&one, &two].map(|page| page.heading() == SECURITY && !page.select("#notice").is_empty());
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{one:?} {two:?}");
        let stored = if won[0] { NEW } else { other };
        assert!(opens(&app, FRANK, stored).await);
        assert_eq!(recorded(&app, "password.changed").await, 1);
        assert_eq!(notices(&app, FRANK).await, [SecurityEvent::PasswordChanged]);
    }

    /// A session that was ended meanwhile changes nothing, however fresh its page.
    async fn a_page_of_an_ended_session_changes_nothing(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let before = protection(&app, FRANK).await;
        let mut other = app.browser();
        let second = other.get(PATH).await;
        let second = log_in(&mut other, &second, FRANK, PASSWORD).await;
        assert_eq!(change(&mut other, &second, PASSWORD, NEW).await.heading(), SECURITY);
        let changed = protection(&app, FRANK).await;
        assert_ne!(changed, before);
        let late = change(&mut browser, &page, PASSWORD, "yellow ribbon under bridge").await;
        assert_eq!(late.heading(), "Log In", "{late:?}");
        assert_eq!(protection(&app, FRANK).await, changed);
    }
}
