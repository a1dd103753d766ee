//! `/office/{company}/people/{member}`: "Manage Identity Account" (R14-R26). Saving shows both versions when somebody else
//! saved meanwhile; every other action has a page that says what will happen, and happens on Yes alone (R23).

use axum::extract::{Path, Query, State};
use axum::response::Response;
use idp_domain::email::EmailAddress;
use idp_service::endpoint::Endpoint;
use idp_service::provision::{self, InvitationProgress, MemberAction, MemberState, ProvisionError};
use serde::Deserialize;

use super::member::{
    address_of, hats_of, invitation_of, name_of, present, problems_of, standing_of, type_of, typed_of,
};
use super::{Desk, OfficeForm, desk, office_form, path_of, save, with_query};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::present::redirect;
use crate::http::state::AppState;
use crate::pages::office::{
    ActionLink, Editing, MemberTyped, OfficePlace, OpenFields, PersonAction, PersonPage, Proof, SureField,
    SurePage,
};
use crate::pages::{ErrorKind, Problem};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Asked {
    /// What is asked for, before "Are you Sure?".
    ask: String,
}

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Path((company, member)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    browser: Browser,
) -> Result<Response, Failure> {
    let desk = match desk(&state, browser, &company).await {
        Ok(desk) => *desk,
        Err(answer) => return *answer,
    };
    let member = find(&state, &desk, &member).await?;
    match PersonAction::parse(&asked.ask).filter(|action| offered(&desk, &member).contains(action)) {
        Some(action) => {
            let proof = desk.proof(&state);
            Ok(ask(&state, desk, (&member, action), Asking { proof, ..Asking::default() }))
        }
        None => Ok(draw(&state, desk, &member, Drawn::stored(&member))),
    }
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    Path((company, member)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let back = path_of(&state, Endpoint::OfficePerson, &[("company", &company), ("member", &member)]);
    let sent = match office_form(&state, posted, &company, &back).await {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let member = find(&state, &sent.desk, &member).await?;
    match (sent.form.get("action"), PersonAction::parse(sent.form.get("action"))) {
        ("save", _) => save::save(&state, sent, &member).await,
        (_, Some(action)) => act(&state, sent, &member, action).await,
        (_, None) => Err(ErrorKind::BadRequest.into()),
    }
}

/// Somebody of this agency; whoever is not is as absent as somebody who never was (R33).
async fn find(state: &AppState, desk: &Desk, member: &str) -> Result<MemberState, Failure> {
    let id = member.parse().map_err(|_| ErrorKind::NotFound)?;
    let found = provision::find(&state.env, &desk.scope, id).await?;
    found.ok_or_else(|| ErrorKind::NotFound.into())
}

/// The person as they are after something was refused.
pub(super) async fn again(
    state: &AppState,
    desk: &Desk,
    member: &MemberState,
) -> Result<MemberState, Failure> {
    find(state, desk, &member.membership.id.to_string()).await
}

pub(super) fn path_to(state: &AppState, desk: &Desk, member: &MemberState) -> String {
    let ids = [("company", &*desk.scope.id().to_string()), ("member", &member.membership.id.to_string())];
    path_of(state, Endpoint::OfficePerson, &ids)
}

/// What the page shows besides the person.
pub(super) struct Drawn {
    pub(super) typed: MemberTyped,
    /// Somebody else saved meanwhile: both are shown.
    pub(super) is_changed: bool,
    pub(super) problems: Vec<Problem>,
}

impl Drawn {
    fn stored(member: &MemberState) -> Self {
        Self { typed: typed_of(member), is_changed: false, problems: Vec::new() }
    }
}

pub(super) fn seen(member: &MemberState) -> Result<String, Failure> {
    Ok(idp_service::once::etag(&present(member)?))
}

pub(super) fn draw(state: &AppState, mut desk: Desk, member: &MemberState, drawn: Drawn) -> Response {
    let membership = &member.membership;
    let path = path_to(state, &desk, member);
    let Drawn { typed, is_changed, problems } = drawn;
    let edit = match (membership.is_removed(), desk.scope.covers(&membership.particulars)) {
        (true, _) => Editing::Removed,
        (false, false) => Editing::Above,
        (false, true) => Editing::Open(Box::new(OpenFields {
            typed,
            seen: seen(member).unwrap_or_default(),
            address_is_theirs: membership.has_joined(),
            now: is_changed.then(|| typed_of(member)),
        })),
    };
    let link =
        |action: PersonAction| ActionLink { action, url: with_query(&path, &[("ask", action.name())]) };
    let page = PersonPage {
        chrome: desk.chrome(state),
        menu: desk.menu(state, OfficePlace::People),
        news: desk.take_news(state),
        form: desk.form(path.clone()),
        name: name_of(membership),
        member_type: type_of(membership),
        hats: hats_of(membership),
        standing: standing_of(member),
        invitation: invitation_of(member),
        user_name: address_of(member),
        proposed: member.proposed_email.as_ref().map(|address| address.canonical().to_owned()),
        added: membership.created_at,
        last_log_in: membership.last_sign_in,
        actions: offered(&desk, member).into_iter().map(link).collect(),
        edit,
        problems,
    };
    desk.show(&page, Proof::None)
}

/// What can be done to this person as they are now, by who looks (R92): the rest is not offered.
fn offered(desk: &Desk, member: &MemberState) -> Vec<PersonAction> {
    use PersonAction as A;
    let membership = &member.membership;
    if membership.is_removed() || !desk.scope.covers(&membership.particulars) {
        return Vec::new();
    }
    let is_in = membership.is_active() && membership.has_joined();
    let is_own = desk.scope.is_own(membership);
    // The page says that the address has to be changed first (R85).
    let is_returned = matches!(member.invitation, InvitationProgress::Undeliverable(..));
    let is_offered = |action: &A| match action {
        A::Resend => membership.may_enter() && !membership.is_active() && !is_returned,
        A::RevokeInvitation => membership.may_enter() && !membership.is_active() && !is_own,
        A::RevokeSessions => is_in,
        A::ResetPassword | A::ProposeEmail => is_in && !is_own,
        A::Unlock => is_in && !is_own && member.lock.is_some(),
        A::Remove => !is_own,
    };
    A::VARIANTS.iter().copied().filter(is_offered).collect()
}

/// What stands on "Are you Sure?" besides the question.
#[derive(Default)]
struct Asking {
    proof: Proof,
    typed: String,
    problem: Option<Problem>,
}

fn ask(
    state: &AppState,
    mut desk: Desk,
    (member, action): (&MemberState, PersonAction),
    asking: Asking,
) -> Response {
    let chrome = desk.chrome(state);
    let person = member.membership.particulars.full_name();
    let address = address_of(member).unwrap_or_default();
    let Asking { proof, typed, problem } = asking;
    let field = (action == PersonAction::ProposeEmail).then(|| SureField {
        name: "email",
        label: chrome.t("office-will-propose-label"),
        hint: chrome.t("office-will-propose-hint"),
        value: typed,
    });
    let news = desk.take_news(state);
    let kept = vec![("action", action.name().to_owned()), desk.once(state)];
    let (path, will) = (path_to(state, &desk, member), vec![action.warning(&chrome, &person, &address)]);
    let page =
        SurePage { kept, field, proof, news, problem, ..desk.sure(state, OfficePlace::People, path, will) };
    desk.show(&page, proof)
}

async fn act(
    state: &AppState,
    mut sent: OfficeForm,
    member: &MemberState,
    action: PersonAction,
) -> Result<Response, Failure> {
    let path = path_to(state, &sent.desk, member);
    let typed = sent.form.get("email").trim().to_owned();
    let asking = |proof, problem| Asking { proof, typed: typed.clone(), problem };
    match sent.is_sure() {
        Some(true) => {}
        Some(false) => return Ok(redirect(&path, sent.desk.browser.into_jar())),
        None => {
            let proof = sent.desk.proof(state);
            return Ok(ask(state, sent.desk, (member, action), asking(proof, None)));
        }
    }
    let Some(wanted) = wanted(action, &typed) else {
        let chrome = sent.desk.chrome(state);
        let text =
            chrome.texts().t_with("office-wrong-address", "field", chrome.t("office-will-propose-label"));
        let proof = sent.desk.proof(state);
        let problem = Problem { field: Some("email"), text };
        return Ok(ask(state, sent.desk, (member, action), asking(proof, Some(problem))));
    };
    if let Err(proof) = sent.prove(state).await? {
        return Ok(ask(state, sent.desk, (member, action), asking(proof, None)));
    }
    let terms = sent.terms(&format!("{} {} {typed}", action.name(), member.membership.id));
    let desk = sent.desk;
    let what = (member.membership.id, &wanted);
    match provision::change(&state.env, &desk.scope, what, &terms, &present).await {
        Ok(_) => {
            let people = desk.path(state, Endpoint::OfficePeople);
            let on = if action == PersonAction::Remove { &people } else { &path };
            Ok(desk.report(state, on, action.news()))
        }
        Err(ProvisionError::UserNameTaken) => {
            let text = desk.chrome(state).t("office-refused-user-name-taken");
            let problem = Problem { field: Some("email"), text };
            Ok(ask(state, desk, (member, action), asking(Proof::None, Some(problem))))
        }
        Err(error) => {
            let member = again(state, &desk, member).await?;
            let problems = problems_of(error, &typed_of(&member), &desk.chrome(state))?;
            let problems = problems.into_iter().map(|it| Problem { field: None, ..it }).collect();
            Ok(draw(state, desk, &member, Drawn { problems, ..Drawn::stored(&member) }))
        }
    }
}

/// The action with what it needs; `None` when that was not typed.
fn wanted(action: PersonAction, typed: &str) -> Option<MemberAction> {
    Some(match action {
        PersonAction::Resend => MemberAction::Resend,
        PersonAction::RevokeInvitation => MemberAction::RevokeInvitation,
        PersonAction::ResetPassword => MemberAction::ResetPassword,
        PersonAction::Unlock => MemberAction::Unlock,
        PersonAction::RevokeSessions => MemberAction::RevokeSessions,
        PersonAction::ProposeEmail => MemberAction::ProposeEmail(EmailAddress::parse(typed).ok()?),
        PersonAction::Remove => MemberAction::Remove,
    })
}
