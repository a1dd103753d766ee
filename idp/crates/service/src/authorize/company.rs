//! Which agency a grant speaks for (`company.md` section 3, "Behaviour"), whether it is asked for by a redirect or by a device.

use idp_domain::client::Client;
use idp_domain::company::{Company, CompanyRef};
use idp_domain::id::AccountId;
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
    /// The person must say which, the one they used last at this client first; never fewer than two.
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
    // Only for a client of the agency's, or the operator's, is an invitation accepted by logging in.
    let is_ours = client.first_party || client.company.is_some();
    let admits = if is_ours { Membership::may_enter } else { Membership::is_active };
    let company = match (client.company, wanted.named.map(CompanyRef::parse)) {
        // A client bound to a company serves that one; a request that named another was refused before the log-in.
        (Some(own), _) => tx.companies().find(own).await?,
        (None, None) if !wanted.scopes.contains(Scope::Company) => return Ok(Choice::NotNeeded),
        (None, None) => return implicit(tx, client, account, admits).await,
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

/// No company was named. An invitation counts only where nothing is active: nobody is led to an agency because it invited
/// them.
async fn implicit(
    tx: &mut dyn Tx,
    client: &Client,
    account: AccountId,
    admits: fn(&Membership) -> bool,
) -> Result<Choice, Fault> {
    let mut open = Vec::new();
    for membership in tx.memberships().list_of_account(account).await?.into_iter().filter(admits) {
        if let Some(company) = tx.companies().find(membership.company).await?.filter(Company::is_active) {
            open.push(CompanyContext { company, membership });
        }
    }
    if open.iter().any(|it| it.membership.is_active()) {
        open.retain(|it| it.membership.is_active());
    }
    if open.len() > 1 {
        let last = tx.company_choices().find(account, &client.id).await?;
        let newest = |it: &CompanyContext| (Some(it.company.id) == last, it.membership.last_sign_in);
        open.sort_by_key(|it| std::cmp::Reverse((newest(it), it.membership.id)));
        return Ok(Choice::Several(open));
    }
    Ok(open.pop().map_or(Choice::Refused, |only| Choice::Company(Box::new(only))))
}
