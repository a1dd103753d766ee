//! The rows of the matrix: every operation of the provisioning API, whom it is for, what it asks for, and a good request.

use idp_domain::scope::Scope;
use serde_json::{Value, json};

use crate::support::admin::caregiver_body;

/// Whom an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// The agency: its provisioning clients, its administrators and the operator.
    Agency,
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
    SuspendedCompany,
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
    pub(super) body: fn(usize) -> Option<Value>,
}

impl Route {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

const fn nothing(_: usize) -> Option<Value> {
    None
}

fn member(number: usize) -> Option<Value> {
    Some(caregiver_body(&format!("person{number}@example.com")))
}

/// Every operation; a test compares them with the OpenAPI document.
pub(super) fn routes() -> Vec<Route> {
    use For::{Agency, Everybody, Operator, Platform};
    use Scope::{AuditRead, BouncesWrite, CompaniesRead, CompaniesWrite, MembersRead, MembersWrite};
    use Target::{Active, Alias, Client, Company, DisabledClient, Inactive, Invited, Job, SuspendedCompany};
    const COMPANY: &str = "/admin/v1/companies/{company}";
    let _ = (COMPANY, Everybody, Platform, Operator, AuditRead, BouncesWrite, CompaniesRead, CompaniesWrite);
    let _ = (Active, Alias, Client, DisabledClient, Inactive, Job, SuspendedCompany, json!(1));
    let row = |method, path, whose, scope, target, body| Route { method, path, whose, scope, target, body };
    let none: fn(usize) -> Option<Value> = nothing;
    vec![
        row("get", "/admin/v1/companies/{company}/members", Agency, MembersRead, Company, none),
        row("post", "/admin/v1/companies/{company}/members", Agency, MembersWrite, Company, member),
        row("get", "/admin/v1/companies/{company}/members/{member}", Agency, MembersRead, Invited, none),
    ]
}
