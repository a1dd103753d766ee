//! Which agency a grant speaks for (`company.md` section 3, "Behaviour"), whether it is asked for by a redirect or by a device.

use idp_domain::client::Client;
use idp_domain::company::{Company, CompanyRef};
use idp_domain::id::{AccountId, CompanyId};
use idp_domain::member::Membership;
use idp_domain::ports::Tx;
use idp_domain::scope::{Scope, Scopes};

use crate::company_claims::CompanyContext;
use crate::fault::Fault;

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// As sent, or as the person chose.
    pub(crate) named: Option<&'a str>,
    pub(crate) scopes: &'a Scopes,
}

/// The outcome; every refusal looks the same.
#[derive(Debug)]
pub(crate) enum Choice {
    Company(Box<CompanyContext>),
    /// The client serves no agency and asked for none.
    NotNeeded,
    /// The person must say which, the one they used last at this client first.
    Several(Vec<CompanyContext>),
    Refused,
}

impl Choice {
    pub(crate) fn company(&self) -> Option<&Company> {
        match self {
            Self::Company(context) => Some(&context.company),
            Self::NotNeeded | Self::Several(_) | Self::Refused => None,
        }
    }

    /// The agencies that are open to the person, whether there is a choice or not.
    pub(super) fn into_companies(self) -> Vec<CompanyContext> {
        match self {
            Self::Several(several) => several,
            Self::Company(only) => vec![*only],
            Self::NotNeeded | Self::Refused => Vec::new(),
        }
    }
}

/// Which of the person's agencies is meant. Looks only: an invitation that admits is accepted by the caller.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn choose(
    tx: &mut dyn Tx,
    wanted: Wanted<'_>,
    client: &Client,
    account: AccountId,
) -> Result<Choice, Fault> {
    let company = match (client.company, wanted.named.map(CompanyRef::parse)) {
        // A client bound to a company serves that one; a request that named another was refused before the log-in.
        (Some(own), _) => tx.companies().find(own).await?,
        (None, None) if !wanted.scopes.contains(Scope::Company) => return Ok(Choice::NotNeeded),
        (None, None) => return implicit(tx, client, account).await,
        (None, Some(Ok(named))) => tx.companies().find_by_ref(&named).await?,
        (None, Some(Err(_))) => None,
    };
    enter(tx, company, client, account).await
}

async fn enter(
    tx: &mut dyn Tx,
    company: Option<Company>,
    client: &Client,
    account: AccountId,
) -> Result<Choice, Fault> {
    let id = company.as_ref().map_or(CompanyId::NOBODYS, |company| company.id);
    let membership = tx.memberships().find_of_account(id, account).await?.filter(admits(client));
    Ok(match (company.filter(Company::is_active), membership) {
        (Some(company), Some(membership)) => {
            Choice::Company(Box::new(CompanyContext { company, membership }))
        }
        _ => Choice::Refused,
    })
}

/// No company was named: the only one there is, or the person must say.
async fn implicit(tx: &mut dyn Tx, client: &Client, account: AccountId) -> Result<Choice, Fault> {
    let mut offered = offered(tx, client, account).await?;
    if offered.len() > 1 {
        return Ok(Choice::Several(offered));
    }
    Ok(offered.pop().map_or(Choice::Refused, |only| Choice::Company(Box::new(only))))
}

/// What the person may choose from, the one they chose last at this client first, then those they used last, then by name. An
/// invitation counts only where nothing is active: nobody is led to an agency because it invited them.
///
/// # Errors
/// [`Fault`].
pub(super) async fn offered(
    tx: &mut dyn Tx,
    client: &Client,
    account: AccountId,
) -> Result<Vec<CompanyContext>, Fault> {
    let mut offered = Vec::new();
    for membership in tx.memberships().list_of_account(account).await?.into_iter().filter(admits(client)) {
        if let Some(company) = tx.companies().find(membership.company).await?.filter(Company::is_active) {
            offered.push(CompanyContext { company, membership });
        }
    }
    if offered.iter().any(|it| it.membership.is_active()) {
        offered.retain(|it| it.membership.is_active());
    }
    if offered.len() > 1 {
        let last = tx.company_choices().find(account, &client.id).await?;
        let newest = |it: &CompanyContext| (Some(it.company.id) == last, it.membership.last_sign_in);
        let name = |it: &CompanyContext| it.company.name.as_str().to_lowercase();
        offered.sort_by_cached_key(|it| (std::cmp::Reverse(newest(it)), name(it), it.company.id));
    }
    Ok(offered)
}

/// Which members a client lets in: only of the agency's clients, and the operator's, is an invitation accepted by logging in.
fn admits(client: &Client) -> fn(&Membership) -> bool {
    let is_ours = client.first_party || client.company.is_some();
    if is_ours { Membership::may_enter } else { Membership::is_active }
}
