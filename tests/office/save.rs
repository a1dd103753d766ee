//! Saving the fields of one person (R16-R21, R71, R74, R75), with If-Match.

use idp_domain::member::MembershipState;

use super::{FRANK, GRACE, RUTH, mails, notice, open_person, problems, ruth};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

/// Changes fields and says Yes.
async fn save(app: &TestApp, browser: &mut Browser<'_>, who: &str, fields: &[(&str, &str)]) -> Page {
    let page = open_person(app, browser, who).await;
    let sure = browser.fill_named(&page, "person-save", fields).await;
    assert_eq!(sure.heading(), "Are you Sure?", "{sure:?}");
    browser.fill(&sure, "sure-yes", &[]).await
}

async fn cell(app: &TestApp, who: &str) -> String {
    let membership = app.membership(&app.maple, who).await;
    membership.particulars.cell.map(|cell| cell.to_string()).unwrap_or_default()
}

on_each_database! {
    async fn fields_are_saved_after_yes_and_the_page_before_said_which(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        let sure = browser.fill_named(&page, "person-save", &[("cell", "555"), ("note", "Nights")]).await;
        assert_eq!(sure.select(".will"), ["Cell #: “(empty)” becomes “555”.", "Note: “(empty)” becomes “Nights”."]);
        assert_eq!(cell(&app, FRANK).await, "");
        let no = browser.fill(&sure, "sure-no", &[]).await;
        assert_eq!((no.value("Cell #:"), cell(&app, FRANK).await), ("555".to_owned(), String::new()));
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((notice(&page).as_str(), page.value("Cell #:").as_str()), ("Saved.", "555"));
        assert_eq!(cell(&app, FRANK).await, "555");
    }

    /// R25: nobody else changed anything when it was the same person twice.
    async fn a_second_press_of_yes_gets_the_answer_of_the_first(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        for fields in [&[("cell", "555")][..], &[("status", "inactive")], &[("status", "active"), ("note", "Nights")]] {
            let page = open_person(&app, &mut browser, FRANK).await;
            let sure = browser.fill_named(&page, "person-save", fields).await;
            let once = browser.fill(&sure, "sure-yes", &[]).await;
            let audited = app.audited().await.len();
            let twice = browser.fill(&sure, "sure-yes", &[]).await;
            assert_eq!((notice(&twice), twice.url.path()), (notice(&once), once.url.path()), "{fields:?}");
            assert_eq!((problems(&twice).len(), app.audited().await.len()), (0, audited), "{fields:?}");
        }
    }

    /// The same at the same moment: fields and Status are two steps, and nobody comes between them with words about others.
    async fn presses_at_the_same_moment_get_one_answer(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        let fields = [("status", "inactive"), ("note", "Left"), ("cell", "555")];
        let sure = browser.fill_named(&page, "person-save", &fields).await;
        let presses = (0..4).map(|_| {
            let (app, sure, cookies) = (&app, &sure, browser.cookies.clone());
            async move {
                let mut browser = app.browser();
                browser.cookies = cookies;
                browser.fill(sure, "sure-yes", &[]).await
            }
        });
        for page in futures::future::join_all(presses).await {
            assert_eq!(notice(&page), "Done. Status is Inactive.", "{page:?}");
        }
        let actions = app.audited().await;
        assert_eq!(actions.iter().filter(|action| **action == "member.deactivated").count(), 1, "{actions:?}");
    }

    async fn nothing_typed_is_nothing_changed(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        let same = [("user_name", "Frank.Jones@EXAMPLE.com"), ("role_name", "not chosen")];
        let page = browser.fill_named(&page, "person-save", &same).await;
        assert_eq!(notice(&page), "Nothing was changed.");
    }

    /// If-Match: who saves later sees both versions, and nothing is overwritten unseen.
    async fn two_administrators_do_not_overwrite_each_other(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        let sure = browser.fill_named(&page, "person-save", &[("cell", "mine"), ("note", "mine")]).await;
        save(&app, &mut browser, FRANK, &[("cell", "theirs")]).await;
        for conflict in [
            browser.fill(&sure, "sure-yes", &[]).await,
            browser.fill_named(&page, "person-save", &[("cell", "mine"), ("note", "mine")]).await,
        ] {
            assert!(problems(&conflict).concat().starts_with("Somebody else changed this person"), "{conflict:?}");
            assert_eq!((conflict.value("Cell #:"), conflict.select("#cell-now")), ("mine".into(), vec!["Now: theirs".into()]));
            assert_eq!(cell(&app, FRANK).await, "theirs");
            let sure = browser.fill(&conflict, "person-save", &[]).await;
            assert!(sure.shows("“theirs” becomes “mine”"), "{sure:?}");
        }
        let conflict = browser.fill(&sure, "sure-yes", &[]).await;
        let sure = browser.fill(&conflict, "person-save", &[]).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((notice(&page).as_str(), cell(&app, FRANK).await.as_str()), ("Saved.", "mine"));
    }

    /// A mail that was sent, or a log-in, in the meantime is no change of anybody's.
    async fn what_happens_by_itself_is_no_conflict(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        app.send_mails().await;
        let sure = browser.fill_named(&page, "person-save", &[("cell", "555")]).await;
        assert_eq!(notice(&browser.fill(&sure, "sure-yes", &[]).await), "Saved.");
    }

    /// R20, R74, R75: *Status* opens and shuts the agency, and the page before says so.
    async fn status_is_changed_by_the_drop_down(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        let sure = browser.fill_named(&page, "person-save", &[("status", "inactive")]).await;
        assert!(sure.shows("cannot log in to Maple Home Care any more"), "{sure:?}");
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(notice(&page), "Done. Status is Inactive.");
        assert!(page.select("#standing").concat().starts_with("Inactive since"));
        assert!(matches!(app.membership(&app.maple, FRANK).await.state, MembershipState::Inactive { .. }));
        let page = save(&app, &mut browser, FRANK, &[("status", "active"), ("cell", "555")]).await;
        assert_eq!((notice(&page).as_str(), cell(&app, FRANK).await.as_str()), ("Done. Status is Active.", "555"));
        assert!(app.membership(&app.maple, FRANK).await.is_active());
    }

    /// R20, R75: what *Status* does depends on whether the person ever logged in, and the page before says which.
    async fn what_status_will_do_is_said_of_this_person(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        app.enrol(GRACE).await;
        for (who, off, on) in [
            (FRANK, "every mail that is out opens nothing any more", "gets a new mail to frank.jones@example.com"),
            (GRACE, "is logged out of its portal and programs at once", "can log in to Maple Home Care again, with the password from before"),
        ] {
            for (status, words) in [("inactive", off), ("active", on)] {
                let page = open_person(&app, &mut browser, who).await;
                let sure = browser.fill_named(&page, "person-save", &[("status", status)]).await;
                assert!(sure.select(".will").concat().contains(words), "{who} {status}: {sure:?}");
                browser.fill(&sure, "sure-yes", &[]).await;
            }
        }
    }

    /// R71: a mistyped address is corrected as long as nobody has accepted; the new mail goes to the right one.
    async fn a_mistyped_address_is_corrected(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let page = save(&app, &mut browser, FRANK, &[("user_name", GRACE), ("email", GRACE)]).await;
        assert_eq!((notice(&page).as_str(), page.value("Email:").as_str()), ("Saved.", GRACE));
        assert_eq!((mails(&app, GRACE).await.len(), mails(&app, FRANK).await.len()), (1, 0));
    }

    /// R72: the address of who has accepted is theirs.
    async fn the_address_of_who_accepted_cannot_be_typed_over(app) {
        let mut browser = ruth(&app).await;
        app.enrol(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        assert!(page.attribute("#user_name[readonly]", "value").is_some() && page.shows("propose another one"));
        let page = browser.fill_named(&page, "person-save", &[("user_name", GRACE), ("email", GRACE)]).await;
        assert_eq!(notice(&page), "Nothing was changed.");
    }

    /// R92: nobody raises or shuts out themselves, nor leaves the agency without an administrator.
    async fn nobody_does_it_to_themselves(app) {
        let mut browser = ruth(&app).await;
        let page = save(&app, &mut browser, RUTH, &[("status", "inactive")]).await;
        assert_eq!(problems(&page), ["You cannot do this to yourself. Ask another administrator."]);
        let page = save(&app, &mut browser, RUTH, &[("authority", "none")]).await;
        assert_eq!(problems(&page), ["You cannot do this to yourself. Ask another administrator."]);
        let page = save(&app, &mut browser, RUTH, &[("status", "inactive"), ("cell", "1")]).await;
        assert!(problems(&page).concat().starts_with("The fields were saved, but Status could not be changed"), "{page:?}");
        assert!(app.membership(&app.maple, RUTH).await.is_administrator());
    }

    /// Attack 86: nobody touches somebody who has more.
    async fn who_has_more_cannot_be_changed(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        app.change_membership(&app.maple, FRANK, |it| {
            it.particulars.security_role = idp_domain::member::SecurityRole::Unrestricted;
        })
        .await;
        app.change_membership(&app.maple, RUTH, |it| {
            it.particulars.security_role = idp_domain::member::SecurityRole::None;
        })
        .await;
        let page = browser.fill_named(&page, "person-save", &[("cell", "555")]).await;
        assert!(page.select("#closed").concat().starts_with("This person has more rights than you"), "{page:?}");
        assert_eq!((page.select("#person-save, #actions").len(), cell(&app, FRANK).await), (0, String::new()));
    }
}
