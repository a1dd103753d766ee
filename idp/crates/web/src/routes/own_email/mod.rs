//! Another address (R72, R73): the person's own page, the link in the mail to the new address, and the one in the notice to
//! the old.

pub(super) mod change;
pub(super) mod confirm;
mod link;
pub(super) mod undo;
