//! What a client may know about a person: the claims behind scopes, and those asked for one by one (OpenID Connect Core
//! sections 5.4 and 5.5). UserInfo and ID tokens say the same thing in the same words.

use std::collections::BTreeSet;

use idp_domain::account::Account;
use idp_domain::claims::{Address, Profile};
use idp_domain::claims_request::ClaimName;
use idp_domain::client::Client;
use idp_domain::scope::Scopes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::company_claims::CompanyContext;

/// The claims that the scopes stand for.
pub(crate) fn of_scopes(scopes: &Scopes) -> BTreeSet<ClaimName> {
    ClaimName::VARIANTS.iter().copied().filter(|claim| scopes.contains(claim.scope())).collect()
}

/// The claims that were asked for one by one, as far as the client may still know them by its scopes.
pub(crate) fn still_registered(client: &Client, named: &BTreeSet<ClaimName>) -> BTreeSet<ClaimName> {
    named.iter().copied().filter(|claim| client.scopes.contains(claim.scope())).collect()
}

/// The named claims, as far as there is something to say.
pub(crate) fn of(
    account: &Account,
    company: Option<&CompanyContext>,
    named: &BTreeSet<ClaimName>,
) -> Map<String, Value> {
    let profile = known_here(account, company);
    let told = |claim: &ClaimName| Some((claim.as_str().to_owned(), value(account, &profile, *claim)?));
    named.iter().filter_map(told).collect()
}

/// The profile as this client may know it. Until a person has written down their own name, an agency's client gets the
/// name its own office typed, not what another agency did (R33).
fn known_here(account: &Account, company: Option<&CompanyContext>) -> Profile {
    let profile = account.profile.clone();
    match company {
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

fn value(account: &Account, profile: &Profile, claim: ClaimName) -> Option<Value> {
    match claim {
        ClaimName::Name => known(&profile.full_name()),
        ClaimName::GivenName => known(&profile.given_name),
        ClaimName::FamilyName => known(&profile.family_name),
        ClaimName::MiddleName => known(&profile.middle_name),
        ClaimName::Nickname => known(&profile.nickname),
        ClaimName::PreferredUsername => known(&profile.preferred_username),
        ClaimName::Profile => known(&profile.profile),
        ClaimName::Picture => known(&profile.picture),
        ClaimName::Website => known(&profile.website),
        ClaimName::Gender => known(&profile.gender),
        ClaimName::Birthdate => known(&profile.birthdate),
        ClaimName::Zoneinfo => known(&profile.zoneinfo),
        ClaimName::Locale => known(&profile.locale),
        ClaimName::UpdatedAt => known(&profile.updated_at),
        ClaimName::Email => Some(json!(account.user_name.as_str())),
        ClaimName::EmailVerified => Some(json!(account.email_verified)),
        ClaimName::Address => profile.address.as_ref().map(address_claim),
        ClaimName::PhoneNumber => known(&profile.phone_number),
        ClaimName::PhoneNumberVerified => known(&profile.phone_number_verified),
    }
}

fn known<T: Serialize>(value: &Option<T>) -> Option<Value> {
    value.as_ref().map(|value| json!(value))
}

fn address_claim(address: &Address) -> Value {
    let mut claim = json!(address);
    if let Some(claim) = claim.as_object_mut() {
        claim.insert("formatted".to_owned(), json!(address.lines().join("\n")));
    }
    claim
}
