//! The company a request names (`company.md` section 3, "Names"): never an authenticator, and judged only after the log-in,
//! except where the client itself serves one company alone.

use idp_domain::client::Client;
use idp_domain::company::CompanyRef;
use idp_domain::scope::{Scope, Scopes};

use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthError, Refusal, ensure};
use crate::params::Params;

/// The company that a request for these scopes names, as sent.
///
/// # Errors
/// `invalid_request` when the aliases disagree, when the client may not name one, or serves another; [`Fault`].
pub(crate) async fn read(
    env: &Env,
    params: &Params,
    client: &Client,
    scopes: &Scopes,
) -> Result<Option<String>, Refusal> {
    let named = named(params)?;
    // A client of nobody's learns of an agency only by the scope that says so on the consent page.
    let may_name = client.first_party || client.company.is_some() || scopes.contains(Scope::Company);
    ensure(named.is_none() || may_name, || OAuthError::request("company needs the scope company"))?;
    let serves = serves(env, client, named.as_deref()).await?;
    ensure(serves, || OAuthError::request("this client serves another company"))?;
    Ok(named)
}

/// `company`, or its aliases `acr_values=tenant:<code>` and `tenant`; two that disagree are refused. A field of a form that holds
/// nothing but what does not matter in a code, a space above all, was left empty.
///
/// # Errors
/// `invalid_request`.
pub(crate) fn named(params: &Params) -> Result<Option<String>, OAuthError> {
    let words = params.get("acr_values").unwrap_or_default().split(' ');
    let legacy = words.filter_map(|word| word.strip_prefix("tenant:"));
    let named = [params.get("company"), params.get("tenant")].into_iter().flatten().chain(legacy);
    let named: Vec<&str> = named.filter(|it| !is_blank(it)).collect();
    let canonical = |text: &&str| CompanyRef::parse(text).ok();
    let agree = named.windows(2).all(|pair| matches!(pair, [a, b] if canonical(a) == canonical(b)));
    ensure(agree, || OAuthError::request("company, tenant and acr_values name different companies"))?;
    Ok(named.first().map(|&text| text.to_owned()))
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c == '-')
}

/// A client bound to a company refuses every other name: unknown ones and those of other agencies look the same.
async fn serves(env: &Env, client: &Client, named: Option<&str>) -> Result<bool, Fault> {
    let (Some(own), Some(named)) = (client.company, named) else { return Ok(true) };
    let Ok(named) = CompanyRef::parse(named) else { return Ok(false) };
    let company = env.store.read().await?.companies().find_by_ref(&named).await?;
    Ok(company.is_some_and(|company| company.id == own))
}
