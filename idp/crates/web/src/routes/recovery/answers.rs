//! The three questions, those from before, or the saved code in their place: shown only once the mailbox is proven (Q1), tried
//! a few times only (Q8).

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::question::QuestionId;
use idp_domain::ticket::TicketProblem;
use idp_service::endpoint::Endpoint;
use idp_service::recovery::{self, AnswerSet, Answered, FormerQuestions, Next, Recovering};

use super::{Carried, Start, carry, dead_page, is_of, proven, step_form, stop, whole_seconds};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{QuestionSet, ResetQuestions, ResetRecoveryCode, Stop};

/// Which of the three pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum With {
    Answers(AnswerSet),
    SavedCode,
}

const PRESENT: With = With::Answers(AnswerSet::Present);
const FORMER: With = With::Answers(AnswerSet::Former);

impl With {
    /// The answers that an address of the page of questions asks for.
    fn answers(query: &Carried) -> Self {
        if query.set == "former" { FORMER } else { PRESENT }
    }

    fn address(self, state: &AppState, start: &Start) -> String {
        match self {
            Self::Answers(AnswerSet::Present) => start.address(state, Endpoint::ResetQuestions),
            Self::Answers(AnswerSet::Former) => {
                start.address_with(state, Endpoint::ResetQuestions, &[("set", "former")])
            }
            Self::SavedCode => start.address(state, Endpoint::ResetRecoveryCode),
        }
    }
}

pub(in crate::routes) async fn show_questions(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<Carried>,
) -> Result<Response, Failure> {
    show(&state, browser, &query, With::answers(&query)).await
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
    let (questions, former, has_saved_code) = match recovery::next(&state.env, recovering).await? {
        Next::Questions { questions, former, has_saved_code } => (questions, former, has_saved_code),
        Next::NewPassword => {
            return Ok(redirect(&start.address(state, Endpoint::ResetPassword), browser.into_jar()));
        }
        Next::Help => return Ok(stop(state, browser, company, Stop::Help)),
    };
    let is_there = |with: &With| match with {
        With::Answers(AnswerSet::Present) => !questions.is_empty(),
        With::Answers(AnswerSet::Former) => former.is_some(),
        With::SavedCode => has_saved_code,
    };
    let first = [PRESENT, FORMER, With::SavedCode].into_iter().find(is_there);
    if !is_there(&with)
        && let Some(other) = first
    {
        return Ok(redirect(&other.address(state, start), browser.into_jar()));
    }
    let url_of = |with: With| is_there(&with).then(|| with.address(state, start));
    let (present_url, former_url, saved_code_url) =
        (url_of(PRESENT), url_of(FORMER), url_of(With::SavedCode));
    let chrome = state.chrome(&browser.locale, company);
    let form = step_form(&browser, with.address(state, start), recovering);
    let jar = browser.into_jar();
    let (set, questions) = match (with, former) {
        (With::SavedCode, _) => {
            let asked = ResetRecoveryCode { chrome, form, questions_url: present_url, left };
            return Ok(page(&asked, jar, FormTarget::Own));
        }
        (With::Answers(AnswerSet::Former), Some(FormerQuestions { questions, replaced_at })) => {
            (QuestionSet::Former { present_url, replaced_at }, questions)
        }
        (With::Answers(_), former) => {
            let former = former_url.zip(former.map(|former| former.replaced_at));
            (QuestionSet::Present { former }, questions)
        }
    };
    let asked = ResetQuestions { chrome, form, questions, set, saved_code_url, left };
    Ok(page(&asked, jar, FormTarget::Own))
}

pub(in crate::routes) async fn send_answers(
    State(state): State<AppState>,
    Query(query): Query<Carried>,
    posted: Posted,
) -> Result<Response, Failure> {
    submit(&state, &query, posted, With::answers(&query)).await
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
        return Ok(redirect(&with.address(state, &start), browser.into_jar()));
    }
    let answered = match with {
        With::Answers(set) => {
            let typed = answers(&form);
            recovery::answer_questions(&state.env, &recovering, (set, &typed), &browser.origin).await?
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
        // After a double click the other answers may have been right: what they proved is not taken back.
        Answered::Burned => Ok(dead_page(state, browser, start, &recovering.ended(TicketProblem::Burned))),
        Answered::Paused { wait } => {
            let company = start.company().or(recovering.company());
            Ok(stop(state, browser, company, Stop::Paused { seconds: whole_seconds(wait) }))
        }
    }
}
