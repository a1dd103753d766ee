//! Adding one person: the form of "Manage Identity Account", empty (R14-R25).

use askama::Template;

use super::fields::{FieldView, IDENTITY};
use super::{MemberField, MemberTyped, OfficeMenu, OfficeNews};
use crate::pages::{Chrome, Form, Problem, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "office/add.html")]
pub struct AddPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub news: Option<OfficeNews>,
    /// The fields of [`MemberField`].
    pub form: Form,
    pub typed: MemberTyped,
    pub problems: Vec<Problem>,
}

const NAMES: [MemberField; 2] = [MemberField::GivenName, MemberField::FamilyName];
const AGENCY: [MemberField; 5] = [
    MemberField::MemberType,
    MemberField::PersonRef,
    MemberField::Role,
    MemberField::RoleName,
    MemberField::Authority,
];

impl AddPage {
    fn names(&self) -> Vec<FieldView<'_>> {
        self.views(&NAMES)
    }

    fn identity(&self) -> Vec<FieldView<'_>> {
        self.views(&IDENTITY)
    }

    fn agency(&self) -> Vec<FieldView<'_>> {
        self.views(&AGENCY)
    }

    fn views(&self, fields: &[MemberField]) -> Vec<FieldView<'_>> {
        fields.iter().map(|field| FieldView::new(*field, &self.typed)).collect()
    }

    fn problems(&self) -> Problems {
        let news = self.news.and_then(|news| news.problem(&self.chrome));
        news.into_iter().chain(self.problems.iter().cloned()).collect()
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for AddPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use MemberField as F;
        let empty = Self {
            chrome: chrome.clone().for_agency(crate::pages::samples::agency()),
            menu: OfficeMenu::sample(super::OfficePlace::Add),
            news: None,
            form: crate::pages::samples::form("/office/cmp_1/add"),
            typed: MemberTyped::empty(),
            problems: Vec::new(),
        };
        let hostile = "\"><script>alert(1)</script>";
        let typed =
            MemberTyped::of(|_| hostile.to_owned()).with(F::MemberType, "client").with(F::Role, "named");
        let wrong = |field: F| Problem {
            field: Some(field.name()),
            text: format!("Look at {} again.", field.name()),
        };
        vec![
            ("wrong", Self { typed, problems: F::VARIANTS.map(wrong).to_vec(), ..empty.clone() }),
            ("too-old", Self { news: Some(OfficeNews::TooOld), ..empty.clone() }),
            ("empty", empty),
        ]
    }
}
