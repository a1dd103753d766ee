//! Everybody who may knock at the provisioning API, each with the token they would bring.

use std::collections::BTreeMap;
use std::time::Duration;

use idp_domain::account::AccountState;
use idp_domain::client::{Client, ClientId, GrantType};
use idp_domain::company::Company;
use idp_domain::member::{Authority, MemberType, MembershipState};
use idp_domain::scope::Scopes;

use crate::support::administrator::{API, EVERYTHING, OfficeTools, office_tools};
use crate::support::app::{PASSWORD, TestApp, portal};
use crate::support::relying_party::RelyingParty;

/// Maple is the agency that most of them belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Nobody,
    Garbage,
    /// An administrator's token for UserInfo.
    UserInfoToken,
    IdToken,
    /// Provisioning clients of Maple: without a scope, with those for reading, with all and whatever they may grant.
    ClientWithoutScopes,
    ReadingClient,
    WritingClient,
    GrantingClient,
    /// Registered with the scope `operator` by mistake: an agency's client is none.
    OperatorClientOfMaple,
    ClientOfBirch,
    /// Bound to no agency, and not said to be the operator's.
    UnboundClient,
    OperatorClient,
    Caregiver,
    OfficeStaff,
    Administrator,
    /// Logged in more than ten minutes ago.
    StaleAdministrator,
    AdministratorOfBirch,
    /// With a token for Maple.
    AdministratorOfBoth,
    /// With a token for no agency.
    AdministratorOfNobody,
    DemotedAdministrator,
    InactiveAdministrator,
    DisabledAdministrator,
    Operator,
    StaleOperator,
    /// Who did not ask for the scope `operator`.
    SilentOperator,
    /// In the program of an agency, where they are a caregiver.
    OperatorAtMaple,
}

/// The scopes of the provisioning API.
pub(super) const READING: &str = "members:read companies:read audit:read";
const ALL: &str = "members:read members:write companies:read companies:write audit:read bounces:write";

/// A provisioning client.
fn provisioning(app: &TestApp, id: &str, company: Option<&Company>, scopes: &str) -> Client {
    Client {
        id: ClientId::parse(id).expect("a client_id"),
        company: company.map(|company| company.id),
        grant_types: vec![GrantType::ClientCredentials],
        redirect_uris: vec![],
        post_logout_redirect_uris: vec![],
        initiate_login_uri: None,
        scopes: Scopes::parse(scopes),
        ..portal(&app.maple, "unused")
    }
}

async fn credentials(app: &TestApp, client: Client) -> String {
    app.put_client(&client).await;
    let client = RelyingParty::new(app, client.id.as_str(), "");
    client.token(&[("grant_type", "client_credentials")]).await.text("access_token").to_owned()
}

/// A token of the operator's own program, with everything or with these scopes only.
pub(super) async fn operator_token(app: &TestApp, scopes: Option<&str>) -> String {
    let all = format!("{ALL} operator");
    app.put_client(&provisioning(app, "operator", None, &all)).await;
    let mut params = vec![("grant_type", "client_credentials")];
    params.extend(scopes.map(|scopes| ("scope", scopes)));
    RelyingParty::new(app, "operator", "").token(&params).await.text("access_token").to_owned()
}

async fn clients(app: &TestApp, tokens: &mut BTreeMap<Who, String>) {
    let (maple, birch) = (Some(&app.maple), Some(&app.birch));
    let operator = format!("{ALL} operator");
    for (who, id, company, scopes) in [
        (Who::ClientWithoutScopes, "none.99999", maple, READING),
        (Who::ReadingClient, "reads.99999", maple, READING),
        (Who::WritingClient, "writes.99999", maple, ALL),
        (Who::OperatorClientOfMaple, "operates.99999", maple, operator.as_str()),
        (Who::ClientOfBirch, "writes.22222", birch, ALL),
        (Who::UnboundClient, "unbound", None, ALL),
        (Who::OperatorClient, "operates", None, operator.as_str()),
    ] {
        tokens.insert(who, credentials(app, provisioning(app, id, company, scopes)).await);
    }
    let granting = provisioning(app, "grants.99999", maple, ALL);
    let granting = Client { may_grant: Authority::Administrator, ..granting };
    tokens.insert(Who::GrantingClient, credentials(app, granting).await);
    app.change_client("none.99999", |it| it.scopes = Scopes::default()).await;
}

/// User names; everybody who is not named here belongs to Maple only.
const CAREGIVER: &str = "caregiver@example.com";
const STAFF: &str = "staff@example.com";
pub(super) const ADMINISTRATOR: &str = "administrator@example.com";
const OF_BIRCH: &str = "birch@example.com";
const OF_BOTH: &str = "both@example.com";
const DEMOTED: &str = "demoted@example.com";
const INACTIVE: &str = "inactive@example.com";
const DISABLED: &str = "disabled@example.com";
const OPERATOR: &str = "operator@example.com";

async fn employ_everybody(app: &TestApp) {
    use Authority::{Administrator, None};
    let (maple, birch) = (&app.maple, &app.birch);
    app.employ(CAREGIVER, &[(maple, None)]).await;
    app.employ(STAFF, &[(maple, None)]).await;
    for user_name in [ADMINISTRATOR, DEMOTED, INACTIVE, DISABLED] {
        app.employ(user_name, &[(maple, Administrator)]).await;
    }
    app.employ(OF_BIRCH, &[(birch, Administrator)]).await;
    app.employ(OF_BOTH, &[(maple, Administrator), (birch, Administrator)]).await;
    app.employ(OPERATOR, &[(maple, None)]).await;
    app.change_account(OPERATOR, |it| it.is_operator = true).await;
    app.change_membership(maple, STAFF, |it| it.particulars.member_type = MemberType::OfficeStaff).await;
}

async fn people(app: &TestApp, tokens: &mut BTreeMap<Who, String>) {
    employ_everybody(app).await;
    for company in [None, Some(&app.maple), Some(&app.birch)] {
        app.put_client(&office_tools(app, company)).await;
    }
    let maples = || OfficeTools::new(app, "office-tools.99999");
    let said = format!("{EVERYTHING} operator");
    let operators = || OfficeTools::new(app, "office-tools").asking(&said);

    let mut long_ago = vec![];
    for (who, tools, user_name) in
        [(Who::StaleAdministrator, maples(), ADMINISTRATOR), (Who::StaleOperator, operators(), OPERATOR)]
    {
        let first = tools.tokens(&mut app.browser(), user_name).await;
        long_ago.push((who, tools, first));
    }
    app.advance(app.env.policy.admin_fresh + Duration::from_secs(1));
    for (who, tools, first) in long_ago {
        tokens.insert(who, tools.refresh(&first, Some(API)).await.text("access_token").to_owned());
    }
    for (who, tools, user_name) in [
        (Who::Caregiver, maples(), CAREGIVER),
        (Who::OfficeStaff, maples(), STAFF),
        (Who::Administrator, maples(), ADMINISTRATOR),
        (Who::AdministratorOfBirch, OfficeTools::new(app, "office-tools.22222"), OF_BIRCH),
        (Who::AdministratorOfBoth, maples(), OF_BOTH),
        (Who::AdministratorOfNobody, OfficeTools::new(app, "office-tools"), OF_BOTH),
        (Who::DemotedAdministrator, maples(), DEMOTED),
        (Who::InactiveAdministrator, maples(), INACTIVE),
        (Who::DisabledAdministrator, maples(), DISABLED),
        (Who::Operator, operators(), OPERATOR),
        (Who::SilentOperator, OfficeTools::new(app, "office-tools"), OPERATOR),
        (Who::OperatorAtMaple, maples().asking(&said), OPERATOR),
    ] {
        tokens.insert(who, tools.token(user_name).await);
    }
    let page = maples().client.log_in(&mut app.browser(), ADMINISTRATOR, PASSWORD).await;
    let signed_in = maples().redeem(&page, None).await;
    tokens.insert(Who::UserInfoToken, signed_in.text("access_token").to_owned());
    tokens.insert(Who::IdToken, signed_in.text("id_token").to_owned());
}

/// Everybody's token. No time passes from here on.
pub(super) async fn assemble(app: &TestApp) -> BTreeMap<Who, String> {
    let mut tokens = BTreeMap::from([(Who::Garbage, "garbage".to_owned())]);
    people(app, &mut tokens).await;
    // After the people, whose log-ins took their time.
    clients(app, &mut tokens).await;
    let at = app.env.now();
    let maple = &app.maple;
    app.change_membership(maple, DEMOTED, |it| it.particulars.authority = Authority::None).await;
    app.change_membership(maple, INACTIVE, |it| it.state = MembershipState::Inactive { since: at }).await;
    app.change_account(DISABLED, |it| {
        it.state = AccountState::Disabled { at, password: it.password().cloned() };
    })
    .await;
    app.send_mails().await;
    tokens
}
