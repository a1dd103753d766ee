//! What tokens say about the agency they speak for (`company.md` section 3): always exactly one.

use idp_domain::client::Client;
use idp_domain::company::Company;
use idp_domain::member::Membership;
use idp_domain::scope::{Scope, Scopes};
use serde_json::{Map, Value, json};

/// The agency and the membership of a grant, both still giving access.
#[derive(Debug, Clone)]
pub struct CompanyContext {
    pub company: Company,
    pub membership: Membership,
}

impl CompanyContext {
    /// The names of [`Self::claims`].
    pub(crate) const NAMES: [&str; 8] = [
        "company_id",
        "company_code",
        "member_id",
        "member_type",
        "person_ref",
        "persons",
        "security_role",
        "databases",
    ];

    /// Whether an access token of this client says which agency it is for: an agency's own APIs go by it; a client of
    /// nobody's is told only where the person was asked.
    pub(crate) fn is_told(client: &Client, scopes: &Scopes) -> bool {
        client.first_party || scopes.contains(Scope::Company)
    }

    /// The context if company and membership are active at this moment (R74, R89).
    pub(crate) fn of_active(company: Option<Company>, membership: Option<Membership>) -> Option<Self> {
        let company = company.filter(Company::is_active)?;
        let membership = membership.filter(Membership::is_active)?;
        Some(Self { company, membership })
    }

    /// The claims of access tokens, ID tokens and UserInfo. Who has more than one hat chooses it at the client, so that all
    /// are said, the main one first (R79).
    pub fn claims(&self) -> Map<String, Value> {
        let particulars = &self.membership.particulars;
        let databases: Vec<&str> = self.company.databases.iter().map(|d| d.as_str()).collect();
        let mut claims = Map::new();
        claims.insert("company_id".to_owned(), json!(self.company.id));
        claims.insert("company_code".to_owned(), json!(self.company.code.as_str()));
        claims.insert("member_id".to_owned(), json!(self.membership.id));
        claims.insert("member_type".to_owned(), json!(particulars.member_type.as_str()));
        claims.insert("person_ref".to_owned(), json!(particulars.person_ref.as_str()));
        if !particulars.other_persons.is_empty() {
            claims.insert("persons".to_owned(), json!(particulars.persons().collect::<Vec<_>>()));
        }
        claims.insert("security_role".to_owned(), json!(particulars.security_role.as_str()));
        claims.insert("databases".to_owned(), json!(databases));
        claims
    }

    /// One of several, among which a person switches.
    pub(crate) fn in_list(&self) -> Value {
        json!({
            "company_id": self.company.id,
            "code": self.company.code.as_str(),
            "name": self.company.name.as_str(),
            "member_type": self.membership.particulars.member_type.as_str(),
        })
    }

    /// [`Self::claims`] and what people read: only in ID tokens and UserInfo.
    pub fn claims_for_people(&self) -> Map<String, Value> {
        let mut claims = self.claims();
        claims.insert("tenant".to_owned(), json!(self.company.id));
        claims.insert("company_name".to_owned(), json!(self.company.name.as_str()));
        claims
    }
}
