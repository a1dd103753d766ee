//! The logo of the agency: the one that stands on its pages now, and the form for another one.

use askama::Template;

use super::{OfficeMenu, OfficeNews, Proof};
use crate::pages::{Chrome, Form, LogoImage, Problem, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "office/logo.html")]
pub struct LogoPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub news: Option<OfficeNews>,
    /// `multipart/form-data`: file `file`, and the password.
    pub form: Form,
    /// Where the logo is taken away.
    pub remove_url: String,
    pub proof: Proof,
    /// What is wrong with the file.
    pub problem: Option<Problem>,
}

impl LogoPage {
    fn logo(&self) -> Option<&LogoImage> {
        self.chrome.agency.as_ref()?.logo.as_ref()
    }

    fn problems(&self) -> Problems {
        let news = self.news.and_then(|news| news.problem(&self.chrome));
        news.into_iter().chain(self.problem.clone()).chain(self.proof.problem(&self.chrome)).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.news.map(|news| news.notes(&self.chrome)).unwrap_or_default()
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for LogoPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::{OfficePlace, PasswordProblem};
        use crate::pages::Agency;
        let agency = crate::pages::samples::agency();
        let empty = Self {
            chrome: chrome.clone().for_agency(agency.clone()),
            menu: OfficeMenu::sample(OfficePlace::Logo),
            news: None,
            form: crate::pages::samples::form("/office/cmp_1/logo"),
            remove_url: "/office/cmp_1/logo/remove".to_owned(),
            proof: Proof::None,
            problem: None,
        };
        let url = format!("{}/logos/{}.png", chrome.base, "5f".repeat(32));
        let logo = LogoImage { url, width: 480, height: 120 };
        let shown = Self {
            chrome: chrome.clone().for_agency(Agency { logo: Some(logo), ..agency }),
            ..empty.clone()
        };
        let wrong = Problem { field: Some("file"), text: "Choose a file.".to_owned() };
        let refused = Proof::Refused(PasswordProblem::Wrong);
        vec![
            ("wrong", Self { problem: Some(wrong), ..shown.clone() }),
            ("password", Self { proof: Proof::Asked, ..shown.clone() }),
            ("password-wrong", Self { proof: refused, ..empty.clone() }),
            ("saved", Self { news: Some(OfficeNews::LogoSaved), ..shown.clone() }),
            ("shown", shown),
            ("empty", empty),
        ]
    }
}
