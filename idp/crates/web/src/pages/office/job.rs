//! A list that was confirmed: how far it is, and what became of each row (R29, R34).

use askama::Template;

use super::rows::RowLine;
use super::{FilterLink, OfficeMenu, OfficeNews, RowStanding};
use crate::locale::Key;
use crate::pages::{Chrome, Form, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "office/job.html")]
pub struct JobPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub news: Option<OfficeNews>,
    /// Button `press` is `cancel`.
    pub form: Form,
    pub state: JobWords,
    pub settled: u64,
    pub total: u64,
    pub filters: Vec<FilterLink>,
    pub rows: Vec<RowLine>,
    pub first_url: Option<String>,
    pub next_url: Option<String>,
    /// The page itself, to look again.
    pub here_url: String,
    pub result_url: String,
    pub people_url: String,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobWords {
    Waiting,
    Running,
    Done,
    /// Somebody stopped it.
    Cancelled,
    /// Whoever confirmed it is no longer administrator.
    AuthorityLost,
}

impl JobWords {
    pub(crate) const fn key(self) -> Key {
        match self {
            Self::Waiting => Key("bulk-state-waiting"),
            Self::Running => Key("bulk-state-running"),
            Self::Done => Key("bulk-state-done"),
            Self::Cancelled => Key("bulk-state-cancelled"),
            Self::AuthorityLost => Key("bulk-state-authority-lost"),
        }
    }

    fn is_under_way(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

impl JobPage {
    fn progress(&self) -> String {
        let texts = self.chrome.texts.clone().with("total", self.total);
        texts.t_with("bulk-progress", "count", self.settled)
    }

    fn is_under_way(&self) -> bool {
        self.state.is_under_way()
    }

    fn is_stopped(&self) -> bool {
        matches!(self.state, JobWords::Cancelled | JobWords::AuthorityLost)
    }

    fn standing(&self) -> RowStanding {
        if self.is_under_way() { RowStanding::UnderWay } else { RowStanding::Over }
    }

    fn problems(&self) -> Problems {
        self.news.and_then(|news| news.problem(&self.chrome)).into_iter().collect()
    }

    fn notes(&self) -> Vec<String> {
        self.news.map(|news| news.notes(&self.chrome)).unwrap_or_default()
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for JobPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use idp_domain::bulk::{RowCode as C, RowOutcome as O};
        let waits = RowLine { waits: true, ..RowLine::sample(4, O::Created, &[]) };
        let there = RowLine {
            person_url: Some("/office/cmp_1/people/mbr_1".to_owned()),
            mail: Some(super::InvitationWords::Queued),
            ..RowLine::sample(2, O::Created, &[])
        };
        let running = Self {
            chrome: chrome.clone().for_agency(crate::pages::samples::agency()),
            menu: OfficeMenu::sample(super::OfficePlace::Bulk),
            news: None,
            form: crate::pages::samples::form("/office/cmp_1/bulk/job_1"),
            state: JobWords::Running,
            settled: 2,
            total: 3,
            filters: FilterLink::samples(),
            rows: vec![there, RowLine::sample(3, O::Failed, &[(C::SharedEmailInCompany, "email")]), waits],
            first_url: None,
            next_url: Some("/office/cmp_1/bulk/job_1?after=4".to_owned()),
            here_url: "/office/cmp_1/bulk/job_1".to_owned(),
            result_url: "/office/cmp_1/bulk/job_1/result.csv".to_owned(),
            people_url: "/office/cmp_1".to_owned(),
        };
        let ended = |state| Self { state, next_url: None, ..running.clone() };
        vec![
            ("waiting", Self { settled: 0, state: JobWords::Waiting, ..running.clone() }),
            ("done", ended(JobWords::Done)),
            ("cancelled", ended(JobWords::Cancelled)),
            ("authority-lost", ended(JobWords::AuthorityLost)),
            ("running", running),
        ]
    }
}
