//! "Your agencies": where a person belongs, how to reach them, and leaving. Says what happens before it happens.

use askama::Template;
use idp_domain::Timestamp;
use idp_domain::id::CompanyId;

use super::too_old;
use crate::locale::Texts;
use crate::pages::{Agency, Chrome, Form, OwnMenu, Problem, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "companies.html")]
pub struct CompaniesPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// Field `company` says which one is left.
    pub form: Form,
    pub companies: Vec<CompanyCard>,
    pub news: CompaniesNews,
}

/// What became of the last press of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompaniesNews {
    Fresh,
    Left,
    /// Nobody else administers it: nothing was changed.
    OnlyAdministrator,
    /// The page was older than the session it belongs to; nothing was changed.
    TooOld,
}

#[derive(Debug, Clone)]
pub struct CompanyCard {
    pub id: CompanyId,
    /// Its name, and how to reach it.
    pub agency: Agency,
    pub code: String,
    pub portal_url: Option<String>,
    /// The person's name, as this agency writes it.
    pub known_as: String,
    /// `None` for somebody who was invited and has not logged in there yet.
    pub since: Option<Timestamp>,
    pub is_only_administrator: bool,
}

impl CompaniesPage {
    fn texts(&self, card: &CompanyCard) -> Texts {
        self.chrome.texts.clone().with("company", card.agency.name.clone())
    }

    fn since(&self, card: &CompanyCard) -> Option<String> {
        card.since.map(|since| self.chrome.day(since))
    }

    fn note(&self) -> Option<String> {
        (self.news == CompaniesNews::Left).then(|| self.chrome.t("companies-left"))
    }

    fn problems(&self) -> Problems {
        match self.news {
            CompaniesNews::Fresh | CompaniesNews::Left => Problems::default(),
            CompaniesNews::TooOld => too_old(&self.chrome),
            CompaniesNews::OnlyAdministrator => {
                Problems::from_iter([Problem { field: None, text: self.chrome.t("companies-held") }])
            }
        }
    }
}

#[cfg(any(test, feature = "samples"))]
#[expect(clippy::expect_used, reason = "only tests draw samples, and these ids are written here")]
impl crate::pages::samples::Samples for CompaniesPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let hostile = "\"><script>alert(1)</script>";
        let maple = CompanyCard {
            id: "cmp_01890000000070008000000000000001".parse().expect("an id"),
            agency: crate::pages::samples::agency(),
            code: "99999".to_owned(),
            portal_url: Some("https://maple.example/HTPortal/".to_owned()),
            known_as: "Frank Jones".to_owned(),
            since: Some(Timestamp::from_seconds(1_795_262_400)),
            is_only_administrator: false,
        };
        let invited = CompanyCard {
            agency: Agency {
                name: hostile.to_owned(),
                phone: Some("ask Ruth".to_owned()),
                email: None,
                accent: Default::default(),
                logo: None,
            },
            portal_url: None,
            known_as: hostile.to_owned(),
            since: None,
            ..maple.clone()
        };
        let held = CompanyCard { is_only_administrator: true, ..maple.clone() };
        let empty = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::Companies),
            form: crate::pages::samples::form("/account/companies"),
            companies: Vec::new(),
            news: CompaniesNews::Fresh,
        };
        let two = Self { companies: vec![maple, invited], ..empty.clone() };
        vec![
            ("two", two.clone()),
            ("too-old", Self { news: CompaniesNews::TooOld, ..two.clone() }),
            ("held", Self { news: CompaniesNews::OnlyAdministrator, companies: vec![held], ..two }),
            ("left", Self { news: CompaniesNews::Left, ..empty.clone() }),
            ("empty", empty),
        ]
    }
}
