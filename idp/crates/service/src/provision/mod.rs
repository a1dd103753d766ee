//! Provisioning: an office looks after the people of its own company (R14-R26, R31, R33, R67-R80).
//!
//! An administrator never learns a password, an answer, a link, or that a person works elsewhere: every answer is made from
//! the own membership, and is the same for a new person and one who is known to another agency.

mod add;
mod change;
mod create;
mod draft;
mod list;
mod pace;
mod record;
mod roster;
mod state;

use std::borrow::Cow;
use std::time::Duration;

use idp_domain::ports::StoreError;

use crate::fault::Fault;
use crate::once::KeyReused;

pub(crate) use add::{Added, Beforehand, Refused, add, renew};
pub use change::{MemberAction, MemberPatch, change};
pub use create::create;
pub use draft::{MemberDraft, NewMember, PersonDraft, person_ref_from};
pub use list::{MAX_PAGE, MemberPage, counts, find, list};
pub use pace::count as count_call;
pub(crate) use roster::{Clash, Known};
pub use state::{InvitationProgress, MemberState};

/// Why nothing was done; each is one `type` of problem on the wire (RFC 9457).
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// R31: a second person with the same address in one agency.
    #[error("another person of this company already uses this e-mail address")]
    SharedEmail,
    #[error("this person already has an identity with another user name")]
    PersonHasIdentity,
    #[error("another person of this company has this person_ref")]
    PersonRefTaken {
        /// Its path below the body.
        field: Cow<'static, str>,
    },
    /// Only operators are told (R73).
    #[error("another account has this e-mail address")]
    UserNameTaken,
    #[error("this caller may not give this authority or role, nor change somebody who has it")]
    AuthorityNotAllowed,
    /// R92.
    #[error("nobody does this to themselves")]
    NotForYourself,
    #[error("nobody else could look after the company's people")]
    LastAdministrator,
    #[error("there is no such member")]
    NotFound,
    /// The action does not exist from the state the member is in.
    #[error("{0}")]
    WrongState(&'static str),
    /// R85: mails to this address came back; it has to be changed first.
    #[error("mails to this address are not delivered")]
    UndeliverableAddress,
    /// L6: too many mails, or unlockings, were asked for one member; or too many calls were made.
    #[error("too much was asked in a short time")]
    TooMany { wait: Duration },
    #[error("the member was changed since it was read")]
    Precondition,
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// Every bad field of a change.
    #[error("some fields are not right")]
    Invalid(Vec<crate::field::FieldProblem>),
    #[error(transparent)]
    Fault(Fault),
}

impl From<Fault> for ProvisionError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for ProvisionError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl ProvisionError {
    /// Whether somebody did the same at the same moment: looked at again, everything is there to be found.
    fn is_race(&self) -> bool {
        matches!(self, Self::Fault(Fault::Store(StoreError::Conflict(_) | StoreError::Stale)))
    }
}

/// Writes a member as the wire shows it; what it writes is what a repeated request gets again, and what `If-Match` is about.
pub type Present<'a> = &'a (dyn Fn(&MemberState) -> Result<String, Fault> + Send + Sync);
