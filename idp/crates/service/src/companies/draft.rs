//! From what somebody typed about an agency to one that can be opened; every bad field is reported at once, by name (R12).

use idp_domain::branding::{Accent, Branding};
use idp_domain::claims::Address;
use idp_domain::company::{Company, CompanyCode, Contact, Slug};
use idp_domain::email::EmailAddress;
use idp_domain::text::Line;
use idp_domain::web_address::WebAddress;

use crate::field::{FieldCode, FieldProblem, Findings};

/// More are nobody's; each stands in every token of the agency.
const MOST_DATABASES: usize = 50;

/// A company as typed; nothing is checked yet. Blank counts as absent.
#[derive(Debug, Clone, Default)]
pub struct CompanyDraft {
    /// Absent: one is made.
    pub code: Option<String>,
    pub slug: Option<String>,
    pub name: String,
    pub address: AddressDraft,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub portal_url: Option<String>,
    pub accent: Option<String>,
    pub databases: Vec<String>,
}

/// The address block as typed.
#[derive(Debug, Clone, Default)]
pub struct AddressDraft {
    pub street_address: Option<String>,
    pub locality: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

/// A company that may be opened, if code and slug are free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCompany {
    pub code: Option<CompanyCode>,
    pub slug: Option<Slug>,
    pub name: Line<100>,
    pub contact: Contact,
    pub branding: Branding,
    pub databases: Vec<Line<64>>,
}

impl CompanyDraft {
    /// What somebody would have typed for a company that is there.
    pub(super) fn of(company: &Company) -> Self {
        let Company {
            id: _,
            code,
            slug,
            name,
            contact,
            branding,
            logo: _,
            databases,
            state: _,
            created_at: _,
            version: _,
        } = company;
        let Contact { address, phone, email, portal_url } = contact;
        let Branding { accent } = branding;
        Self {
            code: Some(code.to_string()),
            slug: slug.as_ref().map(Slug::to_string),
            name: name.to_string(),
            address: AddressDraft::of(address),
            phone: phone.as_ref().map(Line::to_string),
            email: email.as_ref().map(|email| email.as_str().to_owned()),
            portal_url: portal_url.as_ref().map(WebAddress::to_string),
            accent: Some(accent.as_str().to_owned()),
            databases: databases.iter().map(Line::to_string).collect(),
        }
    }

    /// # Errors
    /// Every problem found, in the order of the form.
    pub fn check(&self) -> Result<NewCompany, Vec<FieldProblem>> {
        let mut findings = Findings::default();
        let code = present(self.code.as_deref());
        let code = code.and_then(|code| findings.keep("code", CompanyCode::parse(code)));
        let slug = present(self.slug.as_deref());
        let slug = slug.and_then(|slug| findings.keep("slug", Slug::parse(slug)));
        let name = findings.line("name", &self.name);
        let contact = self.contact(&mut findings);
        let branding = Branding { accent: self.accent(&mut findings) };
        let databases = self.databases(&mut findings);
        findings.unless_any(name.map(|name| NewCompany { code, slug, name, contact, branding, databases }))
    }

    /// R35: the block at the end of every mail.
    fn contact(&self, findings: &mut Findings) -> Contact {
        let AddressDraft { street_address, locality, region, postal_code, country } = &self.address;
        let address = Address {
            street_address: findings.optional("address.street_address", street_address.as_deref()),
            locality: findings.optional("address.locality", locality.as_deref()),
            region: findings.optional("address.region", region.as_deref()),
            postal_code: findings.optional("address.postal_code", postal_code.as_deref()),
            country: findings.optional("address.country", country.as_deref()),
        };
        let phone = findings.optional("phone", self.phone.as_deref());
        let email = present(self.email.as_deref()).and_then(|email| match EmailAddress::parse(email) {
            Ok(email) => Some(email),
            Err(_) => {
                findings.add("email", FieldCode::EmailInvalid, "must be a valid e-mail address");
                None
            }
        });
        let portal_url = present(self.portal_url.as_deref());
        let portal_url = portal_url.and_then(|url| findings.keep("portal_url", WebAddress::parse(url)));
        Contact { address, phone, email, portal_url }
    }

    fn accent(&self, findings: &mut Findings) -> Accent {
        let Some(name) = present(self.accent.as_deref()) else { return Accent::default() };
        Accent::parse(name).unwrap_or_else(|| {
            let names = Accent::VARIANTS.map(Accent::as_str).join(", ");
            findings.add("branding.accent", FieldCode::ValueInvalid, format!("must be one of {names}"));
            Accent::default()
        })
    }

    fn databases(&self, findings: &mut Findings) -> Vec<Line<64>> {
        if self.databases.len() > MOST_DATABASES {
            let detail = format!("must be at most {MOST_DATABASES}");
            findings.add("databases", FieldCode::ValueTooLong, detail);
            return Vec::new();
        }
        let mut read: Vec<Line<64>> = Vec::with_capacity(self.databases.len());
        for (at, name) in self.databases.iter().enumerate() {
            let field = format!("databases[{at}]");
            let Some(name) = findings.line(field.clone(), name) else { continue };
            match read.contains(&name) {
                true => findings.add(field, FieldCode::ValueInvalid, "is there twice"),
                false => read.push(name),
            }
        }
        read
    }
}

impl AddressDraft {
    fn of(address: &Address) -> Self {
        let Address { street_address, locality, region, postal_code, country } = address;
        Self {
            street_address: street_address.as_ref().map(Line::to_string),
            locality: locality.as_ref().map(Line::to_string),
            region: region.as_ref().map(Line::to_string),
            postal_code: postal_code.as_ref().map(Line::to_string),
            country: country.as_ref().map(Line::to_string),
        }
    }
}

fn present(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    fn draft() -> CompanyDraft {
        CompanyDraft {
            code: Some("map-le1".to_owned()),
            slug: Some("maple".to_owned()),
            name: "Maple Home Care".to_owned(),
            address: AddressDraft { locality: Some("London".to_owned()), ..AddressDraft::default() },
            phone: Some(" ".to_owned()),
            email: Some("office@maple.example".to_owned()),
            portal_url: Some("https://maple.example/".to_owned()),
            accent: Some("blue".to_owned()),
            databases: vec!["maple-east".to_owned()],
        }
    }

    /// R12, R58, R88.
    #[test]
    fn a_good_draft_becomes_a_company_and_blank_is_absent() {
        let company = draft().check().expect("a company");
        assert_eq!(company.code.as_ref().map(CompanyCode::as_str), Some("MAPLE1"));
        assert_eq!((company.contact.phone, company.branding.accent), (None, Accent::Blue));
        let bare = CompanyDraft { name: "Birch".to_owned(), ..CompanyDraft::default() };
        let bare = bare.check().expect("a name is enough");
        assert_eq!((bare.code, bare.slug, bare.contact), (None, None, Contact::default()));
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let long = "x".repeat(101);
        let bad = CompanyDraft {
            code: Some("9".to_owned()),
            slug: Some("Maple!".to_owned()),
            name: " ".to_owned(),
            address: AddressDraft { locality: Some(long), ..AddressDraft::default() },
            phone: Some("1\u{0}2".to_owned()),
            email: Some("office".to_owned()),
            portal_url: Some("javascript:alert(1)".to_owned()),
            accent: Some("#ff0000".to_owned()),
            databases: vec!["a".to_owned(), String::new(), "a".to_owned()],
        };
        let found = bad.check().expect_err("all of it is bad");
        let named: Vec<(&str, &str)> = found.iter().map(|it| (&*it.field, it.code.as_str())).collect();
        assert_eq!(
            named,
            [
                ("code", "value_invalid"),
                ("slug", "value_invalid"),
                ("name", "value_missing"),
                ("address.locality", "value_too_long"),
                ("phone", "value_invalid"),
                ("email", "email_invalid"),
                ("portal_url", "value_invalid"),
                ("branding.accent", "value_invalid"),
                ("databases[1]", "value_missing"),
                ("databases[2]", "value_invalid"),
            ]
        );
    }
}
