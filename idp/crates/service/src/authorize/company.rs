//! Which agency a grant speaks for (`company.md` section 3, "Behaviour").

use idp_domain::client::Client;
use idp_domain::company::{Company, CompanyRef};
use idp_domain::id::AccountId;
use idp_domain::member::Membership;
use idp_domain::ports::Tx;
use idp_domain::scope::Scope;

use super::request::AuthorizationRequest;
use crate::company_claims::CompanyContext;
use crate::fault::Fault;

/// The outcome; every refusal looks the same.
pub(super) enum Choice {
    Company(Box<CompanyContext>),
    /// The client serves no agency and asked for none.
    NotNeeded,
    Refused,
}

impl Choice {
    pub(super) fn company(&self) -> Option<&Company> {
        match self {
            Self::Company(context) => Some(&context.company),
            Self::NotNeeded | Self::Refused => None,
        }
    }
}

pub(super) async fn choose(
    tx: &mut dyn Tx,
    request: &AuthorizationRequest,
    client: &Client,
    account: AccountId,
) -> Result<Choice, Fault> {
    // Only for a client of the agency's, or the operator's, is an invitation accepted by logging in.
    let is_ours = client.first_party || client.company.is_some();
    let admits = if is_ours { Membership::may_enter } else { Membership::is_active };
    let company = match (client.company, request.company.as_deref().map(CompanyRef::parse)) {
        // A client bound to a company serves that one; a request that named another was refused before the log-in.
        (Some(own), _) => tx.companies().find(own).await?,
        (None, None) if !request.scopes.contains(Scope::Company) => return Ok(Choice::NotNeeded),
        (None, None) => return implicit(tx, account, admits).await,
        (None, Some(Ok(named))) => tx.companies().find_by_ref(&named).await?,
        (None, Some(Err(_))) => None,
    };
    match company {
        Some(company) => enter(tx, company, account, admits).await,
        None => Ok(Choice::Refused),
    }
}

async fn enter(
    tx: &mut dyn Tx,
    company: Company,
    account: AccountId,
    admits: fn(&Membership) -> bool,
) -> Result<Choice, Fault> {
    let membership = tx.memberships().find_of_account(company.id, account).await?;
    Ok(match membership.filter(admits) {
        Some(membership) if company.is_active() => {
            Choice::Company(Box::new(CompanyContext { company, membership }))
        }
        _ => Choice::Refused,
    })
}

/// No company was named: the one the person used last. An invitation counts only where nothing is active: nobody is led
/// to an agency because it invited them.
async fn implicit(
    tx: &mut dyn Tx,
    account: AccountId,
    admits: fn(&Membership) -> bool,
) -> Result<Choice, Fault> {
    let mut memberships = tx.memberships().list_of_account(account).await?;
    memberships.sort_by_key(|m| std::cmp::Reverse((m.is_active(), m.last_sign_in, m.id)));
    for membership in memberships.into_iter().filter(admits) {
        if let Some(company) = tx.companies().find(membership.company).await?.filter(Company::is_active) {
            return Ok(Choice::Company(Box::new(CompanyContext { company, membership })));
        }
    }
    Ok(Choice::Refused)
}
