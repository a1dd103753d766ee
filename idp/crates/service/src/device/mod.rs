//! The device authorization grant (RFC 8628, BCP 247, rules section 6): a program on a computer asks (`request`), a person types
//! its code (`enter`), is asked (`view`) and answers (`answer`), and the program fetches its tokens (`token/device.rs`).
//!
//! Nothing is decided for the person: they are told which program, which computer, where and when, and a no is as near as a yes.

mod answer;
mod enter;
mod errand;
mod judge;
mod proximity;
mod request;
mod user_code;
mod view;

pub(crate) use answer::deny;
pub use answer::{AnswerStep, Answered, DeviceAnswer, answer};
pub use enter::{Entered, enter};
pub(crate) use errand::proceed;
pub use errand::{DeviceErrand, Visitor};
pub use proximity::{OtherCountry, Whereabouts};
pub use request::{DeviceAuthorization, authorize};
pub use view::{DeviceAsked, DeviceView, view};
