//! An office's own program at the provisioning API.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};

use super::app::TestApp;
use super::described::DESCRIBED;
use super::relying_party::{Answer, RelyingParty, answer};

pub(crate) struct Admin<'a> {
    app: &'a TestApp,
    client_id: String,
    /// The company in the path; need not be the client's own.
    pub(crate) company: String,
}

/// A caregiver whose user name is `user_name`.
pub(crate) fn caregiver_body(user_name: &str) -> Value {
    json!({
        "user_name": user_name,
        "email": user_name,
        "given_name": "Frank",
        "family_name": "Jones",
        "person_ref": user_name,
        "member_type": "caregiver",
        "security_role": "none",
    })
}

impl<'a> Admin<'a> {
    pub(crate) fn new(app: &'a TestApp, client_id: &str, company: &str) -> Self {
        Self { app, client_id: client_id.to_owned(), company: company.to_owned() }
    }

    /// A fresh access token of the office's client.
    pub(crate) async fn token(&self) -> String {
        let client = RelyingParty::new(self.app, &self.client_id, "");
        let tokens = client.token(&[("grant_type", "client_credentials")]).await;
        tokens.text("access_token").to_owned()
    }

    /// Creates a caregiver; it must succeed.
    pub(crate) async fn create(&self, user_name: &str) -> Value {
        let created = self.post(&caregiver_body(user_name), &[]).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.json
    }

    pub(crate) async fn post(&self, body: &Value, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, "", Some(body.to_string()), headers).await
    }

    /// `suffix` follows `/members`.
    pub(crate) async fn get(&self, suffix: &str) -> Answer {
        self.send(Method::GET, suffix, None, &[]).await
    }

    /// `suffix` follows `/members`.
    pub(crate) async fn send(
        &self,
        method: Method,
        suffix: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let uri = format!("/admin/v1/companies/{}/members{suffix}", self.company);
        let mut request = Request::builder().method(&method).uri(&uri);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token().await));
        }
        if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, Body::from);
        let answer = answer(self.app.send(request.body(body).expect("a request")).await).await;
        DESCRIBED.judge(&method, &uri, &answer);
        answer
    }

    /// What a verb does to a member; it need not succeed.
    pub(crate) async fn act(&self, member: &str, verb: &str) -> Answer {
        self.send(Method::POST, &format!("/{member}:{verb}"), None, &[]).await
    }

    /// The same; it must.
    pub(crate) async fn done(&self, member: &str, verb: &str) -> Value {
        let answer = self.act(member, verb).await;
        assert_eq!(answer.status, 200, "{verb}: {answer:?}");
        answer.json
    }

    pub(crate) async fn patch(&self, member: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, &format!("/{member}"), Some(body.to_string()), &[]).await
    }

    pub(crate) async fn remove(&self, member: &str) -> Answer {
        self.send(Method::DELETE, &format!("/{member}"), None, &[]).await
    }

    /// `POST :propose-email`.
    pub(crate) async fn propose(&self, member: &str, email: &str) -> Answer {
        let body = json!({"email": email}).to_string();
        self.send(Method::POST, &format!("/{member}:propose-email"), Some(body), &[]).await
    }
}
