//! The office pages: wider than the others, in the agency's name, with one primary button each (R14-R34).
//!
//! Every page has `chrome` and `menu` ([`OfficeMenu`]); one with a form that writes has `proof` ([`Proof`]) and includes
//! `part/office_proof.html`, and puts the problem of the proof among its own. Templates lie in `templates/office/`, extend
//! `layout.html` and fill its block `body` with ` class="wide"`. Nothing here shows that somebody works elsewhere (R33).

mod action;
mod add;
mod agencies;
mod away;
mod bulk;
mod fields;
mod instructions;
mod job;
mod list;
mod logo;
mod news;
mod open_agency;
mod people;
mod person;
mod rows;
mod standing;
mod sure;

pub use action::{ActionLink, PersonAction};
pub use add::AddPage;
pub use agencies::{AgenciesPage, AgencyRow, AllAgencies, NobodyPage};
pub use away::AwayPage;
pub use bulk::{BulkPage, BulkTyped, EarlierList};
pub use fields::{MemberField, MemberTyped};
pub use instructions::InstructionsPage;
pub use job::{JobPage, JobWords};
pub use list::{FilterButton, ListPage};
pub use logo::LogoPage;
pub use news::{OfficeNews, Resent};
pub(crate) use open_agency::agency_problems;
pub use open_agency::{AgencyField, AgencyOpened, AgencyTyped, OpenAgencyPage};
pub use people::{FilterLink, PeoplePage, PeopleSearch, PersonRow};
pub use person::{Editing, InvitationWords, OpenFields, PersonPage};
pub use rows::{RowCell, RowLine, Standing as RowStanding};
pub(crate) use rows::{cell, fingerprint};
pub use standing::PersonStanding;
pub use sure::{SureField, SurePage};

use idp_service::endpoint::Endpoint;

use super::{Chrome, MenuItem, Problem, wait_text};
use crate::locale::Key;

/// The pages of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficePlace {
    People,
    Add,
    Bulk,
    Instructions,
    Logo,
    Agencies,
}

/// The way between the office pages, and back to one's own.
#[derive(Debug, Clone)]
pub struct OfficeMenu {
    items: Vec<MenuItem>,
    log_out_url: String,
}

impl OfficeMenu {
    /// Around an agency's pages; `url` says where an endpoint of this agency is.
    pub fn of_agency(here: OfficePlace, url: impl Fn(Endpoint) -> String) -> Self {
        let items = [
            (OfficePlace::People, Endpoint::OfficePeople, Key("office-menu-people")),
            (OfficePlace::Add, Endpoint::OfficeAdd, Key("office-menu-add")),
            (OfficePlace::Bulk, Endpoint::OfficeBulk, Key("office-menu-bulk")),
            (OfficePlace::Instructions, Endpoint::OfficeInstructions, Key("office-menu-instructions")),
            (OfficePlace::Logo, Endpoint::OfficeLogo, Key("office-menu-logo")),
            (OfficePlace::Agencies, Endpoint::Office, Key("office-menu-agencies")),
        ];
        Self::new(here, &items, url)
    }

    /// Where no agency is chosen yet.
    pub fn of_everybody(url: impl Fn(Endpoint) -> String) -> Self {
        let agencies = (OfficePlace::Agencies, Endpoint::Office, Key("office-menu-agencies"));
        Self::new(OfficePlace::Agencies, &[agencies], url)
    }

    fn new(
        here: OfficePlace,
        places: &[(OfficePlace, Endpoint, Key)],
        url: impl Fn(Endpoint) -> String,
    ) -> Self {
        let mut items: Vec<MenuItem> = places
            .iter()
            .map(|&(place, endpoint, label)| MenuItem {
                url: url(endpoint),
                label,
                current: (place == here).then_some("page"),
            })
            .collect();
        items.push(MenuItem {
            url: url(Endpoint::Account),
            label: Key("office-menu-account"),
            current: None,
        });
        Self { items, log_out_url: url(Endpoint::EndSession) }
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(here: OfficePlace) -> Self {
        Self::of_agency(here, |endpoint| endpoint.path().replace("{company}", "cmp_1"))
    }
}

/// Whether a form asks for the password as well, to make sure that it is still the person who logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Proof {
    /// The log-in is recent enough.
    #[default]
    None,
    Asked,
    Refused(PasswordProblem),
}

/// Why the typed password did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    Missing,
    Wrong,
    TooManyTries {
        seconds: u32,
    },
    /// So many in a row that only a reset by mail helps.
    RecoverFirst,
}

impl Proof {
    pub fn is_asked(self) -> bool {
        self != Self::None
    }

    /// How long nothing more is looked at, seconds.
    pub fn wait(self) -> Option<u32> {
        match self {
            Self::Refused(PasswordProblem::TooManyTries { seconds }) => Some(seconds),
            _ => None,
        }
    }

    /// For the summary on top and beside the field.
    pub fn problem(self, chrome: &Chrome) -> Option<Problem> {
        let Self::Refused(problem) = self else { return None };
        let texts = &chrome.texts;
        let text = match problem {
            PasswordProblem::Missing => texts.t("office-password-missing"),
            PasswordProblem::Wrong => texts.t("office-password-wrong"),
            PasswordProblem::TooManyTries { seconds } => {
                texts.t_with("office-password-too-many", "wait", wait_text(texts, seconds))
            }
            PasswordProblem::RecoverFirst => texts.t("office-password-recover-first"),
        };
        Some(Problem { field: Some("password"), text })
    }
}
