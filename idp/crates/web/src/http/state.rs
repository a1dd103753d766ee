//! What handlers are given.

use std::sync::Arc;

use idp_domain::company::Company;
use idp_service::Env;
use idp_service::discovery::Metadata;
use idp_service::endpoint::Endpoint;

use super::document::Document;
use super::options::WebOptions;
use crate::locale::Locale;
use crate::pages::{Agency, Brand, Chrome};
use crate::routes::admin::openapi;
use crate::routes::logos;

/// Shared by all requests; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct AppState {
    pub(crate) env: Env,
    pub(crate) options: Arc<WebOptions>,
    /// Discovery; `None` if it could not be written.
    pub(crate) discovery: Option<Arc<Document>>,
    /// The description of the provisioning API; `None` likewise.
    pub(crate) api: Option<Arc<Document>>,
    brand: Arc<Brand>,
}

impl AppState {
    pub(crate) fn new(env: Env, options: WebOptions) -> Self {
        let brand = Brand {
            base: env.issuer.base().to_owned(),
            product: env.policy.product_name.clone(),
            operator: env.policy.operator_name.clone(),
        };
        let discovery =
            Document::of(&Metadata::of(&env.issuer, env.policy.registration.admits)).ok().map(Arc::new);
        let api = openapi(&env.issuer).and_then(|api| Document::of(&api)).ok().map(Arc::new);
        Self { env, options: Arc::new(options), discovery, api, brand: Arc::new(brand) }
    }

    /// What surrounds a page, in the agency's name when the client is the agency's own.
    pub(crate) fn chrome(&self, locale: &Locale, company: Option<&Company>) -> Chrome {
        let year = chrono::Datelike::year(&chrono::DateTime::<chrono::Utc>::from(self.env.now()));
        let chrome = Chrome::new(&self.brand, locale.clone(), year);
        match company {
            Some(company) => chrome.for_agency(self.agency(company)),
            None => chrome,
        }
    }

    /// The agency as pages show it.
    pub(crate) fn agency(&self, company: &Company) -> Agency {
        Agency {
            name: company.name.to_string(),
            phone: company.contact.phone.as_ref().map(ToString::to_string),
            email: company.contact.email.as_ref().map(ToString::to_string),
            accent: company.branding.accent,
            logo: company.logo.map(|logo| logos::image(self, logo)),
        }
    }

    pub(crate) fn path(&self, endpoint: Endpoint) -> String {
        self.env.issuer.path(endpoint)
    }

    /// An endpoint of ours with one query parameter.
    pub(crate) fn path_with(&self, endpoint: Endpoint, name: &str, value: &str) -> String {
        self.path_with_all(endpoint, &[(name, value)])
    }

    /// An endpoint of ours with these query parameters, if there are any.
    pub(crate) fn path_with_all(&self, endpoint: Endpoint, pairs: &[(&str, &str)]) -> String {
        if pairs.is_empty() {
            return self.path(endpoint);
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{}?{query}", self.path(endpoint))
    }
}
