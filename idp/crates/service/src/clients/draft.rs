//! From what somebody typed to a client that can be registered (RFC 7591 section 2); every bad field is reported at once, by
//! name. No draft says whether PKCE is demanded and a log-out names its session: yes of a new client, and what was so of one that
//! is changed.

use std::collections::BTreeSet;

use idp_domain::client::{
    AuthMethod, BackchannelLogout, Client, ClientId, ClientKeys, Demands, GrantType, JwkSet, LogInDefaults,
    Profile, RegisteredBy, RequestAlgs, Resource, ResponseAlgs, ResponseEncryption, Restricted,
    check_redirect_uri,
};
use idp_domain::member::Authority;
use idp_domain::scope::{Scope, Scopes};
use idp_domain::text::Line;
use serde_json::Value;
use url::Url;

use super::encryption::EncryptionDraft;
use super::response_signing::ResponseSigningDraft;
use super::signing::SigningDraft;
use crate::field::{FieldCode, FieldProblem, Findings};

/// More of one kind are nobody's.
const MOST_OF_A_KIND: usize = 20;
/// Bytes of one address.
const LONGEST_ADDRESS: usize = 2000;
/// Bytes of the name of an authentication context class: as many as there may be are carried like those of a request.
const LONGEST_WORD: usize = 100;

/// Whose client it is: an agency's may do less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientOwner {
    Company,
    Operator,
    /// It registered itself, and serves every agency.
    Stranger,
}

impl ClientOwner {
    pub(crate) fn of(client: &Client) -> Self {
        match (client.company, client.registered_by) {
            (Some(_), _) => Self::Company,
            (None, RegisteredBy::Operator) => Self::Operator,
            (None, RegisteredBy::Itself) => Self::Stranger,
        }
    }
}

/// A client as typed; nothing is checked yet. Blank counts as absent.
#[derive(Debug, Clone, Default)]
pub struct ClientDraft {
    /// Absent: one is made.
    pub client_id: Option<String>,
    pub client_name: String,
    /// `client_secret_basic` when absent.
    pub auth_method: Option<String>,
    pub grant_types: Vec<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub backchannel_logout_uri: Option<String>,
    pub initiate_login_uri: Option<String>,
    pub jwks: Option<Value>,
    pub jwks_uri: Option<String>,
    pub encryption: EncryptionDraft,
    pub scopes: Vec<String>,
    pub resources: Vec<String>,
    /// `none` when absent.
    pub may_grant: Option<String>,
    pub signing: SigningDraft,
    /// `standard` when absent.
    pub profile: Option<String>,
    pub response_signing: ResponseSigningDraft,
    pub demands: Demands,
    pub log_in_defaults: LogInDefaults,
    pub contacts: Vec<String>,
    /// Whether a refresh may name another company.
    pub may_switch_company: bool,
}

/// A client that may be registered, if its id is free.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub id: Option<ClientId>,
    pub name: Line<100>,
    pub auth_method: AuthMethod,
    pub grant_types: Vec<GrantType>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub backchannel_logout: Option<BackchannelLogout>,
    pub initiate_login_uri: Option<Url>,
    pub keys: Option<ClientKeys>,
    pub encryption: ResponseEncryption,
    pub scopes: Scopes,
    pub resources: BTreeSet<Resource>,
    pub may_grant: Authority,
    pub request_algs: RequestAlgs,
    pub profile: Profile,
    pub algs: ResponseAlgs,
    pub demands: Demands,
    pub log_in_defaults: LogInDefaults,
    pub contacts: Vec<Line<254>>,
    pub may_switch_company: bool,
}

impl NewClient {
    /// `client` with all of this; who it is, whose, whether people are asked before it learns of them, and its secrets stay.
    pub(crate) fn registered(&self, client: Client) -> Client {
        let Self {
            id: _,
            name,
            auth_method: _,
            grant_types,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout,
            initiate_login_uri,
            keys,
            encryption,
            scopes,
            resources,
            may_grant,
            request_algs,
            profile,
            algs,
            demands,
            log_in_defaults,
            contacts,
            may_switch_company,
        } = self.clone();
        Client {
            name,
            grant_types,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout,
            initiate_login_uri,
            keys,
            encryption,
            scopes,
            resources,
            may_grant,
            request_algs,
            profile,
            algs,
            demands,
            log_in_defaults,
            contacts,
            may_switch_company,
            // Who registered itself stays a stranger, whoever changes it afterwards.
            ..client
        }
    }
}

impl ClientDraft {
    /// # Errors
    /// Every problem found, in the order of the form.
    pub fn check(&self, owner: ClientOwner) -> Result<NewClient, Vec<FieldProblem>> {
        let mut findings = Findings::default();
        let id = present(self.client_id.as_deref());
        let id = id.and_then(|id| findings.keep("client_id", ClientId::parse(id)));
        let name = findings.line("client_name", &self.client_name);
        let auth_method = self.auth_method(&mut findings);
        let grant_types = self.grant_types(auth_method, &mut findings);
        let redirect_uris = redirects("redirect_uris", &self.redirect_uris, &mut findings);
        let post_logout_redirect_uris =
            redirects("post_logout_redirect_uris", &self.post_logout_redirect_uris, &mut findings);
        let backchannel =
            called("backchannel_logout_uri", self.backchannel_logout_uri.as_deref(), &mut findings);
        let initiate_login_uri = self.initiate_login_uri(&mut findings);
        let keys = self.keys(auth_method, &mut findings);
        let encryption = self.encryption.check(self.says_keys(), &mut findings);
        let scopes = self.scopes(owner, &mut findings);
        let resources = self.resources(&mut findings);
        let may_grant = self.may_grant(&mut findings);
        let request_algs = self.signing.check(self.says_keys(), &mut findings);
        let restricted =
            Restricted { auth_method, redirect_uris: &self.redirect_uris, keys: keys.as_ref(), request_algs };
        let profile = self.profile(restricted, &mut findings);
        // What the profile brings is registered: what is shown, told and signed with is one and the same.
        let algs = profile.signs_with(self.response_signing.check(profile, &mut findings));
        self.signed_requests(&mut findings);
        let default_acr_values = self.default_acr_values(&mut findings);
        let contacts = self.contacts(&mut findings);
        let may_switch_company = self.may_switch_company(owner, &mut findings);
        findings.unless_any(name.map(|name| NewClient {
            id,
            name,
            auth_method,
            grant_types,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout: backchannel.map(|uri| BackchannelLogout { uri, session_required: true }),
            initiate_login_uri,
            keys,
            encryption,
            scopes,
            resources,
            may_grant,
            request_algs,
            profile,
            algs,
            demands: Demands { require_pkce: true, ..self.demands },
            log_in_defaults: LogInDefaults { default_acr_values, ..self.log_in_defaults },
            contacts,
            may_switch_company,
        }))
    }

    fn auth_method(&self, findings: &mut Findings) -> AuthMethod {
        let Some(word) = present(self.auth_method.as_deref()) else { return AuthMethod::ClientSecretBasic };
        AuthMethod::VARIANTS.into_iter().find(|method| method.as_str() == word).unwrap_or_else(|| {
            let words = AuthMethod::VARIANTS.map(AuthMethod::as_str).join(", ");
            let field = "token_endpoint_auth_method";
            findings.add(field, FieldCode::ValueInvalid, format!("must be one of {words}"));
            AuthMethod::ClientSecretBasic
        })
    }

    fn grant_types(&self, auth_method: AuthMethod, findings: &mut Findings) -> Vec<GrantType> {
        const FIELD: &str = "grant_types";
        let mut grants = Vec::new();
        for (at, word) in self.grant_types.iter().enumerate() {
            match GrantType::parse(word.trim()) {
                Some(grant) if grants.contains(&grant) => {}
                Some(grant) => grants.push(grant),
                None => {
                    let words = GrantType::VARIANTS.map(GrantType::as_str).join(", ");
                    let detail = format!("must be one of {words}");
                    findings.add(format!("{FIELD}[{at}]"), FieldCode::ValueInvalid, detail);
                }
            }
        }
        let uses = |grant| grants.contains(&grant);
        if self.grant_types.is_empty() {
            findings.add(FIELD, FieldCode::ValueMissing, "must name at least one");
        }
        if uses(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            findings.add("redirect_uris", FieldCode::ValueMissing, "authorization_code needs at least one");
        }
        if uses(GrantType::RefreshToken) && !GrantType::SIGN_INS.into_iter().any(uses) {
            let words = GrantType::SIGN_INS.map(GrantType::as_str).join(" or ");
            let detail = format!("refresh_token needs {words}, where refresh tokens come from");
            findings.add(FIELD, FieldCode::ValueInvalid, detail);
        }
        if uses(GrantType::ClientCredentials) && auth_method == AuthMethod::None {
            let detail = "client_credentials needs a client that authenticates";
            findings.add(FIELD, FieldCode::ValueInvalid, detail);
        }
        grants
    }

    /// An address of the client's own, which browsers are sent to.
    fn initiate_login_uri(&self, findings: &mut Findings) -> Option<Url> {
        const FIELD: &str = "initiate_login_uri";
        let uri = present(self.initiate_login_uri.as_deref())?;
        findings.keep(FIELD, check_redirect_uri(uri))?;
        findings.keep(FIELD, Url::parse(uri))
    }

    /// Whether it says where its keys are, be it badly.
    fn says_keys(&self) -> bool {
        self.jwks.as_ref().is_some_and(|set| !set.is_null()) || present(self.jwks_uri.as_deref()).is_some()
    }

    fn keys(&self, auth_method: AuthMethod, findings: &mut Findings) -> Option<ClientKeys> {
        let signs = auth_method == AuthMethod::PrivateKeyJwt;
        let uri = called("jwks_uri", self.jwks_uri.as_deref(), findings);
        let set = self.jwks.as_ref().filter(|set| !set.is_null());
        let set = set.and_then(|set| findings.keep("jwks", JwkSet::try_from(set.clone())));
        match (set, uri) {
            (Some(_), Some(_)) => {
                findings.add("jwks", FieldCode::ValueInvalid, "send jwks or jwks_uri, not both");
                None
            }
            (None, None) => {
                if signs && !self.says_keys() {
                    findings.add("jwks", FieldCode::ValueMissing, "private_key_jwt needs jwks or jwks_uri");
                }
                None
            }
            (Some(set), None) => Some(ClientKeys::Inline(set)),
            (None, Some(uri)) => Some(ClientKeys::Remote(uri)),
        }
    }

    /// Nobody but the operator's own clients acts for the operator.
    fn scopes(&self, owner: ClientOwner, findings: &mut Findings) -> Scopes {
        let fits = |scope: Scope| match owner {
            ClientOwner::Operator => true,
            ClientOwner::Company | ClientOwner::Stranger => {
                !matches!(scope, Scope::Operator | Scope::BouncesWrite | Scope::Companies)
            }
        };
        let mut scopes = Vec::new();
        for (at, word) in self.scopes.iter().enumerate() {
            match Scope::parse(word.trim()).filter(|scope| fits(*scope)) {
                Some(scope) => scopes.push(scope),
                None => {
                    let known = Scope::VARIANTS.iter().copied().filter(|scope| fits(*scope));
                    let words: Vec<&str> = known.map(Scope::as_str).collect();
                    let detail = format!("must be one of {}", words.join(", "));
                    findings.add(format!("scopes[{at}]"), FieldCode::ValueInvalid, detail);
                }
            }
        }
        scopes.into_iter().collect()
    }

    fn resources(&self, findings: &mut Findings) -> BTreeSet<Resource> {
        if too_many("resources", &self.resources, findings) {
            return BTreeSet::new();
        }
        let each = self.resources.iter().enumerate();
        each.filter_map(|(at, uri)| findings.keep(format!("resources[{at}]"), Resource::parse(uri))).collect()
    }

    fn may_grant(&self, findings: &mut Findings) -> Authority {
        let Some(word) = present(self.may_grant.as_deref()) else { return Authority::None };
        Authority::parse(word).unwrap_or_else(|| {
            let words = Authority::VARIANTS.map(Authority::as_str).join(" or ");
            findings.add("may_grant", FieldCode::ValueInvalid, format!("must be {words}"));
            Authority::None
        })
    }

    /// Nobody can sign a request with a key that we do not know.
    fn signed_requests(&self, findings: &mut Findings) {
        if self.demands.require_signed_request_object && !self.says_keys() {
            let detail = "needs jwks or jwks_uri, with a key to verify with";
            findings.add("require_signed_request_object", FieldCode::ValueInvalid, detail);
        }
    }

    /// Words of somebody else's, kept and compared: a request would have them between spaces.
    fn default_acr_values(&self, findings: &mut Findings) -> Vec<String> {
        const FIELD: &str = "default_acr_values";
        let Self { log_in_defaults: LogInDefaults { default_acr_values: words, .. }, .. } = self;
        if too_many(FIELD, words, findings) {
            return Vec::new();
        }
        let is_word = |word: &String| {
            (1..=LONGEST_WORD).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic())
        };
        for (at, _) in words.iter().enumerate().filter(|(_, word)| !is_word(word)) {
            let detail = format!("must be 1 to {LONGEST_WORD} visible ASCII characters");
            findings.add(format!("{FIELD}[{at}]"), FieldCode::ValueInvalid, detail);
        }
        words.clone()
    }

    fn contacts(&self, findings: &mut Findings) -> Vec<Line<254>> {
        if too_many("contacts", &self.contacts, findings) {
            return Vec::new();
        }
        let each = self.contacts.iter().enumerate();
        each.filter_map(|(at, contact)| findings.line(format!("contacts[{at}]"), contact)).collect()
    }

    fn profile(&self, restricted: Restricted<'_>, findings: &mut Findings) -> Profile {
        let Some(word) = present(self.profile.as_deref()) else { return Profile::Standard };
        let Some(profile) = Profile::parse(word) else {
            let words = Profile::VARIANTS.map(Profile::as_str).join(" or ");
            findings.add("profile", FieldCode::ValueInvalid, format!("must be {words}"));
            return Profile::Standard;
        };
        for shortfall in profile.shortfalls(restricted) {
            findings.add(shortfall.field(), FieldCode::ValueInvalid, shortfall.to_string());
        }
        profile
    }

    /// An agency's own client serves that agency alone.
    fn may_switch_company(&self, owner: ClientOwner, findings: &mut Findings) -> bool {
        if self.may_switch_company && owner == ClientOwner::Company {
            let detail = "a client that is bound to a company cannot switch to another";
            findings.add("may_switch_company", FieldCode::ValueInvalid, detail);
            return false;
        }
        self.may_switch_company
    }
}

fn redirects(field: &'static str, uris: &[String], findings: &mut Findings) -> Vec<String> {
    if too_many(field, uris, findings) {
        return Vec::new();
    }
    let mut read: Vec<String> = Vec::with_capacity(uris.len());
    for (at, uri) in uris.iter().enumerate() {
        let field = format!("{field}[{at}]");
        if uri.len() > LONGEST_ADDRESS {
            findings.add(field, FieldCode::ValueTooLong, "is too long");
        } else if findings.keep(field, check_redirect_uri(uri)).is_some() && !read.contains(uri) {
            read.push(uri.clone());
        }
    }
    read
}

fn too_many(field: &'static str, listed: &[String], findings: &mut Findings) -> bool {
    let too_many = listed.len() > MOST_OF_A_KIND;
    if too_many {
        findings.add(field, FieldCode::ValueTooLong, format!("must be at most {MOST_OF_A_KIND}"));
    }
    too_many
}

/// An address that we call: whether it may be called at all is decided when it is (`outbound.allowed_private_hosts`).
fn called(field: &'static str, uri: Option<&str>, findings: &mut Findings) -> Option<Url> {
    let fits = |uri: &Url| matches!(uri.scheme(), "https" | "http") && uri.fragment().is_none();
    let detail = "must be an https address without a fragment or a user name";
    address(field, uri, (fits, detail), findings)
}

/// An address with a host that `fits`, which says no user name and is not too long.
pub(crate) fn address(
    field: &'static str,
    uri: Option<&str>,
    (fits, detail): (impl Fn(&Url) -> bool, &'static str),
    findings: &mut Findings,
) -> Option<Url> {
    let text = present(uri)?;
    let read = Url::parse(text).ok();
    if read.as_ref().map_or(text.len(), |uri| uri.as_str().len()) > LONGEST_ADDRESS {
        findings.add(field, FieldCode::ValueTooLong, "is too long");
        return None;
    }
    let says_nobody = |uri: &Url| uri.username().is_empty() && uri.password().is_none();
    let read = read.filter(|uri| fits(uri) && uri.has_host() && says_nobody(uri));
    if read.is_none() {
        findings.add(field, FieldCode::ValueInvalid, detail);
    }
    read
}

pub(crate) fn present(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
