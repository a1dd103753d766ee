//! Closing one's account: the password and a check mark, and then everything is shut and gone in one stroke.

use std::time::Duration;

use idp_domain::account::AccountState;
use idp_domain::audit::AuditAction;
use idp_domain::member::MembershipState;
use idp_domain::ports::PasswordHasher as _;
use idp_domain::recovery_code::{RecoveryCode, StoredRecoveryCode};

use super::{
    CHROME, HOUR, IPHONE, MINUTE, SECOND, assert_dead, birch, browser_called, events, frank_at, joins_birch,
    notices, open, phone, portals_listen, told,
};
use crate::account::email_change;
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const PATH: &str = "/account/close";
const UNDERSTOOD: &str = "I understand that this cannot be undone.";

async fn close(browser: &mut Browser<'_>, page: &Page, password: &str) -> Page {
    browser.fill(page, "close-submit", &[("Password", password), (UNDERSTOOD, "yes")]).await
}

async fn closed(browser: &mut Browser<'_>, page: &Page) -> Page {
    let page = close(browser, page, PASSWORD).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Your account is closed"), "{page:?}");
    page
}

/// Rows of the account in a table that must be empty afterwards.
async fn rows(app: &TestApp, table: &str) -> i64 {
    app.count(&format!("SELECT count(*) FROM {table}")).await
}

on_each_database! {
    /// The way there says what happens; afterwards nobody logs in with the address, and nothing that was given out works.
    async fn a_closed_account_opens_nothing(app) {
        portals_listen(&app).await;
        let (mut browser, _) = frank_at(&app, PATH).await;
        let at_birch = joins_birch(&app, FRANK).await;
        let online = app.relying_party().tokens(&mut browser_called(&app, IPHONE), FRANK, PASSWORD).await;
        let offline = phone(&app).tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let id = app.account(FRANK).await.id;
        told(&app).await;
        let page = browser.get(PATH).await;
        assert!(page.shows("This cannot be undone.") && page.select("#close-means li").len() == 4, "{page:?}");
        let page = closed(&mut browser, &page).await;
        assert!(browser.session().is_none() && page.select("form").is_empty());
        assert_eq!(browser.get(PATH).await.heading(), "Log In", "said once");

        for dead in [&online, &offline] {
            assert_dead(&app.relying_party(), dead).await;
        }
        assert_dead(&birch(&app), &at_birch).await;
        let told = told(&app).await;
        for host in ["birch.example", "maple.example"] {
            assert!(told.iter().any(|told| told == host), "{told:?}");
        }
        let refused = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(refused.shows("Invalid username or password"), "{refused:?}");
        assert!(app.find_account(FRANK).await.is_none());
        let mut tx = app.env.store.read().await.unwrap();
        let account = tx.accounts().find(id).await.unwrap().expect("the row stays, and its sub is never given again");
        assert!(matches!(account.state, AccountState::Closed { .. }));
        for membership in tx.memberships().list_of_account(id).await.unwrap() {
            assert!(matches!(membership.state, MembershipState::Removed { .. }));
        }
    }

    /// What the person had is gone: answers, recovery code, consents, open links, changes of address, counted failures.
    async fn nothing_of_the_persons_own_is_kept(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let account = app.account(FRANK).await;
        let code = RecoveryCode::draw(app.env.entropy());
        let mut tx = app.env.store.write().await.unwrap();
        let stored = StoredRecoveryCode { account: account.id, digest: code.digest(), made_at: app.env.now() };
        tx.recovery_codes().put(&stored).await.unwrap();
        let answers = tx.answers().list(account.id).await.unwrap();
        tx.answers().keep_former(account.id, &answers, app.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut stranger = app.browser();
        let asked = app.relying_party().authorize(&mut stranger).await;
        stranger.fill(&asked, "login-submit", &[("UserName", FRANK), ("Password", "a wrong one")]).await;
        for table in ["answers", "former_answers", "recovery_codes", "throttles"] {
            assert!(rows(&app, table).await > 0, "{table}");
        }
        closed(&mut browser, &page).await;
        for table in ["answers", "former_answers", "recovery_codes", "throttles", "consents", "email_changes"] {
            assert_eq!(rows(&app, table).await, 0, "{table}");
        }
        let open = "SELECT count(*) FROM sessions WHERE ended_at IS NULL";
        assert_eq!(app.count(open).await, 0);
        assert_eq!(app.count("SELECT count(*) FROM grants WHERE revoked_at IS NULL").await, 0);
        let held = "SELECT count(*) FROM accounts WHERE password IS NOT NULL";
        assert_eq!(app.count(held).await, 0);
    }

    /// L11, R94: the address that was given up is told, agencies' audit says that the member left, and the account's that
    /// it was closed. The mail says nothing of what the account is called from now on.
    async fn the_old_address_is_told_and_the_audit_says_so(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        closed(&mut browser, &page).await;
        let mails = notices(&app, FRANK, "closed").await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert!(!mails[0].contains("closed.invalid"), "{}", mails[0]);
        assert_eq!(events(&app, AuditAction::AccountClosed).await.len(), 1);
        let left = events(&app, AuditAction::MembershipLeft).await;
        assert_eq!((left.len(), left[0].company), (1, Some(app.maple.id)));
    }

    /// Both are asked for, each with its own words; what was checked stays checked, the password is not sent back.
    async fn without_password_or_check_mark_nothing_happens(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let missing = browser.fill(&page, "close-submit", &[]).await;
        assert_eq!(
            problems(&missing),
            ["Enter your password.", "Check the box if you want to close your account."]
        );
        let unchecked = browser.fill(&page, "close-submit", &[("Password", PASSWORD)]).await;
        assert_eq!(problems(&unchecked), ["Check the box if you want to close your account."]);
        assert!(!unchecked.html.contains(PASSWORD));
        let unsaid = browser.fill(&page, "close-submit", &[(UNDERSTOOD, "yes")]).await;
        assert!(unsaid.attribute("#understood", "checked").is_some(), "{unsaid:?}");
        assert!(app.account(FRANK).await.is_active());
    }

    /// Rules section 4: guesses here are guesses like any other: five are free, the sixth waits, and the password is not
    /// looked at before.
    async fn an_open_session_is_no_place_to_guess_the_password(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        for n in 0..6 {
            let wrong = close(&mut browser, &page, "a wrong one").await;
            assert_eq!(
                problems(&wrong),
                ["This is not your password. Nothing was changed. Type it again."],
                "{n}"
            );
        }
        let before = app.hasher.computed();
        let waits = close(&mut browser, &page, PASSWORD).await;
        assert_eq!((waits.status, waits.headers["retry-after"].to_str().unwrap()), (429, "30"));
        assert!(problems(&waits)[0].starts_with("There were too many tries."), "{waits:?}");
        assert_eq!(app.hasher.computed(), before);
        assert_eq!(events(&app, AuditAction::PasswordRefused).await.len(), 6);
        app.advance(SECOND * 30);
        closed(&mut browser, &page).await;
    }

    /// Q9: a session that stood open at a shared PC closes nothing.
    async fn closing_needs_a_fresh_log_in(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        app.advance(MINUTE * 5);
        assert_eq!(browser.get(PATH).await.heading(), "Log In");
        let refused = close(&mut browser, &page, PASSWORD).await;
        assert_eq!(refused.heading(), "Log In", "{refused:?}");
        assert!(refused.select("#again").concat().contains("so nothing was saved"), "{refused:?}");
        assert!(app.account(FRANK).await.is_active());
        let page = open(&mut browser, PATH, FRANK).await;
        assert_eq!(problems(&page), [""; 0], "said once");
        closed(&mut browser, &page).await;
    }

    /// R72: whoever took an account over does not close it for good while the old address can still take it back; its person
    /// closes it afterwards.
    async fn an_account_is_not_closed_while_an_older_address_may_take_it_back(app) {
        app.enrol(FRANK).await;
        email_change::change(&app, FRANK, email_change::NEW).await;
        let life = app.env.policy.email_undo_life;
        assert_eq!(life, HOUR * 24 * 7);
        for later in [Duration::ZERO, life - SECOND] {
            app.advance(later);
            let mut browser = browser_called(&app, CHROME);
            let page = open(&mut browser, PATH, email_change::NEW).await;
            let refused = close(&mut browser, &page, PASSWORD).await;
            assert_eq!(
                (refused.heading().as_str(), problems(&refused)),
                (
                    "Close your account",
                    vec![
                        "Your email address was changed lately. To protect you, the account cannot be closed before \
                         November 28, 2026."
                            .to_owned()
                    ]
                )
            );
            assert!(app.account(email_change::NEW).await.is_active(), "{later:?}");
        }
        assert!(app.membership(&app.maple, email_change::NEW).await.is_active());
        assert!(events(&app, AuditAction::AccountClosed).await.is_empty());
        app.advance(SECOND * 2);
        let mut browser = browser_called(&app, CHROME);
        let page = open(&mut browser, PATH, email_change::NEW).await;
        closed(&mut browser, &page).await;
    }

    /// R71, L3: an agency that invites the address again gets a new account with a new `sub`, which knows nothing of the
    /// old one, under the same reference; the old membership stays as a record.
    async fn the_address_may_be_invited_again_as_somebody_new(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let old = app.account(FRANK).await.id;
        let portal = app.relying_party();
        let first = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let sub = portal.verify(first.text("id_token")).await.0["sub"].clone();
        let member = app.admin().get("").await.json["members"][0]["member_id"].clone();
        closed(&mut browser, &page).await;

        app.advance(SECOND);
        app.enrol(FRANK).await;
        let account = app.account(FRANK).await;
        assert_ne!(account.id, old);
        let tokens = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let claims = portal.verify(tokens.text("id_token")).await.0;
        assert_ne!(claims["sub"], sub);
        assert_eq!(claims["person_ref"], FRANK);
        let members = app.admin().get("").await.json["members"].as_array().unwrap().clone();
        let left = app.admin().get("?state=removed").await.json["members"].as_array().unwrap().clone();
        assert_eq!((members.len(), left.len()), (1, 1));
        assert_eq!((&left[0]["member_id"], &left[0]["user_name"]), (&member, &serde_json::Value::Null));
        assert_ne!(members[0]["member_id"], member);
        let mut fresh = browser_called(&app, CHROME);
        let file = open(&mut fresh, "/account/activity", FRANK).await;
        assert!(!file.shows("You closed your account"), "the old log is the old account's: {file:?}");
    }
}
