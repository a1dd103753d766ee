//! Mails an agency has sent: activation, and membership added (R35-R38, R77). Which of the two is decided by what the
//! account is at the moment of sending.

use idp_domain::account::{Account, AccountState};
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::company::Company;
use idp_domain::delivery::DeliveryState;
use idp_domain::id::{InvitationId, TicketId};
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::mail_failure::MailFailure;
use idp_domain::member::{Authority, Membership};
use idp_domain::outbox::OutboxMail;
use idp_domain::ports::{StoreError, Tx};
use idp_domain::ticket::{TicketBinding, TicketState};

use super::{Contents, LogInAt, Prepared, Ready, mailed_secret};
use crate::endpoint::Endpoint;
use crate::env::Env;
use crate::fault::Fault;

pub(super) async fn prepare(
    env: &Env,
    mail: &OutboxMail,
    invitation: InvitationId,
) -> Result<Prepared, Fault> {
    let mut tx = env.store.read().await?;
    let invitation = tx.invitations().find(invitation).await?;
    let Some(invitation) = invitation.filter(Invitation::is_open) else { return Ok(Prepared::Overtaken) };
    let company = tx.companies().find(invitation.company).await?;
    let membership = tx.memberships().find(invitation.company, invitation.membership).await?;
    // The membership's, not the invitation's: its person may have another address since, and nobody's mail tells of it.
    let account = match &membership {
        Some(membership) => tx.accounts().find(membership.account).await?,
        None => None,
    };
    drop(tx);
    let (Some(account), Some(company), Some(membership)) = (account, company, membership) else {
        return Ok(Prepared::Overtaken);
    };
    let log_in_at = log_in_at(env, &company, &membership);
    let contents = match account.state {
        AccountState::Invited => {
            Contents::Activation { link: mint_link(env, mail, &invitation, &account).await?, log_in_at }
        }
        AccountState::Active { .. } => Contents::MembershipAdded { log_in_at },
        // The agency sees what it would see of anybody who does not answer (R33).
        AccountState::Disabled { .. } | AccountState::Closed { .. } => return Ok(Prepared::Withheld),
    };
    Ok(Prepared::Ready(Box::new(Ready {
        to: invitation.email,
        user_name: account.user_name,
        // As this agency knows the person; the account's name may be what another one typed (R33).
        person_name: Some(membership.particulars.full_name()),
        company: Some(company),
        contents,
    })))
}

/// Where the person logs in on the second day, by what this agency has and made of them: no other one is told of (R33).
fn log_in_at(env: &Env, company: &Company, membership: &Membership) -> LogInAt {
    match (&company.contact.portal_url, membership.particulars.authority) {
        (Some(portal), _) => LogInAt::Portal(portal.to_string()),
        (None, Authority::Administrator) => LogInAt::Here(env.issuer.address(Endpoint::Office)),
        (None, _) => LogInAt::Here(env.issuer.address(Endpoint::Account)),
    }
}

/// The secret is derived from the mail's id, so that every retry of one mail carries the same link: a mail that was
/// delivered although the server stalled does not kill the one that follows.
async fn mint_link(
    env: &Env,
    mail: &OutboxMail,
    invitation: &Invitation,
    account: &Account,
) -> Result<String, Fault> {
    let token = mailed_secret(env, TicketId::from_uuid(mail.id.uuid()));
    let now = env.now();
    let ticket = TicketBinding { invitation, account, life: env.policy.activation_life }.seal(&token, now);
    let mut tx = env.store.write().await?;
    tx.tickets().put(&ticket).await?;
    // A mail tried again after a newer one left stays replaced (R67); it must not take the newer link with it.
    if tx.tickets().find(token.id).await?.is_some_and(|ticket| ticket.state == TicketState::Open) {
        tx.tickets().supersede(account.id, Some((invitation.company, token.id)), now).await?;
    }
    tx.commit().await?;
    Ok(env.issuer.mailed_link(Endpoint::Activate, &token))
}

/// Tells the invitation what became of its mail; what another node settled meanwhile is left alone.
pub(super) async fn told(
    env: &Env,
    tx: &mut dyn Tx,
    invitation: InvitationId,
    state: &DeliveryState,
) -> Result<(), Fault> {
    let event = |action| AuditEvent::new(action, Actor::System, env.now(), env.entropy());
    let (state, event) = match state {
        DeliveryState::Sent { at } => (InvitationState::Sent { at: *at }, event(AuditAction::InvitationSent)),
        DeliveryState::Dead { at, why } => {
            let why = MailFailure::read(why);
            let failed = event(AuditAction::InvitationUndeliverable).reason(why.as_str());
            (InvitationState::Undeliverable { at: *at, why }, failed)
        }
        DeliveryState::Due { .. } | DeliveryState::Leased { .. } | DeliveryState::Dropped { .. } => {
            return Ok(());
        }
    };
    let Some(invitation) = tx.invitations().find(invitation).await? else { return Ok(()) };
    settle(tx, invitation, (state, event)).await.map(|_| ())
}

/// What became of an invitation that is still out, and the record of it; `false` when it is not any more.
pub(super) async fn settle(
    tx: &mut dyn Tx,
    invitation: Invitation,
    (state, event): (InvitationState, AuditEvent),
) -> Result<bool, Fault> {
    if !invitation.is_open() {
        return Ok(false);
    }
    let event = event.company(invitation.company).account(invitation.account).subject(invitation.id);
    match tx.invitations().update(&Invitation { state, ..invitation }).await {
        // Accepted or replaced at this very moment: that is the later news.
        Err(StoreError::Stale) => Ok(false),
        updated => {
            updated?;
            tx.audit().record(&event).await?;
            Ok(true)
        }
    }
}
