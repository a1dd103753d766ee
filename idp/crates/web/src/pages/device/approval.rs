//! "Did you start this on this computer?" (RFC 8628 section 5.4, BCP 247): a no stands first and looks no less than a yes.

use askama::Template;
use idp_domain::company::Company;

use super::{ComputerCard, stale};
use crate::locale::Texts;
use crate::pages::{Chrome, Form, Permission, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "device/approve.html")]
pub struct DeviceApproval {
    pub chrome: Chrome,
    /// Field `answer` is `deny`, `allow` or `other-account`; field `company` is the agency.
    pub form: Form,
    pub computer: ComputerCard,
    /// The one it is for, or those to choose from, the one used last first.
    pub agencies: Vec<AgencyRow>,
    pub username: String,
    /// What a client that is not the agency's own would know.
    pub asked: Option<Vec<Permission>>,
    pub stale: bool,
}

/// An agency as it is chosen, and as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyRow {
    id: String,
    name: String,
    code: String,
}

impl AgencyRow {
    pub fn new(company: &Company) -> Self {
        Self { id: company.id.to_string(), name: company.name.to_string(), code: company.code.to_string() }
    }
}

impl DeviceApproval {
    /// The texts, which may mention the client.
    fn texts(&self) -> Texts {
        self.chrome.texts.clone().with("client", self.computer.program.clone())
    }

    fn problems(&self) -> Problems {
        stale(&self.chrome, self.stale)
    }

    fn only_agency(&self) -> Option<&AgencyRow> {
        self.agencies.first().filter(|_| self.agencies.len() == 1)
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceApproval {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use crate::pages::samples::{agency, form};
        use idp_domain::consent::Permitted;
        use idp_domain::scope::Scopes;
        let row = |number: u32, name: &str| AgencyRow {
            id: format!("cmp_{number}"),
            name: name.to_owned(),
            code: (99_900 + number).to_string(),
        };
        let one = Self {
            chrome: chrome.clone().for_agency(agency()),
            form: form("/device/approve"),
            computer: ComputerCard::sample(),
            agencies: vec![row(1, "Maple Home Care")],
            username: "frank.jones@example.com".to_owned(),
            asked: None,
            stale: false,
        };
        let asked = Permitted::of(Scopes::parse("openid profile email company"));
        let several = Self {
            chrome: chrome.clone(),
            agencies: vec![row(1, "Maple Home Care"), row(2, "Birch Home Care"), row(3, "Cedar and Sons")],
            asked: Some(Permission::list(&asked, &Permitted::default())),
            ..one.clone()
        };
        let hostile = "</h1><script>alert(1)</script><button>Allow {product} \"&amp;";
        let nameless = ComputerCard { name: None, network: None, is_here: false, ..ComputerCard::sample() };
        let lying = ComputerCard {
            name: Some(hostile.to_owned()),
            program: hostile.to_owned(),
            shown_at: nameless.asked_at + std::time::Duration::from_secs(200),
            ..ComputerCard::sample()
        };
        vec![
            ("hostile", Self { computer: lying, username: hostile.to_owned(), ..several.clone() }),
            ("nameless", Self { computer: nameless, agencies: Vec::new(), ..one.clone() }),
            ("stale", Self { stale: true, ..one.clone() }),
            ("several", several),
            ("one", one),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use scraper::{ElementRef, Html, Selector};

    use super::*;
    use crate::pages::tests::{Samples as _, chrome};

    fn sample(name: &str) -> Html {
        let samples = DeviceApproval::samples(&chrome());
        let page = &samples.iter().find(|(sample, _)| *sample == name).unwrap().1;
        Html::parse_document(&page.render().unwrap())
    }

    fn find<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
        page.select(&Selector::parse(selector).unwrap()).collect()
    }

    /// Rules section 6: a no is as near as a yes, and it is what Enter presses.
    #[test]
    fn deny_is_the_first_button_and_looks_like_allow() {
        for name in ["one", "several", "nameless", "hostile"] {
            let page = sample(name);
            let [deny, allow] = ["#device-deny", "#device-allow"].map(|id| find(&page, id)[0]);
            assert_eq!(deny.attr("class"), allow.attr("class"), "{name}");
            assert_eq!((deny.attr("value"), allow.attr("value")), (Some("deny"), Some("allow")), "{name}");
            assert_eq!(find(&page, "form [type=submit]")[0], deny, "{name}");
        }
    }

    /// The answer names the agency that the page named.
    #[test]
    fn the_agency_is_sent_with_the_answer() {
        let hidden = "input[type=hidden][name=company]";
        assert_eq!(find(&sample("one"), hidden)[0].attr("value"), Some("cmp_1"));
        let several = sample("several");
        let radios = find(&several, "input[type=radio][name=company]");
        let sent: Vec<_> = radios.iter().map(|it| (it.attr("value"), it.attr("checked").is_some())).collect();
        assert_eq!(sent, [(Some("cmp_1"), true), (Some("cmp_2"), false), (Some("cmp_3"), false)]);
        assert!(find(&several, hidden).is_empty());
        assert!(find(&sample("nameless"), "[name=company]").is_empty());
    }

    /// Attack 70: what a program says of its computer is anybody's invention.
    #[test]
    fn a_hostile_computer_name_stays_text_below_the_question() {
        let page = sample("hostile");
        assert!(find(&page, "script").is_empty(), "the page has no script at all");
        assert_eq!(find(&page, "button").len(), 3);
        assert!(!find(&page, "h1")[0].text().collect::<String>().contains("alert"));
    }
}
