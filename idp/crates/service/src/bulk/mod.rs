//! Bulk add (R27-R34, `provisioning.md` section 2): a list is read and judged row by row, somebody says yes to exactly
//! that list ("Are you Sure?"), and a job carries it out, each row by itself, in order, however often it is interrupted.
//!
//! Memory holds one list while it is proposed and one chunk while it runs. An administrator sees the same of somebody who
//! is known to another agency as of somebody new (R33).

mod administrators;
mod advice;
mod confirm;
mod csv;
mod ease;
mod encoding;
mod header;
mod judge;
mod look;
mod propose;
mod readiness;
mod record;
mod resend;
mod result;
mod run;
mod view;

use idp_domain::bulk::RowText;
use idp_domain::ports::StoreError;

use crate::fault::Fault;
use crate::once::KeyReused;

pub use administrators::{Administrators, administrators, makes_administrator};
pub use advice::advice;
pub use confirm::{PresentJob, cancel, confirm, confirmation};
pub use csv::{NotReadable, Sheet, read_csv};
pub use propose::{Proposal, RowEdit, Upload, edit, propose};
pub use readiness::{ListFaults, Readiness, readiness};
pub use result::result_csv;
pub use run::{JobWorker, Turn};
pub use view::{JobState, RowState, find, newest, rows};

/// Rows of one request in JSON.
pub const MOST_JSON_ROWS: usize = 1000;
/// Rows of one file.
pub const MOST_CSV_ROWS: usize = 10_000;
/// Bytes of one list, in either form.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;

/// A row of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedRow {
    /// As the list counts: of a file, the row of the spreadsheet.
    pub number: u32,
    pub text: RowText,
    /// Whether the cells could be told apart.
    pub well_formed: bool,
}

/// Why a list, or a yes to it, is refused; each is one `type` of problem on the wire (RFC 9457).
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    #[error("the list has no rows")]
    Empty,
    #[error("the list has more than {0} rows")]
    TooManyRows(usize),
    /// Altered, foreign, or for rows that were changed since.
    #[error("this confirmation is not for the rows as they are now")]
    NotConfirmed,
    #[error("this confirmation is too old")]
    ConfirmationExpired,
    #[error("these rows were confirmed before")]
    ConfirmedBefore,
    #[error("another job of this company is under way")]
    JobActive,
    #[error("there is no such job")]
    NotFound,
    /// Only a list that waits for its confirmation can be changed.
    #[error("the list is not waiting for a confirmation any more")]
    NotProposed,
    #[error("the job has come to its end")]
    Over,
    #[error("the job was changed since it was read")]
    Precondition,
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    #[error(transparent)]
    Fault(Fault),
}

impl From<Fault> for BulkError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for BulkError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}
