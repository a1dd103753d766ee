//! Composes letters from the dispatcher's facts.

use idp_domain::Secret;
use idp_service::Fault;
use idp_service::mail::{Composed, Contents, LetterFacts, Typist};

use crate::letters::{ActivationLetter, Letterhead, MembershipAddedLetter};
use crate::locale::Locale;

/// The letters of `letters/`, in English until people can choose a language.
#[derive(Debug, Default)]
pub struct Letters;

impl Letters {
    pub fn new() -> Self {
        Self
    }
}

impl Typist for Letters {
    fn compose(&self, facts: &LetterFacts<'_>) -> Result<Composed, Fault> {
        let LetterFacts { contents, person_name, user_name, company, product_name, operator_name, .. } =
            facts;
        let Some(company) = company else { return Err(Fault::Broken("a letter in nobody's name")) };
        let contact = &company.contact;
        let head = Letterhead {
            locale: Locale::default(),
            product: (*product_name).to_owned(),
            operator: (*operator_name).to_owned(),
            agency: company.name.to_string(),
            address_lines: contact.address.lines(),
            phone: contact.phone.as_ref().map(ToString::to_string),
            email: contact.email.as_ref().map(ToString::to_string),
        };
        let person = person_name.unwrap_or_default().to_owned();
        let company_code = company.code.to_string();
        let username = user_name.to_string();
        let portal_url = contact.portal_url.as_ref().map(ToString::to_string);
        let rendered = match contents {
            Contents::Activation { link } => {
                let link = Secret::new(link.clone());
                ActivationLetter { head, person, link, company_code, username, portal_url }.render()
            }
            Contents::MembershipAdded => {
                MembershipAddedLetter { head, person, company_code, username, portal_url }.render()
            }
            _ => return Err(Fault::Broken("no such letter yet")),
        };
        let rendered = rendered.map_err(|_| Fault::Broken("a letter does not render"))?;
        Ok(Composed { subject: rendered.subject, html: rendered.html, text: rendered.text })
    }
}
