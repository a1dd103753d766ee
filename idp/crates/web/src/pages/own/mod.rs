//! A person's own pages about where they are logged in, where they belong, what happened, and what is stored.

mod activity;
mod close;
mod companies;
mod export;
mod sessions;

pub use activity::{ActivityPage, Happened};
pub use close::{AccountClosed, CloseAccount, CloseProblem};
pub use companies::{CompaniesNews, CompaniesPage, CompanyCard};
pub use export::ExportPage;
pub use sessions::{DeviceCard, SessionsNews, SessionsPage, StayingCard};

use idp_domain::audit::Place;

use super::{Chrome, Problem, Problems};
use crate::program::program;

/// The page was older than the session it belongs to; nothing was changed.
fn too_old(chrome: &Chrome) -> Problems {
    Problems::from_iter([Problem { field: None, text: chrome.t("own-too-old") }])
}

/// "Chrome on Windows", never the program's own words.
fn program_of(chrome: &Chrome, place: &Place) -> String {
    program(&chrome.texts, place.user_agent.as_deref())
}
