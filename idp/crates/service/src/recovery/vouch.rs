//! A reset that an agency starts for one of its members (L10, R80, R90). The agency chooses nothing and sees nothing: its word
//! stands in only for answers that were never enrolled, beside the mailbox.

use idp_domain::account::Account;
use idp_domain::company::Company;
use idp_domain::id::{CompanyId, TicketId};
use idp_domain::member::Membership;
use idp_domain::outbox::Letter;
use idp_domain::ports::Tx;
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};

use crate::authority::CompanyScope;
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

/// Whether the agency that vouched, if one did, may still do so: it is one, and the person belongs to it. What it vouched for
/// before somebody was switched off there or left ended with that ([`crate::membership::end_vouching`]).
pub(crate) fn still_stands(ticket: &AccountTicket, agencies: &[(Company, Membership)]) -> bool {
    let belongs = |by| agencies.iter().any(|(at, own)| at.id == by && at.is_active() && own.may_enter());
    ticket.vouched_by.is_none_or(belongs)
}

/// What an invitation that is sent again brings along for whoever has chosen a password and forgot it before anything else
/// (R90): a second mail, and nothing that the office sees is different (R33). None to whoever looks after all agencies, unless
/// it is another of them who asks.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn vouch_with_invitation(
    env: &Env,
    tx: &mut dyn Tx,
    account: &Account,
    scope: &CompanyScope,
) -> Result<(), Fault> {
    let may_write = scope.is_operator() || !account.is_operator;
    if has_only_a_password(tx, account).await? && may_write {
        vouch(env, tx, account, scope.id()).await?;
    }
    Ok(())
}

/// R90: whether somebody has chosen a password and nothing else yet, and entered no agency: whoever forgets it then has no
/// questions to answer, and no agency has anything to reset. An invitation is all there is to send again.
///
/// # Errors
/// [`Fault`].
async fn has_only_a_password(tx: &mut dyn Tx, account: &Account) -> Result<bool, Fault> {
    let has_joined = tx.memberships().list_of_account(account.id).await?.iter().any(Membership::has_joined);
    Ok(account.is_active()
        && !has_joined
        && tx.answers().list(account.id).await?.is_empty()
        && tx.recovery_codes().find(account.id).await?.is_none())
}
