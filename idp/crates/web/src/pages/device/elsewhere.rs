//! The warning before the question, for a request from another network (BCP 247 section 6.1.1): whoever was sent a code stops here.

use askama::Template;

use super::{ComputerCard, stale};
use crate::locale::Texts;
use crate::pages::{Chrome, Form, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "device/elsewhere.html")]
pub struct DeviceElsewhere {
    pub chrome: Chrome,
    /// Field `answer` is `deny` or `it-is-mine`.
    pub form: Form,
    pub computer: ComputerCard,
    /// The address the page is looked at from.
    pub here: Option<String>,
    pub here_location: Option<String>,
    pub stale: bool,
}

impl DeviceElsewhere {
    /// The texts, which may mention the client.
    fn texts(&self) -> Texts {
        self.chrome.texts.clone().with("client", self.computer.program.clone())
    }

    fn problems(&self) -> Problems {
        stale(&self.chrome, self.stale)
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceElsewhere {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let known = Self {
            chrome: chrome.clone(),
            form: crate::pages::samples::form("/device/approve"),
            computer: ComputerCard { is_here: false, ..ComputerCard::sample() },
            here: Some("2001:db8:85a3:8d3:1319:8a2e:370:7348".to_owned()),
            here_location: None,
            stale: false,
        };
        let located = Self {
            computer: ComputerCard { location: Some("Toronto, Canada".to_owned()), ..known.computer.clone() },
            here_location: Some("London, Canada".to_owned()),
            ..known.clone()
        };
        let nowhere = ComputerCard { name: None, network: None, is_here: false, ..ComputerCard::sample() };
        vec![
            ("nowhere", Self { computer: nowhere, ..known.clone() }),
            ("stale", Self { stale: true, ..known.clone() }),
            ("located", located),
            ("known", known),
        ]
    }
}
