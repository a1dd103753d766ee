//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0 section 2).
//!
//! Logs out by itself only with a valid ID token hint for this very session; everything else asks first.

use idp_domain::audit::Origin;
use idp_domain::client::{Client, ClientId};
use idp_domain::grant::Grant;

use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::id_token_hint;
use crate::oauth_error::OAuthError;
use crate::params::Params;
use crate::session::{self, SignedIn};
use crate::subjects;
use crate::token::sid;

/// What the browser is to see.
#[derive(Debug)]
pub enum LogOut {
    /// Ask the person; `params` come back with the answer.
    Confirm,
    /// The session is over. With a proven client: where to go, with exactly `state`.
    Done { redirect: Option<String> },
    /// The request cannot be trusted; nothing was ended.
    Refused(OAuthError),
}

struct Hint {
    client: Client,
    sub: String,
    sid: Option<String>,
}

/// Handles a logout request. `confirmed` is whether the person pressed "Yes" on our own page.
///
/// # Errors
/// [`Fault`].
pub async fn request(
    env: &Env,
    params: &Params,
    browser: Option<&SignedIn>,
    confirmed: bool,
    origin: &Origin,
) -> Result<LogOut, Fault> {
    let refused = |why| Ok(LogOut::Refused(OAuthError::request(why)));
    if params.repeated().is_some() {
        return refused("a parameter was sent more than once");
    }
    // A hint that cannot be read proves nothing and is as good as none: the person is asked, and nothing is redirected.
    let hint = match params.get("id_token_hint") {
        None => None,
        Some(token) => read_hint(env, token).await?,
    };
    let named = params.get("client_id");
    if let (Some(hint), Some(named)) = (&hint, named)
        && hint.client.id.as_str() != named
    {
        return refused("client_id is not the audience of id_token_hint");
    }
    let redirect = match (params.get("post_logout_redirect_uri"), &hint) {
        (None, _) | (Some(_), None) => None,
        (Some(uri), Some(hint)) if hint.client.post_logout_redirect_uris.iter().any(|known| known == uri) => {
            Some(with_state(uri, params.get("state")))
        }
        (Some(_), Some(_)) => return refused("post_logout_redirect_uri is not registered for this client"),
    };
    let Some(signed_in) = browser else { return Ok(LogOut::Done { redirect }) };
    let proven = match &hint {
        Some(hint) => is_of_session(env, hint, signed_in).await?,
        None => false,
    };
    if !confirmed && !proven {
        return Ok(LogOut::Confirm);
    }
    end(env, signed_in, origin).await?;
    Ok(LogOut::Done { redirect })
}

/// An ID token of ours for a known client, which one that was switched off is not; expired is fine, altered or foreign is
/// not.
async fn read_hint(env: &Env, token: &str) -> Result<Option<Hint>, Fault> {
    let Some(claims) = id_token_hint::read(env, token) else { return Ok(None) };
    let (Some(sub), Some(Ok(audience))) = (claims.text("sub"), claims.text("aud").map(ClientId::parse))
    else {
        return Ok(None);
    };
    let client = env.store.read().await?.clients().find(&audience).await?.filter(|client| client.enabled);
    Ok(client.map(|client| Hint { client, sub: sub.to_owned(), sid: claims.text("sid").map(str::to_owned) }))
}

/// Whether the hint names the person and the session of this browser.
async fn is_of_session(env: &Env, hint: &Hint, signed_in: &SignedIn) -> Result<bool, Fault> {
    let mut tx = env.store.read().await?;
    if !subjects::is_subject(&mut *tx, &hint.client, signed_in.account.id, &hint.sub).await? {
        return Ok(false);
    }
    let grants = tx.grants().list_of_session(signed_in.session.id).await?;
    let named = |grant: &Grant| hint.sid.as_deref() == Some(sid(&grant.client, &grant.consented).as_str());
    Ok(grants.iter().filter(|grant| grant.client == hint.client.id).any(named))
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let joint = if uri.contains('?') { '&' } else { '?' };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    format!("{uri}{joint}{query}")
}

/// Ends the session and whatever ends with it; the person does not wait until the clients have heard of it.
///
/// # Errors
/// [`Fault`].
pub async fn end(env: &Env, signed_in: &SignedIn, origin: &Origin) -> Result<(), Fault> {
    let mut tx = env.store.write().await?;
    session::end(env, &mut *tx, &signed_in.session, origin).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Logout);
    Ok(())
}
