//! From the session cookie to the person behind it (rules section 5).

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::id::SessionId;
use idp_domain::ports::Tx;
use idp_domain::secret::Token;
use idp_domain::session::Session;

use crate::env::Env;
use crate::fault::Fault;

/// A person with a live session and an active account. Only this file makes one.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: Session,
    pub account: Account,
}

/// Reads the cookie of a browser; anything that is not a live session of an active account is nobody.
///
/// # Errors
/// [`Fault`] when the database does not answer.
pub async fn recognise(env: &Env, cookie: Option<&str>) -> Result<Option<SignedIn>, Fault> {
    let Some(token) = cookie.and_then(Token::<SessionId>::parse) else { return Ok(None) };
    let now = env.now();
    let mut tx = env.store.read().await?;
    let Some(session) = tx.sessions().find(token.id).await? else { return Ok(None) };
    if !token.proves(&session.digest) || !session.is_live(now) {
        return Ok(None);
    }
    let account = tx.accounts().find(session.account).await?;
    Ok(account.filter(Account::is_active).map(|account| SignedIn { session, account }))
}

/// Whether what was issued in the session may still be used: it was not ended and is not past its absolute life.
/// Idleness in the browser does not count here; the client's own use is not seen by the browser's session.
pub(crate) async fn has_ended(tx: &mut dyn Tx, id: SessionId, now: Timestamp) -> Result<bool, Fault> {
    let session = tx.sessions().find(id).await?;
    Ok(session.is_none_or(|session| session.ended_at.is_some() || now >= session.expires_at))
}
