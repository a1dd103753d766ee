//! "Which agency do you want to work for?" (`company.md` section 3, "Behaviour"): as whom one is logged in, the agencies, and
//! the way to log in as somebody else. Names only agencies that are open to this person.

use askama::Template;

use super::{AgencyList, Chrome, Form, Problem, Problems};
use crate::locale::{Key, Texts};

#[derive(Debug, Clone, Template)]
#[template(path = "choose.html")]
pub struct ChoosePage {
    pub chrome: Chrome,
    /// Field `company` says which one; empty where only the account is asked.
    pub form: Form,
    /// The name of who is logged in, where one is known.
    pub name: Option<String>,
    pub username: String,
    /// Where it leads.
    pub client: String,
    pub agencies: AgencyList,
    /// Whether the account is asked for, and not just the agency.
    pub asks_account: bool,
    pub other_url: String,
    pub problem: Option<ChooseProblem>,
}

/// Why the page is there again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChooseProblem {
    /// The page was too old, or belonged to somebody else.
    Stale,
    /// It is not, or is no longer, open to the person.
    NotOffered,
}

impl ChoosePage {
    /// Whether all there is to say is "Continue".
    fn is_plain(&self) -> bool {
        self.asks_account
            && (self.agencies.is_empty() || self.agencies.only().is_some())
            && !self.is_searched()
    }

    fn is_searched(&self) -> bool {
        self.agencies.search.is_some()
    }

    /// The texts, which may mention the client and the person.
    fn texts(&self) -> Texts {
        let person = self.name.clone().unwrap_or_else(|| self.username.clone());
        self.chrome.texts.clone().with("client", self.client.clone()).with("person", person)
    }

    fn problems(&self) -> Problems {
        let told = self.problem.map(|problem| match problem {
            ChooseProblem::Stale => Key("choose-stale"),
            ChooseProblem::NotOffered => Key("choose-not-offered"),
        });
        told.map(|Key(key)| Problem { field: None, text: self.chrome.t(key) }).into_iter().collect()
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for ChoosePage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let hostile = "\"><script>alert(1)</script>";
        let three = Self {
            chrome: chrome.clone(),
            form: form("/choose"),
            name: Some("Olivia Reed".into()),
            username: "olivia.reed@example.com".into(),
            client: "Mobile App".into(),
            agencies: AgencyList::sample(3, ""),
            asks_account: false,
            other_url: "/login?flow=sealed-flow&other=true".into(),
            problem: None,
        };
        let found = |count, q| Self { agencies: AgencyList::sample(count, q), ..three.clone() };
        let account = Self { asks_account: true, ..three.clone() };
        vec![
            ("account-and-one", Self { agencies: AgencyList::sample(1, ""), ..account.clone() }),
            (
                "account-alone",
                Self {
                    chrome: chrome.clone().for_agency(agency()),
                    agencies: AgencyList::default(),
                    name: None,
                    ..account.clone()
                },
            ),
            ("account-and-three", account),
            ("eleven", found(11, "")),
            ("found-one", found(12, "10003")),
            ("found-none", found(12, hostile)),
            ("very-many", found(1200, "maple")),
            ("stale", Self { problem: Some(ChooseProblem::Stale), ..three.clone() }),
            ("one-is-left", Self { problem: Some(ChooseProblem::NotOffered), ..found(1, "") }),
            ("hostile", Self { name: Some(hostile.into()), client: hostile.into(), ..three.clone() }),
            ("three", three),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use scraper::{Html, Selector};

    use super::super::tests::{Samples as _, chrome};
    use super::*;

    fn texts(sample: &str, selector: &str) -> Vec<String> {
        let samples = ChoosePage::samples(&chrome());
        let page = &samples.iter().find(|(name, _)| *name == sample).unwrap().1;
        let page = Html::parse_document(&page.render().unwrap());
        let text = |element: scraper::ElementRef<'_>| {
            element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        page.select(&Selector::parse(selector).unwrap()).map(text).collect()
    }

    /// `company.md` section 3: agencies of one name are told apart.
    #[test]
    fn each_agency_is_one_button_with_its_city_and_its_code() {
        assert_eq!(texts("three", "h1"), ["Which agency do you want to work for?"]);
        let buttons = texts("three", "main button[name=company]");
        assert_eq!(buttons[0], "Maple Home Care London · Code 10000");
        assert_eq!((buttons.len(), &*buttons[2]), (3, "Maple Home Care Code 10002"));
        assert_eq!(texts("three", "#username"), ["olivia.reed@example.com"]);
        assert_eq!(texts("three", "#other-account"), ["Log in as somebody else"]);
    }

    /// `company.md` section 3, `prompt=select_account`.
    #[test]
    fn where_only_the_account_is_asked_there_is_one_button() {
        for sample in ["account-and-one", "account-alone"] {
            assert_eq!(texts(sample, "main button").len(), 1, "{sample}");
        }
        assert_eq!(texts("account-and-one", "#continue"), ["Continue as Olivia Reed"]);
        assert_eq!(texts("account-and-one", "#agency"), ["Maple Home Care London · Code 10000"]);
        assert_eq!(texts("account-alone", "#continue"), ["Continue as olivia.reed@example.com"]);
        assert!(texts("account-alone", "#agency, .choice").is_empty());
    }

    /// Somebody who could choose only one agency that is left is asked all the same.
    #[test]
    fn an_agency_that_is_left_alone_is_still_chosen() {
        assert_eq!(texts("one-is-left", ".choice").len(), 1);
        assert!(texts("one-is-left", "#problem")[0].contains("choose"));
    }
}
