//! All that a client is registered as, for the operator: in the words of its metadata (RFC 7591 section 2), with what counts
//! by its profile, and beside them what only the operator sets. Never a secret.

use idp_domain::Timestamp;
use idp_domain::client::{Client, ClientId};
use serde_json::{Map, Value, json};

use super::ClientError;
use crate::env::Env;
use crate::registration::ClientMetadata;

/// The members that say something, by name.
///
/// # Errors
/// [`ClientError::Unknown`], [`ClientError::Fault`].
pub async fn describe(env: &Env, id: &ClientId) -> Result<Map<String, Value>, ClientError> {
    let mut tx = env.store.read().await?;
    let client = tx.clients().find(id).await?.ok_or_else(|| ClientError::Unknown(id.clone()))?;
    let registration = tx.registrations().find_of_client(id).await?;
    let company = match client.company {
        None => None,
        Some(company) => tx.companies().find(company).await?,
    };
    let company = company.map(|company| company.code.as_str().to_owned());
    let mut members =
        Map::from_iter([("client_id".to_owned(), json!(id)), ("company".to_owned(), json!(company))]);
    members.extend(beside(&client));
    members.extend(ClientMetadata::of(&client, registration.as_ref()).members()?);
    members.retain(|_, said| !matches!(said, Value::Null) && *said != json!([]) && *said != json!(""));
    Ok(members)
}

/// What no client registers for itself.
fn beside(client: &Client) -> Map<String, Value> {
    let demands = client.requires();
    let until = |end: Option<Timestamp>| json!({"expires_at": end.map(Timestamp::to_rfc3339)});
    let said = [
        ("registered_by", json!(client.registered_by)),
        ("first_party", json!(client.first_party)),
        ("enabled", json!(client.enabled)),
        ("secrets", client.secrets.iter().map(|secret| until(secret.expires_at)).collect()),
        ("profile", json!(client.profile)),
        ("access_token_signed_response_alg", json!(client.response_algs().access_token.as_str())),
        ("require_pkce", json!(demands.require_pkce)),
        ("require_device_pkce", json!(demands.require_device_pkce)),
        ("resources", json!(client.resources)),
        ("serves", json!(client.serves)),
        ("sector", json!(client.sector())),
        ("may_grant", json!(client.may_grant.as_str())),
        ("may_switch_company", json!(client.may_switch_company)),
    ];
    said.into_iter().map(|(name, said)| (name.to_owned(), said)).collect()
}
