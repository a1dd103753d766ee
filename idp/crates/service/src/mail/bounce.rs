//! Mail that came back after it had left (R85): whoever looks after the mailbox for bounces, or the provider that sends for
//! us, says so here. A mailbox that is gone ends the invitations that are out to it; a mailbox that is full today does not.
//!
//! What is said of a mail that nobody knows is answered the same: this is no place to ask who has an account.

use idp_domain::audit::AuditAction;
use idp_domain::email::EmailAddress;
use idp_domain::id::MailId;
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::mail_failure::MailFailure;
use idp_domain::ports::Tx;

use super::invitation::settle;
use crate::authority::OperatorScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::once::{Answer, KeyReused, Terms};

/// Which mail came back.
#[derive(Debug, Clone)]
pub enum Bounced {
    /// By its `Message-ID`, with or without angle brackets and domain.
    Mail(String),
    /// Every invitation that is out to this address.
    Recipient(EmailAddress),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BounceKind {
    Permanent,
    /// It may arrive yet.
    Transient,
}

/// One bounce, as it is reported.
#[derive(Debug, Clone)]
pub struct Bounce {
    pub about: Bounced,
    pub kind: BounceKind,
    /// What the mail server said; read for its status code, and not kept.
    pub diagnostic: String,
}

/// Takes a report in. The answer is 200 with an empty object, whatever came of it.
///
/// # Errors
/// [`KeyReused`], [`Fault`].
pub async fn bounced(
    env: &Env,
    scope: &OperatorScope,
    bounce: &Bounce,
    terms: &Terms,
) -> Result<Result<Answer, KeyReused>, Fault> {
    let mut tx = env.store.write().await?;
    match terms.replay(&mut *tx, env.now()).await? {
        Ok(None) => {}
        Ok(Some(answer)) => return Ok(Ok(answer)),
        Err(reused) => return Ok(Err(reused)),
    }
    let why = MailFailure::read(&bounce.diagnostic);
    let mut ended = 0_u32;
    if bounce.kind == BounceKind::Permanent {
        for invitation in invitations(&mut *tx, &bounce.about).await? {
            let state = InvitationState::Undeliverable { at: env.now(), why };
            let event = scope.caller().event(env, AuditAction::InvitationUndeliverable).reason(why.as_str());
            ended += u32::from(settle(&mut *tx, invitation, (state, event)).await?);
        }
    }
    let answer = Answer { status: 200, body: "{}".to_owned() };
    terms.remember(&mut *tx, &answer, env.now()).await?;
    tx.commit().await?;
    tracing::info!(kind = ?bounce.kind, why = why.as_str(), ended, "a mail came back");
    Ok(Ok(answer))
}

/// Those that are out.
async fn invitations(tx: &mut dyn Tx, about: &Bounced) -> Result<Vec<Invitation>, Fault> {
    match about {
        Bounced::Mail(message_id) => {
            let Some(id) = mail_id(message_id) else { return Ok(Vec::new()) };
            let mail = tx.outbox().find(id).await?;
            let Some(id) = mail.and_then(|mail| mail.letter.invitation()) else { return Ok(Vec::new()) };
            Ok(tx.invitations().find(id).await?.into_iter().collect())
        }
        Bounced::Recipient(address) => {
            let Some(account) = tx.accounts().find_by_user_name(address).await? else {
                return Ok(Vec::new());
            };
            let mut out = tx.invitations().list_open_of_account(account.id).await?;
            out.retain(|invitation| invitation.email == *address);
            Ok(out)
        }
    }
}

/// Our mails are called by their ids ([`idp_domain::ports::Envelope::message_id`]).
fn mail_id(message_id: &str) -> Option<MailId> {
    let bare = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    bare.split('@').next()?.parse().ok()
}
