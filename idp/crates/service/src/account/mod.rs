//! What a person does about their own account (R3), on the pages below `/account`.

mod apps;
mod profile;

pub use apps::{App, apps, withdraw_consent};
pub use profile::{FieldProblem, ProfileForm, ProfileProblem, Saved, save_profile};
