//! Sweeping: rows whose time is over go in batches, nothing live ever does, and nothing depends on it (L3).

use std::time::Duration;

use idp_service::sweep::sweep;

use super::{FRANK, GRACE};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

async fn sweep_all(app: &TestApp) -> u64 {
    let mut swept = 0;
    loop {
        let batch = sweep(&app.env).await.expect("a sweep");
        swept += batch.rows;
        if !batch.more {
            return swept;
        }
    }
}

on_each_database! {
    /// Whatever is still of use stays: sessions, families, links, invitations, people.
    async fn nothing_live_is_swept(app) {
        app.enrol(FRANK).await;
        app.admin().create(GRACE).await;
        let link = app.activation_link(GRACE).await;
        let portal = app.relying_party();
        let mut browser = app.browser();
        let tokens = portal.tokens(&mut browser, FRANK, PASSWORD).await;
        let code = portal.authorize(&mut browser).await.sent("code").unwrap();
        assert_eq!(sweep_all(&app).await, 0);
        assert_eq!(portal.redeem(&code).await.status, 200);
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 200);
        assert!(app.browser().get(&link).await.heading() == "Create Password");
        app.advance(Duration::from_secs(59 * 60));
        sweep_all(&app).await;
        let silent = portal.with("prompt", "none").authorize(&mut browser).await;
        assert!(silent.sent("code").is_some(), "{silent:?}");
    }

    /// Architecture "Storage": a used code stays findable for a while, so that its replay is still seen.
    async fn a_used_codes_tombstone_outlives_the_code(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let mut browser = app.browser();
        let code = portal.code(&mut browser, FRANK, PASSWORD).await;
        let tokens = portal.redeem(&code).await;
        app.advance(Duration::from_secs(5 * 60));
        sweep_all(&app).await;
        assert_eq!(portal.redeem(&code).await.error(), (400, "invalid_grant"));
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401, "the family is revoked");
    }

    /// Tables stay bounded: what is long over goes; people, memberships and the audit log do not.
    async fn what_is_long_over_goes_and_people_stay(app) {
        app.enrol(FRANK).await;
        app.admin().create(GRACE).await;
        app.activation_link(GRACE).await;
        app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let audited = app.audited().await.len();
        app.advance(DAY * 40);
        assert!(sweep_all(&app).await >= 6, "codes, sessions, grants, tickets, mails");
        assert_eq!(sweep_all(&app).await, 0);
        assert_eq!(app.audited().await.len(), audited);
        assert_eq!(app.admin().get("").await.json["members"].as_array().unwrap().len(), 2);
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(page.sent("code").is_some(), "{page:?}");
    }

    /// L3: an expired link is dead with its row and without it, and says less without it.
    async fn a_link_is_dead_before_and_after_its_row_is_swept(app) {
        app.admin().create(FRANK).await;
        let link = app.activation_link(FRANK).await;
        app.advance(HOUR * 73);
        sweep_all(&app).await;
        assert_eq!(app.browser().get(&link).await.heading(), "This link has expired", "its page still helps");
        app.advance(DAY * 31);
        sweep_all(&app).await;
        assert_eq!(app.browser().get(&link).await.heading(), "This link does not work");
    }

    /// In batches: a table with more than one batch is emptied by several sweeps.
    async fn a_flood_is_swept_in_batches(app) {
        app.enrol(FRANK).await;
        let account = app.account(FRANK).await;
        let mut samples = idp_testkit::Samples::new(app.env.now(), 77);
        let mut tx = app.env.store.write().await.unwrap();
        for _ in 0..1100 {
            tx.sessions().insert(&samples.session(&account).0).await.unwrap();
        }
        tx.commit().await.unwrap();
        app.advance(DAY * 2);
        let first = sweep(&app.env).await.unwrap();
        assert!((500..600).contains(&first.rows) && first.more, "{first:?}");
        assert!(sweep_all(&app).await >= 600);
    }
}
