//! A code or token that was good for one use came again: somebody has a copy (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).

use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::Client;
use idp_domain::grant::RevocationReason;
use idp_domain::id::GrantId;
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;

/// Revokes the family, and all that came of the same log-in by switching companies, records that once, and commits.
///
/// # Errors
/// [`Fault`].
pub(super) async fn revoke(
    (env, client): (&Env, &Client),
    mut tx: Box<dyn Tx>,
    grant: GrantId,
    (why, action): (RevocationReason, AuditAction),
) -> Result<(), Fault> {
    let Some(grant) = tx.grants().find(grant).await? else { return Ok(()) };
    let (now, account) = (env.now(), grant.consented.account);
    // A switch at this moment comes before, and is revoked, or after, and is refused.
    tx.accounts().lock(account).await?;
    if tx.grants().revoke_switched(grant.root(), why, now).await? > 0 {
        let actor = Actor::Client { client: client.id.clone() };
        let event = AuditEvent::new(action, actor, now, env.entropy());
        tx.audit().record(&event.account(account).subject(grant.id)).await?;
    }
    Ok(tx.commit().await?)
}
