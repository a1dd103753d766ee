//! Mails to many people of one company: one after the other at one pace, whoever asks for them and on whichever node (L6), so
//! that what a single person waits for passes between them.

use idp_domain::delivery::DeliveryState;
use idp_domain::id::CompanyId;
use idp_domain::outbox::OutboxMail;
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;

/// Queues the mails, at most [`idp_domain::ports::AT_ONCE`], each for the company's next turn; the last thing a transaction does
/// before it commits, because others of the company wait for it from here on. Ring [`crate::env::Queue::Mail`] afterwards.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn enqueue_in_turn(
    env: &Env,
    tx: &mut dyn Tx,
    company: CompanyId,
    mut mails: Vec<OutboxMail>,
) -> Result<(), Fault> {
    let count = u32::try_from(mails.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return Ok(());
    }
    let distance = env.policy.bulk_mail_distance;
    let first = tx.mail_turns().take(company, count, distance, env.now()).await?;
    for (turn, mail) in (0..).zip(&mut mails) {
        mail.state = DeliveryState::Due { at: first + distance * turn };
    }
    Ok(tx.outbox().enqueue_all(&mails).await?)
}
