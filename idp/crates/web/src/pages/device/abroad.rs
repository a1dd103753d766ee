//! Where a computer in another country is not let in (rules section 6, "Proximity"), and the ways on: to the office, or to the
//! computer's own network for whoever has it in front of them.

use askama::Template;

use super::{ComputerCard, stale};
use crate::locale::Texts;
use crate::pages::{Chrome, Form, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "device/abroad.html")]
pub struct DeviceAbroad {
    pub chrome: Chrome,
    /// Field `answer` is `deny`.
    pub form: Form,
    pub computer: ComputerCard,
    /// The address the page is looked at from.
    pub here: Option<String>,
    pub here_location: Option<String>,
    /// This page, for somebody who came closer.
    pub again_url: String,
    pub stale: bool,
}

impl DeviceAbroad {
    /// The texts, which may mention both places.
    fn texts(&self) -> Texts {
        let place = |location: &Option<String>| location.clone().unwrap_or_default();
        let texts = self.chrome.texts.clone().with("there", place(&self.computer.location));
        texts.with("here", place(&self.here_location))
    }

    fn problems(&self) -> Problems {
        stale(&self.chrome, self.stale)
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceAbroad {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let fresh = Self {
            chrome: chrome.clone(),
            form: crate::pages::samples::form("/device/approve"),
            computer: ComputerCard {
                is_here: false,
                location: Some("London, United Kingdom".to_owned()),
                ..ComputerCard::sample()
            },
            here: Some("2001:db8:85a3:8d3:1319:8a2e:370:7348".to_owned()),
            here_location: Some("London, Canada".to_owned()),
            again_url: "/device/approve?flow=sealed-flow".to_owned(),
            stale: false,
        };
        vec![("stale", Self { stale: true, ..fresh.clone() }), ("fresh", fresh)]
    }
}
