//! `/office/{company}/bulk`: a list of people, from a file or pasted (R27-R29). Sending it only judges it: nothing is done
//! before the page of the list, and the "Are you Sure?" after that.

use axum::extract::{Path, State};
use axum::response::Response;
use idp_domain::bulk::{BatchOptions, BatchState, Cancellation};
use idp_domain::member::MemberType;
use idp_service::bulk::{self, BulkError, JobState, MOST_CSV_ROWS, NotReadable, Sheet, Upload};
use idp_service::endpoint::Endpoint;

use super::{Desk, desk, office_form, path_of, with_query};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::{PostedFile, Verified};
use crate::http::present::redirect;
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::office::{BulkPage, BulkTyped, ColumnLine, EarlierList, JobWords, OfficePlace, Proof};
use crate::pages::{Chrome, Problem};

/// Lists from before that are offered.
const EARLIER: u64 = 10;

const COLUMNS: [ColumnLine; 9] = [
    ColumnLine { name: "User name", words: Key("bulk-column-user-name") },
    ColumnLine { name: "Email", words: Key("bulk-column-email") },
    ColumnLine { name: "First name", words: Key("bulk-column-first-name") },
    ColumnLine { name: "Last name", words: Key("bulk-column-last-name") },
    ColumnLine { name: "Id", words: Key("bulk-column-id") },
    ColumnLine { name: "Type", words: Key("bulk-column-type") },
    ColumnLine { name: "Security role", words: Key("bulk-column-role") },
    ColumnLine { name: "Cell #", words: Key("bulk-column-cell") },
    ColumnLine { name: "Note", words: Key("bulk-column-note") },
];

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Path(company): Path<String>,
    browser: Browser,
) -> Result<Response, Failure> {
    let typed = BulkTyped { default_type: MemberType::Caregiver.as_str().to_owned(), ..BulkTyped::default() };
    match desk(&state, browser, &company).await {
        Ok(desk) => draw(&state, *desk, typed, None).await,
        Err(answer) => *answer,
    }
}

async fn draw(
    state: &AppState,
    mut desk: Desk,
    typed: BulkTyped,
    problem: Option<Problem>,
) -> Result<Response, Failure> {
    let earlier = bulk::newest(&state.env, &desk.scope, EARLIER).await?;
    let news = desk.take_news(state);
    let drawn = BulkPage {
        chrome: desk.chrome(state),
        menu: desk.menu(state, OfficePlace::Bulk),
        news,
        form: desk.form(desk.path(state, Endpoint::OfficeBulk)),
        typed,
        columns: COLUMNS.to_vec(),
        earlier: earlier.iter().map(|list| card(state, &desk, list)).collect(),
        problem,
    };
    Ok(desk.show(&drawn, Proof::None))
}

fn card(state: &AppState, desk: &Desk, list: &JobState) -> EarlierList {
    let JobState { batch, total, .. } = list;
    let ids = [("company", &*desk.scope.id().to_string()), ("job", &batch.id.to_string())];
    EarlierList {
        url: path_of(state, Endpoint::OfficeBatch, &ids),
        made: batch.created_at,
        rows: *total,
        state: words(batch.state).map_or(Key("bulk-state-proposed"), JobWords::key),
    }
}

/// Where a job is; `None` for a list that waits for a yes.
pub(super) const fn words(state: BatchState) -> Option<JobWords> {
    Some(match state {
        BatchState::Proposed => return None,
        BatchState::Queued => JobWords::Waiting,
        BatchState::Running => JobWords::Running,
        BatchState::Done { .. } => JobWords::Done,
        BatchState::Cancelled { why: Cancellation::Asked, .. } => JobWords::Cancelled,
        BatchState::Cancelled { why: Cancellation::AuthorityLost, .. } => JobWords::AuthorityLost,
    })
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    Path(company): Path<String>,
    PostedFile { posted, file }: PostedFile,
) -> Result<Response, Failure> {
    let back = path_of(&state, Endpoint::OfficeBulk, &[("company", &company)]);
    let sent = match office_form(&state, posted, &company, &back).await {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let (desk, typed) = (sent.desk, typed_in(&sent.form));
    let chrome = desk.chrome(&state);
    let bytes = if file.is_empty() { typed.pasted.as_bytes() } else { &file };
    if bytes.trim_ascii().is_empty() {
        let problem = Problem { field: Some("file"), text: chrome.t("bulk-nothing-sent") };
        return draw(&state, desk, typed, Some(problem)).await;
    }
    let default_type = MemberType::VARIANTS.into_iter().find(|kind| kind.as_str() == typed.default_type);
    let Sheet { rows, ignored_columns } = match idp_service::bulk::read_csv(bytes, default_type) {
        Ok(sheet) => sheet,
        Err(error) => return draw(&state, desk, typed, Some(unreadable(&error, &chrome))).await,
    };
    let options = BatchOptions { resend_pending: typed.resend_pending };
    match bulk::propose(&state.env, &desk.scope, Upload { rows, options }).await {
        Ok(proposal) => {
            let ids = [("company", &*desk.scope.id().to_string()), ("job", &proposal.batch.id.to_string())];
            let list = path_of(&state, Endpoint::OfficeBatch, &ids);
            let list = with_query(&list, &[("ignored", &ignored_columns.join(", "))]);
            Ok(redirect(&list, desk.browser.into_jar()))
        }
        Err(BulkError::Empty) => {
            draw(&state, desk, typed, Some(unreadable(&NotReadable::NoHeader, &chrome))).await
        }
        Err(BulkError::TooManyRows(_)) => {
            draw(&state, desk, typed, Some(unreadable(&NotReadable::TooManyRows, &chrome))).await
        }
        Err(error) => Err(super::batch::failed(error)),
    }
}

fn typed_in(form: &Verified) -> BulkTyped {
    BulkTyped {
        pasted: form.get("pasted").to_owned(),
        default_type: form.get("default_type").to_owned(),
        resend_pending: form.get("resend_pending") == "yes",
    }
}

fn unreadable(error: &NotReadable, chrome: &Chrome) -> Problem {
    let texts = chrome.texts();
    let text = match error {
        NotReadable::NotUtf8 => texts.t("bulk-unreadable-text"),
        NotReadable::NoHeader => texts.t("bulk-unreadable-empty"),
        NotReadable::ColumnMissing(column) => {
            texts.t_with("bulk-unreadable-missing", "column", (*column).to_owned())
        }
        NotReadable::ColumnTwice(column) => texts.t_with("bulk-unreadable-twice", "column", column.clone()),
        NotReadable::TooManyRows => texts.t_with("bulk-unreadable-too-many", "rows", MOST_CSV_ROWS),
    };
    Problem { field: Some("file"), text }
}
