//! "Security Questions" (R48-R52): the required action between the first log-in and the first code.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::Secret;
use idp_domain::account::RequiredAction;
use idp_domain::question::{AnswerProblem, COUNT, Choice, QuestionId};
use idp_service::endpoint::Endpoint;
use idp_service::questions::{self, Saved};
use idp_service::session::SignedIn;

use super::authorize::{FlowQuery, deny, go_on, open};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::locale::{Locale, Texts};
use crate::pages::{QuestionRow, SecurityQuestions};

pub(super) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    // Nobody signed in, or nothing to do here: the flow knows where to go.
    if waiting(&state, &browser).is_none() {
        return Ok(go_on(&state, browser, &query.flow));
    }
    draw(&state, browser, &query.flow, Default::default()).await
}

fn waiting<'a>(state: &AppState, browser: &'a Browser) -> Option<&'a SignedIn> {
    let must = |signed_in: &&SignedIn| {
        signed_in.account.required_action(state.env.policy.questions) == Some(RequiredAction::EnrolQuestions)
    };
    browser.signed_in.as_ref().filter(must)
}

async fn draw(
    state: &AppState,
    mut browser: Browser,
    flow: &str,
    rows: [QuestionRow; COUNT],
) -> Result<Response, Failure> {
    let open = open(state, &mut browser, flow).await?;
    let questions = SecurityQuestions {
        chrome: state.chrome(&browser.locale, open.company()),
        form: browser.form(state.path(Endpoint::Questions), Some(flow), Bound::Session),
        cancel: browser.form(state.path(Endpoint::CancelQuestions), Some(flow), Bound::Session),
        rows,
    };
    Ok(page(&questions, browser.into_jar(), FormTarget::Client))
}

pub(super) async fn save(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        // The session ended or changed hands while the page was open: the flow knows where to go.
        Sent::Foreign(browser, flow) => return Ok(go_on(&state, browser, &flow)),
    };
    let flow = form.get("flow").to_owned();
    let Some(signed_in) = waiting(&state, &browser) else { return Ok(go_on(&state, browser, &flow)) };
    let choices = choices(&form);
    match questions::enrol(&state.env, signed_in, &choices, question_text, &browser.origin).await? {
        Saved::Enrolled | Saved::NotAsked => Ok(go_on(&state, browser, &flow)),
        Saved::Refused(problems) => draw(&state, browser, &flow, rows(choices, problems)).await,
    }
}

/// What an answer must not be a word of (Q5).
fn question_text(id: QuestionId) -> String {
    Texts::new(Locale::default()).t(&format!("question-{}", id.as_str()))
}

fn choices(form: &Verified) -> [Choice; COUNT] {
    let fields = [("question-1", "answer-1"), ("question-2", "answer-2"), ("question-3", "answer-3")];
    fields.map(|(question, answer)| Choice {
        question: QuestionId::parse(form.get(question)),
        answer: form.get(answer).to_owned(),
    })
}

fn rows(choices: [Choice; COUNT], problems: [Option<AnswerProblem>; COUNT]) -> [QuestionRow; COUNT] {
    let mut problems = problems.into_iter();
    choices.map(|Choice { question, answer }| QuestionRow {
        question,
        answer: Secret::new(answer),
        problem: problems.next().flatten(),
    })
}

/// Cancel is "no access", not "skip" (R51).
pub(super) async fn cancel(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (browser, form) = posted.verified(Bound::Session)?;
    deny(&state, browser, form.get("flow")).await
}
