//! A new mail to everybody who has not activated (R67, R85).

use idp_domain::invitation::InvitationState;

use super::{FRANK, GRACE, at, mails, notice, ruth};
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
        assert_eq!(list.select("#resend"), ["Re-send to all who have not activated (3)"]);
        let sure = browser.get(&list.attribute("#resend", "href").unwrap()).await;
        assert!(sure.shows("3 people who have not activated get a new mail each."), "{sure:?}");
        let page = browser.fill(&sure, "sure-no", &[]).await;
        assert_eq!((page.heading().as_str(), mails(&app, FRANK).await.len()), ("People", 1));
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(
            page.select("#notice p"),
            ["Done. 2 new mails are on their way.", "1 mail was not sent, because mails to that address come back."]
        );
        assert_eq!((mails(&app, FRANK).await.len(), mails(&app, GRACE).await.len()), (2, 2));
        assert!(notice(&browser.get(&at(&app.maple, "")).await).is_empty(), "said once");
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
