//! Coming back to a registration (RFC 7592): read, replaced as a whole, taken away, by whoever has its access token.

use idp_domain::Secret;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::{Client, ClientId};
use idp_domain::id::RegistrationId;
use idp_domain::ports::Tx;
use idp_domain::registration::Registration;
use idp_domain::secret::Token;

use super::metadata::ClientMetadata;
use super::{Registered, RegistrationError, admission, logo, sector};
use crate::clients::{ensure_fits, fresh_secret, has_secrets, remove_in, told};
use crate::env::Env;

/// Which client a request is about, and what it presents: the client of the address, the header, and where it came from.
#[derive(Debug, Clone, Copy)]
pub struct Managed<'a> {
    pub client: &'a str,
    pub authorization: Option<&'a str>,
    pub origin: &'a Origin,
}

/// What a replacement says of the client beside its metadata (RFC 7592 section 2.2).
#[derive(Debug, Clone)]
pub struct Identity {
    pub client_id: Option<String>,
    pub client_secret: Option<Secret<String>>,
}

/// What is registered now (section 2.1). The secret, of which only a digest is kept, is not said again.
///
/// # Errors
/// [`RegistrationError`].
pub async fn read(env: &Env, managed: Managed<'_>) -> Result<Registered, RegistrationError> {
    admission::count_network(env, managed.origin).await?;
    let (client, registration, token) = managed.prove(&mut *env.store.read().await?).await?;
    Ok(Registered { client, registration, token, secret: None })
}

/// Replaces all metadata (section 2.2): what is not sent is as if it had never been.
///
/// # Errors
/// [`RegistrationError`]; nothing is changed then.
pub async fn replace(
    env: &Env,
    managed: Managed<'_>,
    identity: &Identity,
    metadata: &ClientMetadata,
) -> Result<Registered, RegistrationError> {
    admission::count_network(env, managed.origin).await?;
    // Whoever is not the client makes us fetch nothing.
    let (known, registered, _) = managed.prove(&mut *env.store.read().await?).await?;
    let wanted = metadata.check(Some(&known))?;
    let same_places = wanted.redirect_uris() == known.redirect_uris;
    // What was confirmed stays so, whoever does not answer today.
    if !(same_places && wanted.sector_identifier_uri == registered.sector_identifier_uri) {
        sector::confirm(env, &wanted).await?;
    }
    let picture = logo::draw(env, &wanted).await;

    let now = env.now();
    let mut tx = env.store.write().await?;
    if let Ok(id) = ClientId::parse(managed.client) {
        tx.clients().lock(&id).await?;
    }
    let (before, registration, token) = managed.prove(&mut *tx).await?;
    identity.check(&before)?;
    // Meanwhile the operator may have given it something, or taken it.
    let wanted = metadata.check(Some(&before))?;
    if !wanted.keeps_sector(&before) {
        let detail = "cannot change, nor the sector it is for: register another client";
        return Err(RegistrationError::field("subject_type", detail));
    }
    let client = wanted.registered(before.clone());
    let mut client = logo::wearing(client, picture.as_ref(), Some(&before.about));
    // What people allowed, they allowed the program of that name at that place.
    let is_known = client.name == before.name && client.redirect_uris == before.redirect_uris;
    client.about.known_since = if is_known { before.about.known_since } else { Some(now) };
    ensure_fits(env, &client)?;
    let mut secret = None;
    if !has_secrets(&client) {
        client.secrets.clear();
    } else if !has_secrets(&before) {
        let (fresh, stored) = fresh_secret(env.entropy());
        client.secrets = vec![stored];
        secret = Some(fresh);
    }
    let registration = Registration {
        application_type: wanted.application_type,
        sector_identifier_uri: wanted.sector_identifier_uri.clone(),
        ..registration
    };
    tx.clients().put(&client, now).await?;
    logo::store(&mut *tx, &client, picture.as_ref()).await?;
    tx.registrations().update(&registration).await?;
    if client != before {
        let event = event(env, managed, &client, AuditAction::ClientChanged);
        tx.audit().record(&told(event, Some(&before), Some(&client))).await?;
    }
    tx.commit().await?;
    Ok(Registered { client, registration, token, secret })
}

/// Takes the client away, and revokes what it holds (section 2.3).
///
/// # Errors
/// [`RegistrationError`].
pub async fn remove(env: &Env, managed: Managed<'_>) -> Result<(), RegistrationError> {
    admission::count_network(env, managed.origin).await?;
    let mut tx = env.store.write().await?;
    let (client, ..) = managed.prove(&mut *tx).await?;
    // Of two who take it away at once, the second finds nothing.
    if !remove_in(env, &mut *tx, &client.id).await? {
        return Err(RegistrationError::TokenInvalid);
    }
    let event = event(env, managed, &client, AuditAction::ClientRemoved);
    tx.audit().record(&told(event, Some(&client), None)).await?;
    tx.commit().await?;
    Ok(())
}

impl Managed<'_> {
    /// Whose token it is: of this very client, which the operator has not switched off.
    async fn prove(
        self,
        tx: &mut dyn Tx,
    ) -> Result<(Client, Registration, Secret<String>), RegistrationError> {
        let sent = admission::bearer(self.authorization).ok_or(RegistrationError::TokenMissing)?;
        let token = Token::<RegistrationId>::parse(sent).ok_or(RegistrationError::TokenInvalid)?;
        let registration = tx.registrations().find(token.id).await?;
        let registration = registration
            .filter(|known| token.proves(&known.digest) && known.client.as_str() == self.client)
            .ok_or(RegistrationError::TokenInvalid)?;
        let client = tx.clients().find(&registration.client).await?;
        let client = client.ok_or(RegistrationError::TokenInvalid)?;
        if !client.enabled {
            return Err(RegistrationError::SwitchedOff);
        }
        Ok((client, registration, Secret::new(token.reveal())))
    }
}

impl Identity {
    /// RFC 7592 section 2.2: the id must be there and the client's own, the secret, if it is there, too.
    fn check(&self, client: &Client) -> Result<(), RegistrationError> {
        if self.client_id.as_deref() != Some(client.id.as_str()) {
            return Err(RegistrationError::field(
                "client_id",
                "must be the client_id that is registered here",
            ));
        }
        let knows = |secret: &Secret<String>| {
            let sent = secret.expose().as_bytes();
            client.secrets.iter().any(|known| known.digest.matches(sent))
        };
        if self.client_secret.as_ref().is_some_and(|secret| !knows(secret)) {
            return Err(RegistrationError::field(
                "client_secret",
                "is not the client's; leave it out, it stays as it is",
            ));
        }
        Ok(())
    }
}

fn event(env: &Env, managed: Managed<'_>, client: &Client, action: AuditAction) -> AuditEvent {
    let actor = Actor::Client { client: client.id.clone() };
    let event = AuditEvent::new(action, actor, env.now(), env.entropy());
    AuditEvent { company: client.company, ..event.from(managed.origin).subject(&client.id) }
}
