//! `/office/{company}/bulk/{job}`: a list that waits for a yes, the job it becomes, and what became of each row (R28-R34).

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use idp_domain::bulk::{Counts, RowOutcome};
use idp_domain::id::BatchId;
use idp_service::Fault;
use idp_service::bulk::{self, BulkError, JobState, Proposal, RowState};
use idp_service::endpoint::Endpoint;
use idp_service::once::Terms;
use serde::Deserialize;

use super::bulk::words;
use super::correct::{rows_of, save};
use super::member::progress_of;
use super::{Desk, OfficeForm, desk, office_form, path_of, with_query};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Verified};
use crate::http::present::{NO_STORE, redirect};
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::office::{
    FilterLink, JobPage, JobWords, ListPage, OfficeNews, OfficePlace, Proof, RowLine, SurePage,
};
use crate::pages::{Chrome, ErrorKind};

/// Rows of one page: what a form can carry.
pub(super) const PAGE: u64 = 100;

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
pub(super) struct AtList {
    pub(super) desk: Desk,
    pub(super) id: BatchId,
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
        None => draw_list(&state, at, &asked).await,
        Some(words) => draw_job(&state, at, &asked, words).await,
    }
}

/// A page of rows, and where the next one begins.
async fn page_of(
    state: &AppState,
    at: &AtList,
    asked: &Asked,
) -> Result<(Vec<RowState>, Option<u32>), Failure> {
    let outcome = RowOutcome::parse(&asked.outcome);
    bulk::rows(&state.env, &at.desk.scope, at.id, outcome, (asked.after, PAGE)).await.map_err(failed)
}

fn around(at: &AtList, asked: &Asked, next: Option<u32>) -> (Option<String>, Option<String>) {
    let to = |after: &str| with_query(&at.path, &[("outcome", &asked.outcome), ("after", after)]);
    ((asked.after > 0).then(|| to("")), next.map(|after| to(&after.to_string())))
}

fn filters(at: &AtList, asked: &Asked) -> Vec<FilterLink> {
    let Counts { created, membership_added, resent, skipped, failed } = at.job.counts;
    let is_list = words(at.job.batch.state).is_none();
    let wrong = if is_list { Key("bulk-filter-failed") } else { Key("bulk-did-fail") };
    let all = [
        (None, Key("office-filter-all"), at.job.total),
        (Some(RowOutcome::Failed), wrong, failed),
        (Some(RowOutcome::Created), Key("bulk-filter-created"), created),
        (Some(RowOutcome::MembershipAdded), Key("bulk-filter-added"), membership_added),
        (Some(RowOutcome::Resent), Key("bulk-filter-resent"), resent),
        (Some(RowOutcome::Skipped), Key("bulk-filter-skipped"), skipped),
    ];
    let current = RowOutcome::parse(&asked.outcome);
    all.into_iter()
        .filter(|(outcome, _, count)| outcome.is_none() || *count > 0 || *outcome == current)
        .map(|(outcome, label, count)| FilterLink {
            label,
            count,
            url: with_query(&at.path, &[("outcome", outcome.map(RowOutcome::as_str).unwrap_or_default())]),
            is_current: outcome == current,
        })
        .collect()
}

fn line(state: &AppState, at: &AtList, RowState { row, waits, invitation }: RowState) -> RowLine {
    let company = at.desk.scope.id().to_string();
    let page = |member: String| {
        path_of(state, Endpoint::OfficePerson, &[("company", &company), ("member", &member)])
    };
    RowLine {
        number: row.number,
        text: row.text,
        is_selected: row.selected,
        waits,
        outcome: row.verdict.outcome,
        findings: row.verdict.findings.into_iter().map(|found| (found.code, found.field)).collect(),
        person_url: row.member.filter(|_| !waits).map(|member| page(member.to_string())),
        mail: invitation.filter(|_| !waits).map(progress_of),
    }
}

async fn draw_list(state: &AppState, mut at: AtList, asked: &Asked) -> Result<Response, Failure> {
    let (rows, next) = page_of(state, &at, asked).await?;
    let lines: Vec<RowLine> = rows.into_iter().map(|row| line(state, &at, row)).collect();
    let news = at.desk.take_news(state);
    let chrome = at.desk.chrome(state);
    let Counts { created, membership_added, resent, .. } = at.job.counts;
    let drawn = ListPage {
        menu: at.desk.menu(state, OfficePlace::Bulk),
        news,
        form: at.desk.form(with_query(&at.path, &[("outcome", &asked.outcome), ("after", &after(asked))])),
        ready: created + membership_added + resent,
        total: at.job.total,
        filters: filters(&at, asked),
        groups: grouped(lines, &chrome),
        has_before: asked.after > 0,
        has_more: next.is_some(),
        result_url: at.result_url(state),
        ignored: asked.ignored.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        chrome,
    };
    Ok(at.desk.show(&drawn, Proof::None))
}

fn after(asked: &Asked) -> String {
    if asked.after == 0 { String::new() } else { asked.after.to_string() }
}

/// "Role: Caregiver" (R27): in the order of the types, those of no known type last.
fn grouped(lines: Vec<RowLine>, chrome: &Chrome) -> Vec<(String, Vec<RowLine>)> {
    let types = [
        ("office_staff", Key("office-type-office-staff")),
        ("caregiver", Key("office-type-caregiver")),
        ("client", Key("office-type-client")),
    ];
    let mut groups: BTreeMap<usize, Vec<RowLine>> = BTreeMap::new();
    for line in lines {
        let place = types.iter().position(|(word, _)| line.text.member_type.trim() == *word);
        groups.entry(place.unwrap_or(types.len())).or_default().push(line);
    }
    let title = |place: usize| match types.get(place) {
        Some((_, words)) => chrome.texts().t_with("bulk-group", "role", chrome.texts().of(*words)),
        None => chrome.t("bulk-group-unknown"),
    };
    groups.into_iter().map(|(place, lines)| (title(place), lines)).collect()
}

async fn draw_job(
    state: &AppState,
    mut at: AtList,
    asked: &Asked,
    words: JobWords,
) -> Result<Response, Failure> {
    let (rows, next) = page_of(state, &at, asked).await?;
    let rows = rows.into_iter().map(|row| line(state, &at, row)).collect();
    let (first_url, next_url) = around(&at, asked, next);
    let news = at.desk.take_news(state);
    let Counts { created, membership_added, resent, skipped, failed } = at.job.counts;
    let drawn = JobPage {
        chrome: at.desk.chrome(state),
        menu: at.desk.menu(state, OfficePlace::Bulk),
        news,
        form: at.desk.form(at.path.clone()),
        state: words,
        settled: created + membership_added + resent + skipped + failed,
        total: at.job.total,
        filters: filters(&at, asked),
        rows,
        first_url,
        next_url,
        here_url: with_query(&at.path, &[("outcome", &asked.outcome), ("after", &after(asked))]),
        result_url: at.result_url(state),
        people_url: at.desk.path(state, Endpoint::OfficePeople),
    };
    Ok(at.desk.show(&drawn, Proof::None))
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
        (press @ ("check" | "first" | "next"), _) => check(&state, at, &form, (&asked, press)).await,
        ("create", "") => offer(&state, at, &form).await,
        ("discard" | "cancel", "") => Ok(ask_to_stop(&state, at, &form, Proof::None)),
        (_, "no") => Ok(redirect(&at.path, at.desk.browser.into_jar())),
        ("create", _) => start(&state, at, form).await,
        ("discard" | "cancel", _) => stop(&state, at, form).await,
        _ => Err(ErrorKind::BadRequest.into()),
    }
}

/// Saves, and goes on to the rows that `press` names.
async fn check(
    state: &AppState,
    at: AtList,
    form: &Verified,
    (asked, press): (&Asked, &str),
) -> Result<Response, Failure> {
    let news = match save(state, &at, form).await? {
        Some(_) => OfficeNews::ListChecked,
        None => OfficeNews::ListChanged,
    };
    let last = rows_of(form).into_iter().map(|(number, _)| number).max();
    let after = match press {
        "first" => String::new(),
        "next" => last.unwrap_or(asked.after).to_string(),
        _ => after(asked),
    };
    let page = with_query(&at.path, &[("outcome", &asked.outcome), ("after", &after)]);
    Ok(at.desk.report(state, &page, news))
}

/// "Are you Sure?", for exactly these rows.
async fn offer(state: &AppState, at: AtList, form: &Verified) -> Result<Response, Failure> {
    let Some(Proposal { counts, confirm_token, .. }) = save(state, &at, form).await? else {
        return Ok(at.report(state, OfficeNews::ListChanged));
    };
    if counts.created + counts.membership_added + counts.resent == 0 {
        return Ok(at.report(state, OfficeNews::NothingReady));
    }
    let proof = at.desk.proof(state);
    Ok(ask_to_start(state, at, counts, (confirm_token, proof)))
}

fn ask_to_start(
    state: &AppState,
    at: AtList,
    counts: Counts,
    (confirm_token, proof): (String, Proof),
) -> Response {
    let chrome = at.desk.chrome(state);
    let Counts { created, membership_added, resent, skipped, failed } = counts;
    let told = [
        (Key("bulk-will-create"), created + membership_added),
        (Key("bulk-will-resend"), resent),
        (Key("bulk-will-skip"), skipped),
        (Key("bulk-will-fail"), failed),
    ];
    let sentences = told.iter().filter(|(_, rows)| *rows > 0);
    let drawn = SurePage {
        menu: at.desk.menu(state, OfficePlace::Bulk),
        form: at.desk.form(at.path.clone()),
        sentences: sentences.map(|(Key(key), rows)| chrome.texts().t_with(key, "count", *rows)).collect(),
        kept: vec![("press", "create".to_owned()), ("confirm", confirm_token)],
        field: None,
        proof,
        news: None,
        problem: None,
        chrome,
    };
    at.desk.show(&drawn, proof)
}

/// Yes.
async fn start(state: &AppState, at: AtList, form: Verified) -> Result<Response, Failure> {
    let AtList { desk, id, job, path } = at;
    let mut sent = OfficeForm { desk, form };
    let proof = sent.prove(state).await?;
    let OfficeForm { desk, form } = sent;
    let token = form.get("confirm").to_owned();
    let at = AtList { desk, id, job, path };
    if let Err(proof) = proof {
        let counts = at.job.counts;
        return Ok(ask_to_start(state, at, counts, (token, proof)));
    }
    let unsaid = |_: &JobState| Ok::<_, Fault>(String::new());
    let news = match bulk::confirm(&state.env, &at.desk.scope, &token, &Terms::default(), &unsaid).await {
        // Pressed twice: it is under way.
        Ok(_) | Err(BulkError::ConfirmedBefore) => OfficeNews::JobStarted,
        Err(BulkError::JobActive) => OfficeNews::JobActive,
        Err(BulkError::NotConfirmed | BulkError::ConfirmationExpired) => OfficeNews::ListChanged,
        Err(error) => return Err(failed(error)),
    };
    Ok(at.report(state, news))
}

fn ask_to_stop(state: &AppState, at: AtList, form: &Verified, proof: Proof) -> Response {
    let chrome = at.desk.chrome(state);
    let is_list = words(at.job.batch.state).is_none();
    let will = if is_list { chrome.t("bulk-will-discard") } else { chrome.t("bulk-will-cancel") };
    let proof = if proof == Proof::None { at.desk.proof(state) } else { proof };
    let drawn = SurePage {
        menu: at.desk.menu(state, OfficePlace::Bulk),
        form: at.desk.form(at.path.clone()),
        sentences: vec![will],
        kept: vec![("press", form.get("press").to_owned())],
        field: None,
        proof,
        news: None,
        problem: None,
        chrome,
    };
    at.desk.show(&drawn, proof)
}

async fn stop(state: &AppState, at: AtList, form: Verified) -> Result<Response, Failure> {
    let AtList { desk, id, job, path } = at;
    let mut sent = OfficeForm { desk, form };
    let proof = sent.prove(state).await?;
    let OfficeForm { desk, form } = sent;
    let at = AtList { desk, id, job, path };
    if let Err(proof) = proof {
        return Ok(ask_to_stop(state, at, &form, proof));
    }
    let was_list = words(at.job.batch.state).is_none();
    let unsaid = |_: &JobState| Ok::<_, Fault>(String::new());
    match bulk::cancel(&state.env, &at.desk.scope, at.id, &Terms::default(), &unsaid).await {
        Ok(_) if was_list => {
            let bulk = at.desk.path(state, Endpoint::OfficeBulk);
            Ok(at.desk.report(state, &bulk, OfficeNews::ListDiscarded))
        }
        Ok(_) => Ok(at.report(state, OfficeNews::JobStopped)),
        Err(BulkError::Over) => Ok(at.report(state, OfficeNews::JobOver)),
        Err(error) => Err(failed(error)),
    }
}
