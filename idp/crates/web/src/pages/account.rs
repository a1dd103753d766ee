//! A person's own facts: the standard claims of OpenID Connect Core section 5.1 that a person owns (R3). Each field says to
//! browsers and password managers what it is (WCAG 2.2 section 1.3.5). The user name is shown and never changed here.

use askama::Template;
use idp_service::account::{FieldProblem, ProfileForm, ProfileProblem};

use super::{Chrome, Form, OwnMenu, Problem, Problems};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// The fields are named like the claims.
    pub form: Form,
    pub username: String,
    pub profile: ProfileForm,
    /// Field `seen`: the state of the account that the person is looking at.
    pub seen: String,
    pub news: AccountNews,
}

/// What became of the last attempt to save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountNews {
    /// There was none.
    Fresh,
    Saved,
    /// In another tab or on another device; `profile` is what is stored now.
    ChangedElsewhere,
    /// The page was too old, or the form came from elsewhere.
    TooOld,
    /// `profile` is what was typed.
    Refused(Vec<FieldProblem>),
}

/// Fields that belong together.
struct Group<'a> {
    title: Key,
    fields: Vec<Field<'a>>,
}

/// A claim as it is typed.
struct Field<'a> {
    name: &'static str,
    label: Key,
    /// What the browser may fill in by itself (HTML section 4.10.18.7).
    autocomplete: &'static str,
    value: &'a str,
    /// The keyboard a phone shows.
    kind: &'static str,
    hint: Option<Key>,
    suggestions: &'static [&'static str],
}

impl<'a> Field<'a> {
    fn new(name: &'static str, label: Key, autocomplete: &'static str, value: &'a str) -> Self {
        Self { name, label, autocomplete, value, kind: "text", hint: None, suggestions: &[] }
    }

    fn typed_as(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    fn explained(self, hint: Key) -> Self {
        Self { hint: Some(hint), ..self }
    }

    fn suggesting(self, suggestions: &'static [&'static str]) -> Self {
        Self { suggestions, ..self }
    }
}

/// Where the people are: the zones of the United States and Canada, from east to west.
const ZONES: &[&str] = &[
    "America/St_Johns",
    "America/Halifax",
    "America/Puerto_Rico",
    "America/Toronto",
    "America/New_York",
    "America/Winnipeg",
    "America/Chicago",
    "America/Regina",
    "America/Edmonton",
    "America/Denver",
    "America/Phoenix",
    "America/Vancouver",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
];
const LANGUAGES: &[&str] = &["en", "es", "fr", "en-CA", "en-US", "es-US", "fr-CA"];

impl AccountPage {
    fn groups(&self) -> [Group<'_>; 4] {
        let ProfileForm {
            given_name,
            family_name,
            middle_name,
            nickname,
            preferred_username,
            profile,
            picture,
            website,
            gender,
            birthdate,
            zoneinfo,
            locale,
            phone_number,
            street_address,
            locality,
            region,
            postal_code,
            country,
        } = &self.profile;
        let field = Field::new;
        let name = vec![
            field("given_name", Key("account-given-name"), "given-name", given_name),
            field("middle_name", Key("account-middle-name"), "additional-name", middle_name),
            field("family_name", Key("account-family-name"), "family-name", family_name),
            field("nickname", Key("account-nickname"), "nickname", nickname),
            field("preferred_username", Key("account-preferred-username"), "off", preferred_username)
                .explained(Key("account-preferred-username-hint")),
        ];
        let contact = vec![
            field("phone_number", Key("account-phone-number"), "tel", phone_number).typed_as("tel"),
            field("website", Key("account-website"), "url", website).typed_as("url"),
        ];
        let address = vec![
            field("street_address", Key("account-street-address"), "address-line1", street_address),
            field("locality", Key("account-locality"), "address-level2", locality),
            field("region", Key("account-region"), "address-level1", region),
            field("postal_code", Key("account-postal-code"), "postal-code", postal_code),
            field("country", Key("account-country"), "country-name", country),
        ];
        let more = vec![
            field("birthdate", Key("account-birthdate"), "bday", birthdate)
                .explained(Key("account-birthdate-hint")),
            field("gender", Key("account-gender"), "sex", gender),
            field("locale", Key("account-locale"), "language", locale)
                .explained(Key("account-locale-hint"))
                .suggesting(LANGUAGES),
            field("zoneinfo", Key("account-zoneinfo"), "off", zoneinfo)
                .explained(Key("account-zoneinfo-hint"))
                .suggesting(ZONES),
            field("picture", Key("account-picture"), "photo", picture)
                .typed_as("url")
                .explained(Key("account-picture-hint")),
            field("profile", Key("account-profile"), "off", profile)
                .typed_as("url")
                .explained(Key("account-profile-hint")),
        ];
        [
            Group { title: Key("account-name"), fields: name },
            Group { title: Key("account-contact"), fields: contact },
            Group { title: Key("account-address"), fields: address },
            Group { title: Key("account-more"), fields: more },
        ]
    }

    fn problems(&self) -> Problems {
        let told = |key: &str| Problem { field: None, text: self.chrome.t(key) };
        match &self.news {
            AccountNews::Fresh | AccountNews::Saved => Problems::default(),
            AccountNews::ChangedElsewhere => Problems::from_iter([told(CHANGED_ELSEWHERE.0)]),
            AccountNews::TooOld => Problems::from_iter([told(TOO_OLD.0)]),
            AccountNews::Refused(refused) => self.refused(refused),
        }
    }

    /// In the order of the page, which is not the order in which claims are checked.
    fn refused(&self, refused: &[FieldProblem]) -> Problems {
        let groups = self.groups();
        let shown = groups.iter().flat_map(|group| &group.fields).filter_map(|field| {
            let (name, problem) = refused.iter().find(|(name, _)| *name == field.name)?;
            let Key(key) = sentence(*problem);
            let text = self.chrome.texts.t_with(key, "field", self.chrome.texts.of(field.label));
            Some(Problem { field: Some(*name), text })
        });
        shown.collect()
    }

    fn note(&self) -> Option<String> {
        (self.news == AccountNews::Saved).then(|| self.chrome.t("account-saved"))
    }
}

const CHANGED_ELSEWHERE: Key = Key("account-changed-elsewhere");
const TOO_OLD: Key = Key("account-too-old");

fn sentence(problem: ProfileProblem) -> Key {
    match problem {
        ProfileProblem::TooLong => Key("account-too-long"),
        ProfileProblem::Control => Key("account-control"),
        ProfileProblem::NotAWebAddress => Key("account-not-a-web-address"),
        ProfileProblem::NotADate => Key("account-not-a-date"),
        ProfileProblem::NotATimeZone => Key("account-not-a-time-zone"),
        ProfileProblem::NotALanguage => Key("account-not-a-language"),
        ProfileProblem::NotAPhoneNumber => Key("account-not-a-phone-number"),
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for AccountPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use ProfileProblem as P;
        let profile = ProfileForm {
            given_name: "Frank".into(),
            family_name: "Jones".into(),
            phone_number: "(519) 555-0142".into(),
            locality: "\"><script>alert(1)</script>".into(),
            zoneinfo: "America/Toronto".into(),
            birthdate: "29.2.80".into(),
            ..ProfileForm::default()
        };
        let empty = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::Account),
            form: super::samples::form("/account"),
            username: "frank.jones@example.com".into(),
            profile: ProfileForm::default(),
            seen: "1782950400".into(),
            news: AccountNews::Fresh,
        };
        let filled = |news| Self { news, profile: profile.clone(), ..empty.clone() };
        let dates =
            vec![("birthdate", P::NotADate), ("zoneinfo", P::NotATimeZone), ("locale", P::NotALanguage)];
        let rest = vec![
            ("picture", P::NotAWebAddress),
            ("phone_number", P::NotAPhoneNumber),
            ("given_name", P::TooLong),
            ("nickname", P::Control),
        ];
        vec![
            ("saved", filled(AccountNews::Saved)),
            ("changed-elsewhere", filled(AccountNews::ChangedElsewhere)),
            ("too-old", filled(AccountNews::TooOld)),
            ("dates", filled(AccountNews::Refused(dates))),
            ("rest", filled(AccountNews::Refused(rest))),
            ("office", Self { menu: empty.menu.clone().with_office("/office".to_owned()), ..empty.clone() }),
            ("empty", empty),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use scraper::{Html, Selector};

    use super::super::tests::{Samples as _, chrome};
    use super::*;

    fn sample(name: &str) -> Html {
        let samples = AccountPage::samples(&chrome());
        let page = &samples.iter().find(|(sample, _)| *sample == name).unwrap().1;
        Html::parse_document(&page.render().unwrap())
    }

    fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        page.select(&selector).filter_map(|element| element.attr(name)).map(str::to_owned).collect()
    }

    /// WCAG 2.2 section 1.3.5: the purpose of a field can be read by programs.
    #[test]
    fn browsers_can_fill_in_every_field_they_have_a_word_for() {
        let page = sample("empty");
        let fields = "fieldset input";
        assert_eq!(attributes(&page, fields, "id"), attributes(&page, fields, "name"));
        assert_eq!(attributes(&page, fields, "id").len(), 18);
        assert_eq!(attributes(&page, fields, "autocomplete").len(), 18);
        let unknown: Vec<String> = attributes(&page, "fieldset [autocomplete=off]", "id");
        assert_eq!(unknown, ["preferred_username", "zoneinfo", "profile"]);
        assert_eq!(
            attributes(&page, "#username[readonly]:not([name])", "value"),
            ["frank.jones@example.com"]
        );
    }

    /// Errors stand in the order of the fields, whatever the order in which they were found.
    #[test]
    fn the_summary_follows_the_page() {
        let links = attributes(&sample("rest"), "#problem a", "href");
        assert_eq!(links, ["#given_name", "#nickname", "#phone_number", "#picture"]);
        assert_eq!(attributes(&sample("rest"), "#given_name", "value"), ["Frank"], "what was typed is kept");
    }

    #[test]
    fn success_is_said_and_failure_is_never_called_success() {
        for (name, saved) in
            [("saved", 1), ("empty", 0), ("too-old", 0), ("changed-elsewhere", 0), ("dates", 0)]
        {
            assert_eq!(attributes(&sample(name), "#notice", "role").len(), saved, "{name}");
        }
    }
}
