//! A client's own keys: whether they can be had, and whether each is of use.

use std::collections::BTreeSet;

use idp_domain::client::{AssertionAlg, AuthMethod, Client, ClientKeys, Encryption, JwkSet, Profile};
use serde_json::Value;

use super::super::registered_keys::{may_verify, names};
use super::{Remark, is_in_the_clear};
use crate::client_keys::{self, NoKeys};
use crate::env::Env;

/// What is known of them now.
pub(super) enum Known {
    None,
    Set {
        field: &'static str,
        set: JwkSet,
    },
    /// Nobody answers where they are published.
    Away(NoKeys),
}

impl Known {
    pub(super) async fn of(env: &Env, client: &Client) -> Self {
        match &client.keys {
            None => Self::None,
            Some(ClientKeys::Inline(set)) => Self::Set { field: "jwks", set: set.clone() },
            Some(ClientKeys::Remote(uri)) => match client_keys::fetch(env, uri).await {
                Ok(set) => Self::Set { field: "jwks_uri", set },
                Err(why) => Self::Away(why),
            },
        }
    }

    /// What the client needs and its keys cannot do.
    pub(super) fn missing(&self, env: &Env, client: &Client, profile: Profile) -> Vec<Remark> {
        let signs = client.auth_method == AuthMethod::PrivateKeyJwt;
        let encrypted = encrypted(client);
        match self {
            Self::None if signs => {
                vec![Remark::new("jwks", "is missing: private_key_jwt needs jwks or jwks_uri")]
            }
            Self::None if !encrypted.is_empty() => {
                vec![Remark::new("jwks", "is missing: nothing can be encrypted without jwks or jwks_uri")]
            }
            // Away for a moment is no reason to register anything otherwise.
            Self::None | Self::Away(_) => Vec::new(),
            Self::Set { field, set } => {
                let mut found = Vec::new();
                let proves = |alg| client.may_prove_with(alg) && profile.accepts(alg);
                if signs && !may_verify(env, set, proves) {
                    let detail = "has no key that an assertion can be signed with: publish one for";
                    found.push(Remark::new(*field, format!("{detail} {}", names(proves))));
                }
                for (metadata, how) in encrypted {
                    if !env.client_encryption.fits(set, how) {
                        let detail = format!("has no key for the {} of {metadata}", how.alg.as_str());
                        found.push(Remark::new(*field, detail));
                    }
                }
                found
            }
        }
    }

    pub(super) fn warnings(&self, env: &Env, client: &Client) -> Vec<Remark> {
        let mut found = Vec::new();
        if let Some(ClientKeys::Remote(uri)) = &client.keys
            && is_in_the_clear(uri)
        {
            let detail = "is http: whoever is on the way can answer with a key of their own; write https";
            found.push(Remark::new("jwks_uri", detail));
        }
        match self {
            Self::None => {}
            Self::Away(why) => {
                let detail = format!("does not give its keys to this machine: {why}");
                found.push(Remark::new("jwks_uri", detail));
            }
            Self::Set { field, set } => {
                if client.auth_method != AuthMethod::PrivateKeyJwt && encrypted(client).is_empty() {
                    let method = client.auth_method.as_str();
                    let detail =
                        format!("counts for request objects only: the client proves itself by {method}");
                    found.push(Remark::new(*field, detail));
                }
                let mut names = BTreeSet::new();
                for (at, key) in set.keys().iter().enumerate() {
                    let kid = key.get("kid").and_then(Value::as_str);
                    let repeated = kid.filter(|kid| !names.insert(*kid));
                    let repeated = repeated
                        .map(|kid| format!("has the kid {kid:?} of another key: give it one of its own"));
                    let detail = repeated.or_else(|| of_no_use(env, client, key));
                    found.extend(detail.map(|detail| Remark::new(format!("{field}.keys[{at}]"), detail)));
                }
            }
        }
        found
    }
}

/// Why a key should be another one.
fn of_no_use(env: &Env, client: &Client, key: &Value) -> Option<String> {
    let algs = env.client_jwts.algs_of(key);
    let alone = JwkSet::try_from(serde_json::json!({ "keys": [key] })).ok()?;
    let is_encrypted_to =
        encrypted(client).into_iter().any(|(_, how)| env.client_encryption.fits(&alone, how));
    match algs.as_slice() {
        _ if is_encrypted_to => None,
        [] => Some(
            "fits nothing: it needs RSA of 2048 bits or more, P-256 or Ed25519, and a use, key_ops and alg that allow what it \
             is for"
                .to_owned(),
        ),
        [AssertionAlg::Rs256] => {
            Some("is for RS256 alone, which FAPI 2.0 does not take: prefer PS256, ES256 or Ed25519".to_owned())
        }
        algs if algs.iter().any(|alg| client.may_prove_with(*alg) || client.may_ask_with(*alg)) => None,
        _ => Some("is for another algorithm than the client registered".to_owned()),
    }
}

/// What is encrypted for the client, by the metadata that says so.
fn encrypted(client: &Client) -> Vec<(&'static str, Encryption)> {
    let wanted = client.encryption;
    let id_token = wanted.id_token.map(|how| ("id_token_encrypted_response_alg", how));
    let userinfo = wanted.userinfo.map(|how| ("userinfo_encrypted_response_alg", how));
    [id_token, userinfo].into_iter().flatten().collect()
}
