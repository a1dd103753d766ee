//! What stands between a validated request and its code: log-in, the account, required actions, the company; then the code.

use idp_domain::Timestamp;
use idp_domain::account::RequiredAction;
use idp_domain::audit::Origin;
use idp_domain::client::Client;
use idp_domain::code::{AuthorizationCode, CodeBinding, CodeState};
use idp_domain::email::EmailAddress;
use idp_domain::grant::Consented;
use idp_domain::id::{CodeId, CompanyId, MembershipId};
use idp_domain::ports::StoreError;
use idp_domain::secret::Token;

use super::chooser;
use super::company::Choice;
use super::errand::Errand;
use super::request::{AuthorizationRequest, Prompt};
use super::response::{AuthorizationResponse, Return, Target};
use super::{AuthorizeError, Step, Untrusted, consent, pushed};
use crate::env::Env;
use crate::fault::Fault;
use crate::membership;
use crate::oauth_error::{OAuthCode, OAuthError};
use crate::session::SignedIn;
use crate::subjects;

/// The authentication context class of a password over TLS.
pub(crate) const ACR_PASSWORD: &str = "1";

/// What comes next. A request that was pushed is over once its client is answered: with a code in the transaction of that code,
/// with an error here. Nobody is asked anything for one that is over.
pub(super) async fn decide(
    env: &Env,
    request: &AuthorizationRequest,
    client: &Client,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Step, AuthorizeError> {
    let step = next(env, request, client, browser, origin).await?;
    let is_over = match &step {
        Step::Respond(response) if response.is_error() => !pushed::refuse(env, request, browser).await?,
        Step::Respond(_) => false,
        _ => pushed::is_answered(env, request).await?,
    };
    if is_over { over(env, request) } else { Ok(step) }
}

/// What becomes of a request whose client was answered before. Where nobody sees a page, the client hears that it has to push
/// another (RFC 9126 section 4, RFC 9101 section 7).
fn over(env: &Env, request: &AuthorizationRequest) -> Result<Step, AuthorizeError> {
    if !request.prompts(Prompt::None) {
        return Err(AuthorizeError::Page(Untrusted::Over));
    }
    let error = OAuthError::new(OAuthCode::InvalidRequestUri, "the request was answered before");
    Ok(Step::Respond(AuthorizationResponse::error(env, &request.target(), error)))
}

async fn next(
    env: &Env,
    request: &AuthorizationRequest,
    client: &Client,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Step, AuthorizeError> {
    let silent = request.prompts(Prompt::None);
    let carried = || Errand::Answer(Box::new(request.clone())).seal(env);
    let refuse = |code, why| {
        Ok(Step::Respond(AuthorizationResponse::error(env, &request.target(), OAuthError::new(code, why))))
    };

    let essential = &request.claims.essential_acr;
    if !essential.is_empty() && !essential.iter().any(|acr| acr == ACR_PASSWORD) {
        let why = "no such authentication context is offered";
        let error = OAuthError::new(OAuthCode::UnmetAuthenticationRequirements, why);
        let target = Target { by: Return::of_error(client, silent), ..request.target() };
        let response = AuthorizationResponse::error(env, &target, error);
        return Ok(Step::Respond(response.for_browser(browser.is_some())));
    }
    let Some(signed_in) = browser else {
        if silent {
            return refuse(OAuthCode::LoginRequired, "the person must log in");
        }
        return Ok(Step::LogIn(carried()?));
    };
    match before(env, request, client, signed_in).await? {
        Before::SomebodyElse => {
            return refuse(OAuthCode::LoginRequired, "somebody else logged in than the client asked for");
        }
        Before::LogIn if silent => return refuse(OAuthCode::LoginRequired, "the person must log in"),
        Before::LogIn => return Ok(Step::LogIn(carried()?)),
        Before::Account if silent => {
            return refuse(OAuthCode::InteractionRequired, "the person must say that the app may go on");
        }
        Before::Account => return Ok(Step::Choose(carried()?)),
        Before::Act(_) if silent => {
            return refuse(OAuthCode::InteractionRequired, "the person must complete a step first");
        }
        Before::Act(action) => return Ok(Step::Act(action, carried()?)),
        Before::Nothing => {}
    }
    let now = env.now();
    let issuing = Issuing { env, request, client, signed_in, origin, now };
    let issued = match issuing.issue().await {
        // Another tab accepted the same invitation at the same moment: look again, once.
        Err(Fault::Store(StoreError::Stale)) => issuing.issue().await?,
        other => other?,
    };
    match issued {
        Issued::Code(code) => Ok(Step::Respond(AuthorizationResponse::code(env, &request.target(), code))),
        Issued::Ended if silent => refuse(OAuthCode::LoginRequired, "the person must log in"),
        Issued::Ended => Ok(Step::LogIn(carried()?)),
        Issued::NotAccepted if silent => {
            refuse(OAuthCode::InteractionRequired, "the person must accept the invitation by logging in")
        }
        Issued::NotAccepted => Ok(Step::LogIn(carried()?)),
        Issued::NotAllowed(_) if silent => {
            refuse(OAuthCode::ConsentRequired, "the person must allow this first")
        }
        // The page names the agency that was chosen, and its answer counts for no other.
        Issued::NotAllowed(company) => {
            let account = signed_in.account.id;
            let asked = company.map(|company| request.for_company(account, company, now));
            let asked = asked.unwrap_or_else(|| request.clone());
            Ok(Step::Consent(Errand::Answer(Box::new(asked)).seal(env)?))
        }
        Issued::NotChosen if silent => {
            refuse(OAuthCode::AccountSelectionRequired, "the person must choose a company")
        }
        Issued::NotChosen => Ok(Step::Choose(carried()?)),
        Issued::NoAccess if silent => refuse(OAuthCode::AccessDenied, "no access to this company"),
        Issued::NoAccess => Ok(Step::NoAccess(carried()?)),
        Issued::Over => over(env, request),
    }
}

/// What this person must do before it is asked which agency the request is for.
pub(super) enum Before {
    LogIn,
    /// Somebody has just logged in for this request, and is not who the client said it must be.
    SomebodyElse,
    /// Say that it is to go on as them.
    Account,
    Act(RequiredAction),
    Nothing,
}

/// What comes next for the person of this session. Who may still be somebody else is not asked for anything of their own.
pub(super) async fn before(
    env: &Env,
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
) -> Result<Before, Fault> {
    let auth_time = signed_in.session.auth_time;
    // Somebody who logged in after this request arrived has answered whatever it asked of a log-in.
    let has_just_logged_in = request.is_answered_at(auth_time);
    let too_old = request.max_age.is_some_and(|max_age| env.now().since(auth_time) > max_age);
    let hinted = request.login_hint.as_deref().and_then(|hint| EmailAddress::parse(hint).ok());
    let hints_at_another = hinted.is_some_and(|hint| hint != signed_in.account.user_name);
    if !has_just_logged_in && (request.prompts(Prompt::Login) || too_old || hints_at_another) {
        return Ok(Before::LogIn);
    }
    // A hint that cannot be read (of a key long retired, say) names nobody: somebody must log in, whoever it is.
    let hinted = request.hinted_subject.iter().filter(|sub| !(has_just_logged_in && sub.is_empty()));
    for sub in hinted.chain(&request.claims.subject) {
        let mut tx = env.store.read().await?;
        if !subjects::is_subject(&mut *tx, client, signed_in.account.id, sub).await? {
            return Ok(if has_just_logged_in { Before::SomebodyElse } else { Before::LogIn });
        }
    }
    if request.asks_account(signed_in) {
        return Ok(Before::Account);
    }
    let action = signed_in.account.required_action(env.policy.questions);
    Ok(action.map_or(Before::Nothing, Before::Act))
}

/// What asking for a code came to.
enum Issued {
    Code(String),
    /// The agency ended everything the person had open there, and this log-in is from before (R74).
    Ended,
    /// The agency invited the person, who has not logged in for it: an open session elsewhere accepts nothing.
    NotAccepted,
    /// The person belongs to several agencies and has not said which.
    NotChosen,
    /// The person has not allowed the client what it asks for.
    NotAllowed(Option<CompanyId>),
    NoAccess,
    /// It was pushed, and its client was answered before.
    Over,
}

struct Issuing<'a> {
    env: &'a Env,
    request: &'a AuthorizationRequest,
    client: &'a Client,
    signed_in: &'a SignedIn,
    origin: &'a Origin,
    now: Timestamp,
}

impl Issuing<'_> {
    /// Chooses the company, accepts a pending membership (R91), notes the visit and stores the code, all at once.
    async fn issue(&self) -> Result<Issued, Fault> {
        let (env, now, session) = (self.env, self.now, &self.signed_in.session);
        let mut tx = env.store.write().await?;
        let account = self.signed_in.account.id;
        if !consent::may_learn(&mut *tx, self.request, self.client, account).await? {
            return Ok(Issued::NotAllowed(None));
        }
        let chosen = match chooser::choose(&mut *tx, self.request, self.client, account).await? {
            Choice::Company(context) if !context.membership.counts_log_in(session.auth_time) => {
                return Ok(Issued::Ended);
            }
            Choice::Company(context) if context.membership.is_active() || self.has_just_logged_in() => {
                Some(*context)
            }
            Choice::Company(_) => return Ok(Issued::NotAccepted),
            Choice::NotNeeded => None,
            Choice::Several(_) => return Ok(Issued::NotChosen),
            Choice::Refused => return Ok(Issued::NoAccess),
        };
        let company = chosen.as_ref().map(|context| context.company.id);
        if consent::is_needed(&mut *tx, self.request, self.client, account, company).await? {
            return Ok(Issued::NotAllowed(company));
        }
        let company = match chosen {
            Some(context) => {
                let log_in = session.auth_time;
                Some(membership::admit(env, &mut *tx, (context, log_in), self.origin).await?)
            }
            None => None,
        };
        if session.wants_touch(now) {
            tx.sessions().touch(session.id, now).await?;
        }
        let pairwise = subjects::find_or_draw(env, &mut *tx, self.client, self.signed_in.account.id).await?;
        let token = Token::mint(CodeId::new(now, env.entropy()), env.entropy());
        let company = company.map(|context| (context.company.id, context.membership.id));
        let code = self.code(&token, company, pairwise);
        tx.codes().insert(&code).await?;
        if !pushed::answer(env, &mut *tx, self.request, Some(session.id)).await? {
            return Ok(Issued::Over);
        }
        tx.commit().await?;
        Ok(Issued::Code(token.reveal()))
    }

    /// Whether the log-in was for this very request.
    fn has_just_logged_in(&self) -> bool {
        self.request.is_answered_at(self.signed_in.session.auth_time)
    }

    fn code(
        &self,
        token: &Token<CodeId>,
        company: Option<(CompanyId, MembershipId)>,
        pairwise: Option<String>,
    ) -> AuthorizationCode {
        let session = &self.signed_in.session;
        let consented = Consented {
            account: self.signed_in.account.id,
            pairwise,
            session: session.id,
            company,
            scopes: self.request.scopes.clone(),
            claims: self.request.claims.clone(),
            resources: self.request.resources.clone(),
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            acr: Some(ACR_PASSWORD.to_owned()),
        };
        AuthorizationCode {
            id: token.id,
            digest: token.digest(),
            client: self.client.id.clone(),
            bound: CodeBinding {
                redirect_uri: self.request.redirect_uri.clone(),
                code_challenge: self.request.code_challenge.clone(),
                nonce: self.request.nonce.clone(),
                key: self.request.dpop_jkt,
                consented,
            },
            issued_at: self.now,
            expires_at: self.now + self.client.profile.code_life(self.env.policy.code_life),
            state: CodeState::Issued,
        }
    }
}
