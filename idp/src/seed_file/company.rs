//! `[[company]]`: an agency and what stands under its mails and pages (R12).

use idp_domain::Timestamp;
use idp_domain::branding::Branding;
use idp_domain::claims::Address;
use idp_domain::company::{Company, CompanyCode, CompanyState, Contact};
use idp_domain::email::EmailAddress;
use idp_domain::id::CompanyId;
use idp_domain::text::Line;
use idp_domain::web_address::WebAddress;
use serde::Deserialize;

use super::checks::Checks;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    code: String,
    name: String,
    phone: Option<String>,
    email: Option<String>,
    portal_url: Option<String>,
    #[serde(default)]
    databases: Vec<String>,
    #[serde(default)]
    address: Address,
}

/// A company that has no id yet.
#[derive(Debug)]
pub(super) struct NewCompany {
    pub(super) code: CompanyCode,
    name: Line<100>,
    contact: Contact,
    databases: Vec<Line<64>>,
}

impl NewCompany {
    pub(super) fn with_id(self, id: CompanyId, now: Timestamp) -> Company {
        let Self { code, name, contact, databases } = self;
        Company {
            id,
            code,
            slug: None,
            name,
            contact,
            branding: Branding::default(),
            logo: None,
            databases,
            state: CompanyState::Active,
            created_at: now,
            version: 0,
        }
    }
}

pub(super) fn check(written: &Written, checks: &mut Checks) -> Option<NewCompany> {
    let code = checks.keep("code", CompanyCode::parse(&written.code));
    let name = checks.line("name", &written.name);
    let email = written.email.as_ref().map(|email| checks.keep("email", EmailAddress::parse(email)));
    let portal_url = written.portal_url.as_ref().map(|url| checks.keep("portal_url", WebAddress::parse(url)));
    let databases = written.databases.iter().enumerate();
    let databases =
        databases.filter_map(|(at, name)| checks.line(&format!("databases[{at}]"), name)).collect();
    let contact = Contact {
        address: checks.within("address", |checks| address(&written.address, checks)),
        phone: checks.optional("phone", written.phone.as_deref()),
        email: email.flatten(),
        portal_url: portal_url.flatten(),
    };
    Some(NewCompany { code: code?, name: name?, contact, databases })
}

pub(super) fn address(written: &Address, checks: &mut Checks) -> Address {
    let Address { street_address, locality, region, postal_code, country } = written.clone();
    Address {
        street_address: checks.recheck("street_address", street_address),
        locality: checks.recheck("locality", locality),
        region: checks.recheck("region", region),
        postal_code: checks.recheck("postal_code", postal_code),
        country: checks.recheck("country", country),
    }
}
