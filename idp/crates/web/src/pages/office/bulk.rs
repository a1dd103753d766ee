//! "Bulk Add Security Accounts" (R27): the file or the pasted rows, and the lists from before.

use askama::Template;
use idp_domain::Timestamp;

use super::{OfficeMenu, OfficeNews};
use crate::locale::Key;
use crate::moment::Told;
use crate::pages::{Chrome, Form, Problem, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "office/bulk.html")]
pub struct BulkPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub news: Option<OfficeNews>,
    /// `multipart/form-data`: file `file`, text `pasted`, drop-down `default_type`, check box `resend_pending`.
    pub form: Form,
    pub typed: BulkTyped,
    /// The newest first.
    pub earlier: Vec<EarlierList>,
    pub problem: Option<Problem>,
}

/// What is kept of a refused form; a file cannot be.
#[derive(Debug, Clone, Default)]
pub struct BulkTyped {
    pub pasted: String,
    pub default_type: String,
    pub resend_pending: bool,
}

/// A list or job from before.
#[derive(Debug, Clone)]
pub struct EarlierList {
    pub url: String,
    pub made: Timestamp,
    pub rows: u64,
    pub state: Key,
}

/// The drop-down of what people are whose type is empty.
const TYPES: [(&str, Key); 4] = [
    ("caregiver", Key("office-type-caregiver")),
    ("office_staff", Key("office-type-office-staff")),
    ("client", Key("office-type-client")),
    ("", Key("bulk-type-in-list")),
];

/// The columns of a list, as they may be headed, the needed ones first.
const COLUMNS: [(&str, Key); 11] = [
    ("Email", Key("bulk-column-email")),
    ("First name", Key("bulk-column-first-name")),
    ("Last name", Key("bulk-column-last-name")),
    ("User name", Key("bulk-column-user-name")),
    ("Id", Key("bulk-column-id")),
    ("Type", Key("bulk-column-type")),
    ("Security role", Key("bulk-column-role")),
    ("Admin", Key("bulk-column-admin")),
    ("Status", Key("bulk-column-status")),
    ("Cell #", Key("bulk-column-cell")),
    ("Note", Key("bulk-column-note")),
];

impl BulkPage {
    fn columns(&self) -> &'static [(&'static str, Key)] {
        &COLUMNS
    }

    fn types(&self) -> &'static [(&'static str, Key)] {
        &TYPES
    }

    fn is_type(&self, value: &str) -> bool {
        self.typed.default_type == value
    }

    fn told(&self, list: &EarlierList) -> String {
        let texts = self.chrome.texts.clone().with("state", self.chrome.texts.of(list.state));
        texts.t_with("bulk-earlier-rows", "count", list.rows)
    }

    fn made(&self, list: &EarlierList) -> Told {
        Told::moment(&self.chrome.texts, list.made)
    }

    fn problems(&self) -> Problems {
        let news = self.news.and_then(|news| news.problem(&self.chrome));
        news.into_iter().chain(self.problem.clone()).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.news.map(|news| news.notes(&self.chrome)).unwrap_or_default()
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for BulkPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let hostile = "\"><script>alert(1)</script>";
        let empty = Self {
            chrome: chrome.clone().for_agency(crate::pages::samples::agency()),
            menu: OfficeMenu::sample(super::OfficePlace::Bulk),
            news: None,
            form: crate::pages::samples::form("/office/cmp_1/bulk"),
            typed: BulkTyped { default_type: "caregiver".to_owned(), ..BulkTyped::default() },
            earlier: Vec::new(),
            problem: None,
        };
        let earlier = EarlierList {
            url: "/office/cmp_1/bulk/job_1".to_owned(),
            made: Timestamp::from_seconds(1_795_262_400),
            rows: 20,
            state: Key("bulk-state-done"),
        };
        let refused = Self {
            typed: BulkTyped {
                pasted: hostile.to_owned(),
                default_type: String::new(),
                resend_pending: true,
            },
            problem: Some(Problem {
                field: Some("file"),
                text: "The column \"Email\" is missing.".to_owned(),
            }),
            earlier: vec![earlier],
            ..empty.clone()
        };
        let pasted = Problem { field: Some("pasted"), text: "The list is empty.".to_owned() };
        vec![
            ("refused-pasted", Self { problem: Some(pasted), ..refused.clone() }),
            ("refused", refused),
            ("too-old", Self { news: Some(OfficeNews::TooOld), ..empty.clone() }),
            ("empty", empty),
        ]
    }
}
