//! `[[client]]`: a static client, in the words of its registered metadata (RFC 7591 section 2).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use idp_domain::Digest;
use idp_domain::client::{
    About, AssertionAlg, AuthMethod, BackchannelLogout, Client, ClientId, ClientKeys, ClientSecret,
    ContentEncryption, Demands, Encryption, EncryptionAlg, GrantType, JwkSet, LogInDefaults, Profile,
    RequestAlgs, Resource, ResponseAlgs, ResponseEncryption, SubjectType, check_redirect_uri,
};
use idp_domain::company::CompanyCode;
use idp_domain::member::Authority;
use idp_domain::scope::{Scope, Scopes};
use idp_domain::signing_key::SigningAlg;
use serde::Deserialize;
use url::Url;

use super::checks::Checks;

/// Only its SHA-256 is stored, so a secret has to be random: 112 bits as base64url are 19 characters (rule L1).
const SHORTEST_SECRET: usize = 19;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    client_id: String,
    client_name: String,
    company: Option<String>,
    #[serde(default = "basic")]
    token_endpoint_auth_method: AuthMethod,
    client_secret: Option<String>,
    client_secret_file: Option<PathBuf>,
    #[serde(default = "code_only")]
    grant_types: Vec<GrantType>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    initiate_login_uri: Option<String>,
    scope: String,
    backchannel_logout_uri: Option<String>,
    #[serde(default)]
    backchannel_logout_session_required: bool,
    jwks: Option<serde_json::Value>,
    jwks_uri: Option<String>,
    #[serde(default)]
    subject_type: SubjectWord,
    sector_identifier_uri: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    serves: Vec<String>,
    id_token_signed_response_alg: Option<SigningAlg>,
    access_token_signed_response_alg: Option<SigningAlg>,
    userinfo_signed_response_alg: Option<SigningAlg>,
    introspection_signed_response_alg: Option<SigningAlg>,
    id_token_encrypted_response_alg: Option<EncryptionAlg>,
    id_token_encrypted_response_enc: Option<ContentEncryption>,
    userinfo_encrypted_response_alg: Option<EncryptionAlg>,
    userinfo_encrypted_response_enc: Option<ContentEncryption>,
    token_endpoint_auth_signing_alg: Option<AssertionAlg>,
    request_object_signing_alg: Option<AssertionAlg>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    #[serde(default = "yes")]
    require_pkce: bool,
    #[serde(default)]
    profile: Profile,
    #[serde(default)]
    require_device_pkce: bool,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    #[serde(default)]
    require_signed_request_object: bool,
    #[serde(default)]
    dpop_bound_access_tokens: bool,
    default_max_age: Option<u32>,
    #[serde(default)]
    require_auth_time: bool,
    #[serde(default)]
    may_switch_company: bool,
    #[serde(default = "yes")]
    first_party: bool,
    #[serde(default)]
    may_grant: Authority,
}

const fn basic() -> AuthMethod {
    AuthMethod::ClientSecretBasic
}

fn code_only() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode]
}

/// `subject_type` (OpenID Connect Registration section 2).
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SubjectWord {
    #[default]
    Public,
    Pairwise,
}

const fn yes() -> bool {
    true
}

/// The client without its company, and the code of the company it names.
pub(super) fn check(
    written: &Written,
    folder: &Path,
    checks: &mut Checks,
) -> Option<(Client, Option<CompanyCode>)> {
    let id = checks.keep("client_id", ClientId::parse(&written.client_id));
    let name = checks.line("client_name", &written.client_name);
    let company = written.company.as_ref().map(|code| checks.keep("company", CompanyCode::parse(code)));
    let secrets = secrets(written, folder, checks);
    grants(written, checks);
    uris("redirect_uris", &written.redirect_uris, checks);
    uris("post_logout_redirect_uris", &written.post_logout_redirect_uris, checks);
    let initiate_login_uri = own_uri("initiate_login_uri", written.initiate_login_uri.as_deref(), checks);
    let backchannel_logout = backchannel_logout(written, checks);
    let keys = keys(written, checks);
    let encryption = encryption(written, checks);
    let subject_type = subject_type(written, checks);
    let about = About {
        client_uri: shown_uri("client_uri", written.client_uri.as_deref(), checks),
        logo_uri: shown_uri("logo_uri", written.logo_uri.as_deref(), checks),
        policy_uri: shown_uri("policy_uri", written.policy_uri.as_deref(), checks),
        tos_uri: shown_uri("tos_uri", written.tos_uri.as_deref(), checks),
        // A start waits for nobody's network.
        logo: None,
        known_since: None,
    };
    let resources = listed("resources", &written.resources, checks);
    let serves = listed("serves", &written.serves, checks);
    for word in written.scope.split_whitespace().filter(|word| Scope::parse(word).is_none()) {
        let known: Vec<_> = Scope::VARIANTS.iter().map(|scope| scope.as_str()).collect();
        checks.report("scope", format!("{word:?} is unknown; write some of {}", known.join(" ")));
    }
    let client = Client {
        secrets,
        keys,
        grant_types: written.grant_types.clone(),
        redirect_uris: written.redirect_uris.clone(),
        post_logout_redirect_uris: written.post_logout_redirect_uris.clone(),
        backchannel_logout,
        initiate_login_uri,
        scopes: Scopes::parse(&written.scope),
        resources,
        serves,
        subject_type,
        algs: written.profile.signs_with(algs(written)),
        encryption,
        request_algs: RequestAlgs {
            token_endpoint_auth_signing_alg: written.token_endpoint_auth_signing_alg,
            request_object_signing_alg: written.request_object_signing_alg,
        },
        about,
        profile: written.profile,
        demands: demands(written),
        log_in_defaults: LogInDefaults {
            default_max_age: written.default_max_age,
            require_auth_time: written.require_auth_time,
            default_acr_values: Vec::new(),
        },
        may_switch_company: written.may_switch_company,
        first_party: written.first_party,
        may_grant: written.may_grant,
        ..Client::new(id?, name?, written.token_endpoint_auth_method)
    };
    profile(written, &client, checks);
    signed_requests(&client, checks);
    Some((client, company.flatten()))
}

/// Nobody can sign a request with a key that we do not know.
fn signed_requests(client: &Client, checks: &mut Checks) {
    if client.demands.require_signed_request_object && client.keys.is_none() {
        checks.report("require_signed_request_object", "needs jwks or jwks_uri, with a key to verify with");
    }
}

/// What is written beside the profile and does not go with it.
fn profile(written: &Written, client: &Client, checks: &mut Checks) {
    for shortfall in client.shortfalls(client.profile) {
        checks.report(&shortfall.field(), shortfall);
    }
    if client.profile == Profile::Fapi2 && !written.require_pkce {
        checks.report("require_pkce", "is part of fapi2; leave it out");
    }
    for (key, asked) in [
        ("id_token_signed_response_alg", written.id_token_signed_response_alg),
        ("access_token_signed_response_alg", written.access_token_signed_response_alg),
        ("userinfo_signed_response_alg", written.userinfo_signed_response_alg),
        ("introspection_signed_response_alg", written.introspection_signed_response_alg),
    ] {
        let taken = asked.map(|asked| client.profile.signs(asked));
        if let Some(taken) = taken.filter(|_| taken != asked) {
            checks
                .report(key, format!("must be {} for a {} client", taken.as_str(), client.profile.as_str()));
        }
    }
}

fn demands(written: &Written) -> Demands {
    Demands {
        require_pkce: written.require_pkce,
        require_device_pkce: written.require_device_pkce,
        require_pushed_authorization_requests: written.require_pushed_authorization_requests,
        require_signed_request_object: written.require_signed_request_object,
        dpop_bound_access_tokens: written.dpop_bound_access_tokens,
    }
}

fn secrets(written: &Written, folder: &Path, checks: &mut Checks) -> Vec<ClientSecret> {
    let key = "client_secret";
    let public = written.token_endpoint_auth_method == AuthMethod::None;
    let signs = written.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt;
    let secret = match (&written.client_secret, &written.client_secret_file) {
        (None, None) if public || signs => return Vec::new(),
        (None, None) => {
            checks.report(
                key,
                "is missing; write it, or client_secret_file, or token_endpoint_auth_method = \"none\"",
            );
            return Vec::new();
        }
        (Some(_), Some(_)) => {
            checks.report(key, "client_secret and client_secret_file are both written; keep one of them");
            return Vec::new();
        }
        (Some(secret), None) => secret.clone(),
        (None, Some(file)) => match fs::read_to_string(folder.join(file)) {
            Ok(text) => text.trim_end_matches(['\r', '\n']).to_owned(),
            Err(error) => {
                checks.report("client_secret_file", format!("{} cannot be read: {error}", file.display()));
                return Vec::new();
            }
        },
    };
    if public || signs {
        let method = written.token_endpoint_auth_method.as_str();
        checks.report(
            key,
            format!("a client with token_endpoint_auth_method = {method:?} has no secret; leave it out"),
        );
    }
    if secret.chars().count() < SHORTEST_SECRET {
        checks.report(key, format!("is too short; write {SHORTEST_SECRET} random characters or more"));
    }
    vec![ClientSecret { digest: Digest::of(secret.as_bytes()), expires_at: None }]
}

fn grants(written: &Written, checks: &mut Checks) {
    let public = written.token_endpoint_auth_method == AuthMethod::None;
    let uses = |grant| written.grant_types.contains(&grant);
    if uses(GrantType::AuthorizationCode) && written.redirect_uris.is_empty() {
        checks.report("redirect_uris", "authorization_code needs at least one");
    }
    if uses(GrantType::RefreshToken) && !GrantType::SIGN_INS.into_iter().any(uses) {
        let words = GrantType::SIGN_INS.map(GrantType::as_str).join(" or ");
        checks.report("grant_types", format!("refresh_token needs {words}, where refresh tokens come from"));
    }
    if written.may_switch_company && written.company.is_some() {
        checks.report(
            "may_switch_company",
            "a client with a company cannot switch to another; keep one of them",
        );
    }
    let lists_companies = Scopes::parse(&written.scope).contains(Scope::Companies);
    if lists_companies && (written.company.is_some() || !written.first_party) {
        checks.report("scope", "companies is for a client of yours that serves all agencies; leave it out");
    }
    if uses(GrantType::ClientCredentials) && public {
        checks.report("grant_types", "client_credentials needs a client that authenticates");
    }
    if public && !written.require_pkce {
        checks.report("require_pkce", "a client without a secret needs PKCE (RFC 9700 section 2.1.1)");
    }
}

fn uris(key: &str, uris: &[String], checks: &mut Checks) {
    for (at, uri) in uris.iter().enumerate() {
        checks.keep(&format!("{key}[{at}]"), check_redirect_uri(uri));
    }
}

/// An address of the client's own, which browsers are sent to.
fn own_uri(key: &str, uri: Option<&str>, checks: &mut Checks) -> Option<Url> {
    let uri = uri?;
    checks.keep(key, check_redirect_uri(uri))?;
    checks.keep(key, Url::parse(uri))
}

/// A page or picture that people are shown.
fn shown_uri(key: &str, uri: Option<&str>, checks: &mut Checks) -> Option<Url> {
    let url = checks.keep(key, Url::parse(uri?))?;
    if url.scheme() != "https" {
        checks.report(key, "must use https");
    }
    Some(url)
}

/// An address that we call: whether it may be called at all is decided when it is (`outbound.allowed_private_hosts`).
fn called_uri(key: &str, uri: Option<&str>, checks: &mut Checks) -> Option<Url> {
    let url = checks.keep(key, Url::parse(uri?))?;
    if !matches!(url.scheme(), "https" | "http") || url.fragment().is_some() {
        checks.report(
            key,
            "must use https (http for hosts in outbound.allowed_private_hosts) and have no fragment",
        );
    }
    Some(url)
}

fn backchannel_logout(written: &Written, checks: &mut Checks) -> Option<BackchannelLogout> {
    let uri = called_uri("backchannel_logout_uri", written.backchannel_logout_uri.as_deref(), checks)?;
    Some(BackchannelLogout { uri, session_required: written.backchannel_logout_session_required })
}

fn keys(written: &Written, checks: &mut Checks) -> Option<ClientKeys> {
    let signs = written.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt;
    match (&written.jwks, &written.jwks_uri) {
        (None, None) => {
            if signs {
                checks.report("jwks", "is missing; private_key_jwt needs jwks or jwks_uri");
            }
            None
        }
        (Some(_), Some(_)) => {
            checks.report("jwks", "jwks and jwks_uri are both written; keep one of them");
            None
        }
        (Some(set), None) => checks.keep("jwks", JwkSet::try_from(set.clone())).map(ClientKeys::Inline),
        (None, uri) => called_uri("jwks_uri", uri.as_deref(), checks).map(ClientKeys::Remote),
    }
}

/// OpenID Connect Core section 8.1: the host of `sector_identifier_uri`, or the one host of all redirect URIs.
fn subject_type(written: &Written, checks: &mut Checks) -> SubjectType {
    if matches!(written.subject_type, SubjectWord::Public) {
        return SubjectType::Public;
    }
    let named = shown_uri("sector_identifier_uri", written.sector_identifier_uri.as_deref(), checks);
    let of_redirects = written.redirect_uris.iter().filter_map(|uri| Url::parse(uri).ok());
    let hosts: BTreeSet<String> =
        named.map_or_else(|| of_redirects.collect(), |uri| vec![uri]).iter().filter_map(host).collect();
    match hosts.first() {
        // On a loopback address live all native apps together: that is nobody's sector.
        Some(sector) if hosts.len() == 1 && !is_loopback(sector) => {
            SubjectType::Pairwise { sector: sector.clone() }
        }
        _ => {
            checks.report(
                "sector_identifier_uri",
                "is missing; redirect_uris on several hosts, or on a loopback address, need one",
            );
            SubjectType::Public
        }
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]")
}

fn host(url: &Url) -> Option<String> {
    url.host_str().map(str::to_owned)
}

fn listed(key: &str, written: &[String], checks: &mut Checks) -> BTreeSet<Resource> {
    let numbered = written.iter().enumerate();
    numbered.filter_map(|(at, uri)| checks.keep(&format!("{key}[{at}]"), Resource::parse(uri))).collect()
}

/// OpenID Connect Registration section 2: `enc` has a default and no meaning of its own.
fn encryption(written: &Written, checks: &mut Checks) -> ResponseEncryption {
    let has_keys = written.jwks.is_some() || written.jwks_uri.is_some();
    let mut how =
        |[alg_key, enc_key]: [&str; 2], alg: Option<EncryptionAlg>, enc: Option<ContentEncryption>| {
            if alg.is_none() && enc.is_some() {
                checks.report(alg_key, format!("is missing; {enc_key} needs it"));
            }
            if alg.is_some() && !has_keys {
                checks.report(alg_key, "needs jwks or jwks_uri, with a key to encrypt to");
            }
            alg.map(|alg| Encryption { alg, enc: enc.unwrap_or_default() })
        };
    ResponseEncryption {
        id_token: how(
            ["id_token_encrypted_response_alg", "id_token_encrypted_response_enc"],
            written.id_token_encrypted_response_alg,
            written.id_token_encrypted_response_enc,
        ),
        userinfo: how(
            ["userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc"],
            written.userinfo_encrypted_response_alg,
            written.userinfo_encrypted_response_enc,
        ),
    }
}

fn algs(written: &Written) -> ResponseAlgs {
    let usual = ResponseAlgs::default();
    ResponseAlgs {
        id_token: written.id_token_signed_response_alg.unwrap_or(usual.id_token),
        access_token: written.access_token_signed_response_alg.unwrap_or(usual.access_token),
        userinfo: written.userinfo_signed_response_alg,
        introspection: written.introspection_signed_response_alg.unwrap_or(usual.introspection),
    }
}
