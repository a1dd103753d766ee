//! A new agency, for operators: name, code, address block, and the portal client it gets from the template (R12, R58, R62).
//! The secret of that client is shown once, and never again.

use askama::Template;
use idp_domain::Secret;
use idp_domain::branding::Accent;
use idp_service::companies::{AddressDraft, CompanyDraft};
use idp_service::field::{FieldCode, FieldProblem};

use super::{OfficeMenu, Proof};
use crate::locale::Key;
use crate::pages::{Chrome, Form, Problem, Problems};

const FIELDS: usize = 13;

macro_rules! fields {
    ($($variant:ident = $name:literal, $path:literal, $label:expr;)+) => {
        /// A field of the form, in its order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AgencyField { $($variant),+ }
        impl AgencyField {
            pub const VARIANTS: [Self; FIELDS] = [$(Self::$variant),+];
            /// Its id, and its name in the form.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),+ } }
            /// As problems call it.
            const fn path(self) -> &'static str { match self { $(Self::$variant => $path),+ } }
            const fn label(self) -> Key { match self { $(Self::$variant => $label),+ } }
        }
    };
}

fields! {
    Name = "name", "name", Key("office-agency-name");
    Code = "code", "code", Key("office-agency-code");
    Slug = "slug", "slug", Key("office-agency-slug");
    PortalUrl = "portal_url", "portal_url", Key("office-agency-portal");
    StreetAddress = "street_address", "address.street_address", Key("account-street-address");
    Locality = "locality", "address.locality", Key("account-locality");
    Region = "region", "address.region", Key("account-region");
    PostalCode = "postal_code", "address.postal_code", Key("account-postal-code");
    Country = "country", "address.country", Key("account-country");
    Phone = "phone", "phone", Key("office-agency-phone");
    Email = "email", "email", Key("office-agency-email");
    Accent = "accent", "accent", Key("office-agency-accent");
    Databases = "databases", "databases", Key("office-agency-databases");
}

/// What stands in the fields, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgencyTyped([String; FIELDS]);

impl AgencyTyped {
    pub fn of(value: impl FnMut(AgencyField) -> String) -> Self {
        Self(AgencyField::VARIANTS.map(value))
    }

    fn get(&self, field: AgencyField) -> &str {
        self.0.get(field as usize).map_or("", String::as_str)
    }

    pub fn draft(&self) -> CompanyDraft {
        use AgencyField as F;
        let said = |field| Some(self.get(field).to_owned());
        let databases = self.get(F::Databases).split(',').map(str::trim).filter(|name| !name.is_empty());
        CompanyDraft {
            code: said(F::Code),
            slug: said(F::Slug),
            name: self.get(F::Name).to_owned(),
            address: AddressDraft {
                street_address: said(F::StreetAddress),
                locality: said(F::Locality),
                region: said(F::Region),
                postal_code: said(F::PostalCode),
                country: said(F::Country),
            },
            phone: said(F::Phone),
            email: said(F::Email),
            portal_url: said(F::PortalUrl),
            accent: said(F::Accent),
            databases: databases.map(str::to_owned).collect(),
        }
    }
}

/// What is wrong, in the order of the form, each beside its field.
pub(crate) fn agency_problems(found: &[FieldProblem], chrome: &Chrome) -> Vec<Problem> {
    let told = |field: AgencyField| {
        let about = |problem: &&FieldProblem| problem.field.split('[').next() == Some(field.path());
        let problem = found.iter().find(about)?;
        Some(Problem { field: Some(field.name()), text: field.sentence(problem.code, chrome) })
    };
    AgencyField::VARIANTS.into_iter().filter_map(told).collect()
}

impl AgencyField {
    fn sentence(self, code: FieldCode, chrome: &Chrome) -> String {
        let Key(key) = match (self, code) {
            (_, FieldCode::ValueMissing) => Key("office-wrong-missing"),
            (_, FieldCode::ValueTooLong) => Key("office-wrong-too-long"),
            (Self::Code, _) => Key("office-wrong-code"),
            (Self::Slug, _) => Key("office-wrong-slug"),
            (Self::PortalUrl, _) => Key("account-not-a-web-address"),
            (Self::Email, _) => Key("office-wrong-address"),
            _ => Key("office-wrong-character"),
        };
        chrome.texts.t_with(key, "field", chrome.texts.of(self.label()))
    }

    const fn hint(self) -> Option<Key> {
        match self {
            Self::Code => Some(Key("office-agency-code-hint")),
            Self::Slug => Some(Key("office-agency-slug-hint")),
            Self::PortalUrl => Some(Key("office-agency-portal-hint")),
            Self::Email => Some(Key("office-agency-email-hint")),
            Self::Databases => Some(Key("office-agency-databases-hint")),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Template)]
#[template(path = "office/open_agency.html")]
pub struct OpenAgencyPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    /// The fields of [`AgencyField`], and `once`.
    pub form: Form,
    /// Different for every view of the page: the same form opens one agency, however often it is sent.
    pub once: String,
    pub typed: AgencyTyped,
    pub problems: Vec<Problem>,
    pub proof: Proof,
}

impl OpenAgencyPage {
    fn fields(&self) -> [AgencyField; FIELDS] {
        AgencyField::VARIANTS
    }

    fn accents(&self) -> [&'static str; 8] {
        Accent::VARIANTS.map(Accent::as_str)
    }

    fn is_accent(&self, accent: &str) -> bool {
        self.typed.get(AgencyField::Accent) == accent
    }

    fn problems(&self) -> Problems {
        self.problems.iter().cloned().chain(self.proof.problem(&self.chrome)).collect()
    }
}

/// The agency is there.
#[derive(Debug, Clone, Template)]
#[template(path = "office/agency_opened.html")]
pub struct AgencyOpened {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub name: String,
    pub code: String,
    pub people_url: String,
    pub client_id: Option<String>,
    /// Of the portal client; `None` when it has none, or was shown before.
    pub secret: Option<Secret<String>>,
    /// It has one that was shown before.
    pub was_shown: bool,
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for OpenAgencyPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let empty = Self {
            chrome: chrome.clone(),
            menu: OfficeMenu::of_everybody(|endpoint| endpoint.path().to_owned()),
            form: crate::pages::samples::form("/office/companies/new"),
            once: "0190".to_owned(),
            typed: AgencyTyped::default(),
            problems: Vec::new(),
            proof: Proof::None,
        };
        let typed = AgencyTyped::of(|_| "\"><script>alert(1)</script>".to_owned());
        let wrong = |field: AgencyField| Problem {
            field: Some(field.name()),
            text: field.sentence(FieldCode::ValueInvalid, chrome),
        };
        let problems = AgencyField::VARIANTS.map(wrong).to_vec();
        let proof = Proof::Refused(super::PasswordProblem::Wrong);
        vec![
            ("wrong", Self { typed, problems, proof, ..empty.clone() }),
            ("password", Self { proof: Proof::Asked, ..empty.clone() }),
            ("empty", empty),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for AgencyOpened {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let opened = Self {
            chrome: chrome.clone(),
            menu: OfficeMenu::of_everybody(|endpoint| endpoint.path().to_owned()),
            name: "\"><script>alert(1)</script>".to_owned(),
            code: "7K9QRT".to_owned(),
            people_url: "/office/cmp_1".to_owned(),
            client_id: Some("portal.7k9qrt".to_owned()),
            secret: Some(Secret::new("0123456789abcdefghij".to_owned())),
            was_shown: false,
        };
        vec![
            ("shown-before", Self { secret: None, was_shown: true, ..opened.clone() }),
            ("no-portal", Self { secret: None, client_id: None, ..opened.clone() }),
            ("secret", opened),
        ]
    }
}
