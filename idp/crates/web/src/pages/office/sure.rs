//! "Are you Sure?" (R23): says what will happen to whom. Nothing happens before Yes, and No changes nothing.

use askama::Template;

use super::{OfficeMenu, OfficeNews, Proof};
use crate::pages::{Chrome, Form, Problem, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "office/sure.html")]
pub struct SurePage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    /// Field `sure` is `yes` or `no`; and `kept`, `field` and the password.
    pub form: Form,
    /// What will happen, a sentence each.
    pub sentences: Vec<String>,
    /// The fields of the form before this page: sent again with the answer, so that nothing that was typed is lost.
    pub kept: Vec<(&'static str, String)>,
    /// What is still to be typed.
    pub field: Option<SureField>,
    pub proof: Proof,
    /// What became of the step before.
    pub news: Option<OfficeNews>,
    /// What is wrong besides the password.
    pub problem: Option<Problem>,
}

/// One text that belongs to what will happen.
#[derive(Debug, Clone)]
pub struct SureField {
    /// Id and name.
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    pub value: String,
}

impl SurePage {
    fn problems(&self) -> Problems {
        let news = self.news.and_then(|news| news.problem(&self.chrome));
        news.into_iter().chain(self.problem.clone()).chain(self.proof.problem(&self.chrome)).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.news.map(|news| news.notes(&self.chrome)).unwrap_or_default()
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for SurePage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::{OfficePlace, PasswordProblem};
        let agency = crate::pages::samples::agency();
        let hostile = "\"><script>alert(1)</script>";
        let plain = Self {
            chrome: chrome.clone().for_agency(agency),
            menu: OfficeMenu::sample(OfficePlace::People),
            form: crate::pages::samples::form("/office/cmp_1/people/mbr_1"),
            sentences: vec![format!("Frank {hostile} gets another mail.")],
            kept: vec![("note", hostile.to_owned())],
            field: None,
            proof: Proof::None,
            news: None,
            problem: None,
        };
        let field = SureField {
            name: "email",
            label: "New address".to_owned(),
            hint: "Frank has to confirm it.".to_owned(),
            value: hostile.to_owned(),
        };
        let wrong = Problem { field: Some("email"), text: "Enter the whole address.".to_owned() };
        let refused = |problem| Self { proof: Proof::Refused(problem), ..plain.clone() };
        vec![
            ("password", Self { proof: Proof::Asked, ..plain.clone() }),
            ("missing", refused(PasswordProblem::Missing)),
            ("wrong", refused(PasswordProblem::Wrong)),
            ("too-many", refused(PasswordProblem::TooManyTries { seconds: 120 })),
            ("recover-first", refused(PasswordProblem::RecoverFirst)),
            ("too-old", Self { news: Some(OfficeNews::TooOld), ..plain.clone() }),
            ("field", Self { field: Some(field.clone()), ..plain.clone() }),
            ("field-wrong", Self { field: Some(field), problem: Some(wrong), ..plain.clone() }),
            ("plain", plain),
        ]
    }
}
