//! "Your data": what is stored, a file with all of it, and the way out.

use askama::Template;

use super::too_old;
use crate::locale::Key;
use crate::pages::{Chrome, Form, OwnMenu, Problems};

/// What is in the file.
const PARTS: [Key; 6] = [
    Key("export-profile"),
    Key("export-agencies"),
    Key("export-apps"),
    Key("export-questions"),
    Key("export-addresses"),
    Key("export-events"),
];

#[derive(Debug, Clone, Template)]
#[template(path = "export.html")]
pub struct ExportPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// Downloads the file.
    pub form: Form,
    pub close_url: String,
    /// The page was older than the session it belongs to; nothing was sent.
    pub is_too_old: bool,
}

impl ExportPage {
    fn parts(&self) -> impl Iterator<Item = String> {
        PARTS.iter().map(|key| self.chrome.texts.of(*key))
    }

    fn problems(&self) -> Problems {
        if self.is_too_old { too_old(&self.chrome) } else { Problems::default() }
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for ExportPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let fresh = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::Data),
            form: crate::pages::samples::form("/account/data/download"),
            close_url: "/account/close".to_owned(),
            is_too_old: false,
        };
        vec![("too-old", Self { is_too_old: true, ..fresh.clone() }), ("fresh", fresh)]
    }
}
