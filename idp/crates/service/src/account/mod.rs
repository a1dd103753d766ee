//! What a person does about their own account (R3), on the pages below `/account`.

mod acting;
mod activity;
mod apps;
mod arrival;
mod close;
mod companies;
mod export;
mod office;
mod password;
mod profile;
mod recovery_code;
mod sessions;

pub use acting::{Acting, Held};
pub use activity::{Happening, activity};
pub use apps::{App, apps, withdraw_consent};
pub use arrival::begin_account;
pub use close::{Closed, Closing, close};
pub use companies::{Belonging, Leaving, companies, leave_company};
pub use export::export;
pub use office::{begin_office, logged_out_at, note_visit};
pub use password::{ChangeProblem, Changed, PasswordChange, RotatedSession, change_password};
pub use profile::{FieldProblem, ProfileForm, ProfileProblem, Saved, save_profile};
pub use recovery_code::{Made, make_recovery_code, recovery_code_made_at, remove_recovery_code};
pub use sessions::{Device, Devices, SignOut, StayingApp, devices, sign_out, sign_out_everywhere};
