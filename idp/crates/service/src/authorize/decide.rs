//! What stands between a validated request and its code: log-in, required actions, the company; then the code.

use idp_domain::Timestamp;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::client::Client;
use idp_domain::code::{AuthorizationCode, CodeBinding, CodeState};
use idp_domain::email::EmailAddress;
use idp_domain::grant::Consented;
use idp_domain::id::CodeId;
use idp_domain::member::MembershipState;
use idp_domain::ports::Tx;
use idp_domain::secret::Token;

use super::company::{self, Choice};
use super::request::{AuthorizationRequest, Prompt};
use super::response::AuthorizationResponse;
use super::{AuthorizeError, Step, seal};
use crate::company_claims::CompanyContext;
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError};
use crate::session::SignedIn;

/// The authentication context class of a password over TLS.
pub(crate) const ACR_PASSWORD: &str = "1";

pub(super) async fn decide(
    env: &Env,
    request: &AuthorizationRequest,
    client: &Client,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Step, AuthorizeError> {
    let now = env.now();
    let silent = request.prompts(Prompt::None);
    let refuse = |code, why| {
        Ok(Step::Respond(AuthorizationResponse::error(env, &request.target(), OAuthError::new(code, why))))
    };

    let Some(signed_in) = browser.filter(|signed_in| suffices(request, signed_in, now)) else {
        if silent {
            return refuse(OAuthCode::LoginRequired, "the person must log in");
        }
        return Ok(Step::LogIn(seal(env, request)?));
    };
    if let Some(action) = signed_in.account.required_action(env.policy.questions) {
        if silent {
            return refuse(OAuthCode::InteractionRequired, "the person must complete a step first");
        }
        return Ok(Step::Act(action, seal(env, request)?));
    }
    let mut tx = env.store.write().await?;
    let company = match company::choose(&mut *tx, request, client, signed_in.account.id).await? {
        Choice::Company(context) => Some(*context),
        Choice::NotNeeded => None,
        Choice::Refused if silent => return refuse(OAuthCode::AccessDenied, "no access to this company"),
        Choice::Refused => return Ok(Step::NoAccess(seal(env, request)?)),
    };
    let issuing = Issuing { env, request, client, signed_in, origin, now };
    let code = issuing.issue(&mut *tx, company).await?;
    tx.commit().await?;
    Ok(Step::Respond(AuthorizationResponse::code(env, &request.target(), code)))
}

/// Whether this session answers this request without asking for the password.
fn suffices(request: &AuthorizationRequest, signed_in: &SignedIn, now: Timestamp) -> bool {
    let auth_time = signed_in.session.auth_time;
    // Somebody who logged in after this request arrived has answered whatever it asked of a log-in.
    if auth_time >= request.received_at {
        return true;
    }
    let asked_anew = request.prompts(Prompt::Login) || request.prompts(Prompt::SelectAccount);
    let too_old = request.max_age.is_some_and(|max_age| now.since(auth_time) > max_age);
    let somebody_else = request
        .login_hint
        .as_deref()
        .and_then(|hint| EmailAddress::parse(hint).ok())
        .is_some_and(|hint| hint != signed_in.account.user_name);
    !(asked_anew || too_old || somebody_else)
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
    /// Accepts a pending membership (R91), notes the visit, and stores the code.
    async fn issue(&self, tx: &mut dyn Tx, company: Option<CompanyContext>) -> Result<String, Fault> {
        let (env, now, session) = (self.env, self.now, &self.signed_in.session);
        if session.wants_touch(now) {
            tx.sessions().touch(session.id, now).await?;
        }
        let company = match company {
            Some(context) => Some(self.admit(tx, context).await?),
            None => None,
        };
        let token = Token::mint(CodeId::new(now, env.entropy()), env.entropy());
        let consented = Consented {
            account: self.signed_in.account.id,
            session: session.id,
            company: company.map(|context| (context.company.id, context.membership.id)),
            scopes: self.request.scopes.clone(),
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            acr: Some(ACR_PASSWORD.to_owned()),
        };
        let code = AuthorizationCode {
            id: token.id,
            digest: token.digest(),
            client: self.client.id.clone(),
            bound: CodeBinding {
                redirect_uri: self.request.redirect_uri.clone(),
                code_challenge: self.request.code_challenge.clone(),
                nonce: self.request.nonce.clone(),
                consented,
            },
            issued_at: now,
            expires_at: now + env.policy.code_life,
            state: CodeState::Issued,
        };
        tx.codes().insert(&code).await?;
        Ok(token.reveal())
    }

    async fn admit(&self, tx: &mut dyn Tx, context: CompanyContext) -> Result<CompanyContext, Fault> {
        let CompanyContext { company, membership } = context;
        let was_invited = membership.state == MembershipState::Invited;
        let admitted =
            membership.admit(self.now).ok_or(Fault::Broken("a chosen membership admits nobody"))?;
        tx.memberships().update(&admitted).await?;
        if was_invited {
            let actor = Actor::Person { account: admitted.account };
            let event = AuditEvent::new(AuditAction::MembershipAccepted, actor, self.now, self.env.entropy())
                .from(self.origin)
                .company(company.id)
                .account(admitted.account)
                .subject(admitted.id);
            tx.audit().record(&event).await?;
        }
        Ok(CompanyContext { company, membership: admitted })
    }
}
