//! Agencies to choose from: with a search where there are many, and with what tells those of one name apart.

use idp_domain::Secret;
use idp_domain::company::Company;
use idp_domain::id::CompanyId;
use idp_domain::member::SearchWords;

use super::Chrome;

/// So many can be looked through; of more, some are looked for.
const FEW: usize = 10;

/// So many are shown at once; the others are found by a search that says more.
const MOST: usize = 50;

/// Finished values for the templates `part/agencies.html` and `part/agency_search.html`.
#[derive(Debug, Clone, Default)]
pub struct AgencyList {
    agencies: Vec<OfferedAgency>,
    pub(super) search: Option<AgencySearch>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedAgency {
    pub id: CompanyId,
    pub name: String,
    pub city: Option<String>,
    pub code: String,
}

/// Where the search goes (GET), fields `q` and `flow`; the flow is what the page is about, and goes with it.
#[derive(Debug, Clone)]
pub struct AgencySearch {
    pub action: String,
    pub flow: Secret<String>,
    pub q: String,
    /// The same page without the search.
    pub all_url: String,
}

impl AgencyList {
    /// In this order. `search` is left out where they are few, and what was looked for with it.
    pub fn new(mut agencies: Vec<OfferedAgency>, search: AgencySearch) -> Self {
        if agencies.len() <= FEW {
            return Self { agencies, search: None };
        }
        // Nothing has a name with such characters in it, or one of that length.
        match SearchWords::parse(&search.q) {
            Ok(words) => agencies.retain(|agency| agency.is_found_by(&words)),
            Err(_) => agencies.clear(),
        }
        Self { agencies, search: Some(search) }
    }

    pub fn is_empty(&self) -> bool {
        self.agencies.is_empty()
    }

    /// The agency, where there is no choice.
    pub(super) fn only(&self) -> Option<&OfferedAgency> {
        match (&self.agencies[..], &self.search) {
            ([only], None) => Some(only),
            _ => None,
        }
    }

    pub(super) fn shown(&self) -> impl Iterator<Item = &OfferedAgency> {
        self.agencies.iter().take(MOST)
    }

    /// How many there are, and how many of them are here.
    pub(super) fn found(&self, chrome: &Chrome) -> String {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let texts = chrome.texts().with("count", count(self.agencies.len())).with("most", count(MOST));
        match self.agencies.len() {
            0 => texts.t("agencies-found-none"),
            few if few <= MOST => texts.t("agencies-found"),
            _ => texts.t("agencies-found-many"),
        }
    }
}

impl OfferedAgency {
    pub fn new(company: &Company) -> Self {
        Self {
            id: company.id,
            name: company.name.to_string(),
            city: company.contact.address.locality.as_ref().map(ToString::to_string),
            code: company.code.to_string(),
        }
    }

    fn is_found_by(&self, words: &SearchWords) -> bool {
        let text = format!("{} {} {}", self.name, self.city.as_deref().unwrap_or_default(), self.code);
        // As the words were written down.
        let text = SearchWords::parse(&text).map(|text| text.iter().collect::<Vec<_>>().join(" "));
        text.is_ok_and(|text| words.iter().all(|word| text.contains(word)))
    }

    /// What tells agencies of one name apart.
    pub(super) fn detail(&self, chrome: &Chrome) -> String {
        let code = chrome.texts().t_with("agencies-code", "code", self.code.clone());
        self.city.iter().cloned().chain([code]).collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(any(test, feature = "samples"))]
#[expect(clippy::expect_used, reason = "only tests draw samples, and this id is written here")]
impl AgencyList {
    /// As many agencies as that, all of one name and one city.
    pub(super) fn sample(count: usize, q: &str) -> Self {
        let agency = |n: usize| OfferedAgency {
            id: "cmp_01890000000070008000000000000001".parse().expect("an id"),
            name: if n == 1 {
                "\"><script>alert(1)</script>".to_owned()
            } else {
                "Maple Home Care".to_owned()
            },
            city: (n != 2).then(|| "London".to_owned()),
            code: format!("{}", 10_000 + n),
        };
        let search = AgencySearch {
            action: "/choose".to_owned(),
            flow: Secret::new("sealed-flow".to_owned()),
            q: q.to_owned(),
            all_url: "/choose?flow=sealed-flow".to_owned(),
        };
        Self::new((0..count).map(agency).collect(), search)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::tests::chrome;
    use super::*;

    fn found(count: usize, q: &str) -> Vec<String> {
        AgencyList::sample(count, q).agencies.into_iter().map(|agency| agency.code).collect()
    }

    /// `company.md` section 3: "search above 10".
    #[test]
    fn ten_agencies_are_looked_through_and_eleven_looked_for() {
        assert!(AgencyList::sample(10, "").search.is_none());
        assert!(AgencyList::sample(11, "").search.is_some());
        assert_eq!(found(10, "nothing like it").len(), 10, "no search, nothing left out");
    }

    #[test]
    fn an_agency_is_found_by_words_of_its_name_its_city_and_its_code() {
        for q in ["10003", "maple 10003", "LONDON, 1000-3", "home 003"] {
            let expected = if q.contains('-') { vec![] } else { vec!["10003".to_owned()] };
            assert_eq!(found(11, q), expected, "{q}");
        }
        assert_eq!(found(11, "  ").len(), 11);
        assert!(found(11, "birch").is_empty());
        assert!(found(11, "a\u{0}b").is_empty() && found(11, &"x".repeat(101)).is_empty());
    }

    #[test]
    fn of_very_many_only_some_are_shown_and_the_page_says_so() {
        let list = AgencyList::sample(1200, "");
        assert_eq!(list.shown().count(), MOST);
        let words = list.found(&chrome());
        assert!(words.contains("1,200") && words.contains("50"), "{words}");
        assert_eq!(AgencyList::sample(12, "10003").found(&chrome()), "1 agency found.");
    }
}
