//! OAuth clients (RFC 6749 section 2) and their registered metadata (RFC 7591 section 2).

mod demands;
mod encryption;
mod keys;
mod log_in_defaults;
mod place;
mod profile;
mod redirect_uri;
mod resource;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

pub use demands::Demands;
pub use encryption::{ContentEncryption, Encryption, EncryptionAlg, ResponseEncryption};
pub use keys::{AssertionAlg, ClientKeys, JwkSet, JwkSetError, RequestAlgs};
pub use log_in_defaults::LogInDefaults;
pub use place::Place;
pub use profile::{Profile, Restricted, Shortfall};
pub use redirect_uri::{RedirectUriError, check_redirect_uri, comparable_origin, is_private_use};
pub use resource::{NotAResource, Resource};

use crate::email::EmailAddress;
use crate::id::CompanyId;
use crate::logo::Logo;
use crate::member::Authority;
use crate::scope::{Scope, Scopes};
use crate::signing_key::SigningAlg;
use crate::text::Line;
use crate::{Digest, Timestamp};

/// `client_id`: 1 to 100 of `[A-Za-z0-9._~-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

/// The text cannot name a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a client_id is 1 to 100 letters, digits, dots, hyphens, underscores or tildes")]
pub struct NotAClientId;

impl ClientId {
    /// # Errors
    /// [`NotAClientId`].
    pub fn parse(text: &str) -> Result<Self, NotAClientId> {
        let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-');
        if (1..=100).contains(&text.len()) && text.bytes().all(valid) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAClientId)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientId {
    type Error = NotAClientId;
    fn try_from(text: String) -> Result<Self, NotAClientId> {
        Self::parse(&text)
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// `token_endpoint_auth_method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: PKCE is its only proof.
    None,
    ClientSecretBasic,
    ClientSecretPost,
    /// A signed assertion (RFC 7523 section 2.2).
    PrivateKeyJwt,
}

impl AuthMethod {
    pub const VARIANTS: [Self; 4] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt, Self::None];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

impl GrantType {
    pub const VARIANTS: [Self; 4] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode];
    /// Those by which a person signs in: refresh tokens come from nowhere else.
    pub const SIGN_INS: [Self; 2] = [Self::AuthorizationCode, Self::DeviceCode];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|grant| grant.as_str() == text)
    }
}

/// Who wrote down what a client is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisteredBy {
    /// The operator, by command, file or API.
    #[default]
    Operator,
    /// The client itself (RFC 7591): a stranger, whatever it calls itself.
    Itself,
}

/// A secret the client may present; several at once while one is being replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    pub digest: Digest,
    pub expires_at: Option<Timestamp>,
}

/// `subject_type` (OpenID Connect Core section 8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SubjectType {
    /// The account's own id, the same for every client.
    #[default]
    Public,
    /// Another name at every sector, so that two clients cannot compare notes about a person.
    Pairwise { sector: String },
}

/// Where the client hears that a session is over (OpenID Connect Back-Channel Logout section 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackchannelLogout {
    pub uri: Url,
    /// Whether the client needs a `sid`; ours always have one.
    pub session_required: bool,
}

/// What each kind of signed answer is signed with; `None` is plain JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseAlgs {
    pub id_token: SigningAlg,
    pub access_token: SigningAlg,
    pub userinfo: Option<SigningAlg>,
    pub introspection: SigningAlg,
}

impl Default for ResponseAlgs {
    /// RS256 where OpenID Connect Core and RFC 9701 make it the default; our own APIs verify ES256 faster.
    fn default() -> Self {
        Self {
            id_token: SigningAlg::Rs256,
            access_token: SigningAlg::Es256,
            userinfo: None,
            introspection: SigningAlg::Rs256,
        }
    }
}

/// What people are shown about the client (RFC 7591 section 2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub client_uri: Option<Url>,
    pub logo_uri: Option<Url>,
    pub policy_uri: Option<Url>,
    pub tos_uri: Option<Url>,
    /// What was drawn from what lay at `logo_uri` when the client registered itself; nobody else's is fetched.
    pub logo: Option<Logo>,
    /// Since when one that registers itself has had this name and sent people there. What they allowed it before, they allowed
    /// another.
    pub known_since: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: ClientId,
    pub name: Line<100>,
    /// An agency's own client; its pages carry the agency's name, its tokens the agency's id.
    pub company: Option<CompanyId>,
    pub auth_method: AuthMethod,
    pub secrets: Vec<ClientSecret>,
    /// What its assertions are verified with.
    pub keys: Option<ClientKeys>,
    pub grant_types: Vec<GrantType>,
    /// Compared byte for byte, except for the port of a loopback address (RFC 8252 section 7.3).
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub backchannel_logout: Option<BackchannelLogout>,
    pub initiate_login_uri: Option<Url>,
    pub scopes: Scopes,
    /// The APIs it may ask access tokens for (RFC 8707).
    pub resources: BTreeSet<Resource>,
    /// The APIs it is itself: it may introspect the access tokens meant for them (RFC 7662 section 2).
    pub serves: BTreeSet<Resource>,
    pub subject_type: SubjectType,
    /// As registered; what counts is [`response_algs`](Self::response_algs).
    pub algs: ResponseAlgs,
    pub encryption: ResponseEncryption,
    /// As registered; what counts is [`may_prove_with`](Self::may_prove_with) and [`may_ask_with`](Self::may_ask_with).
    pub request_algs: RequestAlgs,
    pub about: About,
    /// Whom the operator asks about it: an address, a number. Strangers write it, so that no page shows it.
    pub contacts: Vec<Line<254>>,
    pub log_in_defaults: LogInDefaults,
    pub profile: Profile,
    /// As registered; what counts is [`requires`](Self::requires).
    pub demands: Demands,
    /// Whether a refresh may name another company (`company.md` section 3).
    pub may_switch_company: bool,
    /// The operator's or agency's own client: no consent is asked.
    pub first_party: bool,
    /// The highest authority a provisioning client may give to a member.
    pub may_grant: Authority,
    pub registered_by: RegisteredBy,
    pub enabled: bool,
}

impl Client {
    /// A client with nothing registered yet: it may do nothing.
    pub fn new(id: ClientId, name: Line<100>, auth_method: AuthMethod) -> Self {
        Self {
            id,
            name,
            company: None,
            auth_method,
            secrets: Vec::new(),
            keys: None,
            grant_types: Vec::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout: None,
            initiate_login_uri: None,
            scopes: Scopes::default(),
            resources: BTreeSet::new(),
            serves: BTreeSet::new(),
            subject_type: SubjectType::Public,
            algs: ResponseAlgs::default(),
            encryption: ResponseEncryption::default(),
            request_algs: RequestAlgs::default(),
            about: About::default(),
            contacts: Vec::new(),
            log_in_defaults: LogInDefaults::default(),
            profile: Profile::Standard,
            demands: Demands::default(),
            may_switch_company: false,
            first_party: false,
            may_grant: Authority::None,
            registered_by: RegisteredBy::Operator,
            enabled: true,
        }
    }

    pub fn is_public(&self) -> bool {
        self.auth_method == AuthMethod::None
    }

    /// What its requests must bring: what was registered, what its profile demands, and of public clients PKCE, which is the
    /// only proof they have.
    pub fn requires(&self) -> Demands {
        let demands = self.profile.demands(self.demands);
        Demands { require_pkce: demands.require_pkce || self.is_public(), ..demands }
    }

    /// What each kind of answer is signed with: what was registered, unless its profile does not take that.
    pub fn response_algs(&self) -> ResponseAlgs {
        self.profile.signs_with(self.algs)
    }

    /// What has to be registered otherwise before it can keep to this profile.
    pub fn shortfalls(&self, profile: Profile) -> Vec<Shortfall> {
        let Self { auth_method, ref redirect_uris, ref keys, request_algs, .. } = *self;
        profile.shortfalls(Restricted { auth_method, redirect_uris, keys: keys.as_ref(), request_algs })
    }

    /// Its keys as they are registered: `jwks` or `jwks_uri`, or neither.
    pub fn written_keys(&self) -> (Option<Value>, Option<String>) {
        match &self.keys {
            None => (None, None),
            Some(ClientKeys::Inline(set)) => (Some(set.clone().into()), None),
            Some(ClientKeys::Remote(uri)) => (None, Some(uri.to_string())),
        }
    }

    /// Whether its assertions may be signed so.
    pub fn may_prove_with(&self, alg: AssertionAlg) -> bool {
        self.may_sign(self.request_algs.token_endpoint_auth_signing_alg, alg)
    }

    /// Whether its request objects may be signed so.
    pub fn may_ask_with(&self, alg: AssertionAlg) -> bool {
        self.may_sign(self.request_algs.request_object_signing_alg, alg)
    }

    fn may_sign(&self, registered: Option<AssertionAlg>, alg: AssertionAlg) -> bool {
        registered.is_none_or(|own| own.is_same(alg)) && self.profile.accepts(alg)
    }

    /// What it may have of these scopes. Which agencies somebody belongs to, only a client learns that serves them all: not one of
    /// an agency's (R33), and not a stranger's.
    #[must_use]
    pub fn allowed(&self, asked: &Scopes) -> Scopes {
        let serves_all = self.first_party && self.company.is_none();
        let fits = |scope: &Scope| *scope != Scope::Companies || serves_all;
        asked.intersection(&self.scopes).iter().filter(fits).collect()
    }

    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Where this client begins a log-in for a person: its `initiate_login_uri` with `iss` and, for whoever may know the user
    /// name, `login_hint` (OpenID Connect Core section 4).
    pub fn log_in_at(&self, issuer: &str, user_name: Option<&EmailAddress>) -> Option<String> {
        let mut uri = self.initiate_login_uri.clone()?;
        let hint = user_name.map(|user_name| ("login_hint", user_name.as_str()));
        uri.query_pairs_mut().append_pair("iss", issuer).extend_pairs(hint);
        Some(uri.to_string())
    }

    /// Whether `uri` is registered (RFC 9700 section 2.1).
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| redirect_uri::matches(registered, uri))
    }

    /// The origins of the redirect URIs: where the client's own pages live, and call us from (CORS). As
    /// [`comparable_origin`] writes them.
    pub fn origins(&self) -> BTreeSet<String> {
        let tuple = |uri: &String| Url::parse(uri).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
        let written = |origin: url::Origin| comparable_origin(&origin.ascii_serialization()).to_owned();
        self.redirect_uris.iter().filter_map(tuple).map(written).collect()
    }

    /// The sector of a pairwise subject (OpenID Connect Core section 8.1); `None` for public subjects.
    pub fn sector(&self) -> Option<&str> {
        match &self.subject_type {
            SubjectType::Public => None,
            SubjectType::Pairwise { sector } => Some(sector),
        }
    }
}
