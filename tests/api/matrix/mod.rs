//! The authority matrix (`company.md` section 4; attacks 82, 84 to 86): every operation of the provisioning API, everybody
//! who may knock, every kind of agency, and what comes of it.

mod bound;
mod callers;
mod routes;

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use idp_domain::account::AccountState;
use idp_domain::client::{Client, ClientId};
use idp_domain::company::{Company, CompanyState};
use idp_domain::member::{Authority, MembershipState, SecurityRole};
use idp_domain::text::Line;
use serde_json::{Value, json};

use super::problem;
use crate::support::admin::caregiver_body;
use crate::support::administrator::call;
use crate::support::app::{TestApp, portal};
use crate::support::on_each_database;
use crate::support::picture::put_picture;
use crate::support::relying_party::{Answer, RelyingParty};
use callers::{ADMINISTRATOR, Who, assemble, operator_token};
use routes::{For, Route, Target, routes};

/// What comes of a call, a letter for each agency named in the path: Maple, Birch, one that does not exist, and Maple again
/// when it is suspended.
///
/// `Y` it is done · `-` 401, a token that is none · `f` 401, a log-in too old · `s` 403, the scope is missing · `o` 403, for
/// the operator only · `x` 403, not for programs · `0` 404, as if it did not exist.
type Letters = &'static str;

/// The matrix.
#[rustfmt::skip]
const MATRIX: [(Who, [Letters; 5]); 26] = [
    //                            for the agency   its administrators   for the operator
    //                            reads   writes   writes  reads   writes
    (Who::Nobody,                ["----", "----", "----", "----", "----"]),
    (Who::Garbage,               ["----", "----", "----", "----", "----"]),
    (Who::UserInfoToken,         ["----", "----", "----", "----", "----"]),
    (Who::IdToken,               ["----", "----", "----", "----", "----"]),
    (Who::ClientWithoutScopes,   ["sss-", "sss-", "sss-", "sss-", "sss-"]),
    (Who::ReadingClient,         ["Y00-", "sss-", "sss-", "o00-", "sss-"]),
    (Who::WritingClient,         ["Y00-", "Y00-", "x00-", "o00-", "o00-"]),
    (Who::GrantingClient,        ["Y00-", "Y00-", "x00-", "o00-", "o00-"]),
    (Who::OperatorClientOfMaple, ["Y00-", "Y00-", "x00-", "o00-", "o00-"]),
    (Who::ClientOfBirch,         ["0Y00", "0Y00", "0x00", "0o00", "0o00"]),
    (Who::UnboundClient,         ["0000", "0000", "0000", "0000", "0000"]),
    (Who::OperatorClient,        ["YY0Y", "YY0Y", "YY0Y", "YY0Y", "YY0Y"]),
    (Who::Caregiver,             ["000-", "000-", "000-", "000-", "000-"]),
    (Who::OfficeStaff,           ["000-", "000-", "000-", "000-", "000-"]),
    (Who::Administrator,         ["Y00-", "Y00-", "Y00-", "o00-", "o00-"]),
    (Who::StaleAdministrator,    ["Y00-", "fff-", "fff-", "o00-", "fff-"]),
    (Who::AdministratorOfBirch,  ["0Y00", "0Y00", "0Y00", "0o00", "0o00"]),
    (Who::AdministratorOfBoth,   ["Y00-", "Y00-", "Y00-", "o00-", "o00-"]),
    (Who::AdministratorOfNobody, ["0000", "0000", "0000", "0000", "0000"]),
    (Who::DemotedAdministrator,  ["000-", "000-", "000-", "000-", "000-"]),
    (Who::InactiveAdministrator, ["----", "----", "----", "----", "----"]),
    (Who::DisabledAdministrator, ["----", "----", "----", "----", "----"]),
    (Who::Operator,              ["YY0Y", "YY0Y", "YY0Y", "YY0Y", "YY0Y"]),
    (Who::StaleOperator,         ["YY0Y", "ffff", "ffff", "YY0Y", "ffff"]),
    (Who::SilentOperator,        ["0000", "0000", "0000", "0000", "0000"]),
    (Who::OperatorAtMaple,       ["000-", "000-", "000-", "000-", "000-"]),
];

/// The letters for one operation. Where no agency is named, there is one letter: what is done for the operator is refused to
/// everybody else, and who may read what is their own may always look.
fn expected(row: &[Letters; 5], route: &Route) -> Vec<char> {
    let [reads, writes, contact, operator_reads, operator_writes] = row;
    let letters = match (route.whose, route.scope.is_for_writing()) {
        (For::Agency, false) | (For::Everybody, _) => reads,
        (For::Agency, true) => writes,
        (For::Administrators, _) => contact,
        (For::Operator | For::Platform, false) => operator_reads,
        (For::Operator | For::Platform, true) => operator_writes,
    };
    match (route.whose, &letters[..1]) {
        (For::Agency | For::Administrators | For::Operator, _) => letters.chars().collect(),
        (For::Platform, "0") => vec!['o'],
        (For::Everybody, "0") => vec!['Y'],
        (For::Platform | For::Everybody, first) => first.chars().collect(),
    }
}

/// The agencies of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Maple,
    Birch,
    Unknown,
    MapleSuspended,
}

const PLACES: [Place; 4] = [Place::Maple, Place::Birch, Place::Unknown, Place::MapleSuspended];

/// What stands there while everybody knocks.
struct Scene<'a> {
    app: &'a TestApp,
    operator: String,
    /// How many things were made: each is another one.
    made: usize,
    /// The job that is under way, by agency: there is one at a time.
    jobs: BTreeMap<String, String>,
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp) -> Self {
        Self { app, operator: operator_token(app, None).await, made: 0, jobs: BTreeMap::new() }
    }

    fn company(&self, place: Place) -> &Company {
        if place == Place::Birch { &self.app.birch } else { &self.app.maple }
    }

    async fn suspend(&self, place: Place) {
        let at = self.app.env.now();
        let state = match place {
            Place::MapleSuspended => CompanyState::Suspended { at },
            Place::Maple | Place::Birch | Place::Unknown => CompanyState::Active,
        };
        self.app.change_company(&self.app.maple, |it| it.state = state).await;
        self.app.change_company(&self.app.birch, |it| it.state = CompanyState::Active).await;
    }

    /// Something new that a good request of this operation is about: the path that leads to it.
    async fn path(&mut self, route: &Route, place: Place) -> String {
        self.made += 1;
        self.suspend(Place::Maple).await;
        let company = self.company(place).clone();
        let id = match route.target {
            Target::Company => String::new(),
            Target::Invited | Target::Active | Target::Inactive => self.member(route.target, &company).await,
            Target::Client | Target::DisabledClient => self.client(route.target, &company).await,
            Target::Alias => self.alias(&company).await,
            Target::Job => self.job(&company).await,
        };
        let named = if place == Place::Unknown { "77777".to_owned() } else { company.id.to_string() };
        let path = route.path.replace("{company}", &named);
        let path = route.parameter().map_or(path.clone(), |it| path.replace(it, &id));
        self.suspend(place).await;
        // A list is judged; that confirming one takes the same authority is told with the lists.
        if path.ends_with("/bulk-invitations") { format!("{path}?dry_run=true") } else { path }
    }

    async fn operate(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let answer = call(self.app, (method, path), Some(&self.operator), body).await;
        assert!(answer.status < 300, "{path}: {answer:?}");
        answer
    }

    async fn member(&self, target: Target, company: &Company) -> String {
        let user_name = format!("target{}@example.com", self.made);
        let path = format!("/admin/v1/companies/{}/members", company.id);
        let created = self.operate(Method::POST, &path, Some(&caregiver_body(&user_name))).await;
        let at = self.app.env.now();
        if target != Target::Invited {
            let known = self.app.account(ADMINISTRATOR).await.state;
            assert!(matches!(known, AccountState::Active { .. }));
            self.app.change_account(&user_name, |it| it.state = known).await;
            self.app
                .change_membership(company, &user_name, |it| {
                    it.joined_at = Some(at);
                    it.state = match target {
                        Target::Inactive => MembershipState::Inactive { since: at },
                        _ => MembershipState::Active { since: at },
                    };
                })
                .await;
        }
        created.text("member_id").to_owned()
    }

    async fn client(&self, target: Target, company: &Company) -> String {
        let id = format!("target{}", self.made);
        let client = Client {
            id: ClientId::parse(&id).expect("a client_id"),
            enabled: target == Target::Client,
            ..portal(company, "target")
        };
        self.app.put_client(&client).await;
        id
    }

    async fn alias(&self, company: &Company) -> String {
        let code = format!("AL{}", self.made);
        let path = format!("/admin/v1/companies/{}/aliases", company.id);
        self.operate(Method::POST, &path, Some(&json!({"code": code}))).await;
        code
    }

    /// A job that has not begun; an agency has one at a time.
    async fn job(&mut self, company: &Company) -> String {
        let path = format!("/admin/v1/companies/{}", company.id);
        if let Some(last) = self.jobs.remove(&path) {
            call(self.app, (Method::POST, &format!("{path}/jobs/{last}:cancel")), Some(&self.operator), None)
                .await;
        }
        let rows = json!({"rows": [caregiver_body(&format!("row{}@example.com", self.made))]});
        let list = format!("{path}/bulk-invitations");
        let report = self.operate(Method::POST, &format!("{list}?dry_run=true"), Some(&rows)).await;
        let confirmed = json!({"confirm_token": report.text("confirm_token")});
        let job = self.operate(Method::POST, &list, Some(&confirmed)).await.text("job_id").to_owned();
        self.jobs.insert(path, job.clone());
        job
    }

    async fn trace(&self) -> Vec<(&'static str, i64)> {
        trace(self.app).await
    }
}

/// Everything a refused call could have changed: rows of every table, and every version that counts changes.
pub(super) async fn trace(app: &TestApp) -> Vec<(&'static str, i64)> {
    let mut trace = vec![];
    for table in TABLES {
        trace.push((table, app.count(&format!("SELECT COUNT(*) FROM {table}")).await));
    }
    for table in ["accounts", "memberships", "companies"] {
        let sum = format!("SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM {table}");
        trace.push((table, app.count(&sum).await));
    }
    let enabled = "SELECT COUNT(*) FROM clients WHERE enabled";
    trace.push(("enabled clients", app.count(enabled).await));
    trace
}

/// Whatever the provisioning API may write to.
const TABLES: [&str; 26] = [
    "accounts",
    "answers",
    "memberships",
    "invitations",
    "activation_tickets",
    "account_tickets",
    "email_changes",
    "outbox",
    "companies",
    "company_codes",
    "company_logos",
    "company_slugs",
    "clients",
    "client_logos",
    "client_origins",
    "consents",
    "grants",
    "sessions",
    "refresh_tokens",
    "logout_deliveries",
    "audit_events",
    "idempotency_answers",
    "bulk_batches",
    "bulk_rows",
    "bootstrap_tickets",
    "signing_keys",
];

/// The letter for an answer.
fn letter(answer: &Answer) -> char {
    match answer.status {
        200..300 => 'Y',
        401 | 403 | 404 => match problem(answer) {
            (401, "token-missing" | "token-invalid") => '-',
            (401, "log-in-too-old") => 'f',
            (403, "scope-missing") => 's',
            (403, "operator-only") => 'o',
            (403, "authority-not-allowed") => 'x',
            (404, "not-found") => '0',
            other => panic!("{other:?}: {answer:?}"),
        },
        _ => '?',
    }
}

async fn knock(app: &TestApp, route: &Route, path: &str, token: Option<&str>, number: usize) -> Answer {
    match route.picture(number) {
        Some(picture) => put_picture(app, path, token, ("image/png", picture)).await,
        None => call(app, (route.verb(), path), token, route.body.map(|body| body(number)).as_ref()).await,
    }
}

/// With room for every call of a matrix in one minute.
async fn unhurried(app: TestApp) -> TestApp {
    app.restarted_under(|policy| policy.provisioning_calls_per_minute = u64::MAX).await
}

/// A token of the operator's own program.
pub(super) async fn operators_token(app: &TestApp) -> String {
    operator_token(app, None).await
}

/// The operations of the OpenAPI document.
async fn documented(app: &TestApp) -> BTreeSet<String> {
    let document = RelyingParty::new(app, "", "").get("/admin/v1/openapi.json").await.json;
    let mut all = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys().filter(|it| *it != "parameters") {
            all.insert(format!("{method} {path}"));
        }
    }
    all
}

on_each_database! {
    /// A new operation without a row fails here.
    async fn every_documented_operation_has_a_row(app) {
        let rows: BTreeSet<String> = routes().iter().map(Route::name).collect();
        let documented = documented(&app).await;
        assert_eq!(rows.difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new(), "no such operation");
        assert_eq!(documented.difference(&rows).collect::<Vec<_>>(), Vec::<&String>::new(), "no row");
    }

    /// The whole table. What is refused leaves nothing behind.
    async fn who_may_do_what_to_which_agency(app) {
        let app = unhurried(app).await;
        let tokens: BTreeMap<Who, String> = assemble(&app).await;
        let mut scene = Scene::set(&app).await;
        let mut wrong = vec![];
        for route in routes() {
            let columns = if route.path.contains("{company}") { 4 } else { 1 };
            for (column, place) in PLACES.into_iter().enumerate().take(columns) {
                // Everybody who is refused knocks at the same door.
                let path = scene.path(&route, place).await;
                let before = scene.trace().await;
                for (who, row) in &MATRIX {
                    let expected = expected(row, &route)[column];
                    if expected == 'Y' {
                        continue;
                    }
                    let token = tokens.get(who).map(String::as_str);
                    let answer = knock(&app, &route, &path, token, 0).await;
                    if letter(&answer) != expected {
                        wrong.push(format!("{} {who:?} {place:?}: {expected}, not {} {}", route.name(), answer.status, answer.body));
                    }
                }
                if scene.trace().await != before {
                    wrong.push(format!("{} {place:?}: a refused call left something behind", route.name()));
                }
                for (who, row) in &MATRIX {
                    if expected(row, &route)[column] != 'Y' {
                        continue;
                    }
                    let path = scene.path(&route, place).await;
                    let answer = knock(&app, &route, &path, tokens.get(who).map(String::as_str), scene.made).await;
                    // A suspended agency's state may stand against it, the caller does not.
                    let fits = letter(&answer) == 'Y' || (place == Place::MapleSuspended && answer.status == 409);
                    if !fits {
                        wrong.push(format!("{} {who:?} {place:?}: Y, not {} {}", route.name(), answer.status, answer.body));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// Each operation asks for one scope, says which, and for no other.
    async fn each_operation_asks_for_its_own_scope(app) {
        let app = unhurried(app).await;
        app.employ(ADMINISTRATOR, &[(&app.maple, Authority::Administrator)]).await;
        let mut scene = Scene::set(&app).await;
        for route in routes() {
            let name = route.name();
            let needed = route.scope.as_str();
            let path = scene.path(&route, Place::Maple).await;
            let all = ["members:read", "members:write", "companies:read", "companies:write", "audit:read", "bounces:write"];
            let others: Vec<&str> = all.into_iter().chain(["operator"]).filter(|it| *it != needed).collect();
            let without = operator_token(&app, Some(&others.join(" "))).await;
            let refused = knock(&app, &route, &path, Some(&without), 0).await;
            assert_eq!(problem(&refused), (403, "scope-missing"), "{name}: {refused:?}");
            let challenge = refused.headers["www-authenticate"].to_str().expect("ASCII");
            assert!(challenge.contains(&format!("scope=\"{needed}\"")), "{name}: {challenge}");
            let only = operator_token(&app, Some(&format!("{needed} operator"))).await;
            let done = knock(&app, &route, &path, Some(&only), scene.made).await;
            assert!(done.status < 300, "{name}: {done:?}");
        }
    }

    /// Attacks 82, 84 (CVE-2025-61524, CVE-2025-27507): what belongs to another agency, or is something else, is not found
    /// under one's own.
    async fn an_id_of_another_agency_or_of_another_kind_is_not_found(app) {
        let app = unhurried(app).await;
        let tokens = assemble(&app).await;
        let mut scene = Scene::set(&app).await;
        let (maple, birch) = (app.maple.id.to_string(), app.birch.id.to_string());
        let mut ids = vec![maple.clone(), birch.clone(), app.account(ADMINISTRATOR).await.id.to_string()];
        ids.push(app.membership(&app.maple, ADMINISTRATOR).await.id.to_string().replace("mbr_", "acc_"));
        for foreign in ["mbr_00000000000000000000000000000000", "..", "%2e%2e", "%00", "'", "0", "*"] {
            ids.push(foreign.to_owned());
        }
        for route in routes() {
            let Some(parameter) = route.parameter() else { continue };
            let theirs = scene.path(&route, Place::Birch).await.replace(&birch, &maple);
            let mut paths = vec![theirs];
            let own = route.path.replace("{company}", &maple);
            paths.extend(ids.iter().map(|id| own.replace(parameter, id)));
            let before = scene.trace().await;
            for who in [Who::GrantingClient, Who::Administrator, Who::Operator] {
                for path in &paths {
                    let refused = knock(&app, &route, path, tokens.get(&who).map(String::as_str), 0).await;
                    let expected = if route.whose == For::Operator && who != Who::Operator { 403 } else { 404 };
                    assert!(
                        refused.status == expected || refused.status == 404 || refused.status == 405,
                        "{} {path} {who:?}: {refused:?}", route.name()
                    );
                }
            }
            assert_eq!(scene.trace().await, before, "{}", route.name());
        }
    }

    /// Attack 82: another agency named in the body instead of the path is refused, or changes nothing there.
    async fn the_agency_is_that_of_the_path_whatever_the_body_says(app) {
        let app = unhurried(app).await;
        let tokens = assemble(&app).await;
        let mut scene = Scene::set(&app).await;
        for route in routes() {
            let Some(body) = route.body.map(|body| body(1)) else { continue };
            let path = scene.path(&route, Place::Maple).await;
            let before = scene.trace().await;
            for name in ["company", "company_id", "company_code", "tenant", "is_operator", "account", "version", "__proto__"] {
                let mut body = body.clone();
                body[name] = json!(app.birch.id);
                for who in [Who::GrantingClient, Who::Administrator, Who::Operator] {
                    let token = tokens.get(&who).map(String::as_str);
                    let refused = call(&app, (route.verb(), &path), token, Some(&body)).await;
                    let fits = [400, 403, 404, 422].contains(&refused.status);
                    assert!(fits, "{} {name} {who:?}: {refused:?}", route.name());
                }
            }
            assert_eq!(scene.trace().await, before, "{}", route.name());
        }
    }

    /// Attacks 85, 86 (CVE-2024-37905, CVE-2026-94000): nobody gives more than they have, nor touches who has more.
    async fn nobody_grants_above_their_own_nor_touches_who_has_more(app) {
        let app = unhurried(app).await;
        let tokens = assemble(&app).await;
        let scene = Scene::set(&app).await;
        let members = "/admin/v1/companies/99999/members";
        // An administrator who is a scheduler, and no more.
        app.change_membership(&app.maple, ADMINISTRATOR, |it| {
            it.particulars.security_role = SecurityRole::Named(Line::parse("Scheduler").expect("a name"));
        })
        .await;
        let mut owner = caregiver_body("owner@example.com");
        owner["member_type"] = json!("office_staff");
        owner["security_role"] = json!("unrestricted");
        owner["authority"] = json!("administrator");
        let owner = scene.operate(Method::POST, members, Some(&owner)).await.text("member_id").to_owned();
        let plain = scene.operate(Method::POST, members, Some(&caregiver_body("plain@example.com"))).await;
        let plain = plain.text("member_id").to_owned();
        let raised = [
            (Who::WritingClient, json!({"authority": "administrator"})),
            (Who::WritingClient, json!({"security_role": "unrestricted"})),
            (Who::Administrator, json!({"security_role": "unrestricted"})),
        ];
        let before = scene.trace().await;
        for (who, more) in &raised {
            let token = tokens.get(who).map(String::as_str);
            let mut body = caregiver_body("higher@example.com");
            body["member_type"] = json!("office_staff");
            let mut patch = json!({"member_type": "office_staff"});
            for (name, value) in more.as_object().expect("fields") {
                body[name] = value.clone();
                patch[name] = value.clone();
            }
            let refused = call(&app, (Method::POST, members), token, Some(&body)).await;
            assert_eq!(problem(&refused), (403, "authority-not-allowed"), "{who:?} {more}");
            let refused = call(&app, (Method::PATCH, &format!("{members}/{plain}")), token, Some(&patch)).await;
            assert_eq!(problem(&refused), (403, "authority-not-allowed"), "{who:?} {more}");
        }
        // Every operation on a member, tried on one who has more.
        for route in routes().iter().filter(|it| it.path.contains("{member}") && it.scope.is_for_writing()) {
            let path = route.path.replace("{company}", "99999").replace("{member}", &owner);
            for who in [Who::WritingClient, Who::Administrator] {
                let refused = knock(&app, route, &path, tokens.get(&who).map(String::as_str), 1).await;
                assert_eq!(problem(&refused), (403, "authority-not-allowed"), "{} {who:?}", route.name());
            }
        }
        assert_eq!(scene.trace().await, before);
        assert_eq!(app.membership(&app.maple, "plain@example.com").await.particulars.authority, Authority::None);
    }
}
