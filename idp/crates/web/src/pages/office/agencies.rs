//! `/office`: the agencies somebody looks after; all of them for operators, with a search. And what is said to somebody who
//! looks after none.

use askama::Template;

use super::{OfficeMenu, OfficeNews};
use crate::pages::{Chrome, Problems, Way};

#[derive(Debug, Clone, Template)]
#[template(path = "office/agencies.html")]
pub struct AgenciesPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub news: Option<OfficeNews>,
    pub agencies: Vec<AgencyRow>,
    /// For operators.
    pub all: Option<AllAgencies>,
}

/// What operators have besides: every agency, and new ones.
#[derive(Debug, Clone)]
pub struct AllAgencies {
    /// Where the search goes (GET), field `q`.
    pub action: String,
    pub q: String,
    pub next_url: Option<String>,
    pub first_url: Option<String>,
    pub open_url: String,
}

#[derive(Debug, Clone)]
pub struct AgencyRow {
    pub url: String,
    pub name: String,
    pub code: String,
    pub is_suspended: bool,
}

impl AgenciesPage {
    fn notes(&self) -> Vec<String> {
        self.news.map(|news| news.notes(&self.chrome)).unwrap_or_default()
    }

    fn problems(&self) -> Problems {
        self.news.and_then(|news| news.problem(&self.chrome)).into_iter().collect()
    }
}

/// Somebody who looks after no agency.
#[derive(Debug, Clone, Template)]
#[template(path = "office/nobody.html")]
pub struct NobodyPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub way: Way,
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for AgenciesPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let row = |name: &str, code: &str, is_suspended| AgencyRow {
            url: "/office/cmp_1".to_owned(),
            name: name.to_owned(),
            code: code.to_owned(),
            is_suspended,
        };
        let hostile = "\"><script>alert(1)</script>";
        let two = Self {
            chrome: chrome.clone(),
            menu: OfficeMenu::of_everybody(|endpoint| endpoint.path().to_owned()),
            news: None,
            agencies: vec![row("Maple Home Care", "99999", false), row(hostile, "22222", false)],
            all: None,
        };
        let all = AllAgencies {
            action: "/office".to_owned(),
            q: String::new(),
            next_url: Some("/office?after=cmp_2".to_owned()),
            first_url: Some("/office".to_owned()),
            open_url: "/office/companies/new".to_owned(),
        };
        let mut operator = Self { all: Some(all.clone()), ..two.clone() };
        operator.agencies.push(row("Birch Home Care", "33333", true));
        let nothing = AllAgencies { q: hostile.to_owned(), next_url: None, first_url: None, ..all };
        vec![
            ("found-none", Self { all: Some(nothing), agencies: Vec::new(), ..two.clone() }),
            ("too-old", Self { news: Some(OfficeNews::TooOld), ..two.clone() }),
            ("two", two),
            ("operator", operator),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for NobodyPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let way = Way { url: "/account".to_owned(), text: chrome.t("welcome-account") };
        let menu = OfficeMenu::of_everybody(|endpoint| endpoint.path().to_owned());
        vec![("nobody", Self { chrome: chrome.clone(), menu, way })]
    }
}
