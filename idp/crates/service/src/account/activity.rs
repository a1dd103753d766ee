//! What was recorded of a person's account, for the person: log-ins, refused ones too, and changes (`provisioning.md`
//! section 6, "person can see own sign-ins").

use idp_domain::audit::{AuditAction, AuditEvent};
use idp_domain::client::ClientId;
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;

/// How many events a page shows.
const SHOWN: u64 = 50;

/// An event, and the names of whom it mentions.
#[derive(Debug)]
pub struct Happening {
    pub event: AuditEvent,
    pub agency: Option<String>,
    pub client: Option<String>,
}

/// The newest events of the person's own account, the newest first.
///
/// # Errors
/// [`Fault`].
pub async fn activity(env: &Env, signed_in: &SignedIn) -> Result<Vec<Happening>, Fault> {
    let mut tx = env.store.read().await?;
    let mut happenings = Vec::new();
    for event in tx.audit().list_of_account(signed_in.account.id, SHOWN).await? {
        let agency = match event.company {
            Some(company) => tx.companies().find(company).await?.map(|company| company.name.to_string()),
            None => None,
        };
        let client = client_of(&mut *tx, &event).await?;
        happenings.push(Happening { event, agency, client });
    }
    Ok(happenings)
}

/// The client that a consent, a computer that was let in or a change of agencies is about.
async fn client_of(tx: &mut dyn Tx, event: &AuditEvent) -> Result<Option<String>, Fault> {
    let id = match event.action {
        AuditAction::ConsentGiven | AuditAction::ConsentWithdrawn => {
            event.subject.as_deref().and_then(|subject| ClientId::parse(subject).ok())
        }
        AuditAction::DeviceApproved | AuditAction::CompanySwitched => event.client.clone(),
        _ => None,
    };
    let Some(id) = id else { return Ok(None) };
    Ok(tx.clients().find(&id).await?.map(|client| client.name.to_string()))
}
