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

/// The session a cookie proves.
#[derive(Debug, Clone)]
pub struct Recognised {
    pub signed_in: SignedIn,
    /// Whether it still signs anybody in. One that went idle does not, but logging out must end it, and so must the
    /// next person at a shared PC.
    pub is_live: bool,
}

/// Reads the cookie of a browser; a session that was ended or is past its absolute life is nobody's.
///
/// # Errors
/// [`Fault`] when the database does not answer.
pub async fn recognise(env: &Env, cookie: Option<&str>) -> Result<Option<Recognised>, Fault> {
    let Some(token) = cookie.and_then(Token::<SessionId>::parse) else { return Ok(None) };
    let now = env.now();
    let mut tx = env.store.read().await?;
    let Some(session) = tx.sessions().find(token.id).await? else { return Ok(None) };
    if !token.proves(&session.digest) || is_over(&session, now) {
        return Ok(None);
    }
    let is_live = session.is_live(now);
    let account = tx.accounts().find(session.account).await?.filter(Account::is_active);
    Ok(account.map(|account| Recognised { signed_in: SignedIn { session, account }, is_live }))
}

fn is_over(session: &Session, now: Timestamp) -> bool {
    session.ended_at.is_some() || now >= session.expires_at
}

/// Whether what was issued in the session may still be used: it was not ended and is not past its absolute life.
/// Idleness in the browser does not count here; the client's own use is not seen by the browser's session.
pub(crate) async fn has_ended(tx: &mut dyn Tx, id: SessionId, now: Timestamp) -> Result<bool, Fault> {
    let session = tx.sessions().find(id).await?;
    Ok(session.is_none_or(|session| is_over(&session, now)))
}
