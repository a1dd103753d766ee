//! Mail that came back (R85): refused at once, or told of later by whoever sends for us.

use axum::http::Method;
use idp_domain::ports::Delivery;
use serde_json::{Value, json};

use super::matrix::operators_token;
use super::{FRANK, problem};
use crate::support::administrator::call;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

const GONE: &str = "smtp; 550 5.1.1 <frank.jones@example.com>: no such user here";

async fn told_as(app: &TestApp, token: &str, body: &Value) -> Answer {
    call(app, (Method::POST, "/admin/v1/bounces"), Some(token), Some(body)).await
}

/// As the operator's own program tells it.
async fn tell(app: &TestApp, body: Value) -> Answer {
    let token = operators_token(app).await;
    let answer = told_as(app, &token, &body).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"), "{answer:?}");
    answer
}

/// State of the invitation, and why.
async fn seen(app: &TestApp) -> (Value, Value) {
    let member = app.membership(&app.maple, FRANK).await.id;
    let mut answer = app.admin().get(&format!("/{member}")).await.json;
    (answer["invitation"]["state"].take(), answer["invitation"]["reason"].take())
}

async fn perform(app: &TestApp, what: &str) -> Answer {
    app.advance(std::time::Duration::from_secs(60));
    let member = app.membership(&app.maple, FRANK).await.id;
    app.admin().send(Method::POST, &format!("/{member}:{what}"), None, &[]).await
}

/// The mail that was sent last.
fn message_id(app: &TestApp) -> String {
    app.postman.sent().last().expect("a mail").message_id.clone()
}

on_each_database! {
    /// Attack: an agency tells of bounces to end the invitations of others, or to learn who was invited. The operator alone
    /// tells, and is answered the same whatever is known.
    async fn nobody_but_the_operator_tells_and_nobody_learns_anything(app) {
        app.admin().create(FRANK).await;
        app.send_mails().await;
        let body = json!({"recipient": FRANK, "kind": "permanent"});
        let refused = told_as(&app, &app.admin().token().await, &body).await;
        assert_eq!(problem(&refused), (403, "scope-missing"));
        app.change_client("office.99999", |office| {
            office.scopes = idp_domain::scope::Scopes::parse("members:read members:write bounces:write");
        })
        .await;
        let refused = told_as(&app, &app.admin().token().await, &body).await;
        assert_eq!(problem(&refused), (403, "operator-only"));
        assert_eq!(seen(&app).await, (json!("sent"), Value::Null));
        for unknown in [
            json!({"recipient": "nobody@example.com", "kind": "permanent"}),
            json!({"message_id": "<mai_01999999000070008000000000000000@id.example>", "kind": "permanent"}),
            json!({"message_id": "0100017c-something-of-a-provider@email.example", "kind": "permanent"}),
            json!({"message_id": "", "kind": "transient", "diagnostic": "\r\n\u{0}"}),
        ] {
            tell(&app, unknown).await;
        }
        assert_eq!(seen(&app).await, (json!("sent"), Value::Null));
        tell(&app, body).await;
        assert_eq!(seen(&app).await.0, "undeliverable");
    }

    /// What is neither one nor the other is refused, and changes nothing.
    async fn a_report_names_one_mail_in_one_way(app) {
        let token = operators_token(&app).await;
        for bad in [
            json!({"kind": "permanent"}),
            json!({"recipient": FRANK, "message_id": "x", "kind": "permanent"}),
            json!({"recipient": FRANK}),
            json!({"recipient": FRANK, "kind": "Permanent"}),
            json!({"recipient": "no address", "kind": "permanent"}),
            json!({"recipient": FRANK, "kind": "permanent", "company": "99999"}),
        ] {
            assert_eq!(problem(&told_as(&app, &token, &bad).await), (400, "invalid-body"), "{bad}");
        }
    }

    /// R85: a mail that was sent and came back: by its Message-ID, in whatever form the provider hands it on. The office sees
    /// why, in words of ours, and no other mail is sent until the address is changed.
    async fn a_mail_that_came_back_ends_its_invitation(app) {
        app.admin().create(FRANK).await;
        app.send_mails().await;
        let id = message_id(&app);
        for named in [id.clone(), format!(" <{id}> "), id.split('@').next().unwrap().to_owned()] {
            app.change_invitation(&app.maple, FRANK, |it| {
                it.state = idp_domain::invitation::InvitationState::Sent { at: it.created_at };
            })
            .await;
            tell(&app, json!({"message_id": named, "kind": "permanent", "diagnostic": GONE})).await;
            assert_eq!(seen(&app).await, (json!("undeliverable"), json!("mailbox_unknown")), "{named}");
        }
        let undeliverable = app.admin().get("?state=undeliverable").await;
        assert_eq!(undeliverable.json["members"].as_array().map(Vec::len), Some(1), "{undeliverable:?}");
        assert_eq!(problem(&perform(&app, "resend").await), (409, "undeliverable-address"));
        perform(&app, "deactivate").await;
        assert_eq!(perform(&app, "activate").await.status, 200);
        assert!(app.send_mails().await.is_idle(), "no other mail to a mailbox that is gone");
        let member = app.membership(&app.maple, FRANK).await.id;
        let right = json!({"user_name": "frank@right.example"}).to_string();
        // L6: switching on counts as a mail.
        app.advance(std::time::Duration::from_secs(60));
        let patched = app.admin().send(Method::PATCH, &format!("/{member}"), Some(right), &[]).await;
        assert_eq!(patched.json["invitation"]["state"], "queued", "{patched:?}");
        app.activation_link("frank@right.example").await;
        assert!(app.audited().await.contains(&"invitation.undeliverable"));
    }

    /// R85: where the provider does not hand the Message-ID on: every invitation that is out to the address, at whatever agency.
    async fn a_mailbox_that_is_gone_ends_every_invitation_to_it(app) {
        app.admin().create(FRANK).await;
        app.other_admin().create(FRANK).await;
        app.send_mails().await;
        tell(&app, json!({"recipient": "Frank.Jones@Example.com", "kind": "permanent", "diagnostic": GONE})).await;
        for company in [&app.maple, &app.birch] {
            let state = app.invitation(company, FRANK).await.state;
            assert!(matches!(state, idp_domain::invitation::InvitationState::Undeliverable { .. }), "{state:?}");
        }
        let recorded = app.audited().await.into_iter().filter(|it| *it == "invitation.undeliverable").count();
        assert_eq!(recorded, 2, "each agency has its own record");
    }

    /// A mailbox that is full today ends nothing.
    async fn a_transient_bounce_changes_nothing(app) {
        app.admin().create(FRANK).await;
        let link = app.activation_link(FRANK).await;
        tell(&app, json!({"recipient": FRANK, "kind": "transient", "diagnostic": "452 4.2.2 mailbox full"})).await;
        assert_eq!(seen(&app).await, (json!("sent"), Value::Null));
        assert_eq!(app.browser().get(&link).await.heading(), "Create Password");
    }

    /// Somebody who accepted got the mail: a late report about it takes nothing away.
    async fn a_late_report_takes_nothing_from_who_has_accepted(app) {
        app.enrol(FRANK).await;
        let id = app.invitation(&app.maple, FRANK).await;
        tell(&app, json!({"recipient": FRANK, "kind": "permanent", "diagnostic": GONE})).await;
        assert_eq!(app.invitation(&app.maple, FRANK).await.state, id.state);
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(page.left_to("https://maple.example/callback"), "{page:?}");
    }

    /// R85: the person may still ask for themselves; the mailbox may be there again.
    async fn the_persons_own_request_still_tries(app) {
        app.admin().create(FRANK).await;
        app.send_mails().await;
        tell(&app, json!({"recipient": FRANK, "kind": "permanent", "diagnostic": GONE})).await;
        app.postman.take();
        app.advance(std::time::Duration::from_secs(60));
        let mut browser = app.browser();
        let page = browser.get("/forgot").await;
        browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
        while !app.send_mails().await.is_idle() {}
        app.activation_link(FRANK).await;
        assert_eq!(seen(&app).await, (json!("sent"), Value::Null));
    }

    /// `provisioning.md` section 7: an office knows why a mail did not arrive. R33: the server's own words stay with the
    /// operator, and an account that was switched off looks like a mailbox that nobody knows anything about.
    async fn the_office_is_told_why_in_words_of_ours(app) {
        app.admin().create(FRANK).await;
        for (said, reason) in [
            ("550 5.1.1 <frank.jones@example.com> unknown at relay.internal", "mailbox_unknown"),
            ("550 5.4.4 unable to route", "domain_unknown"),
            ("552 5.2.2 over quota", "mailbox_full"),
            ("554 5.7.1 spam", "refused"),
            ("550 go away", "undelivered"),
        ] {
            app.change_invitation(&app.maple, FRANK, |it| {
                it.state = idp_domain::invitation::InvitationState::Superseded { at: it.created_at };
            })
            .await;
            perform(&app, "resend").await;
            app.postman.answer_next(Delivery::Dead { why: said.to_owned() });
            app.send_mails().await;
            assert_eq!(seen(&app).await, (json!("undeliverable"), json!(reason)), "{said}");
            let member = app.membership(&app.maple, FRANK).await.id;
            let answer = app.admin().get(&format!("/{member}")).await;
            assert!(!answer.body.contains("relay.internal"), "{answer:?}");
            // Each sends five in an hour (L6).
            app.advance(std::time::Duration::from_secs(3600));
        }
    }

    /// An `Idempotency-Key` makes a report repeatable like every POST.
    async fn a_report_may_be_sent_twice(app) {
        app.admin().create(FRANK).await;
        app.send_mails().await;
        let body = json!({"recipient": FRANK, "kind": "permanent", "diagnostic": GONE});
        tell(&app, body.clone()).await;
        tell(&app, body).await;
        assert_eq!(app.audited().await.into_iter().filter(|it| *it == "invitation.undeliverable").count(), 1);
    }
}
