//! The rows of the matrix: every operation of the provisioning API, whom it is for, what it asks for, and a good request.

use axum::http::Method;
use idp_domain::scope::Scope;
use serde_json::{Value, json};

use crate::support::admin::caregiver_body;
use crate::support::picture::png;

/// Whom an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// The agency: its provisioning clients, its administrators and the operator.
    Agency,
    /// The agency's administrators and the operator, and no program by itself.
    Administrators,
    /// The operator, about one agency.
    Operator,
    /// The operator, about no agency or all of them.
    Platform,
    /// Everybody who may read, who then sees their own.
    Everybody,
}

/// What the path must lead to, so that the request is a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Company,
    Invited,
    Active,
    Inactive,
    Client,
    DisabledClient,
    Alias,
    Job,
}

/// One operation.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) whose: For,
    pub(super) scope: Scope,
    pub(super) target: Target,
    /// A good body; the number makes it another one each time.
    pub(super) body: Option<fn(usize) -> Value>,
}

impl Route {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(super) fn verb(&self) -> Method {
        Method::from_bytes(self.method.to_uppercase().as_bytes()).expect("a method")
    }

    /// The one thing that is sent as a file.
    pub(super) fn picture(&self, number: usize) -> Option<Vec<u8>> {
        let shade = u8::try_from(number % 256).expect("a byte");
        (self.method == "put").then(|| png(40, 10, shade))
    }

    /// The path parameter that names the target.
    pub(super) fn parameter(&self) -> Option<&'static str> {
        ["{member}", "{client}", "{alias}", "{job}"].into_iter().find(|it| self.path.contains(it))
    }
}

fn member(number: usize) -> Value {
    caregiver_body(&format!("person{number}@example.com"))
}

fn list(number: usize) -> Value {
    json!({"rows": [member(number)]})
}

fn note(number: usize) -> Value {
    json!({"note": format!("Note {number}")})
}

fn email(number: usize) -> Value {
    json!({"email": format!("another{number}@example.com")})
}

fn agency(number: usize) -> Value {
    json!({"name": format!("Agency {number}")})
}

fn phone(number: usize) -> Value {
    json!({"phone": format!("519 555 {number:04}")})
}

fn alias(number: usize) -> Value {
    json!({"code": format!("ALIAS{number}")})
}

fn client(number: usize) -> Value {
    json!({"client_name": format!("Program {number}"), "grant_types": ["client_credentials"], "scopes": ["members:read"]})
}

fn client_name(number: usize) -> Value {
    json!({"client_name": format!("Renamed {number}")})
}

fn rotation(_: usize) -> Value {
    json!({"overlap_hours": 1})
}

fn bounce(number: usize) -> Value {
    json!({"recipient": format!("nobody{number}@example.com"), "kind": "permanent"})
}

/// Every operation; a test compares them with the OpenAPI document.
#[rustfmt::skip]
pub(super) fn routes() -> Vec<Route> {
    use For::{Administrators, Agency, Everybody, Operator, Platform};
    use Scope::{AuditRead, BouncesWrite, CompaniesRead, CompaniesWrite, MembersRead, MembersWrite};
    use Target::{Active, Alias, Client, Company, DisabledClient, Inactive, Invited, Job};
    const API: &str = "/admin/v1";
    const COMPANY: &str = "/admin/v1/companies/{company}";
    let row = |method, path: [&'static str; 2], whose, scope, target, body| Route {
        method, path: String::leak(path.concat()), whose, scope, target, body,
    };
    vec![
        row("get", [API, "/companies"], Everybody, CompaniesRead, Company, None),
        row("post", [API, "/companies"], Platform, CompaniesWrite, Company, Some(agency)),
        row("get", [COMPANY, ""], Agency, CompaniesRead, Company, None),
        row("patch", [COMPANY, ""], Administrators, CompaniesWrite, Company, Some(phone)),
        row("post", [COMPANY, ":suspend"], Operator, CompaniesWrite, Company, None),
        row("post", [COMPANY, ":resume"], Operator, CompaniesWrite, Company, None),
        row("post", [COMPANY, "/aliases"], Operator, CompaniesWrite, Company, Some(alias)),
        row("delete", [COMPANY, "/aliases/{alias}"], Operator, CompaniesWrite, Alias, None),
        row("put", [COMPANY, "/logo"], Administrators, CompaniesWrite, Company, None),
        row("delete", [COMPANY, "/logo"], Administrators, CompaniesWrite, Company, None),
        row("get", [COMPANY, "/clients"], Agency, CompaniesRead, Company, None),
        row("post", [COMPANY, "/clients"], Operator, CompaniesWrite, Company, Some(client)),
        row("get", [COMPANY, "/clients/{client}"], Agency, CompaniesRead, Client, None),
        row("patch", [COMPANY, "/clients/{client}"], Operator, CompaniesWrite, Client, Some(client_name)),
        row("delete", [COMPANY, "/clients/{client}"], Operator, CompaniesWrite, Client, None),
        row("post", [COMPANY, "/clients/{client}:rotate-secret"], Operator, CompaniesWrite, Client, Some(rotation)),
        row("post", [COMPANY, "/clients/{client}:disable"], Operator, CompaniesWrite, Client, None),
        row("post", [COMPANY, "/clients/{client}:enable"], Operator, CompaniesWrite, DisabledClient, None),
        row("get", [COMPANY, "/members"], Agency, MembersRead, Company, None),
        row("post", [COMPANY, "/members"], Agency, MembersWrite, Company, Some(member)),
        row("get", [COMPANY, "/members/{member}"], Agency, MembersRead, Invited, None),
        row("patch", [COMPANY, "/members/{member}"], Agency, MembersWrite, Invited, Some(note)),
        row("delete", [COMPANY, "/members/{member}"], Agency, MembersWrite, Active, None),
        row("post", [COMPANY, "/members/{member}:resend"], Agency, MembersWrite, Invited, None),
        row("post", [COMPANY, "/members/{member}:revoke-invitation"], Agency, MembersWrite, Invited, None),
        row("post", [COMPANY, "/members/{member}:activate"], Agency, MembersWrite, Inactive, None),
        row("post", [COMPANY, "/members/{member}:deactivate"], Agency, MembersWrite, Active, None),
        row("post", [COMPANY, "/members/{member}:reset-password"], Agency, MembersWrite, Active, None),
        row("post", [COMPANY, "/members/{member}:revoke-sessions"], Agency, MembersWrite, Active, None),
        row("post", [COMPANY, "/members/{member}:unlock"], Agency, MembersWrite, Active, None),
        row("post", [COMPANY, "/members/{member}:propose-email"], Agency, MembersWrite, Active, Some(email)),
        row("post", [COMPANY, "/bulk-invitations"], Agency, MembersWrite, Company, Some(list)),
        row("get", [COMPANY, "/jobs/{job}"], Agency, MembersRead, Job, None),
        row("get", [COMPANY, "/jobs/{job}/rows"], Agency, MembersRead, Job, None),
        row("get", [COMPANY, "/jobs/{job}/result.csv"], Agency, MembersRead, Job, None),
        row("post", [COMPANY, "/jobs/{job}:cancel"], Agency, MembersWrite, Job, None),
        row("get", [COMPANY, "/readiness"], Agency, MembersRead, Company, None),
        row("get", [COMPANY, "/audit"], Agency, AuditRead, Company, None),
        row("get", [API, "/audit"], Platform, AuditRead, Company, None),
        row("post", [API, "/bounces"], Platform, BouncesWrite, Company, Some(bounce)),
    ]
}
