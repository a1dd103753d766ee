//! What is recorded of a client (R94): every field that is another one now, and how long its secrets are good. Never a secret.

use idp_domain::Timestamp;
use idp_domain::audit::AuditEvent;
use idp_domain::client::{AssertionAlg, Client, ClientKeys, Encryption};
use serde_json::Value;
use url::Url;

use crate::once::etag;

const FIELDS: [&str; 38] = [
    "client_name",
    "auth_method",
    "grant_types",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "initiate_login_uri",
    "client_uri",
    "logo_uri",
    "logo",
    "policy_uri",
    "tos_uri",
    "sector",
    "jwks_uri",
    "id_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "scopes",
    "resources",
    "may_grant",
    "token_endpoint_auth_signing_alg",
    "request_object_signing_alg",
    "profile",
    "id_token_signed_response_alg",
    "access_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
    "require_device_pkce",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "contacts",
    "may_switch_company",
    "secrets",
    "enabled",
];

/// The event with what is different: `None` before a client is made, and after one is taken away.
pub(crate) fn told(event: AuditEvent, before: Option<&Client>, after: Option<&Client>) -> AuditEvent {
    event.differences(FIELDS, before.map(facts), after.map(facts))
}

/// In the order of [`FIELDS`].
fn facts(client: &Client) -> [Option<String>; FIELDS.len()] {
    let listed = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(" "));
    let keys = client.keys.as_ref().map(|keys| match keys {
        ClientKeys::Remote(uri) => uri.to_string(),
        ClientKeys::Inline(set) => format!("by value {}", etag(&Value::from(set.clone()).to_string())),
    });
    let encrypted = |how: Encryption| format!("{} {}", how.alg.as_str(), how.enc.as_str());
    let secrets = client.secrets.iter().map(|secret| match secret.expires_at {
        None => "in use".to_owned(),
        Some(end) => format!("until {}", Timestamp::to_rfc3339(end)),
    });
    let secrets = secrets.collect::<Vec<_>>().join(", ");
    let signed = |alg: Option<AssertionAlg>| alg.map(|alg| alg.as_str().to_owned());
    let answers = client.algs;
    let defaults = &client.log_in_defaults;
    let contacts = client.contacts.iter().map(|contact| contact.as_str()).collect::<Vec<_>>().join("\n");
    let contacts = format!("{} {}", client.contacts.len(), etag(&contacts));
    let listens = client.backchannel_logout.as_ref();
    let uri = |uri: &Option<Url>| uri.as_ref().map(ToString::to_string);
    [
        Some(client.name.to_string()),
        Some(client.auth_method.as_str().to_owned()),
        listed(client.grant_types.iter().map(|grant| grant.as_str()).collect()),
        listed(client.redirect_uris.iter().map(String::as_str).collect()),
        listed(client.post_logout_redirect_uris.iter().map(String::as_str).collect()),
        listens.map(|listens| listens.uri.to_string()),
        listens.map(|listens| listens.session_required.to_string()),
        uri(&client.initiate_login_uri),
        uri(&client.about.client_uri),
        uri(&client.about.logo_uri),
        client.about.logo.map(|logo| logo.name.to_string()),
        uri(&client.about.policy_uri),
        uri(&client.about.tos_uri),
        client.sector().map(str::to_owned),
        keys,
        client.encryption.id_token.map(encrypted),
        client.encryption.userinfo.map(encrypted),
        Some(client.scopes.to_string()).filter(|scopes| !scopes.is_empty()),
        listed(client.resources.iter().map(|resource| resource.as_str()).collect()),
        Some(client.may_grant.as_str().to_owned()),
        signed(client.request_algs.token_endpoint_auth_signing_alg),
        signed(client.request_algs.request_object_signing_alg),
        Some(client.profile.as_str().to_owned()),
        Some(answers.id_token.as_str().to_owned()),
        Some(answers.access_token.as_str().to_owned()),
        answers.userinfo.map(|alg| alg.as_str().to_owned()),
        Some(answers.introspection.as_str().to_owned()),
        Some(client.demands.require_device_pkce.to_string()),
        Some(client.demands.require_pushed_authorization_requests.to_string()),
        Some(client.demands.require_signed_request_object.to_string()),
        Some(client.demands.dpop_bound_access_tokens.to_string()),
        defaults.default_max_age.map(|seconds| seconds.to_string()),
        Some(defaults.require_auth_time.to_string()),
        listed(defaults.default_acr_values.iter().map(String::as_str).collect()),
        // People's addresses: that they are others is told, and not which.
        Some(contacts).filter(|_| !client.contacts.is_empty()),
        Some(client.may_switch_company.to_string()),
        Some(secrets).filter(|secrets| !secrets.is_empty()),
        Some(client.enabled.to_string()),
    ]
}
