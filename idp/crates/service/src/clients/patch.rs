//! What a registered client may be changed to. How it authenticates stays: that would need another secret, or none.

use idp_domain::client::{Client, ClientId, Demands, GrantType, LogInDefaults, RegisteredBy};
use idp_domain::scope::Scope;
use serde_json::Value;
use url::Url;

use super::ClientError;
use super::draft::{ClientDraft, ClientOwner, present};
use super::encryption::EncryptionDraft;
use super::response_signing::ResponseSigningDraft;
use super::signing::SigningDraft;
use crate::field::FieldProblem;

/// Of the way in which a client authenticates that the operator registered.
pub(super) const NEVER_CHANGED: &str = "how a client authenticates is never changed, so register another";

/// The fields to change, as typed. An empty text takes away what is there.
#[derive(Debug, Clone, Default)]
pub struct ClientPatch {
    pub client_name: Option<String>,
    pub grant_types: Option<Vec<String>>,
    pub redirect_uris: Option<Vec<String>>,
    pub post_logout_redirect_uris: Option<Vec<String>>,
    pub backchannel_logout_uri: Option<String>,
    pub initiate_login_uri: Option<String>,
    pub jwks: Option<Value>,
    pub jwks_uri: Option<String>,
    pub encryption: EncryptionDraft,
    pub scopes: Option<Vec<String>>,
    pub resources: Option<Vec<String>>,
    pub may_grant: Option<String>,
    pub signing: SigningDraft,
    pub profile: Option<String>,
    pub response_signing: ResponseSigningDraft,
    pub demands: DemandsPatch,
    pub log_in_defaults: LogInDefaultsPatch,
    pub may_switch_company: Option<bool>,
}

/// The demands to change.
#[derive(Debug, Clone, Copy, Default)]
pub struct DemandsPatch {
    pub require_device_pkce: Option<bool>,
    pub require_pushed_authorization_requests: Option<bool>,
    pub require_signed_request_object: Option<bool>,
    pub dpop_bound_access_tokens: Option<bool>,
}

/// What counts where a request says nothing, to change; what a client wishes for by `default_acr_values` it says itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogInDefaultsPatch {
    pub default_max_age: MaxAgePatch,
    pub require_auth_time: Option<bool>,
}

/// In seconds.
#[derive(Debug, Clone, Copy, Default)]
pub enum MaxAgePatch {
    #[default]
    Stays,
    Gone,
    Becomes(u32),
}

impl LogInDefaultsPatch {
    fn laid_over(self, defaults: LogInDefaults) -> LogInDefaults {
        LogInDefaults {
            default_max_age: match self.default_max_age {
                MaxAgePatch::Stays => defaults.default_max_age,
                MaxAgePatch::Gone => None,
                MaxAgePatch::Becomes(seconds) => Some(seconds),
            },
            require_auth_time: self.require_auth_time.unwrap_or(defaults.require_auth_time),
            default_acr_values: defaults.default_acr_values,
        }
    }
}

impl DemandsPatch {
    fn laid_over(self, demands: Demands) -> Demands {
        let pushed = self.require_pushed_authorization_requests;
        let signed = self.require_signed_request_object;
        Demands {
            require_pkce: demands.require_pkce,
            require_device_pkce: self.require_device_pkce.unwrap_or(demands.require_device_pkce),
            require_pushed_authorization_requests: pushed
                .unwrap_or(demands.require_pushed_authorization_requests),
            require_signed_request_object: signed.unwrap_or(demands.require_signed_request_object),
            dpop_bound_access_tokens: self
                .dpop_bound_access_tokens
                .unwrap_or(demands.dpop_bound_access_tokens),
        }
    }
}

impl ClientPatch {
    /// The client with what was sent.
    ///
    /// # Errors
    /// `Invalid`, with every bad field.
    pub(super) fn apply(&self, client: &Client) -> Result<Client, ClientError> {
        let draft = self.laid_over(typed(client));
        let advised = |found: Vec<FieldProblem>| found.into_iter().map(|it| advised(client, it)).collect();
        let mut new =
            draft.check(ClientOwner::of(client)).map_err(|found| ClientError::Invalid(advised(found)))?;
        // What no patch says stays.
        new.demands.require_pkce = client.demands.require_pkce;
        if let (Some(listens), Some(listened)) = (&mut new.backchannel_logout, &client.backchannel_logout) {
            listens.session_required = listened.session_required;
        }
        Ok(new.registered(client.clone()))
    }

    /// The draft with what was sent: of nothing at all, one of a new client.
    #[must_use]
    pub fn laid_over(&self, draft: ClientDraft) -> ClientDraft {
        let Self {
            client_name,
            grant_types,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout_uri,
            initiate_login_uri,
            jwks,
            jwks_uri,
            encryption,
            scopes,
            resources,
            may_grant,
            signing,
            profile,
            response_signing,
            demands,
            log_in_defaults,
            may_switch_company,
        } = self.clone();
        // One way to the keys takes the place of the other.
        let names_uri = present(jwks_uri.as_deref()).is_some();
        let names_set = jwks.as_ref().is_some_and(|set| !set.is_null());
        ClientDraft {
            client_id: draft.client_id,
            client_name: client_name.unwrap_or(draft.client_name),
            auth_method: draft.auth_method,
            grant_types: grant_types.unwrap_or(draft.grant_types),
            redirect_uris: redirect_uris.unwrap_or(draft.redirect_uris),
            post_logout_redirect_uris: post_logout_redirect_uris.unwrap_or(draft.post_logout_redirect_uris),
            backchannel_logout_uri: backchannel_logout_uri.or(draft.backchannel_logout_uri),
            initiate_login_uri: initiate_login_uri.or(draft.initiate_login_uri),
            jwks: jwks.or_else(|| draft.jwks.filter(|_| !names_uri)),
            jwks_uri: jwks_uri.or_else(|| draft.jwks_uri.filter(|_| !names_set)),
            encryption: encryption.laid_over(draft.encryption),
            scopes: scopes.unwrap_or(draft.scopes),
            resources: resources.unwrap_or(draft.resources),
            may_grant: may_grant.or(draft.may_grant),
            signing: signing.laid_over(draft.signing),
            profile: profile.or(draft.profile),
            response_signing: response_signing.laid_over(draft.response_signing),
            demands: demands.laid_over(draft.demands),
            log_in_defaults: log_in_defaults.laid_over(draft.log_in_defaults),
            contacts: draft.contacts,
            may_switch_company: may_switch_company.unwrap_or(draft.may_switch_company),
        }
    }
}

/// With what to do about it, where no patch mends it.
fn advised(client: &Client, problem: FieldProblem) -> FieldProblem {
    if problem.field != "token_endpoint_auth_method" {
        return problem;
    }
    let instead = match client.registered_by {
        RegisteredBy::Operator => NEVER_CHANGED,
        RegisteredBy::Itself => "its developer changes that, by PUT at its registration_client_uri",
    };
    FieldProblem { detail: format!("{}; {instead}", problem.detail).into(), ..problem }
}

/// What somebody would have typed for a client that is there.
pub(crate) fn typed(client: &Client) -> ClientDraft {
    let (jwks, jwks_uri) = client.written_keys();
    ClientDraft {
        client_id: Some(ClientId::as_str(&client.id).to_owned()),
        client_name: client.name.to_string(),
        auth_method: Some(client.auth_method.as_str().to_owned()),
        grant_types: client.grant_types.iter().copied().map(GrantType::as_str).map(str::to_owned).collect(),
        redirect_uris: client.redirect_uris.clone(),
        post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
        backchannel_logout_uri: client.backchannel_logout.as_ref().map(|listens| listens.uri.to_string()),
        initiate_login_uri: client.initiate_login_uri.as_ref().map(Url::to_string),
        jwks,
        jwks_uri,
        encryption: EncryptionDraft::typed(client.encryption),
        scopes: client.scopes.iter().map(Scope::as_str).map(str::to_owned).collect(),
        resources: client.resources.iter().map(ToString::to_string).collect(),
        may_grant: Some(client.may_grant.as_str().to_owned()),
        signing: SigningDraft::typed(client.request_algs),
        profile: Some(client.profile.as_str().to_owned()),
        response_signing: ResponseSigningDraft::typed(client.algs),
        demands: client.demands,
        log_in_defaults: client.log_in_defaults.clone(),
        contacts: client.contacts.iter().map(ToString::to_string).collect(),
        may_switch_company: client.may_switch_company,
    }
}
