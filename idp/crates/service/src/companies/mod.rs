//! Agencies: opened, changed, suspended and resumed (R12, R35, R58, R88, R89; `company.md` section 2). The operator's
//! business, except for the address block and the logo, which its own administrators set.

mod aliases;
mod change;
mod create;
mod draft;
mod list;
mod logo;
mod patch;
mod portal;
mod suspend;

use idp_domain::company::{Company, CompanyCode};
use idp_domain::ports::{PictureError, StoreError, Tx};

use crate::fault::Fault;
use crate::field::FieldProblem;
use crate::once::KeyReused;

pub use change::{Edit, change};
pub use create::{Created, PresentNew, create, create_in};
pub use draft::{AddressDraft, CompanyDraft, NewCompany};
pub use list::{CompanyPage, find, list};
pub use logo::set_logo;
pub use patch::{AddressPatch, CompanyPatch};
pub use portal::{PortalClient, PortalTemplate, SlugPattern};

/// A company as its operator and its administrators see it.
#[derive(Debug, Clone)]
pub struct CompanyView {
    pub company: Company,
    /// Codes that name it beside its own (R88).
    pub aliases: Vec<CompanyCode>,
}

/// Writes a company as the wire shows it; what it writes is what `If-Match` speaks of.
pub type Present<'a> = &'a (dyn Fn(&CompanyView) -> Result<String, Fault> + Send + Sync);

/// Why a company is not created or changed; each is one `type` of problem on the wire (RFC 9457).
#[derive(Debug, thiserror::Error)]
pub enum CompanyError {
    #[error("fields of the company are bad")]
    Invalid(Vec<FieldProblem>),
    /// R88: never re-used, so it may have been another's years ago.
    #[error("the company code is or was another company's")]
    CodeTaken,
    #[error("the slug is or was another company's")]
    SlugTaken,
    /// The id of the portal client that the template makes.
    #[error("a client has or had the id of the new portal client")]
    ClientTaken,
    /// The fields that this caller does not write.
    #[error("this caller may not change {}", .0.join(", "))]
    NotAllowed(Vec<&'static str>),
    #[error("only the operator may do this")]
    NotOperator,
    #[error("there is no such alias")]
    UnknownAlias,
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// `If-Match` named another version.
    #[error("the company is not what the caller saw")]
    Changed,
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    #[error(transparent)]
    Fault(Fault),
}

impl From<Fault> for CompanyError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(StoreError::Conflict("company_code")) => Self::CodeTaken,
            Fault::Store(StoreError::Conflict("company_slug")) => Self::SlugTaken,
            Fault::Store(StoreError::Conflict("client_id")) => Self::ClientTaken,
            fault => Self::Fault(fault),
        }
    }
}

impl From<StoreError> for CompanyError {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl CompanyError {
    /// Whether somebody else wrote at this very moment: look again, once.
    fn is_race(&self) -> bool {
        matches!(self, Self::Fault(Fault::Store(StoreError::Stale | StoreError::Conflict("idempotency_key"))))
    }
}

async fn view(tx: &mut dyn Tx, company: Company) -> Result<CompanyView, Fault> {
    let aliases = tx.companies().list_aliases(company.id).await?;
    Ok(CompanyView { company, aliases })
}
