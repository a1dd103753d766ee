//! Codes that name an agency beside its own: an older one, one of another system (R88). None is ever another agency's.

use idp_domain::audit::AuditAction;
use idp_domain::company::{Company, CompanyCode};
use idp_domain::ports::Tx;

use super::CompanyError;
use crate::env::Env;

pub(super) async fn add(
    tx: &mut dyn Tx,
    company: &Company,
    code: &CompanyCode,
) -> Result<Option<AuditAction>, CompanyError> {
    let names_it = company.code == *code || tx.companies().list_aliases(company.id).await?.contains(code);
    if names_it {
        return Ok(None);
    }
    tx.companies().add_alias(company.id, code).await?;
    Ok(Some(AuditAction::CompanyAliasAdded))
}

/// # Errors
/// `UnknownAlias` for a code that is no alias of this company: another's, a released one, or its own.
pub(super) async fn release(
    env: &Env,
    tx: &mut dyn Tx,
    company: &Company,
    code: &CompanyCode,
) -> Result<Option<AuditAction>, CompanyError> {
    if !tx.companies().release_alias(company.id, code, env.now()).await? {
        return Err(CompanyError::UnknownAlias);
    }
    Ok(Some(AuditAction::CompanyAliasReleased))
}
