//! The people of an agency: a table on a wide screen, cards on a phone; with filters, a search and what is done to many.

use askama::Template;
use idp_domain::Timestamp;
use idp_domain::member_list::MemberFilter;

use super::{OfficeMenu, OfficeNews, PersonStanding};
use crate::locale::Key;
use crate::moment::Told;
use crate::pages::{Chrome, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "office/people.html")]
pub struct PeoplePage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub news: Option<OfficeNews>,
    pub filters: Vec<FilterLink>,
    pub search: PeopleSearch,
    pub people: Vec<PersonRow>,
    /// The pages after this one and before it.
    pub next_url: Option<String>,
    pub first_url: Option<String>,
    pub add_url: String,
    pub bulk_url: String,
    pub instructions_url: String,
    /// To everybody who has not activated.
    pub resend_url: Option<String>,
}

/// One part of the list.
#[derive(Debug, Clone)]
pub struct FilterLink {
    pub label: Key,
    pub count: u64,
    pub url: String,
    pub is_current: bool,
}

#[cfg(any(test, feature = "samples"))]
impl FilterLink {
    pub(super) fn samples() -> Vec<Self> {
        let filter = |label, count, is_current| Self {
            label,
            count,
            url: "/office/cmp_1?state=locked".to_owned(),
            is_current,
        };
        vec![filter(Key("office-filter-all"), 7, true), filter(Key("office-filter-locked"), 0, false)]
    }
}

/// The search box (GET).
#[derive(Debug, Clone, Default)]
pub struct PeopleSearch {
    pub action: String,
    /// Field `q`.
    pub q: String,
    /// Field `type`.
    pub member_type: String,
    /// Field `state`: a search stays within the part of the list it began in.
    pub state: String,
    /// The text cannot be looked for.
    pub is_wrong: bool,
}

#[derive(Debug, Clone)]
pub struct PersonRow {
    pub url: String,
    /// "Last, First".
    pub name: String,
    pub member_type: Key,
    pub user_name: Option<String>,
    pub standing: PersonStanding,
    pub last_log_in: Option<Timestamp>,
}

const TYPES: [(&str, Key); 4] = [
    ("", Key("office-types-all")),
    ("office_staff", Key("office-types-office-staff")),
    ("caregiver", Key("office-types-caregiver")),
    ("client", Key("office-types-client")),
];

impl PeoplePage {
    fn types(&self) -> &'static [(&'static str, Key)] {
        &TYPES
    }

    fn is_searched(&self) -> bool {
        !self.search.q.is_empty() || !self.search.member_type.is_empty() || !self.search.state.is_empty()
    }

    /// Why nobody is on the list, and what to do.
    fn nobody(&self) -> String {
        let PeopleSearch { q, member_type, state, .. } = &self.search;
        self.chrome.texts.of(match (q.is_empty(), member_type.is_empty(), MemberFilter::parse(state)) {
            (false, ..) => Key("office-people-found-nobody"),
            (true, true, None) => Key("office-people-none"),
            (true, true, Some(MemberFilter::NotActivated)) => Key("office-people-none-not-activated"),
            (true, true, Some(MemberFilter::Expired)) => Key("office-people-none-expired"),
            (true, true, Some(MemberFilter::Undeliverable)) => Key("office-people-none-undeliverable"),
            (true, true, Some(MemberFilter::Locked)) => Key("office-people-none-locked"),
            (true, true, Some(MemberFilter::Inactive)) => Key("office-people-none-inactive"),
            (true, ..) => Key("office-people-no-such-type"),
        })
    }

    fn last_log_in(&self, person: &PersonRow) -> Told {
        match person.last_log_in {
            Some(at) => Told::moment(&self.chrome.texts, at),
            None => Told::plain(self.chrome.t("office-never")),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.news.map(|news| news.notes(&self.chrome)).unwrap_or_default()
    }

    fn problems(&self) -> Problems {
        let wrong = self
            .search
            .is_wrong
            .then(|| crate::pages::Problem { field: Some("q"), text: self.chrome.t("office-search-wrong") });
        self.news.and_then(|news| news.problem(&self.chrome)).into_iter().chain(wrong).collect()
    }

    fn wrong(&self) -> Option<String> {
        self.problems().of("q").map(str::to_owned)
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for PeoplePage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::OfficePlace;
        use super::news::Resent;
        let now = Timestamp::from_seconds(1_795_262_400);
        let hostile = "\"><script>alert(1)</script>";
        let person = |name: &str, kind, standing| PersonRow {
            url: "/office/cmp_1/people/mbr_1".to_owned(),
            name: name.to_owned(),
            member_type: kind,
            user_name: Some("frank.jones@example.com".to_owned()),
            standing,
            last_log_in: None,
        };
        let caregiver = Key("office-type-caregiver");
        let came_back = |why| person(hostile, caregiver, PersonStanding::CameBack { why });
        let mut people: Vec<_> = idp_domain::mail_failure::MailFailure::VARIANTS.map(came_back).to_vec();
        people.extend([
            person("Adams, Ruth", Key("office-type-office-staff"), PersonStanding::Active),
            person("Bello, Femi", caregiver, PersonStanding::NotActivated { since: now }),
            person("Cole, Sam", caregiver, PersonStanding::Expired { at: now }),
            person("Chan, Lily", Key("office-type-client"), PersonStanding::LockedUntil(now)),
            person("Diaz, Ana", caregiver, PersonStanding::LockedUntilReset),
            person("Eze, Ngozi", caregiver, PersonStanding::Inactive { since: now }),
            PersonRow {
                user_name: None,
                last_log_in: Some(now),
                ..person("Fox, Tom", caregiver, PersonStanding::Removed { at: now })
            },
        ]);
        let filter = |label, count, is_current| FilterLink {
            label,
            count,
            url: "/office/cmp_1?state=locked".to_owned(),
            is_current,
        };
        let search = PeopleSearch { action: "/office/cmp_1".to_owned(), ..PeopleSearch::default() };
        let several = Self {
            chrome: chrome.clone().for_agency(crate::pages::samples::agency()),
            menu: OfficeMenu::sample(OfficePlace::People),
            news: None,
            filters: vec![
                filter(Key("office-filter-all"), 7, true),
                filter(Key("office-filter-not-activated"), 1, false),
                filter(Key("office-filter-undeliverable"), 1, false),
                filter(Key("office-filter-locked"), 2, false),
                filter(Key("office-filter-inactive"), 1, false),
            ],
            search: search.clone(),
            people,
            next_url: Some("/office/cmp_1?cursor=x".to_owned()),
            first_url: Some("/office/cmp_1".to_owned()),
            add_url: "/office/cmp_1/add".to_owned(),
            bulk_url: "/office/cmp_1/bulk".to_owned(),
            instructions_url: "/office/cmp_1/instructions".to_owned(),
            resend_url: Some("/office/cmp_1/resend".to_owned()),
        };
        let found =
            |search| Self { search, people: Vec::new(), next_url: None, first_url: None, ..several.clone() };
        let news = |news| Self { news: Some(news), ..several.clone() };
        let resent = Resent { sent: 12, undeliverable: 1, too_many: 2, passed_over: 1 };
        vec![
            ("resent", news(OfficeNews::ResentToAll(resent))),
            ("removed", news(OfficeNews::Removed)),
            ("too-old", news(OfficeNews::TooOld)),
            ("found-nobody", found(PeopleSearch { q: hostile.to_owned(), ..search.clone() })),
            ("nobody-locked", found(PeopleSearch { state: "locked".to_owned(), ..search.clone() })),
            ("search-wrong", found(PeopleSearch { q: "x".repeat(101), is_wrong: true, ..search.clone() })),
            ("empty", Self { resend_url: None, ..found(search) }),
            ("several", several),
        ]
    }
}
