//! One page to print for everybody: company code, portal and five steps. Holds nothing about any person.

use askama::Template;

use super::OfficeMenu;
use crate::locale::Key;
use crate::pages::Chrome;

#[derive(Debug, Clone, Template)]
#[template(path = "office/instructions.html")]
pub struct InstructionsPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub code: String,
    pub portal_url: Option<String>,
    /// Of this server: where people log in whose agency has no portal.
    pub account_url: String,
}

const STEPS: [Key; 4] = [
    Key("office-step-mail"),
    Key("office-step-password"),
    Key("office-step-log-in"),
    Key("office-step-questions"),
];

impl InstructionsPage {
    fn steps(&self) -> impl Iterator<Item = String> {
        let last = match self.portal_url {
            Some(_) => Key("office-step-portal"),
            None => Key("office-step-account"),
        };
        STEPS.into_iter().chain([last]).map(|step| self.chrome.texts.of(step))
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for InstructionsPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |agency, portal_url| Self {
            chrome: chrome.clone().for_agency(agency),
            menu: OfficeMenu::sample(super::OfficePlace::Instructions),
            code: "99999".to_owned(),
            portal_url,
            account_url: "https://id.example/account".to_owned(),
        };
        let portal = Some("https://maple.example/HTPortal/".to_owned());
        let hostile = crate::pages::Agency {
            name: "\"><script>alert(1)</script>".to_owned(),
            phone: None,
            email: None,
            accent: Default::default(),
            logo: None,
        };
        vec![("portal", page(crate::pages::samples::agency(), portal)), ("plain", page(hostile, None))]
    }
}
