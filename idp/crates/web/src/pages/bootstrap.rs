//! Where the link of `idp bootstrap` leads (R13): the first operator and the first agency, and what is said of a link that
//! opens nothing any more. Never sends a typed password back.

use askama::Template;
use idp_domain::Secret;
use idp_service::bootstrap::Refusal;
use idp_service::companies::{AddressDraft, CompanyDraft};
use idp_service::field::{FieldCode, FieldProblem};
use idp_service::new_password::FormProblem;

use super::create_password::refused;
use super::{Chrome, Form, Problem, Problems};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "bootstrap.html")]
pub struct BootstrapPage {
    pub chrome: Chrome,
    pub form: Form,
    pub typed: OperatorTyped,
    /// Whether there is no agency yet: the first one is asked for.
    pub wants_agency: bool,
    /// The least number of characters of a password (rules P1).
    pub min: usize,
    /// A passphrase made by the server for this view of the page.
    pub suggestion: Secret<String>,
    pub refusals: Vec<Refusal>,
}

/// What was typed, without the passwords.
#[derive(Debug, Clone, Default)]
pub struct OperatorTyped {
    pub given_name: String,
    pub family_name: String,
    pub email: String,
    pub agency: CompanyDraft,
}

/// Fields that belong together.
struct Group<'a> {
    title: Key,
    hint: Option<Key>,
    fields: Vec<Field<'a>>,
}

struct Field<'a> {
    name: &'static str,
    label: Key,
    /// What the browser may fill in by itself (HTML section 4.10.18.7).
    autocomplete: &'static str,
    /// The keyboard a phone shows.
    kind: &'static str,
    value: &'a str,
    hint: Option<Key>,
}

impl<'a> Field<'a> {
    fn new(name: &'static str, label: Key, autocomplete: &'static str, value: &'a str) -> Self {
        let kind = match autocomplete {
            "username" | "email" => "email",
            "tel" => "tel",
            "url" => "url",
            _ => "text",
        };
        Self { name, label, autocomplete, kind, value, hint: None }
    }

    fn optional(name: &'static str, label: Key, autocomplete: &'static str, value: Option<&'a str>) -> Self {
        Self::new(name, label, autocomplete, value.unwrap_or_default())
    }

    fn explained(self, hint: Key) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

impl BootstrapPage {
    fn title(&self) -> Key {
        if self.wants_agency { Key("bootstrap-title") } else { Key("bootstrap-title-further") }
    }

    fn lead(&self) -> Key {
        if self.wants_agency { Key("bootstrap-lead") } else { Key("bootstrap-lead-further") }
    }

    fn button(&self) -> Key {
        if self.wants_agency { Key("bootstrap-submit") } else { Key("bootstrap-submit-further") }
    }

    fn hint(&self) -> String {
        self.chrome.texts.t_with("create-password-hint", "min", self.min)
    }

    fn groups(&self) -> Vec<Group<'_>> {
        let OperatorTyped { given_name, family_name, email, agency: _ } = &self.typed;
        let you = vec![
            Field::new("given_name", Key("bootstrap-given-name"), "given-name", given_name),
            Field::new("family_name", Key("bootstrap-family-name"), "family-name", family_name),
            Field::new("email", Key("bootstrap-email"), "username", email)
                .explained(Key("bootstrap-email-hint")),
        ];
        let you = Group { title: Key("bootstrap-you"), hint: None, fields: you };
        [you].into_iter().chain(self.wants_agency.then(|| self.agency())).collect()
    }

    fn agency(&self) -> Group<'_> {
        let CompanyDraft { code, name, address, phone, email, portal_url, .. } = &self.typed.agency;
        let AddressDraft { street_address, locality, region, postal_code, country } = address;
        let field = Field::optional;
        let fields = vec![
            Field::new("agency_name", Key("bootstrap-agency-name"), "organization", name),
            field("agency_code", Key("bootstrap-agency-code"), "off", code.as_deref())
                .explained(Key("bootstrap-agency-code-hint")),
            field(
                "street_address",
                Key("bootstrap-street-address"),
                "address-line1",
                street_address.as_deref(),
            ),
            field("locality", Key("bootstrap-locality"), "address-level2", locality.as_deref()),
            field("region", Key("bootstrap-region"), "address-level1", region.as_deref()),
            field("postal_code", Key("bootstrap-postal-code"), "postal-code", postal_code.as_deref()),
            field("country", Key("bootstrap-country"), "country-name", country.as_deref()),
            field("phone", Key("bootstrap-phone"), "tel", phone.as_deref()),
            field("agency_email", Key("bootstrap-agency-email"), "email", email.as_deref()),
            field("portal_url", Key("bootstrap-portal-url"), "url", portal_url.as_deref())
                .explained(Key("bootstrap-portal-url-hint")),
        ];
        Group { title: Key("bootstrap-agency"), hint: Some(Key("bootstrap-contact-hint")), fields }
    }

    fn problems(&self) -> Problems {
        self.refusals.iter().map(|refusal| self.told(refusal)).collect()
    }

    fn told(&self, refusal: &Refusal) -> Problem {
        let said = |field, key: &str| Problem { field: Some(field), text: self.chrome.t(key) };
        match refusal {
            Refusal::Person(found) => self.bad(person_field(&found.field), found),
            Refusal::Agency(found) => self.bad(agency_field(&found.field), found),
            Refusal::EmailTaken => said("email", TAKEN.0),
            Refusal::CodeTaken => said("agency_code", CODE_TAKEN.0),
            Refusal::Password(FormProblem::Password(problem)) => refused(&self.chrome, *problem),
            Refusal::Password(FormProblem::Mismatch) => said("confirm", MISMATCH.0),
        }
    }

    fn bad(&self, field: Option<&'static str>, found: &FieldProblem) -> Problem {
        let Key(key) = match (field, found.code) {
            (Some("email" | "agency_email"), _) => Key("bootstrap-email-invalid"),
            (Some("agency_code"), _) => Key("bootstrap-code-invalid"),
            (Some("portal_url"), _) => Key("bootstrap-portal-url-invalid"),
            (_, FieldCode::ValueMissing) => Key("bootstrap-missing"),
            (_, FieldCode::ValueTooLong) => Key("bootstrap-too-long"),
            _ => Key("bootstrap-invalid"),
        };
        let groups = self.groups();
        let mut fields = groups.iter().flat_map(|group| &group.fields);
        let label =
            fields.find(|shown| Some(shown.name) == field).map(|shown| self.chrome.texts.of(shown.label));
        Problem { field, text: self.chrome.texts.t_with(key, "field", label.unwrap_or_default()) }
    }
}

const TAKEN: Key = Key("bootstrap-email-taken");
const CODE_TAKEN: Key = Key("bootstrap-code-taken");
const MISMATCH: Key = Key("password-mismatch");

/// The field of the form behind a field of the person.
fn person_field(name: &str) -> Option<&'static str> {
    ["given_name", "family_name", "email"].into_iter().find(|field| *field == name)
}

/// The field of the form behind a field of the agency.
fn agency_field(name: &str) -> Option<&'static str> {
    Some(match name {
        "name" => "agency_name",
        "code" => "agency_code",
        "email" => "agency_email",
        "phone" => "phone",
        "portal_url" => "portal_url",
        "address.street_address" => "street_address",
        "address.locality" => "locality",
        "address.region" => "region",
        "address.postal_code" => "postal_code",
        "address.country" => "country",
        _ => return None,
    })
}

/// Where the link leads when it opens nothing (R43).
#[derive(Debug, Clone, Template)]
#[template(path = "bootstrap_link.html")]
pub struct BootstrapLink {
    pub chrome: Chrome,
    pub state: BootstrapLinkState,
}

/// What has become of the link.
#[derive(Debug, Clone)]
pub enum BootstrapLinkState {
    Expired,
    Used {
        log_in_url: String,
    },
    /// Somebody else became the first operator.
    Late,
    /// Foreign, altered, unknown, or replaced by a newer one.
    Invalid,
}

impl BootstrapLinkState {
    fn heading(&self) -> Key {
        match self {
            Self::Expired => Key("bootstrap-link-expired"),
            Self::Used { .. } => Key("bootstrap-link-used"),
            Self::Late => Key("bootstrap-link-late"),
            Self::Invalid => Key("bootstrap-link-invalid"),
        }
    }

    fn sentence(&self) -> Key {
        match self {
            Self::Expired => Key("bootstrap-link-expired-next"),
            Self::Used { .. } => Key("bootstrap-link-used-next"),
            Self::Late => Key("bootstrap-link-late-next"),
            Self::Invalid => Key("bootstrap-link-invalid-next"),
        }
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for BootstrapPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use idp_domain::password::PasswordProblem;
        let found = |field: &'static str, code| FieldProblem { field: field.into(), code, detail: "".into() };
        let empty = Self {
            chrome: chrome.clone(),
            form: super::samples::form("/bootstrap"),
            typed: OperatorTyped::default(),
            wants_agency: true,
            min: 15,
            suggestion: Secret::new("copper ladder quiet meadow".into()),
            refusals: Vec::new(),
        };
        let agency = CompanyDraft {
            name: "Maple Home Care".into(),
            code: Some("9".into()),
            ..CompanyDraft::default()
        };
        let typed = OperatorTyped {
            given_name: "Ruth".into(),
            family_name: "\"><script>alert(1)</script>".into(),
            email: "ruth@operator.example".into(),
            agency,
        };
        let told = |refusals| Self { typed: typed.clone(), refusals, ..empty.clone() };
        let nothing_typed = vec![
            Refusal::Person(found("given_name", FieldCode::ValueMissing)),
            Refusal::Person(found("family_name", FieldCode::ValueInvalid)),
            Refusal::Person(found("email", FieldCode::EmailMissing)),
            Refusal::Password(FormProblem::Password(PasswordProblem::Empty)),
            Refusal::Agency(found("name", FieldCode::ValueMissing)),
        ];
        let bad_agency = vec![
            Refusal::Password(FormProblem::Mismatch),
            Refusal::Agency(found("code", FieldCode::ValueInvalid)),
            Refusal::Agency(found("address.locality", FieldCode::ValueTooLong)),
            Refusal::Agency(found("email", FieldCode::EmailInvalid)),
            Refusal::Agency(found("portal_url", FieldCode::ValueInvalid)),
        ];
        vec![
            ("nothing-typed", told(nothing_typed)),
            ("bad-agency", told(bad_agency)),
            ("taken", told(vec![Refusal::EmailTaken, Refusal::CodeTaken])),
            ("further", Self { wants_agency: false, ..empty.clone() }),
            ("empty", empty),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for BootstrapLink {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let shown = |state| Self { chrome: chrome.clone(), state };
        vec![
            ("expired", shown(BootstrapLinkState::Expired)),
            ("used", shown(BootstrapLinkState::Used { log_in_url: "/office".into() })),
            ("late", shown(BootstrapLinkState::Late)),
            ("invalid", shown(BootstrapLinkState::Invalid)),
        ]
    }
}
