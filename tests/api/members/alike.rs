//! R33, side by side: whatever an agency does to a brand-new person and to one who works elsewhere, every answer, every refusal
//! and every list is the same, up to ids and names.

use std::time::Duration;

use axum::http::Method;
use idp_domain::account::AccountState;
use serde_json::{Value, json};

use crate::api::FRANK;
use crate::support::admin::caregiver_body;
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

const NEW: &str = "nobody.yet@example.com";
const GRACE: &str = "grace.hill@example.com";

/// What an agency sees of one person, step after step.
struct Witness<'a> {
    app: &'a TestApp,
    user_name: &'a str,
    member: String,
    seen: Vec<String>,
}

impl Witness<'_> {
    /// Without what must differ between two people.
    fn note(&mut self, what: &str, answer: &Answer) {
        let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        let text = answer.body.replace(&self.member, "mbr").replace(self.user_name, "user_name");
        self.seen.push(format!("{what}: {} {headers:?} {text}", answer.status));
    }

    async fn step(&mut self, what: &str) {
        let admin = self.app.other_admin();
        let path = format!("/{}", self.member);
        let answer = match what {
            "create" => {
                let created = admin.post(&caregiver_body(self.user_name), &[]).await;
                self.member = created.json["member_id"].as_str().unwrap_or(&self.member).to_owned();
                created
            }
            "PATCH" => {
                let body = json!({"given_name": "Francis", "note": "n"}).to_string();
                admin.send(Method::PATCH, &path, Some(body), &[]).await
            }
            "correct" => {
                let body = json!({"email": format!("right.{}", self.user_name)}).to_string();
                admin.send(Method::PATCH, &path, Some(body), &[]).await
            }
            "correct back" => {
                let body = json!({"email": self.user_name}).to_string();
                admin.send(Method::PATCH, &path, Some(body), &[]).await
            }
            "DELETE" => admin.send(Method::DELETE, &path, None, &[]).await,
            "propose-email" => admin.propose(&self.member, "another@example.com").await,
            "mails" => {
                self.app.send_mails().await;
                admin.get(&path).await
            }
            verb => admin.act(&self.member, verb).await,
        };
        self.note(what, &answer);
        for list in [
            "",
            "?state=not_activated",
            "?state=inactive",
            "?state=removed",
            "?state=locked",
            "?state=expired",
        ] {
            let mut page = admin.get(list).await;
            let members = page.json["members"].as_array().cloned().unwrap_or_default();
            let own: Vec<Value> = members.into_iter().filter(|it| it["member_id"] == self.member).collect();
            page.body = format!("{own:?}");
            self.note(&format!("{what}, then {list}"), &page);
        }
    }
}

const STEPS: [&str; 22] = [
    "create",
    "create",
    "mails",
    "resend",
    "mails",
    "reset-password",
    "unlock",
    "revoke-sessions",
    "propose-email",
    "PATCH",
    "revoke-invitation",
    "resend",
    "activate",
    "mails",
    "correct",
    "mails",
    "correct back",
    "deactivate",
    "DELETE",
    "create",
    "mails",
    "DELETE",
];

/// Step by step beside each other, each step at another time.
async fn compare(app: &TestApp, known: &str) {
    let witness = |user_name| Witness { app, user_name, member: "mbr_none".to_owned(), seen: vec![] };
    let (mut known, mut new) = (witness(known), witness(NEW));
    for step in STEPS {
        app.advance(Duration::from_secs(3600));
        known.step(step).await;
        new.step(step).await;
        assert_eq!(known.seen, new.seen);
    }
}

async fn disable(app: &TestApp, user_name: &str) {
    let state = AccountState::Disabled { at: app.env.now(), password: None };
    app.change_account(user_name, |it| it.state = state).await;
}

/// How many went out to this address since the last look.
fn mails(app: &TestApp, to: &str) -> usize {
    app.postman.sent().iter().filter(|mail| mail.to.as_str() == to).count()
}

on_each_database! {
    /// Known to Maple, with an account that is active there.
    async fn somebody_active_elsewhere_looks_like_somebody_new(app) {
        app.enrol(FRANK).await;
        compare(&app, FRANK).await;
    }

    /// Invited by Maple, and not activated there either.
    async fn somebody_invited_elsewhere_looks_like_somebody_new(app) {
        app.admin().create(FRANK).await;
        app.send_mails().await;
        compare(&app, FRANK).await;
    }

    /// Switched off by the operator: invited like anybody else, as far as the agency sees, and no mail goes out (R33).
    async fn somebody_disabled_looks_like_somebody_new_and_gets_no_mail(app) {
        app.enrol(FRANK).await;
        disable(&app, FRANK).await;
        app.postman.take();
        compare(&app, FRANK).await;
        assert_eq!((mails(&app, FRANK), mails(&app, NEW) > 0), (0, true));
    }

    /// The same of somebody who had accepted: each answer is that of a colleague whose account is as it was, and the mail that
    /// would choose another password is sent to the colleague alone, whoever asks for it.
    async fn a_reset_for_somebody_disabled_is_answered_as_always_and_sends_nothing(app) {
        for user_name in [FRANK, GRACE] {
            app.enrol(user_name).await;
        }
        disable(&app, FRANK).await;
        app.postman.take();
        let mut seen = vec![];
        for user_name in [FRANK, GRACE] {
            let member = app.membership(&app.maple, user_name).await.id.to_string();
            let mut steps = vec![];
            for verb in ["reset-password", "unlock", "revoke-sessions", "deactivate", "activate", "mails"] {
                let answer = match verb {
                    "mails" => app.admin().get(&format!("/{member}")).await,
                    _ => app.admin().act(&member, verb).await,
                };
                let text = answer.body.replace(&member, "mbr").replace(user_name, "user_name");
                steps.push(format!("{verb}: {} {text}", answer.status));
                app.send_mails().await;
            }
            let mut browser = app.browser();
            let page = browser.get("/forgot").await;
            let page = browser.fill(&page, "forgot-submit", &[("Email address", user_name)]).await;
            steps.push(page.text().replace(user_name, "user_name"));
            while !app.send_mails().await.is_idle() {}
            seen.push(steps);
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!((mails(&app, FRANK), mails(&app, GRACE) > 0), (0, true));
    }

    /// Made to wait by wrong passwords elsewhere: not said of who has not accepted here.
    async fn a_lock_is_not_seen_before_the_person_has_accepted(app) {
        app.enrol(FRANK).await;
        for _ in 0..app.env.policy.password_guesses.free + 1 {
            app.relying_party().log_in(&mut app.browser(), FRANK, "not the password").await;
        }
        compare(&app, FRANK).await;
    }

    /// R72: another address that is taken elsewhere is not shown to who knows the old one only.
    async fn another_address_is_not_seen_before_the_person_has_accepted(app) {
        app.enrol(FRANK).await;
        let member = app.other_admin().create(FRANK).await;
        app.send_mails().await;
        let before = app.other_admin().get("").await.json;
        app.advance(Duration::from_secs(60));
        let renamed = idp_domain::email::EmailAddress::parse("frank.now@example.com").expect("an address");
        app.change_account(FRANK, |it| it.user_name = renamed).await;
        assert_eq!(app.other_admin().get("").await.json, before);
        let removed = app.other_admin().remove(member["member_id"].as_str().unwrap()).await;
        assert_eq!(removed.json["user_name"], Value::Null);
    }
}
