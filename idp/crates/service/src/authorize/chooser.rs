//! Which account, and which of its agencies (`company.md` section 3, "Behaviour"): asked where somebody belongs to several, and
//! whenever a client says `prompt=select_account` (OpenID Connect Core section 3.1.2.1).
//!
//! What was chosen travels in the sealed request and counts for the person who chose it alone. It opens nothing: it is judged
//! on every step like a company that the client named.

use std::borrow::Cow;

use idp_domain::Timestamp;
use idp_domain::audit::Origin;
use idp_domain::client::Client;
use idp_domain::id::{AccountId, CompanyId};
use idp_domain::ports::Tx;
use serde::{Deserialize, Serialize};

use super::company::{self, Choice, Wanted};
use super::decide::{self, Before};
use super::errand::{Errand, OpenFlow, OpenRequest, open};
use super::request::{AuthorizationRequest, Prompt};
use super::{AuthorizeError, Flow, Step, resume};
use crate::company_claims::CompanyContext;
use crate::env::Env;
use crate::fault::Fault;
use crate::session::{self, SignedIn};

/// What a person said, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Selection {
    account: AccountId,
    agency: Agency,
    at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Agency {
    /// As the request says.
    AsAsked,
    /// As the request says; and nothing was said yet, not even as whom.
    Unsaid,
    This(CompanyId),
    /// Another than the one there is no access to; it is still to be chosen, even where there is only one.
    Another,
}

/// What the chooser asks.
#[derive(Debug)]
pub struct ChoiceAsked {
    /// What to choose from, the one used last first; empty where only the account is asked.
    pub companies: Vec<CompanyContext>,
    /// Whether the client wants to know as whom to go on.
    pub asks_account: bool,
}

/// What a choice came to.
#[derive(Debug)]
pub enum Chosen {
    GoOn(Step),
    /// It was not, or is no longer, theirs to choose: the same request, to be asked again with what is left.
    NotOffered(Flow),
}

impl AuthorizationRequest {
    fn selected_by(&self, account: AccountId) -> Option<&Selection> {
        self.selection.as_ref().filter(|selection| selection.account == account)
    }

    /// Whether this person must still say that it is to go on as them. Where the client wants to know, a log-in since then says
    /// so; where the answer ends in an app, only one on this request's own page: whoever made the request could have waited
    /// with it until the person logged in for something else.
    pub(super) fn asks_account(&self, signed_in: &SignedIn) -> bool {
        let selection = self.selected_by(signed_in.account.id);
        match selection.map(|it| (it.agency, self.is_answered_at(it.at))) {
            Some((Agency::Unsaid, _)) => true,
            Some((Agency::AsAsked | Agency::This(_), true)) => false,
            Some((Agency::AsAsked | Agency::This(_), false) | (Agency::Another, _)) | None => {
                let is_asked =
                    self.prompts(Prompt::SelectAccount) && !self.is_answered_at(signed_in.session.auth_time);
                is_asked || self.ends_in_an_app()
            }
        }
    }

    /// The agency it is for, as this person chose, or else as the client sent it.
    fn names(&self, account: AccountId) -> Option<Cow<'_, str>> {
        match self.selected_by(account).map(|selection| selection.agency) {
            Some(Agency::This(company)) => Some(company.to_string().into()),
            Some(Agency::Another) => None,
            Some(Agency::AsAsked | Agency::Unsaid) | None => self.company.as_deref().map(Cow::Borrowed),
        }
    }

    /// The same request, for the agency that was chosen for this person.
    pub(super) fn for_company(&self, account: AccountId, company: CompanyId, at: Timestamp) -> Self {
        self.selecting(Selection { account, agency: Agency::This(company), at })
    }

    fn selecting(&self, selection: Selection) -> Self {
        Self { selection: Some(selection), ..self.clone() }
    }
}

/// Which of the person's agencies this request is for.
pub(super) async fn choose(
    tx: &mut dyn Tx,
    request: &AuthorizationRequest,
    client: &Client,
    account: AccountId,
) -> Result<Choice, Fault> {
    let wants_another = request.selected_by(account).is_some_and(|it| it.agency == Agency::Another);
    if wants_another && client.company.is_none() {
        let offered = company::offered(tx, client, account).await?;
        return Ok(if offered.is_empty() { Choice::Refused } else { Choice::Several(offered) });
    }
    let named = request.names(account);
    let wanted = Wanted { named: named.as_deref(), scopes: &request.scopes };
    company::choose(tx, wanted, client, account).await
}

/// What to ask, or nothing when something else comes first or there is no choice.
async fn asked(env: &Env, open: &OpenRequest, signed_in: &SignedIn) -> Result<Option<ChoiceAsked>, Fault> {
    if open.is_answered {
        return Ok(None);
    }
    let asks_account = match decide::before(env, &open.request, &open.client, signed_in).await? {
        Before::Account => true,
        Before::Nothing => false,
        Before::LogIn | Before::SomebodyElse | Before::Act(_) => return Ok(None),
    };
    let choice = choice_of(env, open, signed_in).await?;
    let is_asked = asks_account || matches!(choice, Choice::Several(_));
    Ok(is_asked.then(|| ChoiceAsked { companies: choice.into_companies(), asks_account }))
}

async fn choice_of(env: &Env, open: &OpenRequest, signed_in: &SignedIn) -> Result<Choice, Fault> {
    choose(&mut *env.store.read().await?, &open.request, &open.client, signed_in.account.id).await
}

/// Takes the answer: one of the agencies that are open to the person at this moment, or only that it is to go on as them.
async fn answer(
    env: &Env,
    open: &OpenRequest,
    sent: &str,
    signed_in: &SignedIn,
    origin: &Origin,
) -> Result<Chosen, AuthorizeError> {
    let OpenRequest { request, client, .. } = open;
    let go_on = async |request: &AuthorizationRequest| {
        decide::decide(env, request, client, Some(signed_in), origin).await.map(Chosen::GoOn)
    };
    let first = decide::before(env, request, client, signed_in).await?;
    if !matches!(first, Before::Account | Before::Nothing) {
        return go_on(request).await;
    }
    let open_now = choice_of(env, open, signed_in).await?.into_companies();
    let chosen = open_now.iter().map(|it| it.company.id).find(|id| id.to_string() == sent);
    let agency = match chosen {
        Some(company) => Agency::This(company),
        None if sent.is_empty() => Agency::AsAsked,
        None => Agency::Another,
    };
    let selected = request.selecting(Selection { account: signed_in.account.id, agency, at: env.now() });
    match agency {
        Agency::This(company) => remember(env, client, signed_in, company).await?,
        Agency::AsAsked | Agency::Unsaid => {}
        Agency::Another => return Ok(Chosen::NotOffered(Errand::Answer(Box::new(selected)).seal(env)?)),
    }
    go_on(&selected).await
}

/// It stands first the next time at this client. Not for somebody who was signed out at this moment.
async fn remember(env: &Env, client: &Client, by: &SignedIn, company: CompanyId) -> Result<(), Fault> {
    if client.company.is_some() {
        return Ok(());
    }
    let mut tx = env.store.write().await?;
    if session::lock(env, &mut *tx, by).await?.is_some() {
        tx.company_choices().put(by.account.id, &client.id, company, env.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What the chooser asks the person in this browser; `None` when there is nothing to ask, so that the flow should simply go on.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn choice_asked(
    env: &Env,
    flow: &str,
    browser: Option<&SignedIn>,
) -> Result<Option<(OpenRequest, ChoiceAsked)>, AuthorizeError> {
    let (OpenFlow::Answer(open), Some(signed_in)) = (open(env, flow).await?, browser) else {
        return Ok(None);
    };
    let asked = asked(env, &open, signed_in).await?;
    Ok(asked.map(|asked| (*open, asked)))
}

/// Records the choice, if it was asked for, and goes on. `company` is the id of the agency that was chosen.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn answer_choice(
    env: &Env,
    flow: &str,
    company: &str,
    browser: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Chosen, AuthorizeError> {
    match (open(env, flow).await?, browser) {
        (OpenFlow::Answer(open), Some(signed_in)) => answer(env, &open, company, signed_in, origin).await,
        _ => resume(env, flow, browser, origin).await.map(Chosen::GoOn),
    }
}

/// The same flow after a log-in on its own page: who logged in has said as whom it is to go on.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn logged_in(env: &Env, flow: Flow, by: &SignedIn) -> Result<Flow, AuthorizeError> {
    let OpenFlow::Answer(open) = open(env, flow.as_str()).await? else { return Ok(flow) };
    let account = by.account.id;
    let agency = match open.request.selected_by(account).map(|selection| selection.agency) {
        Some(chosen @ (Agency::This(_) | Agency::Another)) => chosen,
        Some(Agency::AsAsked | Agency::Unsaid) | None => Agency::AsAsked,
    };
    let said = Selection { account, agency, at: env.now() };
    Ok(Errand::Answer(Box::new(open.request.selecting(said))).seal(env)?)
}

/// The same request, of which the person in this browser has said nothing: what was sent was another's, or too old, and going
/// on in silence would be as the wrong person.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn unsaid(env: &Env, flow: &str, by: &SignedIn) -> Result<Option<Flow>, AuthorizeError> {
    let OpenFlow::Answer(open) = open(env, flow).await? else { return Ok(None) };
    let selection = Selection { account: by.account.id, agency: Agency::Unsaid, at: env.now() };
    Ok(Some(Errand::Answer(Box::new(open.request.selecting(selection))).seal(env)?))
}

/// Where there is no access, and what else there is.
#[derive(Debug)]
pub enum NoAccess {
    /// To the one agency that the client serves.
    Bound,
    /// To the agency that was named: the same request with none named, so that the person is asked which.
    Named { another: Flow },
    /// To any agency, and none was named.
    Any,
}

/// Why the flow of this person ended without access; every reason why an agency is not open looks the same.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn no_access(env: &Env, flow: &str, signed_in: &SignedIn) -> Result<NoAccess, AuthorizeError> {
    let OpenFlow::Answer(open) = open(env, flow).await? else { return Ok(NoAccess::Bound) };
    let (request, account) = (&open.request, signed_in.account.id);
    if open.client.company.is_some() {
        return Ok(NoAccess::Bound);
    }
    if request.names(account).is_none() {
        return Ok(NoAccess::Any);
    }
    let another = request.selecting(Selection { account, agency: Agency::Another, at: env.now() });
    Ok(NoAccess::Named { another: Errand::Answer(Box::new(another)).seal(env)? })
}
