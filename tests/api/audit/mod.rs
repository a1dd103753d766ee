//! The audit log (R94; `provisioning.md` section 6): whatever was changed, removed or moved is found, an agency reads its own
//! and no other, and no secret is ever in it.

mod chain;
mod changes;
mod keys;
mod read;
mod secrets;
mod sweep;
mod verify;

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::company::Company;
use idp_domain::scope::Scopes;
use idp_service::audit_log::{self, Chained, Noted, Report};

use crate::support::app::TestApp;

/// An event of a company, or of none, in which every column is written.
fn event(app: &TestApp, company: Option<&Company>) -> AuditEvent {
    let origin = Origin {
        request_id: Some("req_7".to_owned()),
        address: "192.0.2.7".parse().ok(),
        user_agent: Some("Sample/1.0".to_owned()),
    };
    let account = idp_domain::id::AccountId::new(app.env.now(), app.env.entropy());
    let client = idp_domain::client::ClientId::parse("office.99999").unwrap();
    let event =
        AuditEvent::new(AuditAction::SignedIn, Actor::Person { account }, app.env.now(), app.env.entropy());
    let event = event.from(&origin).account(account).subject("mbr_7").reason("closed").client(&client);
    AuditEvent { company: company.map(|company| company.id), ..event.change("note", None, Some("a")) }
}

async fn record(app: &TestApp, company: Option<&Company>, count: usize) {
    let mut tx = app.env.store.write().await.unwrap();
    for _ in 0..count {
        tx.audit().record(&event(app, company)).await.unwrap();
        app.advance(std::time::Duration::from_millis(1));
    }
    tx.commit().await.unwrap();
}

/// Until nothing waits; returns how many events got their place.
async fn chain(app: &TestApp) -> u64 {
    let mut all = 0;
    loop {
        let Chained { events, foreign } = audit_log::chain(&app.env, "test").await.unwrap();
        assert_eq!(foreign, []);
        if events == 0 {
            return all;
        }
        all += events;
    }
}

async fn verify(app: &TestApp) -> Report {
    audit_log::verify(&app.env, None, &Noted::new()).await.unwrap()
}

/// What is broken, as `chain place how`.
fn broken(report: &Report) -> Vec<String> {
    let broken = report.findings.iter().filter_map(|finding| {
        finding.broken.map(|broken| format!("{} {} {:?}", finding.chain, broken.seq, broken.how))
    });
    let gone = (report.complete == Some(false)).then(|| "incomplete".to_owned());
    broken.chain(gone).collect()
}

/// Lets the office programs of both agencies read their logs.
async fn let_offices_read(app: &TestApp) {
    for code in ["99999", "22222"] {
        app.change_client(&format!("office.{code}"), |client| {
            client.scopes = Scopes::parse("members:read members:write audit:read");
        })
        .await;
    }
}
