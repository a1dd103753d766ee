//! Companies through the provisioning API (R12, R35, R58, R88, R89; `company.md` sections 2 and 3).

mod change;
mod codes;
mod logo;
mod open;
mod portal;
mod suspend;

use axum::body::Body;
use axum::http::{Method, Request, header};
use idp_domain::client::{Client, ClientId, GrantType};
use idp_domain::company::Company;
use idp_domain::scope::Scopes;
use serde_json::Value;

use crate::support::app::{TestApp, portal};
use crate::support::relying_party::{Answer, RelyingParty, answer};

pub(super) const COMPANIES: &str = "/admin/v1/companies";

/// A program at the provisioning API, with a token of its own.
pub(super) struct Program<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Program<'a> {
    /// The operator's own.
    pub(super) async fn of_operator(app: &'a TestApp) -> Self {
        Self::with(
            app,
            "operator",
            None,
            "companies:read companies:write members:read members:write operator",
        )
        .await
    }

    /// An agency's own, which may ask for everything that is an agency's.
    pub(super) async fn of(app: &'a TestApp, company: &Company) -> Self {
        let id = format!("program.{}", company.code);
        Self::with(app, &id, Some(company), "companies:read companies:write members:read").await
    }

    async fn with(app: &'a TestApp, id: &str, company: Option<&Company>, scopes: &str) -> Self {
        app.put_client(&Client {
            id: ClientId::parse(id).unwrap(),
            company: company.map(|company| company.id),
            grant_types: vec![GrantType::ClientCredentials],
            redirect_uris: vec![],
            initiate_login_uri: None,
            scopes: Scopes::parse(scopes),
            ..portal(&app.maple, "unused")
        })
        .await;
        let client = RelyingParty::new(app, id, "");
        let tokens = client.token(&[("grant_type", "client_credentials")]).await;
        Self { app, token: tokens.text("access_token").to_owned() }
    }

    pub(super) fn by(app: &'a TestApp, token: String) -> Self {
        Self { app, token }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body), &[]).await
    }

    pub(super) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// `POST .../{thing}:verb`, without a body.
    pub(super) async fn act(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None, &[]).await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        answer(self.app.send(request.body(body).unwrap()).await).await
    }
}

/// The bad fields of a 422, or those of a 403, as paths.
pub(super) fn paths(answer: &Answer) -> Vec<&str> {
    let errors = answer.json["errors"].as_array().into_iter().flatten();
    errors.map(|error| error["path"].as_str().unwrap()).collect()
}

fn at(code: &str) -> String {
    format!("{COMPANIES}/{code}")
}
