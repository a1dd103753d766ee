//! A call of the provisioning API, and the proof of who makes it for which company.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use idp_domain::scope::Scope;
use idp_service::access::{self, AdminToken, CompanyScope};

use super::problem::Problem;
use crate::http::access_log::Told;
use crate::http::bearer::bearer;
use crate::http::origin::RequestOrigin;
use crate::http::state::AppState;

/// What every call brings, before its body is looked at.
#[derive(Debug)]
pub(in crate::routes) struct Call {
    pub(super) state: AppState,
    pub(super) headers: HeaderMap,
    pub(super) origin: RequestOrigin,
    told: Told,
}

impl FromRequestParts<AppState> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self {
            state: state.clone(),
            headers: parts.headers.clone(),
            origin: parts.extensions.get().cloned().unwrap_or_default(),
            told: parts.extensions.get().cloned().unwrap_or_default(),
        })
    }
}

impl Call {
    /// Proves the caller for the company in the path; a foreign company is as absent as an unknown one.
    pub(super) async fn authorize(
        &self,
        needed: Scope,
        company: &str,
    ) -> Result<(AdminToken, CompanyScope), Problem> {
        let env = &self.state.env;
        let token = access::accept_admin(env, &bearer(&self.headers)?).await?;
        self.told.client(&token.client.id);
        let scope = token.scope(env, needed, company).await?;
        Ok((token, scope.ok_or_else(Problem::not_found)?))
    }
}
