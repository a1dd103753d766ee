//! The file an office opens in its spreadsheet to see what became of each row, and what to do about it (R30). No cell of it
//! is a formula, whatever somebody typed.

use idp_domain::bulk::BatchRow;
use idp_domain::id::BatchId;
use idp_domain::ports::RowFilter;

use super::{BulkError, MOST_CSV_ROWS, advice, view};
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;

const HEADER: [&str; 9] =
    ["Row", "First name", "Last name", "User name", "Email", "Id", "Outcome", "Codes", "What to do"];
/// Rows read at once.
const PAGE: u64 = 1000;

/// All rows of a list or job as CSV: UTF-8 with a byte order mark, as spreadsheets like it.
///
/// # Errors
/// [`BulkError::NotFound`], [`Fault`].
pub async fn result_csv(env: &Env, scope: &CompanyScope, id: BatchId) -> Result<Vec<u8>, BulkError> {
    let mut tx = env.store.read().await?;
    let batch = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer("\u{FEFF}".as_bytes().to_vec());
    writer.write_record(HEADER).map_err(unwritable)?;
    let mut after = 0;
    for _ in 0..=MOST_CSV_ROWS as u64 / PAGE {
        let filter = RowFilter { after, ..RowFilter::default() };
        let page = tx.batches().rows(id, filter, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        for row in &page {
            let outcome = view::shown(scope, row.verdict.outcome).as_str();
            let outcome = if view::waits(&batch, row) { "waiting" } else { outcome };
            writer.write_record(record(row, outcome)).map_err(unwritable)?;
        }
    }
    writer.into_inner().map_err(|_| Fault::Broken("a CSV does not end").into())
}

fn unwritable(_: ::csv::Error) -> Fault {
    Fault::Broken("a CSV is not written")
}

fn record(row: &BatchRow, outcome: &str) -> [String; 9] {
    let findings = &row.verdict.findings;
    let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
    let mut to_do: Vec<_> = findings.iter().map(|finding| advice(finding.code)).collect();
    to_do.dedup();
    let text = &row.text;
    [
        row.number.to_string(),
        safe(&text.given_name),
        safe(&text.family_name),
        safe(&text.user_name),
        safe(&text.email),
        safe(&text.person_ref),
        outcome.to_owned(),
        codes.join(" "),
        to_do.join(" "),
    ]
}

/// A cell that no spreadsheet takes for a formula (`provisioning.md` section 2).
fn safe(cell: &str) -> String {
    let cell = cell.trim_matches('\u{FEFF}');
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CSV injection: what begins a formula is made text.
    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\u{FF1D}1", "\u{FEFF}=1"] {
            assert!(safe(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(safe("Anne-Marie"), "Anne-Marie");
    }
}
