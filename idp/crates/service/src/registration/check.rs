//! Which metadata a client may register for itself. The rules of every client are those of [`ClientDraft`]; a stranger gets
//! less: people are sent to it and come back, and it administers nothing, speaks for nobody and is nobody's own.
//!
//! No device grant: a name that a stranger chose, on a page that lets a computer in, is what its attacks are made of
//! (RFC 8628 section 5.4). No client credentials: there is nothing to ask for with them.

use idp_domain::client::{
    About, BackchannelLogout, Client, ClientId, Demands, GrantType, LogInDefaults, RedirectUriError,
    RegisteredBy, SubjectType, check_redirect_uri,
};
use idp_domain::registration::ApplicationType;
use idp_domain::scope::{Scope, Scopes};
use url::Url;

use super::metadata::ClientMetadata;
use super::name;
use crate::clients::{
    ClientDraft, ClientOwner, EncryptionDraft, NewClient, ResponseSigningDraft, SigningDraft,
    TypedEncryption, address, present, typed,
};
use crate::field::{FieldCode, FieldProblem, Findings};

const GRANTS: [GrantType; 2] = [GrantType::AuthorizationCode, GrantType::RefreshToken];

/// Metadata that may be registered, once what lies at its sector identifier agrees.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    new: NewClient,
    subject_type: SubjectType,
    about: About,
    pub(super) application_type: ApplicationType,
    pub(super) sector_identifier_uri: Option<Url>,
}

impl Wanted {
    /// `client` with all of this; who it is, whose, its secrets, and what only the operator sets stay.
    pub(super) fn registered(&self, client: Client) -> Client {
        let Self { new, subject_type, about, application_type: _, sector_identifier_uri: _ } = self;
        let Demands { require_pkce, .. } = client.demands;
        Client {
            auth_method: new.auth_method,
            subject_type: subject_type.clone(),
            about: about.clone(),
            demands: Demands { require_pkce, ..new.demands },
            ..new.registered(client)
        }
    }

    /// A stranger without anything that this does not say.
    pub(super) fn fresh(&self, id: ClientId) -> Client {
        let unknown = Client::new(id, self.new.name.clone(), self.new.auth_method);
        // A public client brings a challenge all the same (`Client::requires`).
        let demands = Demands { require_pkce: false, ..unknown.demands };
        self.registered(Client { demands, registered_by: RegisteredBy::Itself, ..unknown })
    }

    pub(super) fn redirect_uris(&self) -> &[String] {
        &self.new.redirect_uris
    }

    pub(super) fn logo_uri(&self) -> Option<&Url> {
        self.about.logo_uri.as_ref()
    }

    /// Whether people keep the names they have at `client`. Refresh tokens from before would tell the names of another sector
    /// to a client that never proved to belong there.
    pub(super) fn keeps_sector(&self, client: &Client) -> bool {
        self.subject_type == client.subject_type
    }
}

impl ClientMetadata {
    /// `before`: the client as it is registered now, if it is. What the operator gave it that a stranger cannot register stays,
    /// and this must go with it.
    ///
    /// # Errors
    /// Every problem found.
    pub(super) fn check(&self, before: Option<&Client>) -> Result<Wanted, Vec<FieldProblem>> {
        let mut findings = Findings::default();
        let application_type = self.application_type(&mut findings);
        let grant_types = self.grant_types(before, &mut findings);
        let scopes = self.scopes(before);
        self.check_response_types(&grant_types, &mut findings);
        self.check_places(application_type, &mut findings);
        let owner = before.map_or(ClientOwner::Stranger, ClientOwner::of);
        let kept = before.map(typed).unwrap_or_default();
        let new = self.draft(&grant_types, &scopes, kept).check(owner);
        let new = new.map_err(|found| findings.include(found)).ok();
        name::check(self.client_name.as_deref(), &mut findings);
        check_scopes(&grant_types, &scopes, &mut findings);
        let sector_identifier_uri =
            secure("sector_identifier_uri", self.sector_identifier_uri.as_ref(), &mut findings);
        let subject_type = self.subject_type(sector_identifier_uri.as_ref(), &mut findings);
        let about = self.about(&mut findings);
        let session_required = self.backchannel_logout_session_required.unwrap_or(false);
        findings.unless_any(new.map(|new| Wanted {
            new: NewClient {
                backchannel_logout:
                    new.backchannel_logout.map(|listens| BackchannelLogout { session_required, ..listens }),
                ..new
            },
            subject_type,
            about,
            application_type,
            sector_identifier_uri,
        }))
    }

    /// What is `kept` is the operator's alone to set.
    fn draft(&self, grant_types: &[GrantType], scopes: &Scopes, kept: ClientDraft) -> ClientDraft {
        let list = |uris: &Option<Vec<String>>| uris.clone().unwrap_or_default();
        let demands = Demands {
            require_pushed_authorization_requests: self
                .require_pushed_authorization_requests
                .unwrap_or(false),
            require_signed_request_object: self.require_signed_request_object.unwrap_or(false),
            dpop_bound_access_tokens: self.dpop_bound_access_tokens.unwrap_or(false),
            ..kept.demands
        };
        ClientDraft {
            client_id: None,
            client_name: self.name(),
            auth_method: self.token_endpoint_auth_method.clone(),
            grant_types: grant_types.iter().map(|grant| grant.as_str().to_owned()).collect(),
            redirect_uris: list(&self.redirect_uris),
            post_logout_redirect_uris: list(&self.post_logout_redirect_uris),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            initiate_login_uri: self.initiate_login_uri.clone(),
            jwks: self.jwks.clone(),
            jwks_uri: self.jwks_uri.clone(),
            scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            resources: kept.resources,
            may_grant: kept.may_grant,
            profile: kept.profile,
            signing: SigningDraft {
                token_endpoint_auth_signing_alg: self.token_endpoint_auth_signing_alg.clone(),
                request_object_signing_alg: self.request_object_signing_alg.clone(),
            },
            encryption: EncryptionDraft {
                id_token: TypedEncryption {
                    alg: self.id_token_encrypted_response_alg.clone(),
                    enc: self.id_token_encrypted_response_enc.clone(),
                },
                userinfo: TypedEncryption {
                    alg: self.userinfo_encrypted_response_alg.clone(),
                    enc: self.userinfo_encrypted_response_enc.clone(),
                },
            },
            response_signing: ResponseSigningDraft {
                id_token: self.id_token_signed_response_alg.clone(),
                access_token: kept.response_signing.access_token,
                userinfo: self.userinfo_signed_response_alg.clone(),
                introspection: self.introspection_signed_response_alg.clone(),
            },
            demands,
            log_in_defaults: LogInDefaults {
                default_max_age: self.default_max_age,
                require_auth_time: self.require_auth_time.unwrap_or(false),
                default_acr_values: list(&self.default_acr_values),
            },
            contacts: list(&self.contacts),
            may_switch_company: kept.may_switch_company,
        }
    }

    /// What people read who are asked to log in there. Without a name, the host they are sent to says more than an id.
    fn name(&self) -> String {
        if let Some(name) = present(self.client_name.as_deref()) {
            return name.to_owned();
        }
        let first = self.redirect_uris.iter().flatten().find_map(|uri| Url::parse(uri).ok());
        let place = first.map(|uri| uri.host_str().unwrap_or(uri.scheme()).to_owned());
        place.filter(|place| name::is_fine(place)).unwrap_or_else(|| "Unnamed client".to_owned())
    }

    /// What a stranger may have of what is asked for; of nothing asked, all of it (RFC 7591 section 2). People are asked each
    /// time something is new. What else the operator gave stays.
    fn scopes(&self, before: Option<&Client>) -> Scopes {
        let fits = |scope: &Scope| !scope.is_administrative() && *scope != Scope::Companies;
        let asked = match present(self.scope.as_deref()) {
            Some(asked) => Scopes::parse(asked),
            None => Scope::VARIANTS.iter().copied().collect(),
        };
        let given = before.map(|client| client.scopes.clone()).unwrap_or_default();
        asked.iter().filter(fits).chain(given.iter().filter(|scope| !fits(scope))).collect()
    }

    fn application_type(&self, findings: &mut Findings) -> ApplicationType {
        let Some(word) = present(self.application_type.as_deref()) else { return ApplicationType::Web };
        ApplicationType::parse(word).unwrap_or_else(|| {
            let words = ApplicationType::VARIANTS.map(ApplicationType::as_str).join(" or ");
            findings.add("application_type", FieldCode::ValueInvalid, format!("must be {words}"));
            ApplicationType::Web
        })
    }

    /// What is asked for, and what else the operator gave.
    fn grant_types(&self, before: Option<&Client>, findings: &mut Findings) -> Vec<GrantType> {
        let given = before.map(|client| client.grant_types.as_slice()).unwrap_or_default();
        let given = given.iter().copied().filter(|grant| !GRANTS.contains(grant));
        let may_have: Vec<GrantType> = GRANTS.into_iter().chain(given.clone()).collect();
        let known = |word: &String| GrantType::parse(word.trim()).filter(|grant| may_have.contains(grant));
        let asked = match &self.grant_types {
            Some(words) => words.iter().map(known).collect(),
            None => Some(vec![GrantType::AuthorizationCode]),
        };
        if asked.is_none() {
            let words: Vec<&str> = may_have.iter().copied().map(GrantType::as_str).collect();
            let detail = format!("may be {} only", words.join(" and "));
            findings.add("grant_types", FieldCode::ValueInvalid, detail);
        }
        asked.into_iter().flatten().chain(given).collect()
    }

    fn check_response_types(&self, grant_types: &[GrantType], findings: &mut Findings) {
        let uses_code = grant_types.contains(&GrantType::AuthorizationCode);
        if self.response_types.iter().flatten().any(|word| !uses_code || word != "code") {
            findings.add(
                "response_types",
                FieldCode::ValueInvalid,
                "may be code only, with the grant type authorization_code",
            );
        }
    }

    /// What is not on a device comes back by https, and what we call is never in the clear for a stranger: OpenID Connect
    /// Registration section 2 (`application_type`, `jwks_uri`, `initiate_login_uri`), Back-Channel Logout section 2.2.
    fn check_places(&self, application_type: ApplicationType, findings: &mut Findings) {
        for (field, uri) in [
            ("jwks_uri", &self.jwks_uri),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("initiate_login_uri", &self.initiate_login_uri),
        ] {
            // What is no address at all is refused of everybody, by the draft.
            let uri = uri.as_deref().and_then(|uri| Url::parse(uri.trim()).ok());
            if uri.is_some_and(|uri| uri.scheme() != "https") {
                findings.add(field, FieldCode::ValueInvalid, "must use https");
            }
        }
        if application_type == ApplicationType::Native {
            return;
        }
        let places = |field: &'static str, uris: &Option<Vec<String>>| -> Vec<(String, String)> {
            let each = uris.iter().flatten().enumerate();
            each.map(|(at, uri)| (format!("{field}[{at}]"), uri.clone())).collect()
        };
        let redirects = places("redirect_uris", &self.redirect_uris);
        let ends = places("post_logout_redirect_uris", &self.post_logout_redirect_uris);
        for (field, uri) in redirects.into_iter().chain(ends) {
            if matches!(check_redirect_uri(&uri), Ok(()) | Err(RedirectUriError::NotHttps)) && !is_https(&uri)
            {
                let detail = "must use https; only a client with the application_type native may not";
                findings.add(field, FieldCode::ValueInvalid, detail);
            }
        }
    }

    /// OpenID Connect Core section 8.1. Only an https address belongs to somebody: on a device whoever is there listens, and two
    /// clients could compare notes.
    fn subject_type(&self, sector: Option<&Url>, findings: &mut Findings) -> SubjectType {
        const FIELD: &str = "subject_type";
        match present(self.subject_type.as_deref()) {
            None | Some("public") => return SubjectType::Public,
            Some("pairwise") => {}
            Some(_) => {
                findings.add(FIELD, FieldCode::ValueInvalid, "must be public or pairwise");
                return SubjectType::Public;
            }
        }
        let uris = self.redirect_uris.as_deref().unwrap_or_default();
        if !uris.iter().all(|uri| is_https(uri)) {
            findings.add(FIELD, FieldCode::ValueInvalid, "pairwise needs redirect_uris that use https");
            return SubjectType::Public;
        }
        let host = |uri: &Url| uri.host_str().map(str::to_owned);
        let hosts = uris.iter().map(|uri| Url::parse(uri).ok().as_ref().and_then(host));
        let mut hosts: Vec<Option<String>> = hosts.collect();
        hosts.dedup();
        match (sector.and_then(host), hosts.as_slice()) {
            (Some(sector), _) => SubjectType::Pairwise { sector },
            (None, [Some(sector)]) => SubjectType::Pairwise { sector: sector.clone() },
            // A bad address was said already.
            (None, _) if present(self.sector_identifier_uri.as_deref()).is_some() => SubjectType::Public,
            (None, _) => {
                let detail = "must be there when pairwise subjects meet redirect_uris of several hosts";
                findings.add("sector_identifier_uri", FieldCode::ValueMissing, detail);
                SubjectType::Public
            }
        }
    }

    fn about(&self, findings: &mut Findings) -> About {
        About {
            client_uri: secure("client_uri", self.client_uri.as_ref(), findings),
            logo_uri: secure("logo_uri", self.logo_uri.as_ref(), findings),
            policy_uri: secure("policy_uri", self.policy_uri.as_ref(), findings),
            tos_uri: secure("tos_uri", self.tos_uri.as_ref(), findings),
            // Drawn when all the rest is good.
            logo: None,
            known_since: None,
        }
    }
}

/// Who may not ask for `openid` is refused at each log-in: told now, and not to somebody who wants to log in.
fn check_scopes(grant_types: &[GrantType], scopes: &Scopes, findings: &mut Findings) {
    if grant_types.contains(&GrantType::AuthorizationCode) && !scopes.contains(Scope::Openid) {
        let detail =
            "must contain openid, as every request to log somebody in; left out, it is all a client may have";
        findings.add("scope", FieldCode::ValueInvalid, detail);
    }
}

/// An address that people follow or that we read: it becomes a link on a page of ours (attack 70).
fn secure(field: &'static str, uri: Option<&String>, findings: &mut Findings) -> Option<Url> {
    let fits = |uri: &Url| uri.scheme() == "https";
    let detail = "must be an https address without a user name";
    address(field, uri.map(String::as_str), (fits, detail), findings)
}

fn is_https(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|uri| uri.scheme() == "https")
}
