//! Companies as JSON. Every field is said, `null` included, so that a client never guesses.

use idp_domain::Timestamp;
use idp_domain::claims::Address;
use idp_domain::company::{Company, CompanyCode, CompanyState, Slug};
use idp_domain::logo::Logo;
use idp_domain::text::Line;
use idp_domain::web_address::WebAddress;
use idp_service::companies::{
    AddressDraft, AddressPatch, CompanyDraft, CompanyPatch, CompanyView, Created, PortalClient,
};
use idp_service::endpoint::{Endpoint, Issuer};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::routes::logos;

/// A company to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct NewCompanyBody {
    /// 3 to 12 letters or digits; one is made when it is left out. Never re-used.
    #[schema(example = "99999")]
    code: Option<String>,
    /// The company's part of its portal's addresses: 2 to 40 small letters, digits or hyphens. Never re-used.
    #[schema(example = "maple")]
    slug: Option<String>,
    #[serde(default)]
    #[schema(required, example = "Maple Home Care")]
    name: String,
    #[serde(default)]
    address: AddressBody,
    phone: Option<String>,
    /// The office's own address, for people who have questions.
    #[schema(example = "office@maple.example")]
    email: Option<String>,
    /// What people bookmark; filled from the template of portals when it is left out.
    portal_url: Option<String>,
    #[serde(default)]
    branding: NewBrandingBody,
    /// The company's databases, for the programs that people use there.
    #[serde(default)]
    databases: Vec<String>,
}

/// The address block under mails and pages.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::routes) struct AddressBody {
    street_address: Option<String>,
    locality: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct NewBrandingBody {
    /// `teal` (default), `green`, `blue`, `indigo`, `purple`, `rose`, `rust` or `slate`.
    accent: Option<String>,
}

impl From<NewCompanyBody> for CompanyDraft {
    fn from(body: NewCompanyBody) -> Self {
        let NewCompanyBody { code, slug, name, address, phone, email, portal_url, branding, databases } =
            body;
        let AddressBody { street_address, locality, region, postal_code, country } = address;
        let NewBrandingBody { accent } = branding;
        let address = AddressDraft { street_address, locality, region, postal_code, country };
        Self { code, slug, name, address, phone, email, portal_url, accent, databases }
    }
}

/// What to change (RFC 7396): a field that is left out stays, `null` takes away what is there.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct CompanyPatchBody {
    /// Operator only; the code it had goes on naming the company.
    #[serde(default, deserialize_with = "patched")]
    code: Option<String>,
    /// Operator only. Clients that are there keep their addresses.
    #[serde(default, deserialize_with = "patched")]
    slug: Option<String>,
    /// Operator only.
    #[serde(default, deserialize_with = "patched")]
    name: Option<String>,
    #[serde(default)]
    address: AddressPatchBody,
    #[serde(default, deserialize_with = "patched")]
    phone: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    email: Option<String>,
    /// Operator only.
    #[serde(default, deserialize_with = "patched")]
    portal_url: Option<String>,
    /// Operator only.
    #[serde(default)]
    branding: NewBrandingBody,
    /// Operator only; the whole list.
    #[serde(default, deserialize_with = "patched")]
    databases: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct AddressPatchBody {
    #[serde(default, deserialize_with = "patched")]
    street_address: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    locality: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    region: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    postal_code: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    country: Option<String>,
}

/// RFC 7396: `null` takes the field away, as an empty text or an empty list does on a form.
pub(in crate::routes::admin) fn patched<'de, D, T>(field: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(field).map(|value| Some(value.unwrap_or_default()))
}

impl From<CompanyPatchBody> for CompanyPatch {
    fn from(body: CompanyPatchBody) -> Self {
        let CompanyPatchBody { code, slug, name, address, phone, email, portal_url, branding, databases } =
            body;
        let AddressPatchBody { street_address, locality, region, postal_code, country } = address;
        let NewBrandingBody { accent } = branding;
        let address = AddressPatch { street_address, locality, region, postal_code, country };
        Self { code, slug, name, address, phone, email, portal_url, accent, databases }
    }
}

/// Another code that is to name the company.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct AliasBody {
    #[schema(example = "MAPLE1")]
    pub(super) code: String,
}

/// A company.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct CompanyBody {
    #[schema(example = "cmp_0192f0c1a2b37c4d8e5f60718293a4b5")]
    company_id: String,
    #[schema(example = "99999")]
    code: String,
    /// Codes that name it, too: older ones, and those of other systems.
    aliases: Vec<String>,
    slug: Option<String>,
    name: String,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    state: String,
    /// RFC 3339.
    suspended_at: Option<String>,
    address: AddressBody,
    phone: Option<String>,
    email: Option<String>,
    portal_url: Option<String>,
    branding: BrandingBody,
    /// `null` where there is none: pages then show the company's initials.
    logo: Option<LogoBody>,
    databases: Vec<String>,
    /// RFC 3339.
    created_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct BrandingBody {
    #[schema(example = "teal")]
    accent: String,
}

/// The picture that stands on top of the company's pages.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct LogoBody {
    /// A PNG picture. Another picture has another address, and the old one is gone.
    #[schema(
        example = "https://id.example/logos/5f2c6a0e9b1d4873c5f2c6a0e9b1d4873c5f2c6a0e9b1d4873c5f2c6a0e9b1d4.png"
    )]
    url: String,
    /// Pixels, at most 480.
    width: u32,
    /// Pixels, at most 160.
    height: u32,
}

impl LogoBody {
    fn new(logo: Logo, issuer: &Issuer) -> Self {
        let Logo { name, width, height } = logo;
        Self { url: logos::filled(&issuer.address(Endpoint::Logo), name), width, height }
    }
}

impl CompanyBody {
    pub(super) fn new(view: &CompanyView, issuer: &Issuer) -> Self {
        let CompanyView { company, aliases } = view;
        let Company {
            id,
            code,
            slug,
            name,
            contact,
            branding,
            logo,
            databases,
            state,
            created_at,
            version: _,
        } = company;
        let (state, suspended_at) = match *state {
            CompanyState::Active => ("active", None),
            CompanyState::Suspended { at } => ("suspended", Some(at)),
        };
        Self {
            company_id: id.to_string(),
            code: code.to_string(),
            aliases: aliases.iter().map(CompanyCode::to_string).collect(),
            slug: slug.as_ref().map(Slug::to_string),
            name: name.to_string(),
            state: state.to_owned(),
            suspended_at: suspended_at.map(Timestamp::to_rfc3339),
            address: AddressBody::from(&contact.address),
            phone: contact.phone.as_ref().map(Line::to_string),
            email: contact.email.as_ref().map(|email| email.as_str().to_owned()),
            portal_url: contact.portal_url.as_ref().map(WebAddress::to_string),
            branding: BrandingBody { accent: branding.accent.as_str().to_owned() },
            logo: logo.map(|logo| LogoBody::new(logo, issuer)),
            databases: databases.iter().map(Line::to_string).collect(),
            created_at: created_at.to_rfc3339(),
        }
    }
}

impl From<&Address> for AddressBody {
    fn from(address: &Address) -> Self {
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

/// A company just opened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct CreatedCompanyBody {
    #[serde(flatten)]
    company: CompanyBody,
    /// Its client from the template of portals; `null` where there is no template, or no slug.
    portal_client: Option<PortalClientBody>,
}

/// The client of the company's portal.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct PortalClientBody {
    #[schema(example = "portal.99999")]
    client_id: String,
    /// Only in the first answer to the request; `null` as well for a portal that signs.
    client_secret: Option<String>,
    /// Why there is no secret, where there is none.
    client_secret_note: Option<String>,
}

/// What a repeated answer says instead of a secret.
pub(in crate::routes::admin) const SHOWN_BEFORE: &str = "It was shown in the first answer to this request, and is stored nowhere. Make a new one with :rotate-secret.";

impl CreatedCompanyBody {
    pub(super) fn new(created: &Created, issuer: &Issuer) -> Self {
        let portal = |portal: &PortalClient| {
            let note = match (&portal.secret, portal.has_secret) {
                (None, true) => Some(SHOWN_BEFORE),
                (None, false) => Some("The portal signs with its own key."),
                (Some(_), _) => None,
            };
            PortalClientBody {
                client_id: portal.id.to_string(),
                client_secret: portal.secret.as_ref().map(|secret| secret.expose().clone()),
                client_secret_note: note.map(str::to_owned),
            }
        };
        let company = CompanyBody::new(&created.view, issuer);
        Self { company, portal_client: created.portal.as_ref().map(portal) }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct CompaniesBody {
    pub(super) companies: Vec<CompanyBody>,
    /// Where the next page begins; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}
