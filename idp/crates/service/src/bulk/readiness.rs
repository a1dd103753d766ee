//! Whether an agency is ready (R6): who has not got in yet, and what its newest list lacks.

use idp_domain::bulk::RowCode;
use idp_domain::member_list::MemberCounts;
use idp_domain::ports::RowFilter;

use super::MOST_CSV_ROWS;
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::provision;

/// What stands between an agency and its people's first log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    pub members: MemberCounts,
    /// Active members who may administer the agency.
    pub administrators: u64,
    pub has_portal_url: bool,
    pub has_phone: bool,
    pub has_email: bool,
    /// Of the newest list, if there is one.
    pub list: Option<ListFaults>,
}

/// Rows of a list whose address is in the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListFaults {
    pub rows: u64,
    pub email_missing: u64,
    pub email_invalid: u64,
    pub duplicate: u64,
    pub mismatch: u64,
}

/// # Errors
/// [`Fault`].
pub async fn readiness(env: &Env, scope: &CompanyScope) -> Result<Readiness, Fault> {
    let members = provision::counts(env, scope).await?;
    let mut tx = env.store.read().await?;
    let administrators = tx.memberships().count_administrators(scope.id()).await?;
    let newest = tx.batches().list(scope.id(), 1).await?.into_iter().next();
    let list = match newest {
        Some(batch) => {
            let rows = tx.batches().rows(batch.id, RowFilter::default(), MOST_CSV_ROWS as u64).await?;
            let mut faults = ListFaults::default();
            for row in rows {
                let has = |codes: &[RowCode]| u64::from(codes.iter().any(|code| row.verdict.has(*code)));
                faults.rows += 1;
                faults.email_missing += has(&[RowCode::EmailMissing, RowCode::UsernameMissing]);
                faults.email_invalid += has(&[RowCode::EmailInvalid, RowCode::UsernameInvalid]);
                faults.duplicate += has(&[
                    RowCode::DuplicateInBatch,
                    RowCode::SharedEmailInBatch,
                    RowCode::SharedEmailInCompany,
                ]);
                faults.mismatch += has(&[RowCode::UsernameEmailMismatch]);
            }
            Some(faults)
        }
        None => None,
    };
    let contact = &scope.company().contact;
    Ok(Readiness {
        members,
        administrators,
        has_portal_url: contact.portal_url.is_some(),
        has_phone: contact.phone.is_some(),
        has_email: contact.email.is_some(),
        list,
    })
}
