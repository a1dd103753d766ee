//! Reading a log: an agency its own and no other, the operator the platform's too; a page, or all of it as a file; and that
//! somebody looked is in it.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use idp_domain::client::Client;
use idp_domain::scope::Scopes;
use serde_json::{Value, json};

use super::{event, let_offices_read, record};
use crate::api::{FRANK, problem};
use crate::support::admin::Admin;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, answer};

const MAPLE: &str = "/admin/v1/companies/99999/audit";
const BIRCH: &str = "/admin/v1/companies/22222/audit";
const PLATFORM: &str = "/admin/v1/audit";

async fn read(app: &TestApp, admin: &Admin<'_>, address: &str, accept: &str) -> Answer {
    let request = Request::builder().uri(address).header(header::ACCEPT, accept);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", admin.token().await));
    answer(app.send(request.body(Body::empty()).unwrap()).await).await
}

async fn page(app: &TestApp, admin: &Admin<'_>, address: &str) -> Value {
    let page = read(app, admin, address, "application/json").await;
    assert_eq!(
        (page.status, &page.headers["cache-control"]),
        (200, &"no-store".parse().unwrap()),
        "{page:?}"
    );
    page.json
}

fn texts(page: &Value, field: &str) -> Vec<String> {
    let events = page["events"].as_array().unwrap();
    events.iter().map(|event| event[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// A client of whoever runs the server.
async fn operators_program(app: &TestApp) -> Admin<'_> {
    app.change_client("office.99999", |client| {
        *client = Client {
            company: None,
            scopes: Scopes::parse("members:read members:write audit:read operator"),
            ..client.clone()
        };
    })
    .await;
    app.admin()
}

on_each_database! {
    /// Every field is said; the newest is the first.
    async fn an_event_says_who_did_what_to_whom_through_what_and_what_came_of_it(app) {
        let_offices_read(&app).await;
        let event = event(&app, Some(&app.maple));
        let mut tx = app.env.store.write().await.unwrap();
        tx.audit().record(&event).await.unwrap();
        tx.commit().await.unwrap();
        app.advance(Duration::from_millis(1));
        let admin = app.admin();
        let listed = page(&app, &admin, MAPLE).await;
        let account = event.account.unwrap().to_string();
        assert_eq!(listed["next_cursor"], Value::Null);
        assert_eq!(
            listed["events"],
            json!([{
                "id": event.id.to_string(),
                "at": event.at.to_rfc3339(),
                "action": "session.signed_in",
                "outcome": "refused",
                "reason": "closed",
                "actor": {
                    "type": "person",
                    "id": account,
                    "client": "office.99999",
                    "address": "192.0.2.7",
                    "user_agent": "Sample/1.0",
                },
                "company": app.maple.id.to_string(),
                "account": account,
                "subject": "mbr_7",
                "request_id": "req_7",
                "changes": [{"field": "note", "before": null, "after": "a"}],
            }])
        );
        let line = read(&app, &admin, MAPLE, "application/x-ndjson").await;
        let first: Value = serde_json::from_str(line.body.lines().next().unwrap()).unwrap();
        assert_eq!(first, listed["events"][0], "the file says the same");
    }

    /// Attack 84, R33: neither another agency's events nor those of no agency, by no parameter; a foreign company is absent.
    async fn an_agency_reads_its_own_log_only(app) {
        let_offices_read(&app).await;
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        app.relying_party().log_in(&mut app.browser(), FRANK, "wrong wrong wrong wrong").await;
        record(&app, None, 2).await;
        app.advance(Duration::from_millis(1));
        let account = app.account(FRANK).await.id;
        for query in [String::new(), format!("?subject={account}"), format!("?actor={account}")] {
            let listed = page(&app, &app.admin(), &format!("{MAPLE}{query}")).await;
            let companies: BTreeSet<_> = texts(&listed, "company").into_iter().collect();
            assert_eq!(companies, BTreeSet::from([app.maple.id.to_string()]), "{listed}");
            assert!(!listed.to_string().contains(&app.birch.id.to_string()));
        }
        let birch = format!("/admin/v1/companies/{}/audit", app.birch.id);
        for accept in ["application/json", "text/csv", "application/x-ndjson"] {
            let foreign = read(&app, &app.admin(), &birch, accept).await;
            assert_eq!(problem(&foreign), (404, "not-found"));
            let platform = read(&app, &app.admin(), PLATFORM, accept).await;
            assert_eq!(platform.status, 403, "{platform:?}");
        }
        let theirs = page(&app, &app.other_admin(), &birch).await;
        assert!(texts(&theirs, "action").contains(&"member.provisioned".to_owned()), "{theirs}");
    }

    /// Without the scope there is nothing to read.
    async fn the_scope_is_needed(app) {
        for address in [MAPLE, PLATFORM] {
            let refused = read(&app, &app.admin(), address, "application/json").await;
            assert_eq!(problem(&refused), (403, "scope-missing"));
        }
    }

    /// What belongs to no company is the operator's; every company's log is open to them, too.
    async fn the_operator_reads_the_platforms_own_log(app) {
        record(&app, None, 2).await;
        record(&app, Some(&app.birch), 1).await;
        app.advance(Duration::from_millis(1));
        let admin = operators_program(&app).await;
        let platform = page(&app, &admin, PLATFORM).await;
        assert!(texts(&platform, "company").iter().all(String::is_empty), "{platform}");
        assert_eq!(texts(&platform, "action").len(), 2, "{platform}");
        let birch = page(&app, &admin, "/admin/v1/companies/22222/audit").await;
        assert_eq!(texts(&birch, "company"), [app.birch.id.to_string()]);
        app.advance(Duration::from_millis(1));
        let viewed = page(&app, &admin, PLATFORM).await;
        assert_eq!(texts(&viewed, "action")[0], "audit.viewed");
    }

    /// Looking and exporting are events of the log that was looked at.
    async fn that_somebody_looked_is_recorded(app) {
        let_offices_read(&app).await;
        let admin = app.admin();
        for (accept, action) in
            [("*/*", "audit.viewed"), ("text/csv", "audit.exported"), ("application/x-ndjson", "audit.exported")]
        {
            assert_eq!(read(&app, &admin, MAPLE, accept).await.status, 200);
            app.advance(Duration::from_millis(1));
            let newest = page(&app, &admin, MAPLE).await["events"][0].clone();
            assert_eq!((&newest["action"], &newest["company"]), (&json!(action), &json!(app.maple.id.to_string())));
            assert_eq!((&newest["actor"]["type"], &newest["actor"]["id"]), (&json!("client"), &json!("office.99999")));
            app.advance(Duration::from_millis(1));
        }
    }

    /// Every event once, whatever the size of a page, although each look adds one.
    async fn pages_hold_every_event_once_newest_first(app) {
        let_offices_read(&app).await;
        record(&app, Some(&app.maple), 7).await;
        app.advance(Duration::from_millis(1));
        let admin = app.admin();
        for limit in [1, 3, 7, 200] {
            let (mut seen, mut cursor) = (vec![], String::new());
            loop {
                let page = page(&app, &admin, &format!("{MAPLE}?limit={limit}&type=session.signed_in{cursor}")).await;
                app.advance(Duration::from_millis(1));
                seen.extend(texts(&page, "id"));
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!((seen.len(), seen.is_sorted_by(|a, b| a > b)), (7, true), "{limit}: {seen:?}");
        }
    }

    /// R94: whoever comes is in the agency's log once for each log-in; what they do at another agency is not (R33).
    async fn a_log_in_is_told_once_at_each_agency_that_it_opened(app) {
        let_offices_read(&app).await;
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        let at_birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        at_birch.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        let log = async |admin: Admin<'_>, path: &str| {
            texts(&page(&app, &admin, &format!("{path}?type=member.signed_in")).await, "subject")
        };
        let before = log(app.admin(), MAPLE).await;
        let birch = log(app.other_admin(), BIRCH).await;
        for log_ins in 1..=2 {
            app.advance(Duration::from_secs(60));
            let mut browser = app.browser();
            let maple = app.relying_party();
            assert!(maple.log_in(&mut browser, FRANK, PASSWORD).await.sent("code").is_some());
            app.advance(Duration::from_secs(60));
            assert!(maple.authorize(&mut browser).await.sent("code").is_some(), "R4: nothing is asked for");
            let after = log(app.admin(), MAPLE).await;
            assert_eq!(after.len(), before.len() + log_ins, "{after:?}");
            assert_eq!(after[0], app.membership(&app.maple, FRANK).await.id.to_string());
        }
        assert_eq!(log(app.other_admin(), BIRCH).await, birch);
    }

    /// By time, actor, subject and action.
    async fn a_log_is_searched(app) {
        let_offices_read(&app).await;
        app.enrol(FRANK).await;
        let (admin, member) = (app.admin(), app.membership(&app.maple, FRANK).await);
        let actions = async |query: &str| texts(&page(&app, &admin, &format!("{MAPLE}?{query}")).await, "action");
        assert_eq!(actions("type=membership.accepted").await, ["membership.accepted"]);
        // R33: its absence would tell who had an account before.
        assert_eq!(actions("type=account.activated").await, [""; 0]);
        assert_eq!(actions(&format!("subject={}&type=member.provisioned", member.id)).await, ["member.provisioned"]);
        assert!(actions("actor=office.99999").await.contains(&"member.provisioned".to_owned()));
        assert!(!actions(&format!("actor={}", member.account)).await.contains(&"member.provisioned".to_owned()));
        assert!(actions("from=2026-11-21&to=2026-11-22").await.contains(&"member.provisioned".to_owned()));
        assert_eq!(actions("from=2026-11-22").await, [""; 0]);
        assert_eq!(actions("to=2026-11-21T12:00:00%2B00:00").await, [""; 0]);
    }

    /// What cannot be understood is refused, never ignored: a filter that is left out would show more than was asked for.
    async fn a_bad_parameter_is_refused(app) {
        let_offices_read(&app).await;
        for query in [
            "limit=0", "limit=201", "limit=x", "cursor=x", "cursor=acc_00000000000000000000000000000000",
            "from=yesterday", "from=", "to=2026-13-01", "type=", "type=session", "type=session.signed_in%00",
            "actor=", "actor=%00", "subject=", "subject=%00", "subject=a%20b", "subject=%ff", "nonsense=1",
            "from=2026-11-21&from=2026-11-22",
        ] {
            let refused = read(&app, &app.admin(), &format!("{MAPLE}?{query}"), "*/*").await;
            assert_eq!(problem(&refused), (400, "invalid-parameter"), "{query}");
        }
        let long = format!("{MAPLE}?subject={}", "x".repeat(201));
        assert_eq!(problem(&read(&app, &app.admin(), &long, "text/csv").await), (400, "invalid-parameter"));
        assert_eq!(app.count("SELECT count(*) FROM audit_events WHERE action LIKE 'audit.%'").await, 0);
    }

    /// All of it, more than one page, the oldest first; in a spreadsheet nothing of it runs.
    async fn an_export_holds_everything_and_is_safe_in_a_spreadsheet(app) {
        let_offices_read(&app).await;
        record(&app, Some(&app.maple), 1203).await;
        let mut hostile = event(&app, Some(&app.maple));
        hostile.origin.user_agent = Some("=HYPERLINK(\"https://evil.example\"),\"x\"".to_owned());
        let mut tx = app.env.store.write().await.unwrap();
        tx.audit().record(&hostile).await.unwrap();
        tx.commit().await.unwrap();
        app.advance(Duration::from_millis(1));
        let admin = app.admin();
        let lines = read(&app, &admin, &format!("{MAPLE}?limit=3"), "application/x-ndjson").await;
        assert_eq!(lines.headers["content-type"], "application/x-ndjson; charset=utf-8");
        let ids: Vec<String> = lines
            .body
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!((ids.len(), ids.is_sorted()), (1204, true));
        let table = read(&app, &admin, &format!("{MAPLE}?subject=mbr_7"), "text/csv").await;
        assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(table.headers["content-disposition"], "attachment; filename=\"audit.csv\"");
        assert_eq!(table.headers["cache-control"], "no-store");
        let rows: Vec<&str> = table.body.split("\r\n").collect();
        assert_eq!((rows.len(), rows[1205]), (1206, ""));
        assert!(rows[0].starts_with("id,at,action,outcome,reason,actor_type,"), "{}", rows[0]);
        let cell = "\"'=HYPERLINK(\"\"https://evil.example\"\"),\"\"x\"\"\"";
        assert!(rows[1204].contains(&format!(",192.0.2.7,{cell},cmp_")), "{}", rows[1204]);
        let nothing = read(&app, &admin, &format!("{MAPLE}?from=2030-01-01"), "text/csv").await;
        assert_eq!(nothing.body.lines().count(), 1);
    }

    /// What a person is shown of what an administrator did: not where the administrator was.
    async fn the_person_does_not_see_where_an_administrator_was(app) {
        app.enrol(FRANK).await;
        let mut event = event(&app, Some(&app.maple));
        event.account = Some(app.account(FRANK).await.id);
        let mut tx = app.env.store.write().await.unwrap();
        tx.audit().record(&event).await.unwrap();
        tx.commit().await.unwrap();
        let mut browser = app.browser();
        let page = browser.get("/account/activity").await;
        let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.shows("Maple Home Care") && !page.html.contains("192.0.2.7"), "{page:?}");
    }
}
