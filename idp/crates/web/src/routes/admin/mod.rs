//! The provisioning API (`provisioning.md` section 2): JSON in, JSON or `application/problem+json` out.

pub(super) mod audit;
mod call;
mod rate;
pub(super) mod members;
pub(super) mod problem;
mod wire;

use axum::Json;
use axum::extract::State;
use utoipa::openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::http::state::AppState;
use idp_domain::scope::Scope;
use idp_service::endpoint::{Endpoint, Issuer};

#[derive(OpenApi)]
#[openapi(
    info(title = "Provisioning API", description = "Creates identities for the people of one company."),
    paths(audit::of_company, audit::of_platform, members::create, members::list, members::read),
    components(schemas(problem::Problem)),
    modifiers(&TokenFlow),
    security(("token" = [])),
)]
struct Document;

struct TokenFlow;

impl Modify for TokenFlow {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let administrative = Scope::VARIANTS.iter().filter(|scope| scope.is_administrative());
        let scopes = Scopes::from_iter(administrative.map(|scope| (scope.as_str(), "")));
        let flow = Flow::ClientCredentials(ClientCredentials::new(Endpoint::Token.path(), scopes));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::OAuth2(OAuth2::new([flow])));
    }
}

/// The OpenAPI 3.1 description of the API below `issuer`.
pub fn openapi(issuer: &Issuer) -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.servers = Some(vec![utoipa::openapi::Server::new(issuer.as_str().trim_end_matches('/'))]);
    document
}

pub(super) async fn openapi_document(State(state): State<AppState>) -> Json<utoipa::openapi::OpenApi> {
    Json(openapi(&state.env.issuer))
}
