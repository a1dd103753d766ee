//! Companies as they are: the operator sees every one, everybody else their own.

use idp_domain::company::Company;
use idp_domain::id::CompanyId;
use idp_domain::scope::Scope;

use super::{CompanyView, view};
use crate::access::AccessError;
use crate::authority::{Caller, CompanyScope};
use crate::env::Env;
use crate::fault::Fault;

/// Companies of one page, and where the next one begins.
#[derive(Debug, Clone)]
pub struct CompanyPage {
    pub companies: Vec<CompanyView>,
    pub next: Option<CompanyId>,
}

/// A page of the companies that the caller may see, in the order they were opened; every word of `query` is in code, slug
/// or name.
///
/// # Errors
/// [`AccessError`].
pub async fn list(
    env: &Env,
    caller: &Caller,
    query: &str,
    after: Option<CompanyId>,
    limit: u64,
) -> Result<CompanyPage, AccessError> {
    let companies = match caller.operator(env, Scope::CompaniesRead) {
        Ok(_) => {
            let words: Vec<String> = query.split_whitespace().map(str::to_owned).collect();
            env.store.read().await?.companies().list(&words, after, limit + 1).await?
        }
        Err(AccessError::NotOperator) => own(env, caller, after).await?,
        Err(other) => return Err(other),
    };
    Ok(page(env, companies, limit).await?)
}

/// The one company of a caller who is not the operator, whatever they look for.
async fn own(env: &Env, caller: &Caller, after: Option<CompanyId>) -> Result<Vec<Company>, AccessError> {
    let Some(id) = caller.bound_to().filter(|own| after.is_none_or(|after| after < *own)) else {
        return Ok(Vec::new());
    };
    let scope = caller.company(env, Scope::CompaniesRead, &id.to_string()).await?;
    Ok(scope.map(|scope| scope.company().clone()).into_iter().collect())
}

async fn page(env: &Env, mut companies: Vec<Company>, limit: u64) -> Result<CompanyPage, Fault> {
    let more = companies.len() as u64 > limit;
    if more {
        companies.pop();
    }
    let next = companies.last().map(|company| company.id).filter(|_| more);
    let mut tx = env.store.read().await?;
    let mut page = Vec::with_capacity(companies.len());
    for company in companies {
        page.push(view(&mut *tx, company).await?);
    }
    Ok(CompanyPage { companies: page, next })
}

/// The company as it is at this moment.
///
/// # Errors
/// [`Fault`].
pub async fn find(env: &Env, scope: &CompanyScope) -> Result<CompanyView, Fault> {
    let mut tx = env.store.read().await?;
    let company = tx.companies().find(scope.id()).await?;
    view(&mut *tx, company.ok_or(Fault::Broken("a company that is gone"))?).await
}
