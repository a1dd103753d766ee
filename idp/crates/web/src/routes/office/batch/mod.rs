//! `/office/{company}/bulk/{job}`: a list that waits for a yes, the job it becomes, and what became of each row (R28-R34).

mod correct;
mod draw;
mod sure;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use idp_domain::bulk::RowOutcome;
use idp_domain::id::BatchId;
use idp_service::bulk::{self, BulkError, JobState};
use idp_service::endpoint::Endpoint;
use serde::Deserialize;

use self::correct::{last_row, save};
use super::bulk::words;
use super::{Desk, OfficeForm, desk, office_form, path_of, with_query};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Verified};
use crate::http::present::{NO_STORE, redirect};
use crate::http::state::AppState;
use crate::pages::ErrorKind;
use crate::pages::office::{JobWords, OfficeNews, Proof};

/// Rows of one page: what a form can carry.
const PAGE: u64 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Asked {
    outcome: String,
    /// The last row of the page before.
    after: u32,
    /// Columns of the file that nothing was read from.
    ignored: String,
}

/// Somebody at one list of their agency.
struct AtList {
    desk: Desk,
    id: BatchId,
    job: JobState,
    path: String,
}

impl AtList {
    async fn find(state: &AppState, desk: Desk, id: &str) -> Result<Self, Failure> {
        let id: BatchId = id.parse().map_err(|_| ErrorKind::NotFound)?;
        let job = bulk::find(&state.env, &desk.scope, id).await?.ok_or(ErrorKind::NotFound)?;
        let path = path_of(
            state,
            Endpoint::OfficeBatch,
            &[("company", &desk.scope.id().to_string()), ("job", &id.to_string())],
        );
        Ok(Self { desk, id, job, path })
    }

    fn result_url(&self, state: &AppState) -> String {
        let ids = [("company", &*self.desk.scope.id().to_string()), ("job", &self.id.to_string())];
        path_of(state, Endpoint::OfficeBatchResult, &ids)
    }

    /// The page of these rows.
    fn rows_url(&self, outcome: &str, after: u32) -> String {
        let after = if after == 0 { String::new() } else { after.to_string() };
        with_query(&self.path, &[("outcome", outcome), ("after", &after)])
    }

    /// What is said to whoever comes after the yes: another tab, a second press, or a step back in the browser.
    async fn too_late(&self, state: &AppState) -> Result<OfficeNews, Failure> {
        let now = bulk::find(&state.env, &self.desk.scope, self.id).await?;
        Ok(match now.and_then(|now| words(now.batch.state)) {
            Some(JobWords::Waiting | JobWords::Running | JobWords::Done) => OfficeNews::ConfirmedBefore,
            Some(JobWords::Cancelled | JobWords::AuthorityLost) => OfficeNews::JobOver,
            None => OfficeNews::ListChanged,
        })
    }

    fn report(self, state: &AppState, news: OfficeNews) -> Response {
        let path = self.path.clone();
        self.desk.report(state, &path, news)
    }
}

/// What went wrong, for a page that cannot say it beside a field.
pub(super) fn failed(error: BulkError) -> Failure {
    match error {
        BulkError::Fault(fault) => fault.into(),
        BulkError::NotFound => ErrorKind::NotFound.into(),
        _ => ErrorKind::BadRequest.into(),
    }
}

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Path((company, job)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    browser: Browser,
) -> Result<Response, Failure> {
    let desk = match desk(&state, browser, &company).await {
        Ok(desk) => *desk,
        Err(answer) => return *answer,
    };
    let at = AtList::find(&state, desk, &job).await?;
    match words(at.job.batch.state) {
        None => draw::list(&state, at, &asked).await,
        Some(words) => draw::job(&state, at, &asked, words).await,
    }
}

/// The file with what became of each row.
pub(in crate::routes) async fn result(
    State(state): State<AppState>,
    Path((company, job)): Path<(String, String)>,
    browser: Browser,
) -> Result<Response, Failure> {
    let desk = match desk(&state, browser, &company).await {
        Ok(desk) => *desk,
        Err(answer) => return *answer,
    };
    let id: BatchId = job.parse().map_err(|_| ErrorKind::NotFound)?;
    let file = bulk::result_csv(&state.env, &desk.scope, id).await.map_err(failed)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"bulk-add.csv\"")),
        (header::CACHE_CONTROL, NO_STORE),
    ];
    Ok((headers, file).into_response())
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    Path((company, job)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    posted: Posted,
) -> Result<Response, Failure> {
    let ids = [("company", &*company), ("job", &*job)];
    let back = path_of(&state, Endpoint::OfficeBatch, &ids);
    let OfficeForm { desk, form } = match office_form(&state, posted, &company, &back).await {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let at = AtList::find(&state, desk, &job).await?;
    match (form.get("press"), form.get("sure")) {
        ("create", "") => sure::offer(&state, at, &form).await,
        ("discard" | "cancel", "") => Ok(sure::ask_to_stop(&state, at, &form, Proof::None)),
        (_, "no") => Ok(redirect(&at.path, at.desk.browser.into_jar())),
        ("create", _) => sure::start(&state, at, form).await,
        ("discard" | "cancel", _) => sure::stop(&state, at, form).await,
        (press, "") => check(&state, at, &form, (&asked, press)).await,
        _ => Err(ErrorKind::BadRequest.into()),
    }
}

/// Saves, and goes on to the rows that `press` names: wherever one looks next, nothing that was typed is lost.
async fn check(
    state: &AppState,
    at: AtList,
    form: &Verified,
    (asked, press): (&Asked, &str),
) -> Result<Response, Failure> {
    let (outcome, after) = match (press, press.strip_prefix("show.")) {
        ("check", _) => (&*asked.outcome, asked.after),
        ("first", _) => (&*asked.outcome, 0),
        ("next", _) => (&*asked.outcome, last_row(form).unwrap_or(asked.after)),
        (_, Some(part)) => (RowOutcome::parse(part).map(RowOutcome::as_str).unwrap_or_default(), 0),
        _ => return Err(ErrorKind::BadRequest.into()),
    };
    let page = at.rows_url(outcome, after);
    let news = match save(state, &at, form).await? {
        Ok(_) => OfficeNews::ListChecked,
        Err(too_late) => too_late,
    };
    Ok(at.desk.report(state, &page, news))
}
