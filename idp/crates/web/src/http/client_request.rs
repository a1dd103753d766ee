//! A form that a client posts, and the proof of who sent it (RFC 6749 section 2.3): the one way into `/token`, `/par`,
//! `/device_authorization`, `/introspect` and `/revoke`. No handler ever sees a form whose sender is not authenticated.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use idp_service::client_auth::{self, AuthenticatedClient};
use idp_service::oauth_error::{OAuthCode, OAuthError, Refusal};
use idp_service::params::Params;

use super::access_log::Told;
use super::access_token::{Ambiguous, authorization};
use super::failure::Failure;
use super::form::read_form;
use super::present::oauth_error;
use super::state::AppState;
use crate::pages::ErrorKind;

#[derive(Debug)]
pub(crate) struct ClientRequest {
    pub(crate) client: AuthenticatedClient,
    pub(crate) params: Params,
}

impl FromRequest<AppState> for ClientRequest {
    type Rejection = ClientRefusal;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ClientRefusal> {
        let told = request.extensions().get::<Told>().cloned().unwrap_or_default();
        let authorization = authorization(request.headers())?;
        let params = read_form(request, state).await?;
        let client = client_auth::authenticate(&state.env, authorization.as_deref(), &params)
            .await
            .map_err(|refusal| ClientRefusal::of(refusal, authorization.is_some()))?;
        told.client(&client.id);
        Ok(Self { client, params })
    }
}

/// Why a client is refused: on the wire the error of RFC 6749 section 5.2.
#[derive(Debug)]
pub(crate) enum ClientRefusal {
    OAuth {
        error: OAuthError,
        /// Whether the client presented itself in the `Authorization` header.
        tried_header: bool,
    },
    Failed(Failure),
}

impl ClientRefusal {
    fn of(refusal: Refusal, tried_header: bool) -> Self {
        match refusal {
            Refusal::OAuth(error) => Self::OAuth { error, tried_header },
            Refusal::TooMany { wait } => {
                let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
                let told = refusal.to_oauth().description;
                Self::Failed(Failure::with_detail(ErrorKind::TooManyRequests { seconds }, told))
            }
            Refusal::Fault(fault) => Self::Failed(fault.into()),
        }
    }
}

impl From<Refusal> for ClientRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::of(refusal, false)
    }
}

impl From<Ambiguous> for ClientRefusal {
    fn from(_: Ambiguous) -> Self {
        Refusal::from(OAuthError::request(Ambiguous::TOLD)).into()
    }
}

impl From<Failure> for ClientRefusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl IntoResponse for ClientRefusal {
    fn into_response(self) -> Response {
        let (error, tried_header) = match self {
            Self::OAuth { error, tried_header } => (error, tried_header),
            Self::Failed(failure) => return failure.into_response(),
        };
        let mut response = oauth_error(&error);
        if error.code == OAuthCode::InvalidClient && tried_header {
            let challenge = HeaderValue::from_static("Basic realm=\"token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
