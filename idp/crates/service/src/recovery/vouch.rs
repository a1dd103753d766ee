//! A reset that an agency starts for one of its members (L10, R80, R90). The agency chooses nothing and sees nothing: its word
//! stands in only for answers that were never enrolled, beside the mailbox.

use idp_domain::account::Account;
use idp_domain::company::Company;
use idp_domain::id::{CompanyId, TicketId};
use idp_domain::member::{Membership, MembershipState};
use idp_domain::outbox::Letter;
use idp_domain::ports::Tx;
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};

use crate::env::Env;
use crate::fault::Fault;
use crate::mail::{enqueue_with_ticket, mailed_secret};

/// Queues the mail with its ticket, in the caller's transaction. Ring [`crate::env::Queue::Mail`] after the commit.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn vouch(
    env: &Env,
    tx: &mut dyn Tx,
    account: &Account,
    by: CompanyId,
) -> Result<TicketId, Fault> {
    let now = env.now();
    let issue = |id: TicketId| AccountTicket {
        id,
        digest: mailed_secret(env, id).digest(),
        purpose: TicketPurpose::PasswordReset,
        account: account.id,
        email: account.user_name.clone(),
        credential_version: account.credential_version,
        vouched_by: Some(by),
        issued_at: now,
        expires_at: now + env.policy.agency_reset_life,
        state: TicketState::Open,
        code_tries: 0,
        answer_tries: 0,
    };
    let letter = Letter::ForgottenPassword { address: account.user_name.clone() };
    enqueue_with_ticket(env, tx, (letter, Some(by)), issue).await
}

/// Whether the agency that vouched, if one did, would still do so: the person has been active there ever since, and the agency
/// is one. Judged whenever the link is used, so that nothing has to be found and ended when somebody leaves.
pub(crate) fn still_stands(ticket: &AccountTicket, agencies: &[(Company, Membership)]) -> bool {
    let Some(by) = ticket.vouched_by else { return true };
    agencies.iter().any(|(company, membership)| {
        company.id == by && company.is_active() && has_been_there(membership, ticket)
    })
}

fn has_been_there(membership: &Membership, ticket: &AccountTicket) -> bool {
    matches!(membership.state, MembershipState::Active { since } if since <= ticket.issued_at)
}
