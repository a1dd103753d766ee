//! Client assertions (RFC 7523 section 3, OpenID Connect Core section 9 `private_key_jwt`): signed by the client, meant for
//! us, short-lived, and used once.

use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::client::{Client, ClientId};
use idp_domain::ports::{ClientJwt, EphemeralKey};
use serde_json::Value;

use crate::client_jwt::{self, SKEW, Span};
use crate::endpoint::Endpoint;
use crate::env::Env;
use crate::fault::Fault;

pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What an assertion may say it is, if it says so.
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];
/// How far ahead `exp` may lie: libraries in use write up to an hour.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);
/// The same for an assertion that does not say when it was issued, where a start forgets which were used: libraries that leave
/// `iat` out write up to five minutes.
const LONGEST_UNDATED_LIFE: Duration = Duration::from_secs(300);

/// Whose assertion it claims to be; nothing is proven yet.
pub(crate) fn claimed_client(env: &Env, assertion: &str) -> Option<ClientId> {
    let claims = env.client_jwts.peek(assertion)?;
    ClientId::parse(claims.get("sub")?.as_str()?).ok()
}

/// Whether the assertion proves `client`. The reason of a refusal goes to the log only.
pub(crate) async fn proves(env: &Env, client: &Client, assertion: &str) -> Result<bool, Fault> {
    let refused = |why: &str| {
        tracing::info!(client = %client.id, why, "a client assertion is refused");
        Ok(false)
    };
    let verified = match client_jwt::verify(env, client, assertion).await {
        Ok(verified) => verified,
        Err(why) => return refused(&why.to_string()),
    };
    match Accepted::read(env, client, &verified) {
        Ok(accepted) => {
            let first = env.ephemeral.put_if_absent(&accepted.key, accepted.life).await?;
            if first { Ok(true) } else { refused("its jti was used before") }
        }
        Err(why) => refused(why),
    }
}

/// An assertion that is in order, once its `jti` is marked.
struct Accepted {
    key: EphemeralKey,
    /// How long the `jti` must be remembered.
    life: Duration,
}

impl Accepted {
    fn read(env: &Env, client: &Client, jwt: &ClientJwt) -> Result<Self, &'static str> {
        let now = env.now();
        let text = |name: &str| jwt.claims.get(name).and_then(Value::as_str);
        if !client.may_prove_with(jwt.alg) {
            return Err("its alg is not the one this client registered, or its profile takes");
        }
        // A request object travels through browsers: whoever saw one must not be able to prove the client with it (RFC 9101
        // section 10.8).
        if !client_jwt::is_of_type(jwt, &TYPES) || jwt.claims.contains_key("response_type") {
            return Err("it is another kind of token");
        }
        let own = Some(client.id.as_str());
        if text("iss") != own || text("sub") != own {
            return Err("iss and sub are not the client");
        }
        let aud = jwt.claims.get("aud");
        if client.profile.wants_issuer_audience() && aud.and_then(Value::as_str) != Some(env.issuer.as_str())
        {
            return Err("aud is not the issuer as one string, which the client's profile asks for");
        }
        if !is_for_us(env, aud) {
            return Err("aud is not the issuer or the endpoint that is called");
        }
        let span = Span::of(&jwt.claims, now)?;
        let expires = span.expires.ok_or("exp is missing")?;
        if expires > now + LONGEST_LIFE + SKEW {
            return Err("exp lies more than an hour ahead");
        }
        if let Some(start) = env.ephemeral.remembers_since() {
            is_no_older_than(start, span, now)?;
        }
        let jti = text("jti").filter(|jti| !jti.is_empty()).ok_or("jti is missing")?;
        let id = client_jwt::remembered(jti);
        let key = EphemeralKey::AssertionUsed { client: client.id.as_str().to_owned(), id };
        Ok(Self { key, life: (expires + SKEW).since(now) + Duration::from_secs(1) })
    }
}

/// One from before a start may have been used at the process that was there until then (architecture.md, "Storage"). RFC 7523
/// section 3 leaves `iat` and `nbf` to the client (rules 5 and 6) and the longest life to us (rule 4).
fn is_no_older_than(start: Timestamp, span: Span, now: Timestamp) -> Result<(), &'static str> {
    // It was good for nothing before either of them.
    let begun = match (span.issued.max(span.not_before), span.expires) {
        (Some(at), _) => at,
        (None, Some(end)) if end <= now + LONGEST_UNDATED_LIFE + SKEW => end - LONGEST_UNDATED_LIFE,
        (None, _) => return Err("exp lies more than five minutes ahead, and there is no iat"),
    };
    if client_jwt::may_be_forgotten(start, begun, now) {
        return Err("it may have been used before this server was started, or its clock is ahead of ours");
    }
    Ok(())
}

/// Every audience named must be one of ours: an assertion that is also good elsewhere could be replayed from there.
fn is_for_us(env: &Env, aud: Option<&Value>) -> bool {
    // RFC 7523 section 3 allows the token endpoint; libraries also write the address they call (RFC 9126 section 2).
    let called = [
        Endpoint::Token,
        Endpoint::PushedAuthorizationRequest,
        Endpoint::Introspection,
        Endpoint::Revocation,
    ];
    let ours = |value: &Value| {
        let is_called = |text| called.iter().any(|endpoint| env.issuer.address(*endpoint) == text);
        value.as_str().is_some_and(|text| text == env.issuer.as_str() || is_called(text))
    };
    match aud {
        Some(Value::Array(named)) => !named.is_empty() && named.iter().all(ours),
        Some(named) => ours(named),
        None => false,
    }
}
