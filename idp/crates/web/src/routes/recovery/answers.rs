//! The three questions, or the saved code in their place: shown only once the mailbox is proven (Q1), tried a few times only
//! (Q8).

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::question::QuestionId;
use idp_domain::ticket::TicketProblem;
use idp_service::endpoint::Endpoint;
use idp_service::recovery::{self, Answered, Next, Recovering};

use super::{Carried, Start, carry, dead_link, is_of, proven, step_form, stop, whole_seconds};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{ResetQuestions, ResetRecoveryCode, Stop};

/// Which of the two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum With {
    Answers,
    SavedCode,
}

impl With {
    const fn endpoint(self) -> Endpoint {
        match self {
            Self::Answers => Endpoint::ResetQuestions,
            Self::SavedCode => Endpoint::ResetRecoveryCode,
        }
    }
}

pub(in crate::routes) async fn show_questions(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<Carried>,
) -> Result<Response, Failure> {
    show(&state, browser, &query, With::Answers).await
}

pub(in crate::routes) async fn show_saved_code(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<Carried>,
) -> Result<Response, Failure> {
    show(&state, browser, &query, With::SavedCode).await
}

async fn show(
    state: &AppState,
    mut browser: Browser,
    query: &Carried,
    with: With,
) -> Result<Response, Failure> {
    let start = Start::of(state, &mut browser, &query.flow).await?;
    match proven(state, browser, &start, false).await? {
        Ok((browser, recovering)) => draw(state, browser, &start, &recovering, (with, None)).await,
        Err(answer) => Ok(answer),
    }
}

/// The page, or where there is another one for this person, that.
async fn draw(
    state: &AppState,
    browser: Browser,
    start: &Start,
    recovering: &Recovering,
    (with, left): (With, Option<u32>),
) -> Result<Response, Failure> {
    let company = start.company().or(recovering.company());
    let (questions, has_saved_code) = match recovery::next(&state.env, recovering).await? {
        Next::Questions { questions, has_saved_code } => (questions, has_saved_code),
        Next::NewPassword => {
            return Ok(redirect(&start.address(state, Endpoint::ResetPassword), browser.into_jar()));
        }
        Next::Help => return Ok(stop(state, browser, company, Stop::Help)),
    };
    let other = match with {
        With::Answers => has_saved_code.then_some(With::SavedCode),
        With::SavedCode => (!questions.is_empty()).then_some(With::Answers),
    };
    let other_url = other.map(|other| start.address(state, other.endpoint()));
    let is_there = if with == With::Answers { !questions.is_empty() } else { has_saved_code };
    if !is_there && let Some(url) = other_url {
        return Ok(redirect(&url, browser.into_jar()));
    }
    let chrome = state.chrome(&browser.locale, company);
    let form = step_form((state, &browser), start, with.endpoint(), recovering);
    let jar = browser.into_jar();
    Ok(match with {
        With::Answers => {
            let asked = ResetQuestions { chrome, form, questions, saved_code_url: other_url, left };
            page(&asked, jar, FormTarget::Own)
        }
        With::SavedCode => {
            let asked = ResetRecoveryCode { chrome, form, questions_url: other_url, left };
            page(&asked, jar, FormTarget::Own)
        }
    })
}

pub(in crate::routes) async fn send_answers(
    State(state): State<AppState>,
    Query(query): Query<Carried>,
    posted: Posted,
) -> Result<Response, Failure> {
    submit(&state, &query, posted, With::Answers).await
}

pub(in crate::routes) async fn send_saved_code(
    State(state): State<AppState>,
    Query(query): Query<Carried>,
    posted: Posted,
) -> Result<Response, Failure> {
    submit(&state, &query, posted, With::SavedCode).await
}

async fn submit(state: &AppState, query: &Carried, posted: Posted, with: With) -> Result<Response, Failure> {
    let (mut browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, _) => return show(state, browser, query, with).await,
    };
    let start = Start::of(state, &mut browser, &query.flow).await?;
    let (browser, recovering) = match proven(state, browser, &start, true).await? {
        Ok(found) => found,
        Err(answer) => return Ok(answer),
    };
    let is_asked = matches!(recovery::next(&state.env, &recovering).await?, Next::Questions { .. });
    if !is_asked || !is_of(&form, &recovering) {
        return Ok(redirect(&start.address(state, with.endpoint()), browser.into_jar()));
    }
    let answered = match with {
        With::Answers => {
            recovery::answer_questions(&state.env, &recovering, &answers(&form), &browser.origin).await?
        }
        With::SavedCode => {
            let typed = form.get("recovery-code");
            recovery::answer_with_code(&state.env, &recovering, typed, &browser.origin).await?
        }
    };
    conclude(state, browser, &start, &recovering, (with, answered)).await
}

/// Every answer that was sent, whatever question it is for and however often: what is wrong with it is not for us to sort
/// out (attack 17).
fn answers(form: &Verified) -> Vec<(Option<QuestionId>, String)> {
    form.below("answer-").map(|(id, answer)| (QuestionId::parse(id), answer.to_owned())).collect()
}

async fn conclude(
    state: &AppState,
    browser: Browser,
    start: &Start,
    recovering: &Recovering,
    (with, answered): (With, Answered),
) -> Result<Response, Failure> {
    match answered {
        Answered::Right(recovery) => {
            let next = start.address(state, Endpoint::ResetPassword);
            Ok(redirect(&next, carry(state, browser, &recovery).into_jar()))
        }
        Answered::Wrong { left } => draw(state, browser, start, recovering, (with, Some(left))).await,
        Answered::Burned => Ok(dead_link(state, browser, start, &recovering.ended(TicketProblem::Burned))),
        Answered::Paused { wait } => {
            let company = start.company().or(recovering.company());
            Ok(stop(state, browser, company, Stop::Paused { seconds: whole_seconds(wait) }))
        }
    }
}
