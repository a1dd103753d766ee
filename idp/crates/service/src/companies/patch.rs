//! What an agency's record may be changed to, and by whom: all of it by the operator, the address block by the agency's own
//! administrators (R12, R35).

use idp_domain::company::Company;

use super::CompanyError;
use super::draft::{AddressDraft, CompanyDraft, NewCompany};
use crate::authority::CompanyScope;
use crate::field::{FieldCode, FieldProblem};

/// The fields to change, as typed. An empty text takes away what is there.
#[derive(Debug, Clone, Default)]
pub struct CompanyPatch {
    pub code: Option<String>,
    pub slug: Option<String>,
    pub name: Option<String>,
    pub address: AddressPatch,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub portal_url: Option<String>,
    pub accent: Option<String>,
    pub databases: Option<Vec<String>>,
}

/// The lines of the address to change.
#[derive(Debug, Clone, Default)]
pub struct AddressPatch {
    pub street_address: Option<String>,
    pub locality: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

impl AddressPatch {
    const fn is_empty(&self) -> bool {
        let Self { street_address, locality, region, postal_code, country } = self;
        street_address.is_none()
            && locality.is_none()
            && region.is_none()
            && postal_code.is_none()
            && country.is_none()
    }

    fn laid_over(&self, draft: AddressDraft) -> AddressDraft {
        let Self { street_address, locality, region, postal_code, country } = self.clone();
        AddressDraft {
            street_address: street_address.or(draft.street_address),
            locality: locality.or(draft.locality),
            region: region.or(draft.region),
            postal_code: postal_code.or(draft.postal_code),
            country: country.or(draft.country),
        }
    }
}

impl CompanyPatch {
    /// The company with what was sent.
    ///
    /// # Errors
    /// `Invalid`, with every bad field.
    pub(super) fn apply(&self, company: &Company) -> Result<Company, CompanyError> {
        let Self { code, slug, name, address, phone, email, portal_url, accent, databases } = self.clone();
        let draft = CompanyDraft::of(company);
        let draft = CompanyDraft {
            code: code.or(draft.code),
            slug: slug.or(draft.slug),
            name: name.unwrap_or(draft.name),
            address: address.laid_over(draft.address),
            phone: phone.or(draft.phone),
            email: email.or(draft.email),
            portal_url: portal_url.or(draft.portal_url),
            accent: accent.or(draft.accent),
            databases: databases.unwrap_or(draft.databases),
        };
        let NewCompany { code, slug, name, contact, branding, databases } =
            draft.check().map_err(CompanyError::Invalid)?;
        let code = code.ok_or_else(|| {
            let detail = "must not be empty".into();
            CompanyError::Invalid(vec![FieldProblem {
                field: "code".into(),
                code: FieldCode::ValueMissing,
                detail,
            }])
        })?;
        Ok(Company { code, slug, name, contact, branding, databases, ..company.clone() })
    }

    /// `company.md` section 4: a program of the agency changes nothing here, an administrator the address block.
    ///
    /// # Errors
    /// `NotAllowed`, with every field that is not theirs.
    pub(super) fn check_authority(&self, scope: &CompanyScope) -> Result<(), CompanyError> {
        let is_person = scope.caller().account().is_some();
        let not_theirs = |(name, of_contact): (&'static str, bool)| {
            let allowed = scope.is_operator() || is_person && of_contact;
            (!allowed).then_some(name)
        };
        let refused: Vec<&'static str> = self.sent().filter_map(not_theirs).collect();
        if refused.is_empty() { Ok(()) } else { Err(CompanyError::NotAllowed(refused)) }
    }

    /// The fields that were sent, and whether each belongs to the agency's own block.
    fn sent(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let Self { code, slug, name, address, phone, email, portal_url, accent, databases } = self;
        let fields = [
            ("code", code.is_some(), false),
            ("slug", slug.is_some(), false),
            ("name", name.is_some(), false),
            ("address", !address.is_empty(), true),
            ("phone", phone.is_some(), true),
            ("email", email.is_some(), true),
            ("portal_url", portal_url.is_some(), false),
            ("branding", accent.is_some(), false),
            ("databases", databases.is_some(), false),
        ];
        fields.into_iter().filter(|(_, sent, _)| *sent).map(|(name, _, of_contact)| (name, of_contact))
    }
}
