//! "Security Questions" (R48-R52): the required action between the first log-in and the first code.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::Secret;
use idp_domain::account::RequiredAction;
use idp_domain::question::{AnswerProblem, COUNT, Choice, QuestionId};
use idp_service::endpoint::Endpoint;
use idp_service::questions::{self, NewAnswers, Saved};

use super::authorize::{FlowQuery, deny, go_on, open};
use super::protection::{acting, slowed, waiting};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::locale::{Locale, Texts};
use crate::pages::{QuestionRow, QuestionsNews, QuestionsPlace, SecurityQuestions};

const STEP: RequiredAction = RequiredAction::EnrolQuestions;

pub(super) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    // Nobody signed in, or nothing to do here: the flow knows where to go.
    if waiting(&state, &browser, STEP).is_none() {
        return Ok(go_on(&state, browser, &query.flow));
    }
    draw(&state, browser, &query.flow, (Default::default(), QuestionsNews::Fresh)).await
}

async fn draw(
    state: &AppState,
    mut browser: Browser,
    flow: &str,
    (rows, news): ([QuestionRow; COUNT], QuestionsNews),
) -> Result<Response, Failure> {
    let open = open(state, &mut browser, flow).await?;
    let cancel = browser.form(state.path(Endpoint::CancelQuestions), Some(flow), Bound::Session);
    let questions = SecurityQuestions {
        chrome: state.chrome(&browser.locale, open.company()),
        form: browser.form(state.path(Endpoint::Questions), Some(flow), Bound::Session),
        place: QuestionsPlace::Required { cancel },
        rows,
        news,
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
    let Some(signed_in) = waiting(&state, &browser, STEP) else { return Ok(go_on(&state, browser, &flow)) };
    let answers = new_answers(&form);
    let saved = questions::save(&state.env, &acting(&browser, &signed_in, Some(STEP)), &answers).await?;
    match saved {
        Saved::Done | Saved::NotAsked => Ok(go_on(&state, browser, &flow)),
        Saved::Refused(problems) => {
            draw(&state, browser, &flow, (rows(answers.choices, problems), QuestionsNews::Fresh)).await
        }
        Saved::Held(held) => {
            let rows = rows(answers.choices, Default::default());
            Ok(slowed(draw(&state, browser, &flow, (rows, QuestionsNews::Held(held))).await?, Some(held)))
        }
    }
}

/// What an answer must not be a word of (Q5).
fn question_text(id: QuestionId) -> String {
    Texts::new(Locale::default()).t(&format!("question-{}", id.as_str()))
}

/// What the form says, here and on the page that changes it later.
pub(super) fn new_answers(form: &Verified) -> NewAnswers {
    let fields = [("question-1", "answer-1"), ("question-2", "answer-2"), ("question-3", "answer-3")];
    let choices = fields.map(|(question, answer)| Choice {
        question: QuestionId::parse(form.get(question)),
        answer: form.get(answer).to_owned(),
    });
    NewAnswers { choices, question_text }
}

pub(super) fn rows(
    choices: [Choice; COUNT],
    problems: [Option<AnswerProblem>; COUNT],
) -> [QuestionRow; COUNT] {
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
