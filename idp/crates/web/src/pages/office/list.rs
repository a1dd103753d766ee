//! A list that waits for a yes (R27-R30): grouped by role, with a check box, User name and Email to correct, and what would
//! become of each row.

use askama::Template;

use super::rows::RowLine;
use super::{OfficeMenu, OfficeNews, RowStanding};
use crate::locale::Key;
use crate::pages::{Chrome, Form, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "office/list.html")]
pub struct ListPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub news: Option<OfficeNews>,
    /// For each row of the page: `row.N`, which tells whether it was touched, check box `select.N`, `user_name.N`, `email.N`, and
    /// the cells that are wrong; check box `right.N` where they could not be told apart. Button `press` is `check`, `create`, `discard`, `first`,
    /// `next`, or `show.` with an outcome; all but `discard` save.
    pub form: Form,
    /// Rows that would come to something, in all pages.
    pub ready: u64,
    pub total: u64,
    /// Who will be an administrator, if anybody will.
    pub administrators: Option<String>,
    pub filters: Vec<FilterButton>,
    /// "Role: Caregiver" and its rows.
    pub groups: Vec<(String, Vec<RowLine>)>,
    /// Whether there are rows before these, and after.
    pub has_before: bool,
    pub has_more: bool,
    pub result_url: String,
    /// Columns of the file that nothing was read from.
    pub ignored: Vec<String>,
}

/// Leads to one part of the list. A button of the form: what was typed is saved first.
#[derive(Debug, Clone)]
pub struct FilterButton {
    pub label: Key,
    pub count: u64,
    /// Empty for all rows.
    pub outcome: &'static str,
    pub is_current: bool,
}

impl FilterButton {
    fn id(&self) -> &'static str {
        if self.outcome.is_empty() { "all" } else { self.outcome }
    }
}

impl ListPage {
    fn lead(&self) -> String {
        let texts = self.chrome.texts.clone().with("total", self.total);
        texts.t_with("bulk-list-lead", "count", self.ready)
    }

    fn ignored(&self) -> Option<String> {
        let names = self.ignored.join(", ");
        (!names.is_empty()).then(|| self.chrome.texts.t_with("bulk-ignored", "columns", names))
    }

    /// The label of one row's control, for those who hear the page.
    fn label(&self, key: &str, row: &RowLine) -> String {
        let name = row.full_name();
        let name = if name.is_empty() { row.number.to_string() } else { name };
        self.chrome.texts.t_with(key, "person", name)
    }

    fn problems(&self) -> Problems {
        self.news.and_then(|news| news.problem(&self.chrome)).into_iter().collect()
    }

    fn notes(&self) -> Vec<String> {
        self.news.map(|news| news.notes(&self.chrome)).unwrap_or_default()
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for ListPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use idp_domain::bulk::{RowCode as C, RowOutcome as O};
        let rows = vec![
            RowLine::sample(2, O::Created, &[]),
            RowLine::sample(3, O::Failed, &[(C::UsernameEmailMismatch, "email")]),
            RowLine::sample(
                4,
                O::Failed,
                &[(C::PersonTypeInvalid, "member_type"), (C::ValueMissing, "person_ref")],
            ),
            RowLine::sample(5, O::Skipped, &[(C::InvitationPending, "")]),
            RowLine::sample(6, O::Failed, &[(C::RowMalformed, "")]),
        ];
        let page = Self {
            chrome: chrome.clone().for_agency(crate::pages::samples::agency()),
            menu: OfficeMenu::sample(super::OfficePlace::Bulk),
            news: None,
            form: crate::pages::samples::form("/office/cmp_1/bulk/job_1"),
            ready: 1,
            total: 5,
            administrators: None,
            filters: vec![
                FilterButton { label: Key("office-filter-all"), count: 5, outcome: "", is_current: true },
                FilterButton {
                    label: Key("bulk-filter-failed"),
                    count: 3,
                    outcome: "failed",
                    is_current: false,
                },
            ],
            groups: vec![("Role: Caregiver".to_owned(), rows)],
            has_before: false,
            has_more: true,
            result_url: "/office/cmp_1/bulk/job_1/result.csv".to_owned(),
            ignored: vec!["Shoe size".to_owned()],
        };
        let nothing =
            Self { groups: Vec::new(), ready: 0, has_more: false, ignored: Vec::new(), ..page.clone() };
        let administrator = RowLine { makes_administrator: true, ..RowLine::sample(2, O::Created, &[]) };
        let administrators = Self {
            administrators: Some(
                "1 person will be an administrator: \"><script>alert(1)</script>.".to_owned(),
            ),
            groups: vec![("Role: Office staff".to_owned(), vec![administrator])],
            ..page.clone()
        };
        vec![
            ("nothing", nothing),
            ("administrators", administrators),
            ("second-page", Self { has_before: true, has_more: false, ..page.clone() }),
            ("checked", Self { news: Some(OfficeNews::ListChecked), ..page.clone() }),
            ("plain", page),
        ]
    }
}
