//! The outbox when a dispatcher dies between lease and settle: the mail is sent again, the same, and none is lost.

use std::time::Duration;

use async_trait::async_trait;
use idp_domain::delivery::DeliveryState;
use idp_domain::ports::{Delivery, Envelope, Postman};
use idp_service::dispatch::Dispatched;
use idp_service::mail::Dispatcher;
use idp_testkit::RecordingPostman;
use idp_web::Letters;

use super::{choose, link_in, sent_to_portal};
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

/// Delivers, and then never comes back: what the process looks like that was killed before it settled.
#[derive(Default)]
struct Killed(RecordingPostman);

#[async_trait]
impl Postman for Killed {
    async fn deliver(&self, envelope: &Envelope) -> Delivery {
        self.0.deliver(envelope).await;
        std::future::pending().await
    }
}

/// Dispatches until the mail is delivered, and is gone then.
async fn dispatch_and_die(app: &TestApp) -> Envelope {
    let (typist, postman) = (Letters::new(), Killed::default());
    let dispatcher = Dispatcher { env: &app.env, typist: &typist, postman: &postman, owner: "killed" };
    let delivered = async {
        while postman.0.sent().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        ended = dispatcher.dispatch(1) => panic!("it was to hang: {ended:?}"),
        () = delivered => {}
    }
    postman.0.take().remove(0)
}

on_each_database! {
    /// Issue 2, point 3: killed after the delivery, before it was written down.
    async fn a_mail_delivered_by_a_dispatcher_that_died_is_sent_again_with_the_same_link(app) {
        app.admin().create(FRANK).await;
        let first = dispatch_and_die(&app).await;
        assert!(app.send_mails().await.is_idle(), "the lease still holds");
        app.advance(app.env.policy.mail_lease - Duration::from_secs(1));
        assert!(app.send_mails().await.is_idle(), "to its last second");
        app.advance(Duration::from_secs(1));
        assert_eq!(app.send_mails().await, Dispatched { sent: 1, ..Dispatched::default() });
        let second = app.postman.take().remove(0);
        assert_eq!((link_in(&first), &first.message_id), (link_in(&second), &second.message_id));
        let mut browser = app.browser();
        let page = browser.get(&link_in(&first)).await;
        assert!(
            sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await),
            "the first mail's link"
        );
        assert!(app.send_mails().await.is_idle());
    }

    /// Killed between lease and delivery: nothing was sent, and nothing is lost.
    async fn a_mail_leased_by_a_dispatcher_that_died_is_sent_by_the_next(app) {
        app.admin().create(FRANK).await;
        let now = app.env.now();
        let mut tx = app.env.store.write().await.unwrap();
        let leased = tx.outbox().lease("killed", now, now + app.env.policy.mail_lease, 10).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(leased.len(), 1);
        assert!(app.send_mails().await.is_idle());
        app.advance(app.env.policy.mail_lease);
        assert_eq!(app.send_mails().await.sent, 1);
        let mut tx = app.env.store.write().await.unwrap();
        let late = tx.outbox().settle(leased[0].id, "killed", &DeliveryState::Due { at: now }).await.unwrap();
        assert!(!late, "who comes back from the dead settles nothing");
    }

    /// Two nodes look at the outbox at the same moment: each mail leaves once.
    async fn two_dispatchers_at_once_send_each_mail_once(app) {
        let admin = app.admin();
        let people: Vec<String> = (0..6).map(|n| format!("person{n}@example.com")).collect();
        for person in &people {
            admin.create(person).await;
        }
        let typist = Letters::new();
        let node = |owner| Dispatcher { env: &app.env, typist: &typist, postman: &*app.postman, owner };
        let (one, two) = (node("one"), node("two"));
        let (one, two) = tokio::join!(one.dispatch(100), two.dispatch(100));
        assert_eq!(one.unwrap().sent + two.unwrap().sent, 6);
        let mut sent: Vec<String> = app.postman.take().iter().map(|mail| mail.to.to_string()).collect();
        sent.sort();
        assert_eq!(sent, people);
    }
}
