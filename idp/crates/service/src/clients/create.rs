//! Registering a client: for an agency, by the operator, or for the operator itself, from the command line.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::audit::AuditAction;
use idp_domain::client::{Client, ClientId};
use idp_domain::id::CompanyId;
use idp_domain::ports::Tx;

use super::draft::NewClient;
use super::record::told;
use super::registered_keys::ensure_fits;
use super::secret::{fresh_secret, has_secrets};
use super::{ClientError, ClientView, Made, Present};
use crate::authority::{Caller, CompanyScope};
use crate::env::Env;
use crate::fault::Fault;
use crate::once::{Answer, Terms};

/// Registers a client of the company. Its secret stands in the first answer only, never in a repeated one.
///
/// # Errors
/// [`ClientError`]; nothing half-done stays behind.
pub async fn create(
    env: &Env,
    scope: &CompanyScope,
    new: &NewClient,
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, ClientError> {
    if !scope.is_operator() {
        return Err(ClientError::NotOperator);
    }
    match create_once(env, scope, new, terms, present).await {
        Err(error) if error.is_race() => create_once(env, scope, new, terms, present).await,
        other => other,
    }
}

async fn create_once(
    env: &Env,
    scope: &CompanyScope,
    new: &NewClient,
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, ClientError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    if let Some(answer) = terms.replay(&mut *tx, now).await?? {
        // What was read may still be on its way to the disk: only a commit says that it arrived.
        tx.commit().await?;
        return Ok(answer);
    }
    let view = create_in(env, &mut *tx, scope.caller(), Some(scope.id()), new).await?;
    let answer = Answer { status: 201, body: present(&view)? };
    let stored = Answer { status: 201, body: present(&view.without_secret())? };
    terms.remember(&mut *tx, &stored, now).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Registers a client in the caller's transaction; only operators get here. `None` for a client of the operator's own.
///
/// # Errors
/// [`ClientError`]; then the transaction must not be committed.
pub(crate) async fn create_in(
    env: &Env,
    tx: &mut dyn Tx,
    caller: &Caller,
    company: Option<CompanyId>,
    new: &NewClient,
) -> Result<ClientView, ClientError> {
    let id = match &new.id {
        Some(id) => id.clone(),
        None => generated_id(env)?,
    };
    let unknown = Client::new(id, new.name.clone(), new.auth_method);
    let mut client = new.registered(Client { company, first_party: true, ..unknown });
    let made = if has_secrets(&client) {
        let (secret, stored) = fresh_secret(env.entropy());
        client.secrets = vec![stored];
        Made::Secret(secret)
    } else {
        Made::Nothing
    };
    ensure_fits(env, &client)?;
    tx.clients().insert(&client, env.now()).await?;
    let mut event = caller.event(env, AuditAction::ClientCreated).subject(&client.id);
    event.company = company;
    tx.audit().record(&told(event, None, Some(&client))).await?;
    Ok(ClientView { client, made })
}

/// An id that says nothing: 96 bits, which nobody draws twice.
pub(crate) fn generated_id(env: &Env) -> Result<ClientId, Fault> {
    let drawn = URL_SAFE_NO_PAD.encode(env.entropy().bytes::<12>());
    ClientId::parse(&format!("c-{drawn}")).map_err(|_| Fault::Broken("a generated client_id"))
}
