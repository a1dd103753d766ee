//! The clients a person allowed something, and taking it back.

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::{Client, ClientId};
use idp_domain::consent::Consent;
use idp_domain::grant::RevocationReason;

use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;

/// A client the person allowed something, and what.
#[derive(Debug)]
pub struct App {
    pub client: Client,
    pub consent: Consent,
}

/// The clients the person allowed something, the newest first; one that is gone has nothing left to take back.
///
/// # Errors
/// [`Fault`].
pub async fn apps(env: &Env, signed_in: &SignedIn) -> Result<Vec<App>, Fault> {
    let mut tx = env.store.read().await?;
    let mut apps = Vec::new();
    for consent in tx.consents().list_of_account(signed_in.account.id).await? {
        if let Some(client) = tx.clients().find(&consent.client).await? {
            apps.push(App { client, consent });
        }
    }
    Ok(apps)
}

/// Takes a consent back: the client is asked about again next time, and what it holds is dead at once.
///
/// # Errors
/// [`Fault`].
pub async fn withdraw_consent(
    env: &Env,
    signed_in: &SignedIn,
    client: &ClientId,
    origin: &Origin,
) -> Result<(), Fault> {
    let (now, account) = (env.now(), signed_in.account.id);
    let mut tx = env.store.write().await?;
    tx.accounts().lock(account).await?;
    if tx.consents().remove(account, client).await? {
        tx.grants().revoke_of_client(account, client, RevocationReason::ConsentWithdrawn, now).await?;
        let event =
            AuditEvent::new(AuditAction::ConsentWithdrawn, Actor::Person { account }, now, env.entropy())
                .from(origin)
                .account(account)
                .subject(client);
        tx.audit().record(&event).await?;
    }
    Ok(tx.commit().await?)
}
