//! The device authorization grant (RFC 8628, BCP 247, rules section 6): a program on a computer asks (`request`), a person types
//! its code (`enter`) and answers (`answer`), and the program fetches its tokens (`token/device.rs`).
//!
//! Nothing is decided for the person: they are told which program, which computer, where and when, and a no is as near as a yes.

mod answer;
mod enter;
mod request;
mod user_code;

pub use answer::{Answered, DeviceAnswer, DeviceAsked, DeviceView, answer, view};
pub(crate) use answer::{DeviceErrand, proceed};
pub use enter::{Entered, enter};
pub use request::{DeviceAuthorization, authorize};
