//! Requests that may be sent twice, and requests about what somebody saw (`provisioning.md` section 2): `Idempotency-Key`
//! and `If-Match`.
//!
//! An answer is stored in the transaction of what it tells, so that a key is never used up by something that did not
//! happen. It never holds a secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::idempotency::StoredAnswer;
use idp_domain::ports::Tx;
use idp_domain::{Digest, Timestamp};

use crate::fault::Fault;

/// The answer to give: status and JSON body, fresh or as stored the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// The strong validator of the body (RFC 9110 section 8.8.3), quotes included.
    pub fn etag(&self) -> String {
        etag(&self.body)
    }
}

/// The strong validator of a representation, quotes included.
pub fn etag(body: &str) -> String {
    let digest = Digest::of(body.as_bytes());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest.bytes().get(..16).unwrap_or_default()))
}

/// How the caller makes its request repeatable.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// Caller and route: two callers, or two routes, may use the same key.
    pub caller: String,
    pub key: String,
    /// Of the request body as received.
    pub request: Digest,
}

/// The key was used with another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this Idempotency-Key was used with another request body")]
pub struct KeyReused;

/// The terms a request is sent under.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    pub once: Option<IdempotencyKey>,
    /// The `If-Match` header as received.
    pub if_match: Option<String>,
}

impl Terms {
    /// What was answered the first time, if there was one.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn replay(
        &self,
        tx: &mut dyn Tx,
        now: Timestamp,
    ) -> Result<Result<Option<Answer>, KeyReused>, Fault> {
        let Some(IdempotencyKey { caller, key, request }) = &self.once else { return Ok(Ok(None)) };
        Ok(match tx.idempotency().find(caller, key, now).await? {
            None => Ok(None),
            Some(stored) if stored.request == *request => {
                Ok(Some(Answer { status: stored.status, body: stored.body }))
            }
            Some(_) => Err(KeyReused),
        })
    }

    /// Keeps the answer for 24 hours, in the transaction of what it tells.
    ///
    /// # Errors
    /// [`Fault`]; `Conflict("idempotency_key")` when the same request is under way somewhere else: look again.
    pub(crate) async fn remember(
        &self,
        tx: &mut dyn Tx,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some(IdempotencyKey { caller, key, request }) = &self.once else { return Ok(()) };
        let stored = StoredAnswer {
            caller: caller.clone(),
            key: key.clone(),
            request: *request,
            status: answer.status,
            body: answer.body.clone(),
            created_at: now,
        };
        Ok(tx.idempotency().insert(&stored).await?)
    }

    /// Whether `body` is what the caller saw (RFC 9110 section 13.1.1); weak validators never match.
    pub(crate) fn matches(&self, body: &str) -> bool {
        let Some(wanted) = &self.if_match else { return true };
        let present = etag(body);
        wanted.split(',').map(str::trim).any(|tag| tag == "*" || tag == present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110 section 13.1.1.
    #[test]
    fn if_match_is_compared_strongly_and_a_list_is_a_choice() {
        let tag = etag("{}");
        let matches = |text: &str| Terms { if_match: Some(text.to_owned()), once: None }.matches("{}");
        assert!(matches(&tag) && matches("*") && matches(&format!("\"other\", {tag}")));
        assert!(!matches("\"other\"") && !matches(&format!("W/{tag}")) && !matches(""));
        assert!(Terms::default().matches("{}"));
    }
}
