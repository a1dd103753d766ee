//! What a person allowed a client that is not the agency's own (OpenID Connect Core section 3.1.2.4): to know what, for
//! which of their agencies, and to act at which APIs.

use std::collections::BTreeSet;

use crate::Timestamp;
use crate::client::{ClientId, Resource};
use crate::id::{AccountId, CompanyId};
use crate::scope::Scopes;

/// What is asked for, and what was allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permitted {
    pub scopes: Scopes,
    pub companies: BTreeSet<CompanyId>,
    pub resources: BTreeSet<Resource>,
}

impl Permitted {
    /// What concerns no agency and no API.
    pub fn of(scopes: Scopes) -> Self {
        Self { scopes, ..Self::default() }
    }

    pub fn covers(&self, asked: &Self) -> bool {
        asked.scopes.is_subset(&self.scopes)
            && asked.companies.is_subset(&self.companies)
            && asked.resources.is_subset(&self.resources)
    }

    fn and(&self, more: &Self) -> Self {
        Self {
            scopes: self.scopes.iter().chain(more.scopes.iter()).collect(),
            companies: &self.companies | &more.companies,
            resources: &self.resources | &more.resources,
        }
    }
}

/// One person's answer to one client; remembered until withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub account: AccountId,
    pub client: ClientId,
    pub permitted: Permitted,
    /// When it was last given.
    pub granted_at: Timestamp,
}

impl Consent {
    /// The same consent without an agency the person left: should it ever take them back, the client asks again.
    #[must_use]
    pub fn without(mut self, company: CompanyId) -> Self {
        self.permitted.companies.remove(&company);
        self
    }

    /// The same consent after the person allowed `more` as well.
    #[must_use]
    pub fn widened(self, more: &Permitted, now: Timestamp) -> Self {
        Self { permitted: self.permitted.and(more), granted_at: now, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_covers_what_was_allowed_and_nothing_beside_it() {
        let asked = |scopes: &str, company: Option<u128>, resource: Option<&str>| Permitted {
            scopes: Scopes::parse(scopes),
            companies: company
                .map(|id| CompanyId::from_uuid(uuid::Uuid::from_u128(id)))
                .into_iter()
                .collect(),
            resources: resource.map(|uri| Resource::parse(uri).expect("a resource")).into_iter().collect(),
        };
        let one = asked("openid email", Some(1), None);
        assert!(one.covers(&one) && one.covers(&asked("openid", Some(1), None)));
        for more in [
            asked("openid phone", Some(1), None),
            asked("openid", Some(2), None),
            asked("openid", Some(1), Some("https://api.example/")),
        ] {
            assert!(!one.covers(&more), "{more:?}");
            assert!(one.and(&more).covers(&more) && one.and(&more).covers(&one), "{more:?}");
        }
    }
}
