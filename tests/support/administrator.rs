//! A person who administers in their own name: logs in by code and PKCE in a program on their own machine (RFC 8252), and
//! calls the provisioning API with the token.

use axum::body::Body;
use axum::http::{Method, Request, header};
use idp_domain::client::{AuthMethod, Client, ClientId, Resource};
use idp_domain::company::Company;
use idp_domain::member::{Authority, MembershipState, SecurityRole};
use serde_json::Value;

use super::app::{ISSUER, PASSWORD, START, TestApp, portal};
use super::browser::{Browser, Page};
use super::relying_party::{Answer, RelyingParty, VERIFIER, answer};

/// The provisioning API as a resource (RFC 8707).
pub(crate) const API: &str = "https://id.example/admin/v1";
/// Where the program listens today; it is registered without a port (RFC 8252 section 7.3).
pub(crate) const LOOPBACK: &str = "http://127.0.0.1:49152/callback";
/// Everything there is to ask for, but not to act for the operator.
pub(crate) const EVERYTHING: &str =
    "openid members:read members:write companies:read companies:write audit:read bounces:write";

/// The program's registration: `office-tools.<code>` of one agency, or `office-tools` of none.
pub(crate) fn office_tools(app: &TestApp, company: Option<&Company>) -> Client {
    let id = company.map_or("office-tools".to_owned(), |company| format!("office-tools.{}", company.code));
    Client {
        id: ClientId::parse(&id).expect("a client_id"),
        company: company.map(|company| company.id),
        auth_method: AuthMethod::None,
        secrets: vec![],
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned()],
        post_logout_redirect_uris: vec![],
        initiate_login_uri: None,
        scopes: idp_domain::scope::Scopes::parse(&format!(
            "{EVERYTHING} operator profile email company offline_access"
        )),
        resources: [Resource::parse(API).expect("a resource")].into(),
        ..portal(&app.maple, "unused")
    }
}

/// The program, as somebody runs it.
pub(crate) struct OfficeTools<'a> {
    app: &'a TestApp,
    pub(crate) client: RelyingParty<'a>,
}

impl<'a> OfficeTools<'a> {
    /// Asks for everything at the provisioning API.
    pub(crate) fn new(app: &'a TestApp, client_id: &str) -> Self {
        let mut client = RelyingParty::new(app, client_id, LOOPBACK).with("resource", API);
        client.scope = EVERYTHING.to_owned();
        Self { app, client }
    }

    #[must_use]
    pub(crate) fn asking(mut self, scope: &str) -> Self {
        self.client.scope = scope.to_owned();
        self
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.client = self.client.with(name, value);
        self
    }

    /// Logs in and redeems the code for a token at the provisioning API.
    pub(crate) async fn tokens(&self, browser: &mut Browser<'_>, user_name: &str) -> Answer {
        let page = self.client.log_in(browser, user_name, PASSWORD).await;
        let tokens = self.redeem(&page, Some(API)).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    /// The access token of [`Self::tokens`], in a browser of its own.
    pub(crate) async fn token(&self, user_name: &str) -> String {
        self.tokens(&mut self.app.browser(), user_name).await.text("access_token").to_owned()
    }

    /// What the code on this page is worth; the program has no secret.
    pub(crate) async fn redeem(&self, page: &Page, resource: Option<&str>) -> Answer {
        let code = page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"));
        let params = [("code", code.as_str()), ("redirect_uri", LOOPBACK), ("code_verifier", VERIFIER)];
        self.grant("authorization_code", &params, resource).await
    }

    pub(crate) async fn refresh(&self, tokens: &Answer, resource: Option<&str>) -> Answer {
        self.grant("refresh_token", &[("refresh_token", tokens.text("refresh_token"))], resource).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> Answer {
        self.client.post("/revoke", &[("token", token), ("client_id", &self.client.client_id)], None).await
    }

    async fn grant(&self, grant: &str, params: &[(&str, &str)], resource: Option<&str>) -> Answer {
        let mut whole = vec![("grant_type", grant), ("client_id", self.client.client_id.as_str())];
        whole.extend(params);
        whole.extend(resource.map(|resource| ("resource", resource)));
        self.client.post("/token", &whole, None).await
    }
}

/// One call of the provisioning API; `path` follows the issuer.
pub(crate) async fn call(
    app: &TestApp,
    (method, path): (Method, &str),
    token: Option<&str>,
    body: Option<&Value>,
) -> Answer {
    let mut request = Request::builder().method(&method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let answer = answer(app.send(request.body(body).expect("a request")).await).await;
    super::described::DESCRIBED.judge(&method, path, &answer);
    answer
}

impl TestApp {
    /// Somebody who logs in and works for these agencies and no other.
    pub(crate) async fn employ(&self, user_name: &str, jobs: &[(&Company, Authority)]) {
        self.enrol(user_name).await;
        for company in [&self.maple, &self.birch] {
            let job = jobs.iter().find(|(employer, _)| employer.id == company.id);
            if self.find_membership(company, user_name).await.is_none() {
                if job.is_none() {
                    continue;
                }
                self.other_admin().create(user_name).await;
            }
            self.change_membership(company, user_name, |it| match job {
                None => it.state = MembershipState::Removed { at: START },
                Some((_, authority)) => {
                    it.state = MembershipState::Active { since: START };
                    it.joined_at = Some(START);
                    it.particulars.authority = *authority;
                    if *authority == Authority::Administrator {
                        it.particulars.member_type = idp_domain::member::MemberType::OfficeStaff;
                        it.particulars.security_role = SecurityRole::Unrestricted;
                    }
                }
            })
            .await;
        }
        self.send_mails().await;
    }

    /// An administrator of Maple Home Care, and the program they use.
    pub(crate) async fn administrator(&self, user_name: &str) -> OfficeTools<'_> {
        let client = office_tools(self, Some(&self.maple));
        self.put_client(&client).await;
        self.employ(user_name, &[(&self.maple, Authority::Administrator)]).await;
        OfficeTools::new(self, client.id.as_str())
    }
}

/// Where the provider is; what its tokens are for when nothing is named.
pub(crate) const USERINFO: &str = ISSUER;
