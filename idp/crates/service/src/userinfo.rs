//! UserInfo (OpenID Connect Core section 5.3): claims about the person, by the scopes of the token (section 5.4).

use idp_domain::claims::{Address, Profile};
use idp_domain::scope::Scope;
use serde_json::{Map, Value, json};

use crate::access::{AccessError, PersonToken};

/// The claims an access token may read; `sub` is the one of the ID token.
///
/// # Errors
/// [`AccessError::InsufficientScope`] without `openid`.
pub fn read(token: &PersonToken) -> Result<Map<String, Value>, AccessError> {
    if !token.scopes.contains(Scope::Openid) {
        return Err(AccessError::InsufficientScope(Scope::Openid));
    }
    Ok(claims(token))
}

fn claims(token: &PersonToken) -> Map<String, Value> {
    let account = &token.account;
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(account.id));
    for scope in token.scopes.iter() {
        match scope {
            Scope::Profile => profile(&mut claims, &known_here(token)),
            Scope::Email => {
                claims.insert("email".to_owned(), json!(account.user_name.as_str()));
                claims.insert("email_verified".to_owned(), json!(account.email_verified));
            }
            Scope::Phone => {
                put(&mut claims, "phone_number", &account.profile.phone_number);
                put(&mut claims, "phone_number_verified", &account.profile.phone_number_verified);
            }
            Scope::Address => {
                if let Some(address) = &account.profile.address {
                    claims.insert("address".to_owned(), address_claim(address));
                }
            }
            Scope::Company => {
                if let Some(company) = &token.company {
                    claims.extend(company.claims_for_people());
                }
            }
            Scope::Openid | Scope::OfflineAccess | Scope::MembersRead | Scope::MembersWrite => {}
        }
    }
    claims
}

/// The profile as this client may know it. Until a person has written down their own name, an agency's client gets the
/// name its own office typed, not what another agency did (R33).
fn known_here(token: &PersonToken) -> Profile {
    let profile = token.account.profile.clone();
    match &token.company {
        Some(context) if profile.updated_at.is_none() => {
            let particulars = &context.membership.particulars;
            Profile {
                given_name: Some(particulars.given_name.clone()),
                family_name: Some(particulars.family_name.clone()),
                ..profile
            }
        }
        _ => profile,
    }
}

/// The fourteen claims of the `profile` scope.
fn profile(claims: &mut Map<String, Value>, profile: &Profile) {
    put(claims, "name", &profile.full_name());
    put(claims, "given_name", &profile.given_name);
    put(claims, "family_name", &profile.family_name);
    put(claims, "middle_name", &profile.middle_name);
    put(claims, "nickname", &profile.nickname);
    put(claims, "preferred_username", &profile.preferred_username);
    put(claims, "profile", &profile.profile);
    put(claims, "picture", &profile.picture);
    put(claims, "website", &profile.website);
    put(claims, "gender", &profile.gender);
    put(claims, "birthdate", &profile.birthdate);
    put(claims, "zoneinfo", &profile.zoneinfo);
    put(claims, "locale", &profile.locale);
    put(claims, "updated_at", &profile.updated_at);
}

fn put<T: serde::Serialize>(claims: &mut Map<String, Value>, name: &str, value: &Option<T>) {
    if let Some(value) = value {
        claims.insert(name.to_owned(), json!(value));
    }
}

fn address_claim(address: &Address) -> Value {
    let mut claim = json!(address);
    if let Some(claim) = claim.as_object_mut() {
        claim.insert("formatted".to_owned(), json!(address.lines().join("\n")));
    }
    claim
}
