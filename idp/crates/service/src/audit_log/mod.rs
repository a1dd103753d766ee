//! The audit log (R94; `provisioning.md` section 6): its chains, whether they hold, who may read it, how long it is kept.
//! Events are recorded in the transaction of what they tell, wherever that is; nothing here ever changes one.

mod chain;
mod export;
mod read;
mod sweep;
mod verify;

pub use chain::{Chained, chain, seal_anew};
pub use export::{Export, Format};
pub use read::{Log, Record, RecordedActor, Slice, list};
pub use verify::{Finding, Noted, Report, VerifyError, verify};

pub(crate) use sweep::sweep;
