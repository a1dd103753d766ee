//! What somebody corrected on a page of a list that waits for a yes (R28-R30). Rows that nobody touched are left alone.

use idp_domain::bulk::RowText;
use idp_service::bulk::{self, BulkError, Proposal, RowEdit, RowState};

use super::{AtList, PAGE, failed};
use crate::http::failure::Failure;
use crate::http::form::Verified;
use crate::http::state::AppState;
use crate::pages::office::{OfficeNews, cell, fingerprint};

/// Saves what was corrected on this page of the list; or what is said to whoever comes after the yes.
pub(super) async fn save(
    state: &AppState,
    at: &AtList,
    form: &Verified,
) -> Result<Result<Proposal, OfficeNews>, Failure> {
    let edits = edits(state, at, form).await?;
    match bulk::edit(&state.env, &at.desk.scope, at.id, &edits).await {
        Ok(proposal) => Ok(Ok(proposal)),
        Err(BulkError::NotProposed | BulkError::NotFound) => Ok(Err(match at.too_late(state).await? {
            OfficeNews::ConfirmedBefore if !edits.is_empty() => OfficeNews::CorrectedLate,
            too_late => too_late,
        })),
        Err(error) => Err(failed(error)),
    }
}

/// The rows that somebody touched. Those that come back as they were shown are left alone: they may have been corrected
/// elsewhere meanwhile. Of a row that was touched twice, the later correction counts.
async fn edits(state: &AppState, at: &AtList, form: &Verified) -> Result<Vec<RowEdit>, Failure> {
    let mut edits = Vec::new();
    for (number, shown) in rows_of(form).into_iter().take(PAGE as usize) {
        let is_selected = form.get(&format!("select.{number}")) == "yes";
        // Of cells that could not be told apart.
        let is_right = said(form, number, "right").is_some();
        if !is_right && fingerprint(is_selected, |name| said(form, number, name)) == shown {
            continue;
        }
        let before = (number.saturating_sub(1), 1);
        let (rows, _) = bulk::rows(&state.env, &at.desk.scope, at.id, None, before).await.map_err(failed)?;
        let Some(RowState { row, .. }) = rows.into_iter().find(|it| it.row.number == number) else {
            continue;
        };
        let typed = typed(form, number, &row.text);
        let text = (is_right || typed != row.text).then_some(typed);
        edits.push(RowEdit { number, text, selected: Some(is_selected) });
    }
    Ok(edits)
}

/// The last row of the form.
pub(super) fn last_row(form: &Verified) -> Option<u32> {
    rows_of(form).into_iter().map(|(number, _)| number).max()
}

/// The rows of the form, with how they were shown.
fn rows_of(form: &Verified) -> Vec<(u32, &str)> {
    form.below("row.").filter_map(|(number, shown)| Some((number.parse().ok()?, shown))).collect()
}

/// What stands in a field of a row, if the form has it.
fn said<'a>(form: &'a Verified, number: u32, name: &str) -> Option<&'a str> {
    let field = format!("{name}.{number}");
    form.has(&field).then(|| form.get(&field))
}

/// The row as it stands in the form; cells that were not on the page stay.
fn typed(form: &Verified, number: u32, before: &RowText) -> RowText {
    let said = |name: &str| said(form, number, name).unwrap_or_else(|| cell(before, name)).to_owned();
    RowText {
        user_name: said("user_name"),
        email: said("email"),
        given_name: said("given_name"),
        family_name: said("family_name"),
        person_ref: said("person_ref"),
        member_type: said("member_type"),
        security_role: said("security_role"),
        authority: said("authority"),
        status: said("status"),
        cell: said("cell"),
        note: said("note"),
    }
}
