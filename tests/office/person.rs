//! What is done to one person besides saving (R67, R72, R80; attack 87): a page that says what will happen, Yes, and news.

use idp_domain::invitation::InvitationState;
use idp_domain::member::MembershipState;
use serde_json::json;

use super::{FRANK, GRACE, RUTH, ask, at, mails, notice, open_person, person_path, press, problems, ruth};
use crate::support::app::{START, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;

fn actions(page: &Page) -> Vec<String> {
    page.select("#actions a")
}

async fn state(app: &TestApp, user_name: &str) -> MembershipState {
    app.membership(&app.maple, user_name).await.state
}

on_each_database! {
    /// What does not fit the person's state, or is not for oneself, is not offered.
    async fn only_what_fits_is_offered(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        app.enrol(GRACE).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        assert_eq!(actions(&page), ["Re-send the invitation", "Revoke the invitation", "Remove from the agency"]);
        let page = open_person(&app, &mut browser, GRACE).await;
        let offered =
            ["Send a password reset", "End all sessions", "Propose another address", "Remove from the agency"];
        assert_eq!(actions(&page), offered);
        assert_eq!(actions(&open_person(&app, &mut browser, RUTH).await), ["End all sessions"]);
        let page = browser.get(&format!("{}?ask=remove", person_path(&app, RUTH).await)).await;
        assert_eq!(page.heading(), "Manage Identity Account", "not for oneself");
    }

    /// R85: a mail that came back is not sent again to the same address; the page says what to do instead.
    async fn whose_mail_came_back_is_offered_no_other_to_the_same_address(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        app.send_mails().await;
        let sure = ask(&app, &mut browser, FRANK, "resend").await;
        app.change_invitation(&app.maple, FRANK, |it| {
            it.state = InvitationState::Undeliverable { at: START, why: Default::default() };
        })
        .await;
        let page = open_person(&app, &mut browser, FRANK).await;
        assert_eq!(actions(&page), ["Revoke the invitation", "Remove from the agency"]);
        assert!(page.select("#invitation").concat().ends_with("Ask the person for the right address and change it here."));
        let page = browser.get(&format!("{}?ask=resend", person_path(&app, FRANK).await)).await;
        assert_eq!(page.heading(), "Manage Identity Account");
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(problems(&page), ["Mails to this address come back. Ask the person for the right address and change it first."]);
    }

    /// R79: shown, kept when the rest is saved, and not to be taken as the main ID as well.
    async fn further_hats_are_shown_and_stay(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        assert!(open_person(&app, &mut browser, FRANK).await.select("#hats").is_empty());
        let member = app.membership(&app.maple, FRANK).await.id.to_string();
        let hats = json!({"other_persons": [{"member_type": "office_staff", "person_ref": "S-1"}]});
        assert_eq!(app.admin().patch(&member, &hats).await.status, 200);
        let page = open_person(&app, &mut browser, FRANK).await;
        assert_eq!(page.select("#hats li"), ["Office staff, S-1"]);
        assert!(page.select("#hats .hint")[0].starts_with("One log-in for all of them."), "{page:?}");
        let sure = browser.fill_named(&page, "person-save", &[("cell", "555")]).await;
        let saved = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((notice(&saved).as_str(), saved.select("#hats li")), ("Saved.", vec!["Office staff, S-1".into()]));
        let sure = browser.fill_named(&saved, "person-save", &[("person_ref", "S-1")]).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert!(problems(&page).concat().contains("Each record needs its own."), "{page:?}");
    }

    /// R23.
    async fn no_changes_nothing(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        app.enrol(GRACE).await;
        let before = (app.audited().await.len(), state(&app, FRANK).await, state(&app, GRACE).await);
        for (who, action) in [
            (FRANK, "resend"),
            (FRANK, "revoke-invitation"),
            (FRANK, "remove"),
            (GRACE, "reset-password"),
            (GRACE, "revoke-sessions"),
            (GRACE, "propose-email"),
        ] {
            let sure = ask(&app, &mut browser, who, action).await;
            let page = browser.fill(&sure, "sure-no", &[]).await;
            assert_eq!((page.heading().as_str(), notice(&page).as_str()), ("Manage Identity Account", ""), "{action}");
        }
        assert_eq!((app.audited().await.len(), state(&app, FRANK).await, state(&app, GRACE).await), before);
    }

    /// R67: the older link is dead.
    async fn an_invitation_is_sent_again(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        mails(&app, FRANK).await;
        let page = press(&app, &mut browser, FRANK, "resend").await;
        assert_eq!(notice(&page), "Done. A new mail is on its way.");
        assert_eq!(mails(&app, FRANK).await.len(), 2);
        for _ in 0..12 {
            let page = press(&app, &mut browser, FRANK, "resend").await;
            if problems(&page).concat().starts_with("This was asked for several times already. Please wait") {
                return;
            }
        }
        panic!("L6: nobody gets mail without end");
    }

    /// R25: a button that is pressed twice does it once, and says what the first press did.
    async fn a_second_press_of_yes_does_nothing_more_and_says_the_same(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        app.enrol(GRACE).await;
        mails(&app, FRANK).await;
        for (who, action) in [
            (FRANK, "resend"),
            (FRANK, "revoke-invitation"),
            (GRACE, "reset-password"),
            (GRACE, "revoke-sessions"),
            (GRACE, "remove"),
        ] {
            let sure = ask(&app, &mut browser, who, action).await;
            let once = browser.fill(&sure, "sure-yes", &[]).await;
            let done = (mails(&app, who).await.len(), app.audited().await.len());
            let twice = browser.fill(&sure, "sure-yes", &[]).await;
            assert!(notice(&once).starts_with("Done. "), "{action}: {once:?}");
            assert_eq!((notice(&twice), twice.url.path()), (notice(&once), once.url.path()), "{action}");
            assert_eq!((mails(&app, who).await.len(), app.audited().await.len()), done, "{action}");
        }
    }

    async fn an_invitation_is_revoked(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let link = app.activation_link(FRANK).await;
        let page = press(&app, &mut browser, FRANK, "revoke-invitation").await;
        assert_eq!(notice(&page), "Done. The invitation is taken back.");
        assert!(page.select("#invitation").concat().starts_with("Taken back on"), "{page:?}");
        assert!(matches!(app.invitation(&app.maple, FRANK).await.state, InvitationState::Revoked { .. }));
        assert_ne!(app.browser().get(&link).await.heading(), "Create Password");
    }

    /// R80: the mail goes to the person; the office sees no link.
    async fn a_password_reset_is_sent_to_the_person_alone(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        let before = mails(&app, FRANK).await.len();
        let page = press(&app, &mut browser, FRANK, "reset-password").await;
        assert_eq!(notice(&page), "Done. The mail to choose another password is on its way.");
        assert_eq!(mails(&app, FRANK).await.len(), before + 1);
        assert!(!page.html.contains("ticket="), "{}", page.html);
    }

    async fn sessions_are_ended_at_once(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        let maple = app.relying_party();
        let tokens = maple.tokens(&mut app.browser(), FRANK, crate::support::app::PASSWORD).await;
        let page = press(&app, &mut browser, FRANK, "revoke-sessions").await;
        assert_eq!(notice(&page), "Done. The person is logged out everywhere at your agency.");
        assert_eq!(maple.userinfo(tokens.text("access_token")).await.status, 401);
    }

    async fn a_locked_person_is_unlocked(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        for _ in 0..6 {
            let mut stranger = app.browser();
            let page = stranger.get("/account").await;
            stranger.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", "wrong")]).await;
        }
        let page = browser.get(&at(&app.maple, "?state=locked")).await;
        assert_eq!(page.select(".person .name"), ["Jones, Frank"], "{page:?}");
        assert!(page.select(".person .tag").concat().starts_with("Locked until"), "{page:?}");
        let page = press(&app, &mut browser, FRANK, "unlock").await;
        assert_eq!((notice(&page).as_str(), page.select("#standing").concat().as_str()), ("Done. The person may try again.", "Active"));
    }

    /// R72, R73: nothing changes until the person confirms it, and nobody is told whether the address is taken.
    async fn another_address_is_proposed(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        app.other_admin().create(GRACE).await;
        let sure = ask(&app, &mut browser, FRANK, "propose-email").await;
        let wrong = browser.fill(&sure, "sure-yes", &[("New address", "frank")]).await;
        assert_eq!(wrong.select("#email-wrong"), ["New address must be a whole email address, such as ruth@example.com."]);
        assert_eq!(wrong.value("New address"), "frank");
        let page = browser.fill(&wrong, "sure-yes", &[("New address", "frank@home.example")]).await;
        assert_eq!(notice(&page), "Done. A mail is on its way to the new address.");
        assert_eq!((page.select("#proposed").concat().as_str(), page.value("User name:").as_str()), ("frank@home.example", FRANK));
        app.advance(super::MINUTE);
        let sure = ask(&app, &mut browser, FRANK, "propose-email").await;
        let page = browser.fill(&sure, "sure-yes", &[("New address", GRACE)]).await;
        assert_eq!(notice(&page), "Done. A mail is on its way to the new address.", "R73");
    }

    /// R76: out of this agency; what the agency wrote is kept.
    async fn a_person_is_removed(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        let page = press(&app, &mut browser, FRANK, "remove").await;
        assert_eq!((page.heading().as_str(), notice(&page).as_str()), ("People", "Done. The person is removed from your agency."));
        assert_eq!(page.select(".person .name"), ["Adams, Ruth"]);
        let page = open_person(&app, &mut browser, FRANK).await;
        assert!(page.shows("To take them back, add them again.") && actions(&page).is_empty(), "{page:?}");
        assert!(!page.html.contains(FRANK), "the address is theirs, and nobody's business here");
    }

    /// Attack 87: what is not on the page cannot be posted either.
    async fn an_action_that_is_not_offered_does_nothing(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let sure = ask(&app, &mut browser, FRANK, "resend").await;
        let page = browser.fill_named(&sure, "sure-yes", &[("action", "reset-password")]).await;
        assert!(problems(&page).concat().starts_with("This does not fit how the person stands now"), "{page:?}");
        let page = browser.fill_named(&sure, "sure-yes", &[("action", "nonsense")]).await;
        assert_eq!(page.status, 400);
    }
}
