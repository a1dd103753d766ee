//! Clients as JSON, in the words of their registered metadata (RFC 7591 section 2). A secret stands in the answer that made
//! it and in no other.

use idp_domain::Timestamp;
use idp_domain::client::{Client, Demands, GrantType, LogInDefaults};
use idp_domain::scope::Scope;
use idp_service::clients::{
    ClientDraft, ClientPatch, ClientView, DemandsPatch, EncryptionDraft, LogInDefaultsPatch, Made,
    MaxAgePatch, ResponseSigningDraft, SigningDraft, TypedEncryption,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;
use utoipa::ToSchema;

use super::super::companies::{SHOWN_BEFORE, patched};

/// A client to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct NewClientBody {
    /// One is made when it is left out. Never given twice.
    #[schema(example = "office.99999")]
    client_id: Option<String>,
    #[serde(default)]
    #[schema(required, example = "Maple Office")]
    client_name: String,
    /// `client_secret_basic` (default), `client_secret_post`, `private_key_jwt` or `none`.
    token_endpoint_auth_method: Option<String>,
    /// `authorization_code`, `refresh_token`, `client_credentials`, `urn:ietf:params:oauth:grant-type:device_code`.
    #[serde(default)]
    #[schema(required)]
    grant_types: Vec<String>,
    /// Exact addresses; never a wildcard.
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    initiate_login_uri: Option<String>,
    /// Public keys, or `jwks_uri`: where they are.
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    /// How its ID tokens are encrypted: `RSA-OAEP`, `RSA-OAEP-256`, `ECDH-ES`, `ECDH-ES+A128KW` or `ECDH-ES+A256KW`. Needs a
    /// key of that kind in `jwks` or at `jwks_uri`.
    id_token_encrypted_response_alg: Option<String>,
    /// `A128CBC-HS256` (default), `A256CBC-HS512`, `A128GCM` or `A256GCM`.
    id_token_encrypted_response_enc: Option<String>,
    /// How its UserInfo answers are encrypted; as for ID tokens.
    userinfo_encrypted_response_alg: Option<String>,
    userinfo_encrypted_response_enc: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    /// APIs it may ask access tokens for (RFC 8707).
    #[serde(default)]
    resources: Vec<String>,
    /// `none` (default) or `administrator`: the most it may give to a member.
    may_grant: Option<String>,
    /// `RS256`, `PS256`, `ES256` or `Ed25519`: what it signs its assertions with, and nothing else.
    token_endpoint_auth_signing_alg: Option<String>,
    /// The same of its request objects (RFC 9101).
    request_object_signing_alg: Option<String>,
    /// `standard` (default) or `fapi2`, the FAPI 2.0 Security Profile, which includes what it demands.
    profile: Option<String>,
    /// `RS256` (default) or `ES256`: what its ID tokens and logout tokens are signed with. For a fapi2 client all is signed with
    /// `ES256`.
    id_token_signed_response_alg: Option<String>,
    /// `ES256` (default) or `RS256`: what its access tokens are signed with.
    access_token_signed_response_alg: Option<String>,
    /// `RS256` or `ES256`: what its UserInfo answers are signed with. Left out, they are not signed.
    userinfo_signed_response_alg: Option<String>,
    /// `RS256` (default) or `ES256`: what its introspection answers are signed with where it asks for signed ones (RFC 9701).
    introspection_signed_response_alg: Option<String>,
    /// Whether its device authorization requests must carry a PKCE challenge.
    #[serde(default)]
    require_device_pkce: bool,
    /// Whether its authorization requests must be pushed beforehand (RFC 9126).
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    /// Whether its authorization requests must come in a request object that it signed (RFC 9101).
    #[serde(default)]
    require_signed_request_object: bool,
    /// Whether its tokens must be bound to a key of its own (RFC 9449).
    #[serde(default)]
    dpop_bound_access_tokens: bool,
    /// In seconds: a log-in that is older is done again, unless the request has a `max_age` of its own. Left out: as long as the
    /// session lasts.
    #[schema(example = 3600)]
    default_max_age: Option<u32>,
    /// Whether its ID tokens must have `auth_time`, as all of ours do.
    #[serde(default)]
    require_auth_time: bool,
    /// Whether a refresh may name another company. Never for a client of one company.
    #[serde(default)]
    may_switch_company: bool,
}

impl From<NewClientBody> for ClientDraft {
    fn from(body: NewClientBody) -> Self {
        let NewClientBody {
            client_id,
            client_name,
            token_endpoint_auth_method,
            grant_types,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout_uri,
            initiate_login_uri,
            jwks,
            jwks_uri,
            id_token_encrypted_response_alg,
            id_token_encrypted_response_enc,
            userinfo_encrypted_response_alg,
            userinfo_encrypted_response_enc,
            scopes,
            resources,
            may_grant,
            token_endpoint_auth_signing_alg,
            request_object_signing_alg,
            profile,
            id_token_signed_response_alg,
            access_token_signed_response_alg,
            userinfo_signed_response_alg,
            introspection_signed_response_alg,
            require_device_pkce,
            require_pushed_authorization_requests,
            require_signed_request_object,
            dpop_bound_access_tokens,
            default_max_age,
            require_auth_time,
            may_switch_company,
        } = body;
        Self {
            client_id,
            client_name,
            auth_method: token_endpoint_auth_method,
            grant_types,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout_uri,
            initiate_login_uri,
            jwks,
            jwks_uri,
            encryption: EncryptionDraft {
                id_token: TypedEncryption {
                    alg: id_token_encrypted_response_alg,
                    enc: id_token_encrypted_response_enc,
                },
                userinfo: TypedEncryption {
                    alg: userinfo_encrypted_response_alg,
                    enc: userinfo_encrypted_response_enc,
                },
            },
            scopes,
            resources,
            may_grant,
            signing: SigningDraft { token_endpoint_auth_signing_alg, request_object_signing_alg },
            profile,
            response_signing: ResponseSigningDraft {
                id_token: id_token_signed_response_alg,
                access_token: access_token_signed_response_alg,
                userinfo: userinfo_signed_response_alg,
                introspection: introspection_signed_response_alg,
            },
            demands: Demands {
                require_pkce: true,
                require_device_pkce,
                require_pushed_authorization_requests,
                require_signed_request_object,
                dpop_bound_access_tokens,
            },
            log_in_defaults: LogInDefaults {
                default_max_age,
                require_auth_time,
                default_acr_values: Vec::new(),
            },
            contacts: Vec::new(),
            may_switch_company,
        }
    }
}

/// What to change (RFC 7396): a field that is left out stays, `null` takes away what is there; a list is the whole list.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct ClientPatchBody {
    #[serde(default, deserialize_with = "patched")]
    client_name: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    grant_types: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patched")]
    redirect_uris: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patched")]
    post_logout_redirect_uris: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patched")]
    backchannel_logout_uri: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    initiate_login_uri: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    #[serde(default, deserialize_with = "patched")]
    jwks_uri: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    id_token_encrypted_response_alg: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    id_token_encrypted_response_enc: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    userinfo_encrypted_response_alg: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    userinfo_encrypted_response_enc: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patched")]
    resources: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patched")]
    may_grant: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    token_endpoint_auth_signing_alg: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    request_object_signing_alg: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    profile: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    id_token_signed_response_alg: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    access_token_signed_response_alg: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    userinfo_signed_response_alg: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    introspection_signed_response_alg: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    require_device_pkce: Option<bool>,
    #[serde(default, deserialize_with = "patched")]
    require_pushed_authorization_requests: Option<bool>,
    #[serde(default, deserialize_with = "patched")]
    require_signed_request_object: Option<bool>,
    #[serde(default, deserialize_with = "patched")]
    dpop_bound_access_tokens: Option<bool>,
    #[serde(default, deserialize_with = "max_age")]
    #[schema(value_type = Option<u32>)]
    default_max_age: MaxAgePatch,
    #[serde(default, deserialize_with = "patched")]
    require_auth_time: Option<bool>,
    #[serde(default, deserialize_with = "patched")]
    may_switch_company: Option<bool>,
}

/// A document, `null` included.
fn present<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(field).map(Some)
}

fn max_age<'de, D: Deserializer<'de>>(field: D) -> Result<MaxAgePatch, D::Error> {
    Ok(Option::<u32>::deserialize(field)?.map_or(MaxAgePatch::Gone, MaxAgePatch::Becomes))
}

impl From<ClientPatchBody> for ClientPatch {
    fn from(body: ClientPatchBody) -> Self {
        let ClientPatchBody {
            client_name,
            grant_types,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout_uri,
            initiate_login_uri,
            jwks,
            jwks_uri,
            id_token_encrypted_response_alg,
            id_token_encrypted_response_enc,
            userinfo_encrypted_response_alg,
            userinfo_encrypted_response_enc,
            scopes,
            resources,
            may_grant,
            token_endpoint_auth_signing_alg,
            request_object_signing_alg,
            profile,
            id_token_signed_response_alg,
            access_token_signed_response_alg,
            userinfo_signed_response_alg,
            introspection_signed_response_alg,
            require_device_pkce,
            require_pushed_authorization_requests,
            require_signed_request_object,
            dpop_bound_access_tokens,
            default_max_age,
            require_auth_time,
            may_switch_company,
        } = body;
        Self {
            client_name,
            grant_types,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout_uri,
            initiate_login_uri,
            jwks,
            jwks_uri,
            encryption: EncryptionDraft {
                id_token: TypedEncryption {
                    alg: id_token_encrypted_response_alg,
                    enc: id_token_encrypted_response_enc,
                },
                userinfo: TypedEncryption {
                    alg: userinfo_encrypted_response_alg,
                    enc: userinfo_encrypted_response_enc,
                },
            },
            scopes,
            resources,
            may_grant,
            signing: SigningDraft { token_endpoint_auth_signing_alg, request_object_signing_alg },
            profile,
            response_signing: ResponseSigningDraft {
                id_token: id_token_signed_response_alg,
                access_token: access_token_signed_response_alg,
                userinfo: userinfo_signed_response_alg,
                introspection: introspection_signed_response_alg,
            },
            demands: DemandsPatch {
                require_device_pkce,
                require_pushed_authorization_requests,
                require_signed_request_object,
                dpop_bound_access_tokens,
            },
            log_in_defaults: LogInDefaultsPatch { default_max_age, require_auth_time },
            may_switch_company,
        }
    }
}

/// How long the secrets it has stay good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct RotationBody {
    /// 0 to 168.
    #[schema(example = 24, minimum = 0, maximum = 168)]
    pub(super) overlap_hours: u64,
}

/// A client of a company; never its secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ClientBody {
    #[schema(example = "office.99999")]
    client_id: String,
    client_name: String,
    company_id: Option<String>,
    enabled: bool,
    token_endpoint_auth_method: String,
    grant_types: Vec<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    initiate_login_uri: Option<String>,
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    id_token_encrypted_response_alg: Option<String>,
    id_token_encrypted_response_enc: Option<String>,
    userinfo_encrypted_response_alg: Option<String>,
    userinfo_encrypted_response_enc: Option<String>,
    scopes: Vec<String>,
    resources: Vec<String>,
    may_grant: String,
    token_endpoint_auth_signing_alg: Option<String>,
    request_object_signing_alg: Option<String>,
    profile: String,
    id_token_signed_response_alg: String,
    access_token_signed_response_alg: String,
    userinfo_signed_response_alg: Option<String>,
    introspection_signed_response_alg: String,
    require_device_pkce: bool,
    require_pushed_authorization_requests: bool,
    require_signed_request_object: bool,
    dpop_bound_access_tokens: bool,
    default_max_age: Option<u32>,
    require_auth_time: bool,
    may_switch_company: bool,
    /// One for each secret that is accepted now.
    secrets: Vec<SecretBody>,
}

/// A secret, as far as it can be told.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct SecretBody {
    /// RFC 3339; `null`: until it is replaced.
    expires_at: Option<String>,
}

impl ClientBody {
    pub(super) fn of(view: &ClientView, now: Timestamp) -> Self {
        let client: &Client = &view.client;
        let (jwks, jwks_uri) = client.written_keys();
        let secret = |end: Option<Timestamp>| SecretBody { expires_at: end.map(Timestamp::to_rfc3339) };
        let listens = client.backchannel_logout.as_ref();
        let signing = SigningDraft::typed(client.request_algs);
        let answers = client.response_algs();
        let EncryptionDraft { id_token, userinfo } = EncryptionDraft::typed(client.encryption);
        Self {
            client_id: client.id.to_string(),
            client_name: client.name.to_string(),
            company_id: client.company.map(|company| company.to_string()),
            enabled: client.enabled,
            token_endpoint_auth_method: client.auth_method.as_str().to_owned(),
            grant_types: client
                .grant_types
                .iter()
                .copied()
                .map(GrantType::as_str)
                .map(str::to_owned)
                .collect(),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            backchannel_logout_uri: listens.map(|listens| listens.uri.to_string()),
            initiate_login_uri: client.initiate_login_uri.as_ref().map(Url::to_string),
            jwks,
            jwks_uri,
            id_token_encrypted_response_alg: id_token.alg,
            id_token_encrypted_response_enc: id_token.enc,
            userinfo_encrypted_response_alg: userinfo.alg,
            userinfo_encrypted_response_enc: userinfo.enc,
            scopes: client.scopes.iter().map(Scope::as_str).map(str::to_owned).collect(),
            resources: client.resources.iter().map(ToString::to_string).collect(),
            may_grant: client.may_grant.as_str().to_owned(),
            token_endpoint_auth_signing_alg: signing.token_endpoint_auth_signing_alg,
            request_object_signing_alg: signing.request_object_signing_alg,
            profile: client.profile.as_str().to_owned(),
            id_token_signed_response_alg: answers.id_token.as_str().to_owned(),
            access_token_signed_response_alg: answers.access_token.as_str().to_owned(),
            userinfo_signed_response_alg: answers.userinfo.map(|alg| alg.as_str().to_owned()),
            introspection_signed_response_alg: answers.introspection.as_str().to_owned(),
            require_device_pkce: client.demands.require_device_pkce,
            require_pushed_authorization_requests: client.demands.require_pushed_authorization_requests,
            require_signed_request_object: client.demands.require_signed_request_object,
            dpop_bound_access_tokens: client.demands.dpop_bound_access_tokens,
            default_max_age: client.log_in_defaults.default_max_age,
            require_auth_time: client.log_in_defaults.require_auth_time,
            may_switch_company: client.may_switch_company,
            secrets: view.secrets_until(now).into_iter().map(secret).collect(),
        }
    }
}

/// A client with the secret just made for it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ClientWithSecretBody {
    #[serde(flatten)]
    client: ClientBody,
    /// Only in the first answer to the request; `null` as well for a client that has none.
    client_secret: Option<String>,
    /// Why there is no secret, where there is none.
    client_secret_note: Option<String>,
}

impl ClientWithSecretBody {
    pub(super) fn of(view: &ClientView, now: Timestamp) -> Self {
        let (secret, note) = match &view.made {
            Made::Secret(secret) => (Some(secret.expose().clone()), None),
            Made::ShownBefore => (None, Some(SHOWN_BEFORE)),
            Made::Nothing => (None, Some("The client does not authenticate with a secret.")),
        };
        Self {
            client: ClientBody::of(view, now),
            client_secret: secret,
            client_secret_note: note.map(str::to_owned),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ClientsBody {
    pub(super) clients: Vec<ClientBody>,
}
