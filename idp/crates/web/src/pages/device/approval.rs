//! "Did you start this on this computer?" (RFC 8628 section 5.4, BCP 247): a no stands first and looks no less than a yes.

use askama::Template;

use super::{ComputerCard, stale};
use crate::locale::{Key, Texts};
use crate::pages::{AgencyList, Chrome, Form, Permission, Problem, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "device/approve.html")]
pub struct DeviceApproval {
    pub chrome: Chrome,
    /// Field `answer` is `deny`, `allow` or `other-account`; field `company` is the agency.
    pub form: Form,
    pub computer: ComputerCard,
    /// The one it is for, or those to choose from, the one used last first.
    pub agencies: AgencyList,
    pub username: String,
    /// What a client that is not the agency's own would know.
    pub asked: Option<Vec<Permission>>,
    pub again: Option<AskedAgain>,
}

/// Why the answer before was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedAgain {
    /// It was too old, or somebody else's.
    Stale,
    NoAgency,
    /// The one that was chosen, or named, is not open, or no longer.
    AgencyGone,
}

impl DeviceApproval {
    /// The texts, which may mention the client.
    fn texts(&self) -> Texts {
        self.chrome.texts.clone().with("client", self.computer.program.clone())
    }

    fn problems(&self) -> Problems {
        let is_choice = !self.agencies.is_empty() && self.agencies.only().is_none();
        let Key(key) = match self.again {
            None => return Problems::default(),
            Some(AskedAgain::NoAgency) if is_choice => Key("device-agency-missing"),
            Some(AskedAgain::AgencyGone) if is_choice => Key("device-agency-gone"),
            Some(AskedAgain::NoAgency | AskedAgain::AgencyGone) => Key("device-agency-other"),
            Some(AskedAgain::Stale) => return stale(&self.chrome, true),
        };
        [Problem { field: None, text: self.chrome.t(key) }].into_iter().collect()
    }

    /// Whether the agency used last is proposed: not to somebody who meant another one a moment ago.
    fn proposes(&self) -> bool {
        !matches!(self.again, Some(AskedAgain::NoAgency | AskedAgain::AgencyGone))
    }

    /// What a yes would allow, where there is one to say.
    fn permissions(&self) -> Option<&[Permission]> {
        self.asked.as_deref().filter(|_| !self.finds_none())
    }

    /// Whether a search left nothing to say yes for.
    fn finds_none(&self) -> bool {
        self.agencies.search.is_some() && self.agencies.is_empty()
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for DeviceApproval {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use crate::pages::samples::{agency, form};
        use idp_domain::consent::Permitted;
        use idp_domain::scope::Scopes;
        let one = Self {
            chrome: chrome.clone().for_agency(agency()),
            form: form("/device/approve"),
            computer: ComputerCard::sample(),
            agencies: AgencyList::sample(1, ""),
            username: "frank.jones@example.com".to_owned(),
            asked: None,
            again: None,
        };
        let asked = Permitted::of(Scopes::parse("openid profile email company"));
        let several = Self {
            chrome: chrome.clone(),
            agencies: AgencyList::sample(3, ""),
            asked: Some(Permission::list(&asked, &Permitted::default())),
            ..one.clone()
        };
        let hostile = "</h1><script>alert(1)</script><button>Allow {product} \"&amp;";
        let nameless = ComputerCard { name: None, network: None, is_here: false, ..ComputerCard::sample() };
        let located = ComputerCard { location: Some("London, Canada".to_owned()), ..ComputerCard::sample() };
        let lying = ComputerCard {
            name: Some(hostile.to_owned()),
            program: hostile.to_owned(),
            shown_at: nameless.asked_at + std::time::Duration::from_secs(200),
            ..ComputerCard::sample()
        };
        vec![
            ("hostile", Self { computer: lying, username: hostile.to_owned(), ..several.clone() }),
            ("nameless", Self { computer: nameless, agencies: AgencyList::default(), ..one.clone() }),
            ("stale", Self { again: Some(AskedAgain::Stale), ..one.clone() }),
            ("agency-other", Self { again: Some(AskedAgain::AgencyGone), ..one.clone() }),
            ("agency-gone", Self { again: Some(AskedAgain::AgencyGone), ..several.clone() }),
            ("agency-missing", Self { again: Some(AskedAgain::NoAgency), ..several.clone() }),
            ("many", Self { agencies: AgencyList::sample(11, ""), ..several.clone() }),
            ("found", Self { agencies: AgencyList::sample(11, "maple 10003"), ..several.clone() }),
            ("none-found", Self { agencies: AgencyList::sample(11, "birch"), ..several.clone() }),
            ("located", Self { computer: located, ..one.clone() }),
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
        for name in ["one", "several", "many", "found", "nameless", "hostile"] {
            let page = sample(name);
            let [deny, allow] = ["#device-deny", "#device-allow"].map(|id| find(&page, id)[0]);
            assert_eq!(deny.attr("class"), allow.attr("class"), "{name}");
            assert_eq!((deny.attr("value"), allow.attr("value")), (Some("deny"), Some("allow")), "{name}");
            assert_eq!(find(&page, "form[method=post] [type=submit]")[0], deny, "{name}");
        }
    }

    /// The answer names the agency that the page named.
    #[test]
    fn the_agency_is_sent_with_the_answer() {
        let hidden = "input[type=hidden][name=company]";
        let id = Some("cmp_01890000000070008000000000000001");
        assert_eq!(find(&sample("one"), hidden)[0].attr("value"), id);
        for (name, count) in [("several", 3), ("many", 11), ("found", 1)] {
            let page = sample(name);
            let radios = find(&page, "form[method=post] input[type=radio][name=company]");
            let checked: Vec<_> = radios.iter().map(|it| it.attr("checked").is_some()).collect();
            assert_eq!((checked.len(), checked[0]), (count, true), "{name}");
            assert!(
                radios.iter().all(|it| it.attr("value") == id) && !checked[1..].contains(&true),
                "{name}"
            );
            assert!(find(&page, hidden).is_empty(), "{name}");
        }
        assert!(find(&sample("nameless"), "[name=company]").is_empty());
    }

    /// Nobody is let in for an agency by a click that was meant for another one: it is chosen anew, and none is proposed.
    #[test]
    fn an_agency_that_is_gone_is_chosen_anew() {
        for (name, words) in [("agency-gone", "is not open any more"), ("agency-missing", "Choose an agency")]
        {
            let page = sample(name);
            assert!(find(&page, "[name=company][checked]").is_empty(), "{name}");
            let problem = find(&page, "#problem")[0].text().collect::<String>();
            assert!(problem.contains(words), "{name}: {problem}");
        }
        let other = find(&sample("agency-other"), "#problem")[0].text().collect::<String>();
        assert!(other.contains("another one than before"), "{other}");
    }

    /// `company.md` section 3, "search above 10", as at the chooser: it asks again and answers nothing.
    #[test]
    fn many_agencies_are_looked_for() {
        for (name, is_searched) in [("several", false), ("many", true), ("found", true), ("none-found", true)]
        {
            let page = sample(name);
            assert_eq!(
                find(&page, "form[role=search][method=get] #q").len(),
                usize::from(is_searched),
                "{name}"
            );
        }
        let none = sample("none-found");
        assert!(find(&none, "[name=company]").is_empty() && find(&none, "#device-allow").is_empty());
        assert_eq!(find(&none, "#device-deny").len(), 1, "a no needs no agency");
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
