//! Which profiles a registered client satisfies, what is missing, and what may go wrong with it one day: said for the person
//! who can mend it. Changes nothing.

mod keys;

use std::borrow::Cow;
use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::client::{Client, ClientId, GrantType, Profile, RegisteredBy, Shortfall};
use idp_domain::scope::Scope;
use url::Url;

use super::ClientError;
use super::patch::NEVER_CHANGED;
use super::secret::has_secrets;
use crate::env::Env;
use crate::fault::Fault;
use crate::registration;

/// How early the end of a secret is told: whoever rolls a new one out by hand needs a month's notice.
const NOTICE: Duration = Duration::from_secs(30 * 24 * 3600);

/// What was found out about a client.
#[derive(Debug)]
pub struct Report {
    pub client: Client,
    /// Where its developer changes it with its registration access token, when it registered itself.
    pub configuration_address: Option<String>,
    /// One for each profile there is.
    pub verdicts: Vec<Verdict>,
    /// What does not keep it from working today.
    pub warnings: Vec<Remark>,
}

/// How far a client is from a profile.
#[derive(Debug)]
pub struct Verdict {
    pub profile: Profile,
    pub missing: Vec<Remark>,
}

/// One thing about a client: at which metadata, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// As it is registered, such as `redirect_uris[1]`.
    pub field: Cow<'static, str>,
    pub detail: Cow<'static, str>,
}

impl Remark {
    fn new(field: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }
}

impl Report {
    /// Whether nothing is missing for this profile.
    pub fn satisfies(&self, profile: Profile) -> bool {
        self.verdicts.iter().any(|verdict| verdict.profile == profile && verdict.missing.is_empty())
    }
}

/// Looks at the client as it is registered now; keys that it publishes are fetched.
///
/// # Errors
/// [`ClientError::Unknown`], [`ClientError::Fault`].
pub async fn check(env: &Env, id: &ClientId) -> Result<Report, ClientError> {
    let client = env.store.read().await.map_err(Fault::from)?.clients().find(id).await?;
    let client = client.ok_or_else(|| ClientError::Unknown(id.clone()))?;
    let now = env.now();
    let keys = keys::Known::of(env, &client).await;
    let verdict = |profile| {
        let mut missing = idle(&client, now);
        missing.extend(shortfalls(&client, profile));
        missing.extend(keys.missing(env, &client, profile));
        Verdict { profile, missing }
    };
    let verdicts = Profile::VARIANTS.map(verdict).into();
    let warnings = [warnings(&client, now), keys.warnings(env, &client)].concat();
    let configuration_address =
        is_a_strangers(&client).then(|| registration::configuration_address(&env.issuer, &client.id));
    Ok(Report { client, configuration_address, verdicts, warnings })
}

/// Whether its own developer mends it, as it registered itself; the operator otherwise.
fn is_a_strangers(client: &Client) -> bool {
    client.registered_by == RegisteredBy::Itself
}

/// What keeps it from doing anything at all.
fn idle(client: &Client, now: Timestamp) -> Vec<Remark> {
    let mut found = Vec::new();
    if !client.enabled {
        let detail = format!("is switched off; `idp client enable {}` switches it on", client.id);
        found.push(Remark::new("enabled", detail));
    }
    let is_good = |end: Option<Timestamp>| end.is_none_or(|end| now < end);
    if has_secrets(client) && !client.secrets.iter().any(|secret| is_good(secret.expires_at)) {
        let detail = format!("has run out; `idp client rotate-secret {}` makes another", client.id);
        found.push(Remark::new("client_secret", detail));
    }
    if client.may_use(GrantType::AuthorizationCode) && !client.scopes.contains(Scope::Openid) {
        found.push(Remark::new("scope", "must contain openid: without it every log-in is an invalid_scope"));
    }
    found
}

/// What has to be registered otherwise, the profile itself last.
fn shortfalls(client: &Client, profile: Profile) -> Vec<Remark> {
    let remark = |shortfall: Shortfall| match shortfall {
        Shortfall::AuthMethod if !is_a_strangers(client) => {
            Remark::new(shortfall.field(), format!("{shortfall}; {NEVER_CHANGED}"))
        }
        _ => Remark::new(shortfall.field(), shortfall.to_string()),
    };
    let mut found: Vec<Remark> = client.shortfalls(profile).into_iter().map(remark).collect();
    // Whoever is held to more than this one keeps to it as well.
    if profile == Profile::Fapi2 && client.profile != profile {
        let detail = format!(
            "must be fapi2: write it last, by `idp client change {} --profile fapi2`, because from then on requests that do not \
             keep to it are refused",
            client.id
        );
        found.push(Remark::new("profile", detail));
    }
    found
}

fn warnings(client: &Client, now: Timestamp) -> Vec<Remark> {
    let mut found = Vec::new();
    for end in client.secrets.iter().filter_map(|secret| secret.expires_at) {
        if now < end && end < now + NOTICE {
            let detail =
                format!("runs out at {}: programs that still use it are refused then", end.to_rfc3339());
            found.push(Remark::new("client_secret", detail));
        }
    }
    if !client.requires().require_pkce {
        let detail = if is_a_strangers(client) {
            "is false for clients that registered themselves: a code that somebody catches can be used (RFC 9700 section \
             2.1.1), unless the client sends code_challenge, which its developer can have it do"
        } else {
            "is false: a code that somebody catches can be used (RFC 9700 section 2.1.1), unless the client sends \
             code_challenge; no command writes true, but one that `idp client create` registers must always send it"
        };
        found.push(Remark::new("require_pkce", detail));
    }
    // A program on somebody's own computer has no https, and no secret either.
    if !client.is_public() {
        let plain = |uri: &String| uri.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
        for (at, _) in client.redirect_uris.iter().enumerate().filter(|(_, uri)| plain(uri)) {
            let detail =
                "is http on the person's own computer: where the client is a server, write its https address";
            found.push(Remark::new(format!("redirect_uris[{at}]"), detail));
        }
    }
    let listens = client.backchannel_logout.as_ref().map(|listens| &listens.uri);
    if listens.is_some_and(is_in_the_clear) {
        found.push(Remark::new(
            "backchannel_logout_uri",
            "is http: whoever is on the way hears who leaves; write https",
        ));
    }
    found
}

fn is_in_the_clear(uri: &Url) -> bool {
    uri.scheme() == "http"
}
