//! Resource indicators (RFC 8707): which API an access token is for, and what its scopes are worth there. A token has one
//! audience.

use std::collections::BTreeSet;

use idp_domain::client::{Client, Resource};
use idp_domain::grant::Consented;
use idp_domain::scope::Scopes;

use crate::endpoint::Issuer;
use crate::oauth_error::{OAuthCode, OAuthError, ensure};
use crate::params::Params;

fn invalid_target(why: &'static str) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidTarget, why)
}

/// Every API an authorization request names, all of them among `allowed` (section 2.1).
pub(crate) fn requested(
    params: &Params,
    allowed: &BTreeSet<Resource>,
) -> Result<BTreeSet<Resource>, OAuthError> {
    let parse = |text| {
        Resource::parse(text)
            .map_err(|_| invalid_target("resource must be an absolute URI without a fragment"))
    };
    let named = params.all("resource").map(parse).collect::<Result<BTreeSet<_>, _>>()?;
    ensure(named.is_subset(allowed), || invalid_target("this client may not ask for this resource"))?;
    Ok(named)
}

/// The one API a token request names, if it names one: of those that were granted, and that the client may still ask for.
pub(crate) fn granted(
    params: &Params,
    consented: &Consented,
    client: &Client,
) -> Result<Option<Resource>, OAuthError> {
    audience(params, &(&consented.resources & &client.resources))
}

/// The one API a token request names, if it names one (section 2.2).
pub(crate) fn audience(
    params: &Params,
    allowed: &BTreeSet<Resource>,
) -> Result<Option<Resource>, OAuthError> {
    let mut named = requested(params, allowed)?;
    ensure(named.len() <= 1, || {
        invalid_target("an access token is for one resource: ask for each by itself")
    })?;
    Ok(named.pop_first())
}

/// Whether this is the provisioning API.
pub(crate) fn is_provisioning(issuer: &Issuer, audience: Option<&Resource>) -> bool {
    audience.is_some_and(|api| api.as_str() == issuer.admin_audience())
}

/// What is left of the granted scopes in a token for one API: at the provisioning API those for administering, at every
/// other one those of a sign-in, so that nobody to whom a token is shown can administer with it (attack 61).
pub(crate) fn scopes_at(issuer: &Issuer, audience: Option<&Resource>, granted: &Scopes) -> Scopes {
    if is_provisioning(issuer, audience) { granted.administrative() } else { granted.for_people() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;

    /// Attack 61: what one API is shown is worth nothing at another.
    #[test]
    fn administrative_scopes_are_for_the_provisioning_api_and_the_others_for_everybody_else() {
        let issuer = Issuer::new("https://id.example".to_owned()).expect("a URL");
        let granted = Scopes::parse("openid email members:read operator");
        let at = |api: Option<&str>| {
            let api = api.map(|api| Resource::parse(api).expect("a resource"));
            scopes_at(&issuer, api.as_ref(), &granted).to_string()
        };
        assert_eq!(at(Some("https://id.example/admin/v1")), "members:read operator");
        for other in [None, Some("https://id.example/admin/v1/"), Some("https://id.example/admin/v2")] {
            assert_eq!(at(other), "openid email", "{other:?}");
        }
    }
}
