//! The outbox when the mail server is away, refuses, or nothing is left to say (R34, R85; architecture "Mail").

use std::time::Duration;

use idp_domain::invitation::InvitationState;
use idp_domain::ports::Delivery;
use idp_service::dispatch::Dispatched;

use super::{choose, link_in, sent_to_portal};
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

fn away() -> Delivery {
    Delivery::Retry { why: "451 try again later".to_owned() }
}

fn refused() -> Delivery {
    Delivery::Dead { why: "550 no such person".to_owned() }
}

async fn invitation_state(app: &TestApp) -> String {
    let listed = app.admin().get("").await;
    listed.json["members"][0]["invitation"]["state"].as_str().expect("a state").to_owned()
}

const IDLE: Dispatched = Dispatched { sent: 0, retried: 0, dead: 0, dropped: 0 };

on_each_database! {
    /// A temporary refusal is tried again after 30 s, 60 s, 120 s …; what finally arrives works.
    async fn a_mail_that_is_refused_for_now_is_tried_again_with_growing_pauses(app) {
        app.admin().create(FRANK).await;
        for pause in [30, 60, 120] {
            app.postman.answer_next(away());
            assert_eq!(app.send_mails().await, Dispatched { retried: 1, ..IDLE });
            assert_eq!(
                invitation_state(&app).await,
                "queued",
                "R34: the office sees that it has not left yet"
            );
            app.advance(Duration::from_secs(pause - 1));
            assert_eq!(app.send_mails().await, IDLE, "not before its time");
            app.advance(Duration::from_secs(1));
        }
        assert_eq!(app.send_mails().await, Dispatched { sent: 1, ..IDLE });
        assert_eq!(invitation_state(&app).await, "sent");
        let link = link_in(&app.postman.take()[0]);
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert!(sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await));
        assert_eq!(app.send_mails().await, IDLE, "sent once");
    }

    /// R85: refused for good, the invitation is undeliverable, and the office sees it.
    async fn a_mail_that_is_refused_for_good_makes_the_invitation_undeliverable(app) {
        app.admin().create(FRANK).await;
        app.postman.answer_next(refused());
        assert_eq!(app.send_mails().await, Dispatched { dead: 1, ..IDLE });
        assert_eq!(invitation_state(&app).await, "undeliverable");
        assert!(app.audited().await.contains(&"invitation.undeliverable"));
        app.advance(Duration::from_secs(7 * 86_400));
        assert_eq!(app.send_mails().await, IDLE, "no further sends");
    }

    /// R85: after twelve attempts a mail is given up, and not before.
    async fn a_mail_is_given_up_after_its_last_attempt(app) {
        app.admin().create(FRANK).await;
        for attempt in 1..=12 {
            app.postman.answer_next(away());
            let expected =
                if attempt < 12 { Dispatched { retried: 1, ..IDLE } } else { Dispatched { dead: 1, ..IDLE } };
            assert_eq!(app.send_mails().await, expected, "attempt {attempt}");
            app.advance(Duration::from_secs(3600));
        }
        assert_eq!(invitation_state(&app).await, "undeliverable");
        assert_eq!(app.send_mails().await, IDLE);
    }

    /// R71: nothing leaves for an invitation that was taken back while its mail waited.
    async fn a_mail_whose_invitation_was_revoked_is_dropped(app) {
        app.admin().create(FRANK).await;
        let now = app.env.now();
        app.change_invitation(&app.maple, FRANK, |it| it.state = InvitationState::Revoked { at: now }).await;
        assert_eq!(app.send_mails().await, Dispatched { dropped: 1, ..IDLE });
        assert!(app.postman.take().is_empty());
    }

    /// R77, R78: the person activated by one agency's mail; what the other one queued then says where to log in, without
    /// a link that has nothing left to do.
    async fn a_mail_overtaken_by_the_activation_becomes_the_one_that_fits(app) {
        app.admin().create(FRANK).await;
        let link = app.activation_link(FRANK).await;
        app.other_admin().create(FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert!(sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await));
        app.postman.take();
        assert_eq!(app.send_mails().await, Dispatched { sent: 1, ..IDLE });
        let mail = app.postman.take().pop().unwrap();
        assert!(mail.text.contains("22222") && mail.text.contains("Birch Home Care"), "{}", mail.text);
        assert!(!mail.text.contains("ticket=") && !mail.html.contains("ticket="));
    }

    /// One failed mail holds nobody else's up.
    async fn a_dead_mail_does_not_stop_the_next(app) {
        let admin = app.admin();
        for person in ["a@example.com", "b@example.com", "c@example.com"] {
            admin.create(person).await;
        }
        app.postman.answer_next(refused());
        app.postman.answer_next(away());
        assert_eq!(app.send_mails().await, Dispatched { sent: 1, retried: 1, dead: 1, dropped: 0 });
    }
}
