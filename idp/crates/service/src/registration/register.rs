//! Registering (RFC 7591 section 3): one transaction makes the client, what it comes back with, and its line in the log.

use idp_domain::Secret;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::Client;
use idp_domain::id::RegistrationId;
use idp_domain::registration::Registration;
use idp_domain::secret::Token;

use super::metadata::ClientMetadata;
use super::{Registered, RegistrationError, admission, logo, sector};
use crate::clients::{ensure_fits, fresh_secret, generated_id, has_secrets, told};
use crate::env::Env;

/// Registers a client under an id of our choosing. Its secret and its registration access token are shown in this answer only.
///
/// # Errors
/// [`RegistrationError`]; nothing half-done stays behind, and a token keeps its uses.
pub async fn register(
    env: &Env,
    authorization: Option<&str>,
    metadata: &ClientMetadata,
    origin: &Origin,
) -> Result<Registered, RegistrationError> {
    admission::count_network(env, origin).await?;
    let invited = admission::admit(env, authorization).await?;
    let wanted = metadata.check(None)?;
    sector::confirm(env, &wanted).await?;
    let client = wanted.fresh(generated_id(env)?);
    ensure_fits(env, &client)?;
    let picture = logo::draw(env, &wanted).await;
    let client = logo::wearing(client, picture.as_ref(), None);

    let now = env.now();
    let token = Token::mint(RegistrationId::new(now, env.entropy()), env.entropy());
    let company = invited.as_ref().and_then(|invited| invited.company);
    let mut client = Client { company, ..client };
    let secret = has_secrets(&client).then(|| {
        let (secret, stored) = fresh_secret(env.entropy());
        client.secrets = vec![stored];
        secret
    });
    let registration = Registration {
        id: token.id,
        client: client.id.clone(),
        digest: token.digest(),
        initial_token: invited.as_ref().map(|invited| invited.id),
        application_type: wanted.application_type,
        sector_identifier_uri: wanted.sector_identifier_uri.clone(),
        registered_at: now,
        last_used_at: now,
    };
    let event = AuditEvent::new(AuditAction::ClientCreated, Actor::Anonymous, now, env.entropy());
    let event = AuditEvent { company, ..event.from(origin).subject(&client.id) };
    let event = event.change("initial_token", None, registration.initial_token.as_ref());

    let mut tx = env.store.write().await?;
    if let Some(invited) = &invited {
        admission::take(env, &mut *tx, invited).await?;
    }
    tx.clients().insert(&client, now).await?;
    logo::store(&mut *tx, &client, picture.as_ref()).await?;
    tx.registrations().insert(&registration).await?;
    tx.audit().record(&told(event, None, Some(&client))).await?;
    tx.commit().await?;
    Ok(Registered { client, registration, token: Secret::new(token.reveal()), secret })
}
