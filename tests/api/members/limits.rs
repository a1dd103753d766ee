//! No loop of requests sends somebody more mails than sending one again, nor gives strangers more guesses (L6); a mailbox that
//! is gone stays gone (R85).

use std::time::Duration;

use idp_domain::id::DeviceId;
use idp_domain::ports::Delivery;
use idp_domain::throttle::Bucket;
use serde_json::{Value, json};

use super::{id, invited, joined, listed};
use crate::api::{FRANK, problem};
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

const GRACE: &str = "grace.hill@example.com";
const OTHER: &str = "frank.other@example.com";

fn per_minute(app: &TestApp) -> u64 {
    app.env.policy.resend_limits[0].1
}

fn assert_too_many(refused: &Answer) {
    assert_eq!(problem(refused), (429, "too-many-requests"), "{refused:?}");
    assert!(refused.headers.contains_key("retry-after"));
}

async fn removed_and_added_again(app: &TestApp, member: &Value) -> Answer {
    let removed = app.admin().remove(id(member)).await;
    assert_eq!(removed.status, 200, "{removed:?}");
    app.admin().post(&caregiver_body(FRANK), &[]).await
}

on_each_database! {
    /// Somebody new is never counted, nor who is there; whoever is added as inactive gets no mail.
    async fn removing_and_adding_again_is_limited_like_sending_again(app) {
        let member = invited(&app, FRANK).await;
        for _ in 0..per_minute(&app) {
            let back = removed_and_added_again(&app, &member).await;
            assert_eq!((back.status, id(&back.json)), (201, id(&member)), "{back:?}");
            for _ in 0..3 {
                assert_eq!(app.admin().post(&caregiver_body(FRANK), &[]).await.status, 200, "there already");
            }
        }
        assert_too_many(&removed_and_added_again(&app, &member).await);
        assert_eq!(app.admin().get("").await.json["members"], json!([]), "nothing half-done");
        invited(&app, GRACE).await;
        assert_eq!(app.other_admin().create(FRANK).await["state"], "invited", "R33: each agency has its own");
        app.advance(Duration::from_secs(60));
        let back = app.admin().post(&caregiver_body(FRANK), &[]).await;
        assert_eq!((back.status, id(&back.json)), (201, id(&member)), "{back:?}");
        app.send_mails().await;
        let mut off = caregiver_body(FRANK);
        off["status"] = json!("inactive");
        for _ in 0..per_minute(&app) + 2 {
            app.admin().remove(id(&member)).await;
            assert_eq!(app.admin().post(&off, &[]).await.status, 201);
        }
        assert!(app.send_mails().await.is_idle());
    }

    /// Whoever accepted comes back without a mail, as often as it may be.
    async fn switching_off_and_on_is_limited_for_who_would_get_a_mail(app) {
        let frank = invited(&app, FRANK).await;
        for _ in 0..per_minute(&app) {
            app.admin().done(id(&frank), "revoke-invitation").await;
            app.admin().done(id(&frank), "activate").await;
        }
        app.admin().done(id(&frank), "revoke-invitation").await;
        assert_too_many(&app.admin().act(id(&frank), "activate").await);
        assert_eq!(listed(&app, FRANK).await["state"], "inactive");
        app.send_mails().await;
        let grace = joined(&app, GRACE).await;
        for _ in 0..per_minute(&app) + 3 {
            app.admin().done(id(&grace), "deactivate").await;
            app.admin().done(id(&grace), "activate").await;
        }
    }

    /// Whatever asks for a mail counts together, and nothing else of a change does.
    async fn correcting_an_address_away_and_back_is_limited(app) {
        let member = invited(&app, FRANK).await;
        let to = |address: &str| json!({"email": address});
        for turn in 0..per_minute(&app) {
            let address = if turn % 2 == 0 { OTHER } else { FRANK };
            assert_eq!(app.admin().patch(id(&member), &to(address)).await.status, 200);
        }
        let is = app.admin().get(&format!("/{}", id(&member))).await.json["email"].clone();
        let away = if is == FRANK { OTHER } else { FRANK };
        assert_too_many(&app.admin().patch(id(&member), &to(away)).await);
        assert_too_many(&app.admin().act(id(&member), "resend").await);
        for note in ["a", "b", "c"] {
            let change = json!({"note": note, "email": is});
            assert_eq!(app.admin().patch(id(&member), &change).await.status, 200, "no mail goes out");
        }
    }

    /// What strangers guessed is forgotten, and not again and again; the counts of the person's own devices, and of whoever
    /// holds the mailbox (Q8), stay.
    async fn unlocking_forgives_strangers_alone_and_not_often(app) {
        let member = joined(&app, FRANK).await;
        let account = app.account(FRANK).await.id;
        let (now, schedule) = (app.env.now(), app.env.policy.password_guesses);
        let device = Bucket::Device(DeviceId::new(now, app.env.entropy()));
        let buckets = [Bucket::Strangers, device, Bucket::Recovery];
        let mut tx = app.env.store.write().await.unwrap();
        for bucket in buckets {
            tx.throttles().admit(account, bucket, &schedule, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        app.admin().done(id(&member), "unlock").await;
        let mut tx = app.env.store.read().await.unwrap();
        let mut left = vec![];
        for bucket in buckets {
            left.push(tx.throttles().find(account, bucket).await.unwrap().is_some_and(|it| it.failures > 0));
        }
        drop(tx);
        assert_eq!(left, [false, true, true]);
        for _ in 1..per_minute(&app) {
            app.admin().done(id(&member), "unlock").await;
        }
        assert_too_many(&app.admin().act(id(&member), "unlock").await);
        app.admin().done(id(&member), "reset-password").await;
    }

    /// R85: neither by removing and adding again nor by another address and back; another address gets its mail, another agency
    /// has its own experience (R33).
    async fn an_address_whose_mail_came_back_gets_no_more(app) {
        let member = invited(&app, FRANK).await;
        app.postman.answer_next(Delivery::Dead { why: "550 5.1.1 no such user".to_owned() });
        app.send_mails().await;
        let dead = listed(&app, FRANK).await["invitation"].clone();
        assert_eq!(dead["state"], "undeliverable");
        let assert_dead = |seen: &Value| {
            let (state, reason) = (&seen["invitation"]["state"], &seen["invitation"]["reason"]);
            assert_eq!((state, reason), (&dead["state"], &dead["reason"]), "{seen}");
        };
        app.advance(Duration::from_secs(60));
        let back = removed_and_added_again(&app, &member).await;
        assert_eq!(back.status, 201, "{back:?}");
        assert_dead(&back.json);
        assert!(app.send_mails().await.is_idle());
        app.advance(Duration::from_secs(60));
        let moved = app.admin().patch(id(&member), &json!({"email": OTHER})).await;
        assert_eq!(moved.json["invitation"]["state"], "queued", "{moved:?}");
        assert_eq!(app.send_mails().await.sent, 1);
        app.advance(Duration::from_secs(60));
        let back = app.admin().patch(id(&member), &json!({"email": FRANK})).await;
        assert_dead(&back.json);
        assert!(app.send_mails().await.is_idle());
        app.advance(Duration::from_secs(60));
        assert_eq!(problem(&app.admin().act(id(&member), "resend").await), (409, "undeliverable-address"));
        app.other_admin().create(FRANK).await;
        assert_eq!(app.send_mails().await.sent, 1);
    }

    /// L6, R85: where no mail leaves, none is counted; neither is an address that is corrected for somebody who is inactive.
    async fn what_sends_no_mail_uses_none_up(app) {
        let member = invited(&app, FRANK).await;
        app.postman.answer_next(Delivery::Dead { why: "550 5.1.1 no such user".to_owned() });
        app.send_mails().await;
        for _ in 0..per_minute(&app) + 2 {
            app.admin().done(id(&member), "revoke-invitation").await;
            let back = app.admin().done(id(&member), "activate").await;
            assert_eq!(back["invitation"]["state"], "undeliverable");
        }
        app.admin().done(id(&member), "deactivate").await;
        for n in 0..per_minute(&app) + 2 {
            let address = format!("frank.{n}@example.com");
            let moved = app.admin().patch(id(&member), &json!({"email": address})).await;
            assert_eq!(moved.status, 200, "{moved:?}");
        }
        assert!(app.send_mails().await.is_idle());
        for _ in 0..per_minute(&app) {
            app.admin().done(id(&member), "activate").await;
            app.admin().done(id(&member), "deactivate").await;
        }
        assert_too_many(&app.admin().act(id(&member), "activate").await);
        app.send_mails().await;
    }

    /// An agency that has an operator among its people: answered as for anybody, and nothing comes of it.
    async fn an_office_does_not_reach_an_operators_account(app) {
        let member = joined(&app, FRANK).await;
        app.change_account(FRANK, |account| account.is_operator = true).await;
        let account = app.account(FRANK).await.id;
        let mut tx = app.env.store.write().await.unwrap();
        let (now, schedule) = (app.env.now(), app.env.policy.password_guesses);
        tx.throttles().admit(account, Bucket::Strangers, &schedule, now).await.unwrap();
        tx.commit().await.unwrap();
        app.send_mails().await;
        app.admin().done(id(&member), "unlock").await;
        app.admin().done(id(&member), "reset-password").await;
        app.advance(Duration::from_secs(60));
        let proposed = app.admin().propose(id(&member), OTHER).await;
        assert_eq!((proposed.status, &proposed.json["user_name"]), (200, &json!(FRANK)), "{proposed:?}");
        assert!(app.send_mails().await.is_idle());
        assert_eq!(app.count("SELECT count(*) FROM account_tickets").await, 0);
        assert_eq!(app.count("SELECT count(*) FROM email_changes").await, 0);
        let mut tx = app.env.store.read().await.unwrap();
        assert!(tx.throttles().find(account, Bucket::Strangers).await.unwrap().is_some());
        drop(tx);
        for action in ["member.unlocked", "member.reset_started", "email.change_proposed"] {
            let events = format!("SELECT count(*) FROM audit_events WHERE action = '{action}'");
            assert_eq!(app.count(&events).await, 1, "{action}");
        }
        assert_eq!(app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await.status, 200);
    }
}
