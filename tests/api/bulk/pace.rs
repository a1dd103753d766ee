//! One pace for the mails that an agency sends to many (L6), whoever asks for them; and whatever a person waits for leaves
//! first.

use std::time::Duration;

use idp_service::mail::Dispatcher;
use idp_web::Letters;
use serde_json::json;

use super::{Office, people, work};
use crate::api::FRANK;
use crate::support::app::TestApp;
use crate::support::on_each_database;

/// Mails a second, of the default policy.
const PACE: i64 = 4;

/// The most that fall due within one second, of one agency's mails to many.
async fn most_in_a_second(app: &TestApp) -> i64 {
    let at = "SELECT count(*) FROM outbox AS it WHERE it.state = 'due' AND it.due_at >= one.due_at \
              AND it.due_at < one.due_at + 1000";
    app.count(&format!(
        "SELECT max(n) FROM (SELECT ({at}) AS n FROM outbox AS one WHERE one.state = 'due') AS counted"
    ))
    .await
}

/// Sends the next mail alone; to whom and what.
async fn next_mail(app: &TestApp) -> (String, String) {
    let typist = Letters::new();
    let dispatcher = Dispatcher { env: &app.env, typist: &typist, postman: &*app.postman, owner: "test" };
    assert_eq!(dispatcher.dispatch(1).await.expect("the outbox works").sent, 1);
    let mail = app.postman.take().pop().expect("a mail");
    (mail.to.to_string(), mail.text)
}

on_each_database! {
    /// Two lists, one after the other, and both of another agency's business.
    async fn lists_of_one_agency_share_its_pace_and_no_other_waits(app) {
        let office = Office::of_maple(&app);
        let rows = people(60);
        for some in [&rows[..30], &rows[30..]] {
            office.begin(&office.dry_run(&json!(some)).await).await;
            work(&app).await;
        }
        assert_eq!(most_in_a_second(&app).await, PACE);
        let last = app.count("SELECT max(due_at) FROM outbox").await;
        assert_eq!(last, app.env.now().millis() + 59 * 250, "one after the other, across lists");

        let other = Office::of_birch(&app);
        other.begin(&other.dry_run(&json!(people(61)[60..])).await).await;
        work(&app).await;
        let due_now = format!("SELECT count(*) FROM outbox WHERE due_at = {}", app.env.now().millis());
        assert_eq!(app.count(&due_now).await, 2, "the first of each agency");
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// A thousand invitations are due, and somebody has forgotten a password: theirs is the next mail to leave.
    async fn a_forgotten_password_does_not_wait_behind_a_thousand_invitations(app) {
        app.enrol(FRANK).await;
        app.send_mails().await;
        let office = Office::of_maple(&app);
        office.begin(&office.dry_run(&json!(people(1000))).await).await;
        assert_eq!(work(&app).await, 1000);
        app.advance(Duration::from_secs(600));
        let mut browser = app.browser();
        let page = browser.get("/forgot").await;
        browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
        let waiting = "SELECT count(*) FROM outbox WHERE state = 'due'";
        assert_eq!(app.count(waiting).await, 1001);
        app.postman.take();
        let (to, text) = next_mail(&app).await;
        assert!(to == FRANK && text.contains("/reset?ticket="), "{to} {text}");
        let (to, text) = next_mail(&app).await;
        assert!(to == "person1@example.com" && text.contains("/activate?ticket="), "{to} {text}");
        assert_eq!(app.count(waiting).await, 999);
    }
}
