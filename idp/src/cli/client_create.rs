//! `idp client create`: registers a client, of an agency or of the operator's own. Its secret is printed once.

use clap::Args;
use idp_domain::client::{ClientId, Demands};
use idp_domain::scope::Scope;
use idp_service::Env;
use idp_service::authority::Caller;
use idp_service::clients::{
    self, ClientDraft, ClientError, ClientOwner, ClientView, EncryptionDraft, Made, ResponseSigningDraft,
    SigningDraft, TypedEncryption,
};
use idp_service::once::Terms;
use idp_service::operators;

use super::{ConfigFile, Failure};

#[derive(Debug, Args)]
pub(super) struct Registration {
    /// Its client_id
    #[arg(value_parser = ClientId::parse)]
    client: ClientId,
    /// What people are shown
    #[arg(long)]
    name: String,
    /// The agency it belongs to, by its company code; without it, the client is the operator's own
    #[arg(long, value_name = "COMPANY")]
    company: Option<String>,
    /// client_secret_basic, client_secret_post, private_key_jwt or none
    #[arg(long, value_name = "METHOD", default_value = "client_secret_basic")]
    auth_method: String,
    /// authorization_code, refresh_token, client_credentials or urn:ietf:params:oauth:grant-type:device_code; say it once
    /// for each
    #[arg(long = "grant", value_name = "GRANT", required = true)]
    grants: Vec<String>,
    /// Where a browser comes back to; say it once for each
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where a browser comes back to after a log-out; say it once for each
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Where the client begins a log-in that is asked for elsewhere
    #[arg(long, value_name = "URI")]
    initiate_login_uri: Option<String>,
    /// Where the client hears that a session is over
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// Where the client publishes the keys it signs with
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// Encrypt its ID tokens with a key at --jwks-uri: RSA-OAEP, RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW or ECDH-ES+A256KW
    #[arg(long, value_name = "ALG")]
    id_token_encrypted_response_alg: Option<String>,
    /// A128CBC-HS256 (unless you say otherwise), A256CBC-HS512, A128GCM or A256GCM
    #[arg(long, value_name = "ENC")]
    id_token_encrypted_response_enc: Option<String>,
    /// The same for its UserInfo answers
    #[arg(long, value_name = "ALG")]
    userinfo_encrypted_response_alg: Option<String>,
    /// The same for its UserInfo answers
    #[arg(long, value_name = "ENC")]
    userinfo_encrypted_response_enc: Option<String>,
    /// What it signs its assertions with, and nothing else: RS256, PS256, ES256 or Ed25519
    #[arg(long, value_name = "ALG")]
    token_endpoint_auth_signing_alg: Option<String>,
    /// The same of its request objects
    #[arg(long, value_name = "ALG")]
    request_object_signing_alg: Option<String>,
    /// A scope it may ask for; say it once for each
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// An API it may ask access tokens for; say it once for each
    #[arg(long = "resource", value_name = "URI")]
    resources: Vec<String>,
    /// The highest authority it may give to a member: none or administrator
    #[arg(long, value_name = "AUTHORITY", default_value = "none")]
    may_grant: String,
    /// standard, or fapi2 for the FAPI 2.0 Security Profile, which includes what it demands
    #[arg(long, value_name = "PROFILE", default_value = "standard")]
    profile: String,
    /// Sign its ID tokens and logout tokens with RS256 (unless you say otherwise) or ES256; for a fapi2 client all is signed
    /// with ES256
    #[arg(long, value_name = "ALG")]
    id_token_signed_response_alg: Option<String>,
    /// Sign its access tokens with ES256 (unless you say otherwise) or RS256
    #[arg(long, value_name = "ALG")]
    access_token_signed_response_alg: Option<String>,
    /// Sign its UserInfo answers with RS256 or ES256; they are plain JSON unless you say so
    #[arg(long, value_name = "ALG")]
    userinfo_signed_response_alg: Option<String>,
    /// Sign its introspection answers with RS256 (unless you say otherwise) or ES256, where it asks for signed ones
    #[arg(long, value_name = "ALG")]
    introspection_signed_response_alg: Option<String>,
    /// Refuse its device authorization requests that carry no PKCE challenge
    #[arg(long)]
    require_device_pkce: bool,
    /// Refuse its authorization requests that were not pushed beforehand
    #[arg(long)]
    require_pushed_authorization_requests: bool,
    /// Refuse its authorization requests that do not come in a request object it signed
    #[arg(long)]
    require_signed_request_object: bool,
    /// Refuse its token requests that carry no DPoP proof
    #[arg(long)]
    dpop_bound_access_tokens: bool,
    /// Let people go on at another of their agencies without a new log-in; not with --company
    #[arg(long)]
    may_switch_company: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Registration {
    pub(super) fn config(&self) -> &ConfigFile {
        &self.config
    }

    const fn demands(&self) -> Demands {
        Demands {
            require_pkce: true,
            require_device_pkce: self.require_device_pkce,
            require_pushed_authorization_requests: self.require_pushed_authorization_requests,
            require_signed_request_object: self.require_signed_request_object,
            dpop_bound_access_tokens: self.dpop_bound_access_tokens,
        }
    }

    fn encryption(&self) -> EncryptionDraft {
        EncryptionDraft {
            id_token: TypedEncryption {
                alg: self.id_token_encrypted_response_alg.clone(),
                enc: self.id_token_encrypted_response_enc.clone(),
            },
            userinfo: TypedEncryption {
                alg: self.userinfo_encrypted_response_alg.clone(),
                enc: self.userinfo_encrypted_response_enc.clone(),
            },
        }
    }

    fn signing(&self) -> SigningDraft {
        SigningDraft {
            token_endpoint_auth_signing_alg: self.token_endpoint_auth_signing_alg.clone(),
            request_object_signing_alg: self.request_object_signing_alg.clone(),
        }
    }

    fn response_signing(&self) -> ResponseSigningDraft {
        ResponseSigningDraft {
            id_token: self.id_token_signed_response_alg.clone(),
            access_token: self.access_token_signed_response_alg.clone(),
            userinfo: self.userinfo_signed_response_alg.clone(),
            introspection: self.introspection_signed_response_alg.clone(),
        }
    }

    fn draft(&self) -> ClientDraft {
        let Self { client, name, company: _, auth_method, grants, redirect_uris, .. } = self;
        let Self { post_logout_redirect_uris, initiate_login_uri, backchannel_logout_uri, jwks_uri, .. } =
            self;
        let Self { scopes, resources, may_grant, profile, may_switch_company, .. } = self;
        ClientDraft {
            client_id: Some(client.to_string()),
            client_name: name.clone(),
            auth_method: Some(auth_method.clone()),
            grant_types: grants.clone(),
            redirect_uris: redirect_uris.clone(),
            post_logout_redirect_uris: post_logout_redirect_uris.clone(),
            backchannel_logout_uri: backchannel_logout_uri.clone(),
            initiate_login_uri: initiate_login_uri.clone(),
            jwks: None,
            jwks_uri: jwks_uri.clone(),
            encryption: self.encryption(),
            scopes: scopes.clone(),
            resources: resources.clone(),
            may_grant: Some(may_grant.clone()),
            signing: self.signing(),
            profile: Some(profile.clone()),
            response_signing: self.response_signing(),
            demands: self.demands(),
            may_switch_company: *may_switch_company,
        }
    }
}

pub(super) async fn create(env: &Env, registration: &Registration) -> Result<String, Failure> {
    let caller = Caller::of_commands();
    let owner = if registration.company.is_some() { ClientOwner::Company } else { ClientOwner::Operator };
    let new = registration.draft().check(owner).map_err(ClientError::Invalid)?;
    let Some(company) = &registration.company else {
        let operator = caller.operator(env, Scope::CompaniesWrite)?;
        return Ok(told(&operators::register_client(env, &operator, &new).await?));
    };
    let scope = caller.company(env, Scope::CompaniesWrite, company).await?;
    let scope = scope.ok_or_else(|| Failure::UnknownCompany(company.clone()))?;
    let present = |view: &ClientView| Ok(told(view));
    Ok(clients::create(env, &scope, &new, &Terms::default(), &present).await?.body)
}

fn told(view: &ClientView) -> String {
    let id = &view.client.id;
    match &view.made {
        Made::Secret(secret) => {
            format!("{id} is registered. Its secret, which is not shown again:\n\n{}", secret.expose())
        }
        Made::Nothing | Made::ShownBefore => format!("{id} is registered."),
    }
}
