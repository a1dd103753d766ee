//! Scopes (RFC 6749 section 3.3) in words that a tired person understands: the same when they are asked for and when they
//! are taken back.

use idp_domain::client::Resource;
use idp_domain::consent::Permitted;
use idp_domain::scope::Scope;

use super::Chrome;
use crate::locale::Key;

/// Something a client may know or do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    wish: Wish,
    /// Whether the person allowed it before.
    pub known: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    Scope(Scope),
    /// To act for the person at an API.
    Resource(Resource),
}

impl Permission {
    /// What is asked for, beside what is known. The agency's facts are known only of an agency that was allowed.
    pub fn list(asked: &Permitted, known: &Permitted) -> Vec<Self> {
        let same_agency = asked.companies.is_subset(&known.companies);
        let was_allowed = |scope| known.scopes.contains(scope) && (scope != Scope::Company || same_agency);
        let scopes =
            asked.scopes.iter().map(|scope| Self { wish: Wish::Scope(scope), known: was_allowed(scope) });
        let resources = asked.resources.iter().map(|resource| Self {
            wish: Wish::Resource(resource.clone()),
            known: known.resources.contains(resource),
        });
        scopes.chain(resources).collect()
    }

    pub(super) fn text(&self, chrome: &Chrome) -> String {
        let key = match &self.wish {
            Wish::Scope(Scope::Openid) => Key("scope-openid"),
            Wish::Scope(Scope::Profile) => Key("scope-profile"),
            Wish::Scope(Scope::Email) => Key("scope-email"),
            Wish::Scope(Scope::Address) => Key("scope-address"),
            Wish::Scope(Scope::Phone) => Key("scope-phone"),
            Wish::Scope(Scope::OfflineAccess) => Key("scope-offline-access"),
            Wish::Scope(Scope::Company) => Key("scope-company"),
            Wish::Scope(Scope::Companies) => Key("scope-companies"),
            Wish::Scope(Scope::MembersRead) => Key("scope-members-read"),
            Wish::Scope(Scope::MembersWrite) => Key("scope-members-write"),
            Wish::Scope(Scope::CompaniesRead) => Key("scope-companies-read"),
            Wish::Scope(Scope::CompaniesWrite) => Key("scope-companies-write"),
            Wish::Scope(Scope::AuditRead) => Key("scope-audit-read"),
            Wish::Scope(Scope::BouncesWrite) => Key("scope-bounces-write"),
            Wish::Scope(Scope::Operator) => Key("scope-operator"),
            Wish::Resource(resource) => {
                let texts = chrome.texts.clone().with("resource", resource.to_string());
                return texts.of(Key("permission-resource"));
            }
        };
        chrome.texts.of(key)
    }

    /// What is easily misunderstood.
    pub(super) fn hint(&self, chrome: &Chrome) -> Option<String> {
        let key = match &self.wish {
            Wish::Scope(Scope::Openid) => Key("scope-openid-hint"),
            Wish::Scope(Scope::Profile) => Key("scope-profile-hint"),
            Wish::Scope(Scope::OfflineAccess) => Key("scope-offline-access-hint"),
            Wish::Scope(Scope::Company) => Key("scope-company-hint"),
            Wish::Resource(_) => Key("permission-resource-hint"),
            Wish::Scope(_) => return None,
        };
        Some(chrome.texts.of(key))
    }
}
