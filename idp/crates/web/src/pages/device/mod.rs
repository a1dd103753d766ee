//! The pages on which a person lets a computer in, or not (RFC 8628 section 3.3, BCP 247): the code, the question, the warning
//! before it, and what became of it. What a program says of itself is told as such, and never stands in a heading.

mod abroad;
mod approval;
mod code;
mod computer;
mod done;
mod elsewhere;
mod stopped;

pub use abroad::DeviceAbroad;
pub use approval::{AskedAgain, DeviceApproval};
pub use code::{DeviceCode, DeviceCodeProblem};
pub use computer::ComputerCard;
pub use done::DeviceDone;
pub use elsewhere::DeviceElsewhere;
pub use stopped::{DeviceNoAccess, DeviceOver, DeviceWrongPerson};

use super::{Chrome, Problem, Problems};

/// The answer before this page was not taken: it was too old, or somebody else's.
fn stale(chrome: &Chrome, is_stale: bool) -> Problems {
    let problem = is_stale.then(|| Problem { field: None, text: chrome.t("device-stale") });
    problem.into_iter().collect()
}
