//! What an event says of the fields it is about (`provisioning.md` section 6): before and after, never a secret, never what a
//! person is called, and nothing of other agencies (R33).

use axum::http::Method;
use idp_domain::audit::{AuditAction, AuditEvent};
use idp_domain::client::ClientId;
use idp_service::clients;
use serde_json::json;

use crate::api::FRANK;
use crate::api::bulk::work;
use crate::api::companies::Program;
use crate::support::admin::{Admin, caregiver_body};
use crate::support::app::TestApp;
use crate::support::on_each_database;

const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);

/// The events of this kind, the oldest first, each as its fields: `field: before -> after`.
async fn told(app: &TestApp, action: AuditAction) -> Vec<Vec<String>> {
    events(app, action).await.iter().map(fields).collect()
}

async fn events(app: &TestApp, action: AuditAction) -> Vec<AuditEvent> {
    let mut tx = app.env.store.read().await.unwrap();
    let mut events = tx.audit().list(None, 1000).await.unwrap();
    events.retain(|event| event.action == action);
    events.reverse();
    events
}

fn fields(event: &AuditEvent) -> Vec<String> {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let told = |it: &idp_domain::audit::Change| {
        format!("{}: {} -> {}", it.field, value(&it.before), value(&it.after))
    };
    event.changes.iter().map(told).collect()
}

async fn add(admin: &Admin<'_>, address: &str) -> String {
    let mut body = caregiver_body(address);
    body["cell"] = json!("519 555 0199");
    body["other_persons"] = json!([{"member_type": "client", "person_ref": format!("C {address}")}]);
    let added = admin.post(&body, &[]).await;
    assert_eq!(added.status, 201, "{added:?}");
    added.text("member_id").to_owned()
}

on_each_database! {
    /// What the office decided is said, what it wrote about the person is only named; the same of somebody new and of somebody
    /// who works elsewhere (R33). Who comes back is told from what they were.
    async fn an_added_member_is_told_by_every_field(app) {
        app.other_admin().create(FRANK).await;
        let mut first = Vec::new();
        for address in [FRANK, "grace@example.com"] {
            app.advance(HOUR);
            let member = add(&app.admin(), address).await;
            let event = events(&app, AuditAction::MemberProvisioned).await.pop().unwrap();
            assert_eq!(event.subject.as_deref(), Some(member.as_str()));
            first.push(fields(&event).join("\n").replace(address, "address"));
        }
        assert_eq!(first[0], first[1]);
        let expected = [
            "status: - -> invited",
            "authority: - -> none",
            "security_role: - -> none",
            "member_type: - -> caregiver",
            "person_ref: - -> address",
            "other_persons: - -> client C address",
            "given_name: - -> -",
            "family_name: - -> -",
            "cell: - -> -",
            "user_name: - -> -",
        ];
        assert_eq!(first[0], expected.join("\n"));
        let member = app.membership(&app.maple, FRANK).await.id.to_string();
        app.advance(HOUR);
        app.admin().remove(&member).await;
        app.admin().create(FRANK).await;
        let back = told(&app, AuditAction::MemberProvisioned).await.pop().unwrap();
        // The cell is kept, for none was given.
        let expected = ["status: removed -> invited", &format!("other_persons: client C {FRANK} -> -")];
        assert_eq!(back, expected);
        app.send_mails().await;
    }

    /// How many rows came to what; somebody known elsewhere is one of the new ones in the agency's log, whoever sent the list
    /// (R33).
    async fn a_list_is_told_by_its_state_and_its_rows(app) {
        app.other_admin().create(FRANK).await;
        app.admin().create("there@example.com").await;
        let rows: Vec<_> = [FRANK, "new@example.com", "there@example.com", "nobody"].map(caregiver_body).into();
        let operator = Program::of_operator(&app).await;
        let bulk = "/admin/v1/companies/99999/bulk-invitations";
        let counts = ["rows_created: - -> 2", "rows_resent: - -> 0", "rows_skipped: - -> 1", "rows_failed: - -> 1"];
        let expected = |state: &str| [&[format!("state: {state}")], &counts.map(str::to_owned)[..]].concat();
        let mut tokens = Vec::new();
        for _ in 0..2 {
            let report = operator.post(&format!("{bulk}?dry_run=true"), &json!({"rows": rows})).await;
            assert_eq!(report.json["counts"]["membership_added"], 1, "{report:?}");
            tokens.push((report.text("confirm_token").to_owned(), report.text("job_id").to_owned()));
        }
        assert_eq!(told(&app, AuditAction::BulkProposed).await, [expected("- -> proposed"), expected("- -> proposed")]);
        let confirmed = operator.post(bulk, &json!({"confirm_token": tokens[0].0})).await;
        assert_eq!(confirmed.status, 202, "{confirmed:?}");
        assert_eq!(told(&app, AuditAction::BulkConfirmed).await, [expected("proposed -> queued")]);
        work(&app).await;
        assert_eq!(told(&app, AuditAction::BulkDone).await, [expected("running -> done")]);
        let path = format!("/admin/v1/companies/99999/jobs/{}:cancel", tokens[1].1);
        assert_eq!(operator.act(&path).await.status, 200);
        assert_eq!(told(&app, AuditAction::BulkCancelled).await[0][0], "state: proposed -> cancelled");
        app.advance(std::time::Duration::from_secs(60));
        app.send_mails().await;
    }

    /// Every field that says something; how long secrets are good, never a secret.
    async fn a_client_and_a_company_are_told_by_their_fields(app) {
        let operator = Program::of_operator(&app).await;
        let client = json!({"client_id": "hr.99999", "client_name": "HR", "grant_types": ["client_credentials"], "scopes": ["members:read"]});
        let path = "/admin/v1/companies/99999/clients";
        assert_eq!(operator.post(path, &client).await.status, 201);
        assert_eq!(
            told(&app, AuditAction::ClientCreated).await,
            [[
                "client_name: - -> HR",
                "auth_method: - -> client_secret_basic",
                "grant_types: - -> client_credentials",
                "scopes: - -> members:read",
                "may_grant: - -> none",
                "profile: - -> standard",
                "id_token_signed_response_alg: - -> RS256",
                "access_token_signed_response_alg: - -> ES256",
                "introspection_signed_response_alg: - -> RS256",
                "require_device_pkce: - -> false",
                "require_pushed_authorization_requests: - -> false",
                "require_signed_request_object: - -> false",
                "dpop_bound_access_tokens: - -> false",
                "require_auth_time: - -> false",
                "may_switch_company: - -> false",
                "secrets: - -> in use",
                "enabled: - -> true",
            ]]
        );
        let ends = app.env.now() + HOUR;
        let rotated = operator.post(&format!("{path}/hr.99999:rotate-secret"), &json!({"overlap_hours": 1})).await;
        let secret = rotated.text("client_secret").to_owned();
        let until = format!("secrets: in use -> until {}, in use", ends.to_rfc3339());
        assert_eq!(told(&app, AuditAction::ClientSecretRotated).await, [[until]]);
        assert_eq!(operator.act(&format!("{path}/hr.99999:disable")).await.status, 200);
        assert_eq!(told(&app, AuditAction::ClientDisabled).await, [["enabled: true -> false"]]);
        assert_eq!(operator.send(Method::DELETE, &format!("{path}/hr.99999"), None, &[]).await.status, 204);
        let removed = told(&app, AuditAction::ClientRemoved).await.pop().unwrap();
        assert_eq!((removed[0].as_str(), removed.len()), ("client_name: HR -> -", 17));
        operator.post("/admin/v1/companies", &json!({"name": "Cedar", "code": "CEDAR1", "phone": "519 555 0142"})).await;
        let created = told(&app, AuditAction::CompanyCreated).await.pop().unwrap();
        for field in ["code: - -> CEDAR1", "name: - -> Cedar", "phone: - -> 519 555 0142", "state: - -> active"] {
            assert!(created.contains(&field.to_owned()), "{created:?}");
        }
        let mut tx = app.env.store.read().await.unwrap();
        assert!(!format!("{:?}", tx.audit().list(None, 1000).await.unwrap()).contains(&secret));
    }

    /// What is done to an agency's client at the command line is in the agency's log.
    async fn a_command_on_an_agencys_client_is_in_its_log(app) {
        let id = ClientId::parse("portal.99999").unwrap();
        let ends = app.env.now() + HOUR;
        clients::rotate_secret(&app.env, &id, HOUR).await.unwrap();
        clients::set_enabled(&app.env, &id, false).await.unwrap();
        clients::set_enabled(&app.env, &id, true).await.unwrap();
        for (action, change) in [
            (AuditAction::ClientSecretRotated, format!("secrets: in use -> until {}, in use", ends.to_rfc3339())),
            (AuditAction::ClientDisabled, "enabled: true -> false".to_owned()),
            (AuditAction::ClientEnabled, "enabled: false -> true".to_owned()),
        ] {
            let event = events(&app, action).await.pop().unwrap();
            assert_eq!((event.company, event.subject.as_deref()), (Some(app.maple.id), Some("portal.99999")));
            assert_eq!(fields(&event), [change]);
        }
    }
}
