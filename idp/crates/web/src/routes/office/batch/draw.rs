//! How a list and its job are drawn: a page of rows, the parts of the list, and how far it is (R27-R30, R34).

use std::collections::BTreeMap;

use axum::response::Response;
use idp_domain::bulk::{Counts, RowOutcome};
use idp_service::bulk::{self, RowState};
use idp_service::endpoint::Endpoint;

use super::super::member::progress_of;
use super::super::path_of;
use super::sure::administrators;
use super::{Asked, AtList, PAGE, failed};
use crate::http::failure::Failure;
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::Chrome;
use crate::pages::office::{
    FilterButton, FilterLink, JobPage, JobWords, ListPage, OfficePlace, Proof, RowLine,
};

/// A list that waits for a yes.
pub(super) async fn list(state: &AppState, mut at: AtList, asked: &Asked) -> Result<Response, Failure> {
    let (rows, next) = page_of(state, &at, asked).await?;
    let lines: Vec<RowLine> = rows.into_iter().map(|row| line(state, &at, row)).collect();
    let found = bulk::administrators(&state.env, &at.desk.scope, at.id).await.map_err(failed)?;
    let news = at.desk.take_news(state);
    let chrome = at.desk.chrome(state);
    let Counts { created, membership_added, resent, .. } = at.job.counts;
    let drawn = ListPage {
        menu: at.desk.menu(state, OfficePlace::Bulk),
        news,
        form: at.desk.form(at.rows_url(&asked.outcome, asked.after)),
        ready: created + membership_added + resent,
        total: at.job.total,
        administrators: administrators(&chrome, &found),
        filters: parts(&at, asked).into_iter().map(Part::into_button).collect(),
        groups: grouped(lines, &chrome),
        has_before: asked.after > 0,
        has_more: next.is_some(),
        result_url: at.result_url(state),
        ignored: asked.ignored.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        chrome,
    };
    Ok(at.desk.show(&drawn, Proof::None))
}

/// The job it became.
pub(super) async fn job(
    state: &AppState,
    mut at: AtList,
    asked: &Asked,
    words: JobWords,
) -> Result<Response, Failure> {
    let (rows, next) = page_of(state, &at, asked).await?;
    let rows = rows.into_iter().map(|row| line(state, &at, row)).collect();
    let rows_url = |after: u32| at.rows_url(&asked.outcome, after);
    let (first_url, next_url) = ((asked.after > 0).then(|| rows_url(0)), next.map(rows_url));
    let here_url = rows_url(asked.after);
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
        filters: parts(&at, asked).into_iter().map(|part| part.into_link(&at)).collect(),
        rows,
        first_url,
        next_url,
        here_url,
        result_url: at.result_url(state),
        people_url: at.desk.path(state, Endpoint::OfficePeople),
    };
    Ok(at.desk.show(&drawn, Proof::None))
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

/// The rows that come to one thing, or all.
struct Part {
    outcome: Option<RowOutcome>,
    label: Key,
    count: u64,
    is_current: bool,
}

impl Part {
    fn word(&self) -> &'static str {
        self.outcome.map(RowOutcome::as_str).unwrap_or_default()
    }

    fn into_link(self, at: &AtList) -> FilterLink {
        let url = at.rows_url(self.word(), 0);
        FilterLink { label: self.label, count: self.count, url, is_current: self.is_current }
    }

    fn into_button(self) -> FilterButton {
        let outcome = self.word();
        FilterButton { label: self.label, count: self.count, outcome, is_current: self.is_current }
    }
}

fn parts(at: &AtList, asked: &Asked) -> Vec<Part> {
    let Counts { created, membership_added, resent, skipped, failed } = at.job.counts;
    let is_list = super::words(at.job.batch.state).is_none();
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
    let parts = all.into_iter().map(|(outcome, label, count)| {
        let is_current = outcome == current;
        Part { outcome, label, count, is_current }
    });
    parts.filter(|part| part.outcome.is_none() || part.count > 0 || part.is_current).collect()
}

fn line(state: &AppState, at: &AtList, RowState { row, waits, invitation }: RowState) -> RowLine {
    let company = at.desk.scope.id().to_string();
    let page = |member: String| {
        path_of(state, Endpoint::OfficePerson, &[("company", &company), ("member", &member)])
    };
    let makes_administrator = bulk::makes_administrator(&row);
    RowLine {
        number: row.number,
        text: row.text,
        is_selected: row.selected,
        makes_administrator,
        waits,
        outcome: row.verdict.outcome,
        findings: row.verdict.findings.into_iter().map(|found| (found.code, found.field)).collect(),
        person_url: row.member.filter(|_| !waits).map(|member| page(member.to_string())),
        mail: invitation.filter(|_| !waits).map(progress_of),
    }
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
