//! A new mail to everybody who has not activated (R67, R85).

use idp_domain::invitation::InvitationState;

use super::{FRANK, GRACE, SECOND, at, mails, notice, ruth};
use crate::support::app::{START, TestApp};
use crate::support::on_each_database;

async fn invited(app: &TestApp) {
    for user_name in [FRANK, GRACE, "lost@example.com"] {
        app.admin().create(user_name).await;
    }
    app.send_mails().await;
}

on_each_database! {
    async fn everybody_who_has_not_activated_gets_a_new_mail_after_yes(app) {
        let mut browser = ruth(&app).await;
        invited(&app).await;
        app.change_invitation(&app.maple, "lost@example.com", |it| {
            it.state = InvitationState::Undeliverable { at: START, why: Default::default() };
        })
        .await;
        let list = browser.get(&at(&app.maple, "")).await;
        assert_eq!(list.select("#resend"), ["Re-send to all who have not activated"]);
        let sure = browser.get(&list.attribute("#resend", "href").unwrap()).await;
        assert_eq!(
            sure.select("p.will"),
            [
                "2 people who have not activated get a new mail each. The links in the older mails stop working.",
                "1 person who has not activated cannot be reached, because mails to that address come back: correct the address first."
            ]
        );
        let page = browser.fill(&sure, "sure-no", &[]).await;
        assert_eq!((page.heading().as_str(), mails(&app, FRANK).await.len()), ("People", 1));
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(
            page.select("#notice p"),
            ["Done. 2 new mails are on their way.", "1 mail was not sent, because mails to that address come back."]
        );
        app.advance(SECOND);
        assert_eq!((mails(&app, FRANK).await.len(), mails(&app, GRACE).await.len()), (2, 2));
        assert!(notice(&browser.get(&at(&app.maple, "")).await).is_empty(), "said once");
    }

    /// R25: two presses of one Yes are one mail each.
    async fn a_second_press_of_yes_sends_nothing_more(app) {
        let mut browser = ruth(&app).await;
        invited(&app).await;
        let sure = browser.get(&at(&app.maple, "/resend")).await;
        for _ in 0..2 {
            let page = browser.fill(&sure, "sure-yes", &[]).await;
            assert_eq!(notice(&page), "Done. 3 new mails are on their way.");
        }
        app.advance(SECOND);
        assert_eq!((mails(&app, FRANK).await.len(), mails(&app, GRACE).await.len()), (2, 2));
    }

    /// L6: at the pace of the agency's lists, and behind them, so that what somebody else waits for passes between.
    async fn mails_to_all_leave_one_after_the_other(app) {
        let mut browser = ruth(&app).await;
        for n in 0..9 {
            app.admin().create(&format!("person{n}@example.com")).await;
        }
        app.send_mails().await;
        let sure = browser.get(&at(&app.maple, "/resend")).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(notice(&page), "Done. 9 new mails are on their way.");
        let now = app.env.now().millis();
        for turn in 0..9 {
            let due = format!("SELECT count(*) FROM outbox WHERE state = 'due' AND due_at = {}", now + 250 * turn);
            assert_eq!(app.count(&due).await, 1, "{turn}");
        }
        app.admin().create("urgent@example.com").await;
        assert_eq!(app.send_mails().await.sent, 2, "the first of all, and who was added by hand");
        app.advance(SECOND * 3);
        assert_eq!(app.send_mails().await.sent, 8);
    }

    /// L6: pressed again and again, nobody's mailbox fills.
    async fn pressed_again_and_again_nobody_gets_mail_without_end(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        for _ in 0..12 {
            let sure = browser.get(&at(&app.maple, "/resend")).await;
            let page = browser.fill(&sure, "sure-yes", &[]).await;
            if page.shows("1 mail was not sent, because that person got several already.") {
                return;
            }
        }
        panic!("no end");
    }

    async fn where_nobody_waits_there_is_nothing_to_ask(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/resend")).await;
        assert_eq!((page.heading().as_str(), page.select("#resend").len()), ("People", 0));
    }
}
