//! The portal of an agency from the operator's template (`company.md` section 3, "Portals"): one client of its own, bound to
//! it, with exact addresses made of its slug. Never a wildcard.

use idp_domain::Secret;
use idp_domain::audit::AuditAction;
use idp_domain::client::{AuthMethod, BackchannelLogout, Client, ClientId, ClientKeys, GrantType};
use idp_domain::company::{Company, Slug};
use idp_domain::ports::Tx;
use idp_domain::scope::{Scope, Scopes};
use url::Url;

use crate::authority::Caller;
use crate::clients::{fresh_secret, told};
use crate::env::Env;
use crate::fault::Fault;

/// An address with the agency's slug left open. The configuration has checked that it is one with every slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlugPattern(String);

impl SlugPattern {
    /// Where the slug goes.
    pub const GAP: &'static str = "{slug}";

    pub fn new(pattern: String) -> Self {
        Self(pattern)
    }

    fn of(&self, slug: &Slug) -> String {
        self.0.replace(Self::GAP, slug.as_str())
    }

    fn url(&self, slug: &Slug) -> Result<Url, Fault> {
        Url::parse(&self.of(slug)).map_err(|_| Fault::Broken("a portal address that is none"))
    }
}

/// `[portal]`: what the portal client of a new agency is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalTemplate {
    /// What people bookmark (R62).
    pub url: SlugPattern,
    pub redirect_uris: Vec<SlugPattern>,
    pub post_logout_redirect_uris: Vec<SlugPattern>,
    pub backchannel_logout_uri: Option<SlugPattern>,
    pub initiate_login_uri: SlugPattern,
    /// Where the portals publish their keys; without it they present a secret.
    pub jwks_uri: Option<SlugPattern>,
}

/// A portal client just made.
#[derive(Debug, Clone)]
pub struct PortalClient {
    pub id: ClientId,
    /// Shown once; `None` when it signs instead, or when the secret was shown before.
    pub secret: Option<Secret<String>>,
    pub has_secret: bool,
}

impl PortalTemplate {
    pub(super) fn portal_url(&self, slug: &Slug) -> Result<Url, Fault> {
        self.url.url(slug)
    }

    /// The client without its secret: public addresses only.
    fn client(&self, company: &Company, slug: &Slug) -> Result<Client, Fault> {
        let broken = |_| Fault::Broken("a company code that names no client");
        let id = ClientId::parse(&format!("portal.{}", company.code.as_str().to_ascii_lowercase()));
        let method = match self.jwks_uri {
            Some(_) => AuthMethod::PrivateKeyJwt,
            None => AuthMethod::ClientSecretBasic,
        };
        let all = |patterns: &[SlugPattern]| patterns.iter().map(|pattern| pattern.of(slug)).collect();
        let backchannel =
            self.backchannel_logout_uri.as_ref().map(|pattern| pattern.url(slug)).transpose()?;
        let keys = self.jwks_uri.as_ref().map(|pattern| pattern.url(slug)).transpose()?;
        Ok(Client {
            company: Some(company.id),
            keys: keys.map(ClientKeys::Remote),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            redirect_uris: all(&self.redirect_uris),
            post_logout_redirect_uris: all(&self.post_logout_redirect_uris),
            backchannel_logout: backchannel.map(|uri| BackchannelLogout { uri, session_required: true }),
            initiate_login_uri: Some(self.initiate_login_uri.url(slug)?),
            scopes: Scopes::from_iter([Scope::Openid, Scope::Profile, Scope::Email, Scope::Company]),
            first_party: true,
            ..Client::new(id.map_err(broken)?, company.name.clone(), method)
        })
    }
}

/// Makes the portal client of a company that has a slug, where there is a template; in the caller's transaction.
///
/// # Errors
/// [`Fault`]; `Conflict("client_id")` when a client has or had the id.
pub(super) async fn open(
    env: &Env,
    tx: &mut dyn Tx,
    caller: &Caller,
    company: &Company,
) -> Result<Option<PortalClient>, Fault> {
    let Some((template, slug)) = env.policy.portal.as_ref().zip(company.slug.as_ref()) else {
        return Ok(None);
    };
    let mut client = template.client(company, slug)?;
    let secret = match client.auth_method {
        AuthMethod::ClientSecretBasic => {
            let (secret, stored) = fresh_secret(env.entropy());
            client.secrets = vec![stored];
            Some(secret)
        }
        _ => None,
    };
    tx.clients().insert(&client, env.now()).await?;
    let event = caller.event(env, AuditAction::ClientCreated).company(company.id).subject(&client.id);
    tx.audit().record(&told(event, None, Some(&client))).await?;
    Ok(Some(PortalClient { id: client.id, has_secret: secret.is_some(), secret }))
}
