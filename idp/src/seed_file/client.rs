//! `[[client]]`: a static client, in the words of its registered metadata (RFC 7591 section 2).

use std::fs;
use std::path::{Path, PathBuf};

use idp_domain::Digest;
use idp_domain::client::{AuthMethod, Client, ClientId, ClientSecret, GrantType, check_redirect_uri};
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
    #[serde(default = "rs256")]
    id_token_signed_response_alg: SigningAlg,
    #[serde(default = "yes")]
    require_pkce: bool,
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

const fn rs256() -> SigningAlg {
    SigningAlg::Rs256
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
    let initiate_login_uri = written.initiate_login_uri.as_ref().and_then(|uri| login_uri(uri, checks));
    for word in written.scope.split_whitespace().filter(|word| Scope::parse(word).is_none()) {
        let known: Vec<_> = Scope::VARIANTS.iter().map(|scope| scope.as_str()).collect();
        checks.report("scope", format!("{word:?} is unknown; write some of {}", known.join(" ")));
    }
    let client = Client {
        id: id?,
        name: name?,
        company: None,
        auth_method: written.token_endpoint_auth_method,
        secrets,
        grant_types: written.grant_types.clone(),
        redirect_uris: written.redirect_uris.clone(),
        post_logout_redirect_uris: written.post_logout_redirect_uris.clone(),
        initiate_login_uri,
        scopes: Scopes::parse(&written.scope),
        id_token_alg: written.id_token_signed_response_alg,
        require_pkce: written.require_pkce,
        first_party: written.first_party,
        may_grant: written.may_grant,
        enabled: true,
    };
    Some((client, company.flatten()))
}

fn secrets(written: &Written, folder: &Path, checks: &mut Checks) -> Vec<ClientSecret> {
    let key = "client_secret";
    let public = written.token_endpoint_auth_method == AuthMethod::None;
    let secret = match (&written.client_secret, &written.client_secret_file) {
        (None, None) if public => return Vec::new(),
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
    if public {
        checks.report(key, "a client with token_endpoint_auth_method = \"none\" has no secret; leave it out");
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
    if uses(GrantType::RefreshToken) && !uses(GrantType::AuthorizationCode) {
        checks
            .report("grant_types", "refresh_token needs authorization_code, where refresh tokens come from");
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

fn login_uri(uri: &str, checks: &mut Checks) -> Option<Url> {
    let key = "initiate_login_uri";
    checks.keep(key, check_redirect_uri(uri))?;
    checks.keep(key, Url::parse(uri))
}
