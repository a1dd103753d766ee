//! `/office/{company}/bulk`: a list of people, from a file or pasted (R27-R29). Sending it only judges it: nothing is done
//! before the page of the list, and the "Are you Sure?" after that.

use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use idp_domain::bulk::{BatchOptions, BatchState, Cancellation};
use idp_domain::member::MemberType;
use idp_service::authorize::OwnPage;
use idp_service::bulk::{self, BulkError, JobState, NotReadable, Sheet, Upload};
use idp_service::endpoint::Endpoint;

use super::super::account::{TOO_OLD, note, person, visit};
use super::{Desk, OfficeForm, desk, office_form, path_of, with_query};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::{PostedFile, Verified};
use crate::http::present::redirect;
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::office::{BulkPage, BulkTyped, EarlierList, JobWords, OfficePlace, Proof};
use crate::pages::{Chrome, Problem};

/// Lists from before that are offered.
const EARLIER: u64 = 10;

/// Columns that were not read, as they are named on the page of the list.
const IGNORED_COLUMNS: usize = 8;
const IGNORED_NAME: usize = 32;

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
    browser: Browser,
    multipart: Multipart,
) -> Result<Response, Failure> {
    // Nobody makes us hold megabytes who is not logged in.
    if person(&state, &browser, OwnPage::Office).is_none() {
        return visit(&state, note(&state, browser, TOO_OLD), OwnPage::Office);
    }
    let PostedFile { posted, file, too_large } =
        PostedFile::read(browser, multipart, bulk::MOST_BYTES).await?;
    let back = path_of(&state, Endpoint::OfficeBulk, &[("company", &company)]);
    let OfficeForm { desk, form } = match office_form(&state, posted, &company, &back).await {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let (chrome, typed) = (desk.chrome(&state), typed_in(&form));
    let is_pasted = match &too_large {
        Some(part) => part == "pasted",
        None => file.trim_ascii().is_empty() && !typed.pasted.trim().is_empty(),
    };
    // As it is: a space is half a character in one encoding, and every line is counted.
    let list = if is_pasted { typed.pasted.as_bytes() } else { &file };
    let text = match list {
        _ if too_large.is_some() => chrome.t("bulk-unreadable-too-large"),
        list if list.trim_ascii().is_empty() => chrome.t("bulk-nothing-sent"),
        list => match propose(&state, &desk, list, &typed).await? {
            Ok(page) => return Ok(redirect(&page, desk.browser.into_jar())),
            Err(error) => unreadable(&error, &chrome),
        },
    };
    let field = if is_pasted { "pasted" } else { "file" };
    draw(&state, desk, typed, Some(Problem { field: Some(field), text })).await
}

/// Keeps the list until somebody says yes to it. Returns the address of its page.
async fn propose(
    state: &AppState,
    desk: &Desk,
    list: &[u8],
    typed: &BulkTyped,
) -> Result<Result<String, NotReadable>, Failure> {
    let default_type = MemberType::VARIANTS.into_iter().find(|kind| kind.as_str() == typed.default_type);
    let Sheet { rows, ignored_columns } = match bulk::read_csv(list, default_type) {
        Ok(sheet) => sheet,
        Err(error) => return Ok(Err(error)),
    };
    let options = BatchOptions { resend_pending: typed.resend_pending };
    let batch = match bulk::propose(&state.env, &desk.scope, Upload { rows, options }).await {
        Ok(proposal) => proposal.batch,
        Err(BulkError::Empty) => return Ok(Err(NotReadable::NoHeader)),
        Err(BulkError::TooManyRows(_)) => return Ok(Err(NotReadable::TooManyRows)),
        Err(error) => return Err(super::batch::failed(error)),
    };
    let ids = [("company", &*desk.scope.id().to_string()), ("job", &batch.id.to_string())];
    let page = path_of(state, Endpoint::OfficeBatch, &ids);
    Ok(Ok(with_query(&page, &[("ignored", &named(&ignored_columns))])))
}

/// As many names as fit into an address.
fn named(columns: &[String]) -> String {
    let short = |name: &String| name.chars().take(IGNORED_NAME).collect::<String>();
    columns.iter().take(IGNORED_COLUMNS).map(short).collect::<Vec<_>>().join(", ")
}

fn typed_in(form: &Verified) -> BulkTyped {
    BulkTyped {
        pasted: form.get("pasted").to_owned(),
        default_type: form.get("default_type").to_owned(),
        resend_pending: form.get("resend_pending") == "yes",
    }
}

fn unreadable(error: &NotReadable, chrome: &Chrome) -> String {
    let texts = chrome.texts();
    match error {
        NotReadable::NotUtf8 => texts.t("bulk-unreadable-text"),
        NotReadable::NoHeader => texts.t("bulk-unreadable-empty"),
        NotReadable::ColumnMissing(column) => {
            texts.t_with("bulk-unreadable-missing", "column", (*column).to_owned())
        }
        NotReadable::ColumnTwice(column) => texts.t_with("bulk-unreadable-twice", "column", column.clone()),
        NotReadable::TooManyRows => texts.t("bulk-unreadable-too-many"),
    }
}
