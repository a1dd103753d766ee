//! R26: the form shows state afterwards, through the whole life of an invitation.

use idp_domain::invitation::InvitationState;
use idp_domain::member::MembershipState;
use idp_domain::ports::Delivery;
use serde_json::{Value, json};

use super::FRANK;
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

/// State, status, invitation state and time, last sign-in.
async fn seen(app: &TestApp) -> [Value; 5] {
    let mut page = app.admin().get("").await;
    if page.json["members"] == json!([]) {
        page = app.admin().get("?state=removed").await;
    }
    let member = &page.json["members"][0];
    let read = app.admin().get(&format!("/{}", member["member_id"].as_str().expect("an id"))).await;
    assert_eq!(read.json, *member, "list and single answer agree");
    let invitation = &member["invitation"];
    [&member["state"], &member["status"], &invitation["state"], &invitation["at"], &member["last_sign_in"]]
        .map(Clone::clone)
}

on_each_database! {
    /// Queued, sent, expired; sent again by the person; accepted by logging in, as a person known elsewhere does (R33).
    async fn the_state_follows_the_life_of_an_invitation(app) {
        let now = || json!(app.env.now().to_rfc3339());
        app.admin().create(FRANK).await;
        assert_eq!(
            seen(&app).await,
            [json!("invited"), json!("active"), json!("queued"), Value::Null, Value::Null]
        );
        app.advance(std::time::Duration::from_secs(5));
        let link = app.activation_link(FRANK).await;
        let sent = now();
        assert_eq!(seen(&app).await, [json!("invited"), json!("active"), json!("sent"), sent, Value::Null]);
        app.advance(app.env.policy.activation_life);
        let expired = now();
        assert_eq!(
            seen(&app).await,
            [json!("invited"), json!("active"), json!("expired"), expired, Value::Null]
        );
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        browser.fill(&page, "link-renew", &[]).await;
        assert_eq!(seen(&app).await[2..4], [json!("queued"), Value::Null]);
        let link = app.activation_link(FRANK).await;
        let sent = now();
        assert_eq!(seen(&app).await[2..4], [json!("sent"), sent.clone()]);
        app.advance(std::time::Duration::from_secs(60));
        let page = browser.get(&link).await;
        browser
            .fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)])
            .await;
        assert_eq!(seen(&app).await, [json!("invited"), json!("active"), json!("sent"), sent, Value::Null]);
        app.advance(std::time::Duration::from_secs(60));
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        browser.answer_questions(&page).await;
        assert_eq!(seen(&app).await, [json!("active"), json!("active"), json!("accepted"), now(), now()]);
    }

    /// R85: bounced for good.
    async fn an_undeliverable_invitation_says_so_with_its_time(app) {
        app.admin().create(FRANK).await;
        app.postman.answer_next(Delivery::Dead { why: "550 5.1.1 no such user".to_owned() });
        app.advance(std::time::Duration::from_secs(1));
        app.send_mails().await;
        let at = json!(app.env.now().to_rfc3339());
        assert_eq!(
            seen(&app).await,
            [json!("invited"), json!("active"), json!("undeliverable"), at, Value::Null]
        );
    }

    /// R20: added as inactive: none.
    async fn a_member_added_as_inactive_has_no_invitation(app) {
        let mut body = caregiver_body(FRANK);
        body["status"] = json!("inactive");
        assert_eq!(app.admin().post(&body, &[]).await.status, 201);
        assert_eq!(
            seen(&app).await,
            [json!("inactive"), json!("inactive"), json!("none"), Value::Null, Value::Null]
        );
        let again = app.admin().post(&body, &[]).await;
        assert_eq!((again.status, &again.json["invitation"]["state"]), (200, &json!("none")));
    }

    /// `company.md` section 2: what another part of the product will write is shown by its own word.
    async fn revoked_superseded_and_removed_have_their_own_words(app) {
        app.admin().create(FRANK).await;
        app.send_mails().await;
        let at = app.env.now();
        for (state, word) in
            [(InvitationState::Revoked { at }, "revoked"), (InvitationState::Superseded { at }, "superseded")]
        {
            app.change_invitation(&app.maple, FRANK, |it| it.state = state).await;
            assert_eq!(seen(&app).await[2..4], [json!(word), json!(at.to_rfc3339())]);
        }
        app.change_membership(&app.maple, FRANK, |it| it.state = MembershipState::Removed { at }).await;
        assert_eq!(seen(&app).await[..2], [json!("removed"), json!("inactive")]);
    }
}
