//! Switching a client off and on, and taking it away. Off, nothing of it is accepted any more, and what it holds is revoked
//! for good (attack 49).

use idp_domain::audit::AuditAction;
use idp_domain::client::{Client, ClientId};
use idp_domain::grant::RevocationReason;
use idp_domain::ports::Tx;

use super::ClientError;
use super::change::{ClientEdit, command};
use crate::env::Env;
use crate::fault::Fault;

/// What was done; `None` when it was so before.
pub(super) async fn switch(
    env: &Env,
    tx: &mut dyn Tx,
    client: Client,
    enabled: bool,
) -> Result<Option<AuditAction>, ClientError> {
    if client.enabled == enabled {
        return Ok(None);
    }
    let now = env.now();
    let client = Client { enabled, ..client };
    tx.clients().put(&client, now).await?;
    if enabled {
        return Ok(Some(AuditAction::ClientEnabled));
    }
    // Not only refused while it is off: what was stolen does not come back to life with it.
    tx.grants().revoke_all_of_client(&client.id, RevocationReason::ClientDisabled, now).await?;
    Ok(Some(AuditAction::ClientDisabled))
}

/// Gone for good; its id is never another client's.
pub(super) async fn remove(env: &Env, tx: &mut dyn Tx, id: &ClientId) -> Result<AuditAction, ClientError> {
    if !remove_in(env, tx, id).await? {
        return Err(ClientError::Unknown(id.clone()));
    }
    Ok(AuditAction::ClientRemoved)
}

/// The same with what it registered for itself; `false` when it was gone before.
pub(crate) async fn remove_in(env: &Env, tx: &mut dyn Tx, id: &ClientId) -> Result<bool, Fault> {
    let now = env.now();
    // The client first: whoever is changing it has written what goes with it before that is taken away.
    if !tx.clients().remove(id, now).await? {
        return Ok(false);
    }
    tx.registrations().remove(id).await?;
    tx.client_logos().remove(id).await?;
    tx.grants().revoke_all_of_client(id, RevocationReason::ClientDisabled, now).await?;
    Ok(true)
}

/// Switches the client on or off, from the command line.
///
/// # Errors
/// [`ClientError`].
pub async fn set_enabled(env: &Env, id: &ClientId, enabled: bool) -> Result<(), ClientError> {
    let edit = if enabled { ClientEdit::Enable } else { ClientEdit::Disable };
    command(env, id, &edit).await.map(drop)
}
