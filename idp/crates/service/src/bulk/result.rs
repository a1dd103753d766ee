//! The file an office opens in its spreadsheet to see what became of each row, and what to do about it (R30). Corrected, it
//! can be sent again as it is: it has every column that is read. No cell of it is a formula, whatever somebody typed.

use idp_domain::bulk::BatchRow;
use idp_domain::id::BatchId;
use idp_domain::ports::RowFilter;

use super::header::{COLUMNS, RESULT_TITLES};
use super::{BulkError, MOST_CSV_ROWS, advice, view};
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::formula;

/// Rows read at once.
const PAGE: u64 = 1000;
/// A cell beyond the named ones: nobody sends a row again unseen whose cells could not be told apart.
const LOOK_AGAIN: &str = "Compare this row with the first line, then empty this cell.";

/// All rows of a list or job as CSV: UTF-8 with a byte order mark, as spreadsheets like it.
///
/// # Errors
/// [`BulkError::NotFound`], [`Fault`].
pub async fn result_csv(env: &Env, scope: &CompanyScope, id: BatchId) -> Result<Vec<u8>, BulkError> {
    let mut tx = env.store.read().await?;
    let batch = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    let mut writer = writer()?;
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

/// Has written the first line.
fn writer() -> Result<::csv::Writer<Vec<u8>>, Fault> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .flexible(true)
        .from_writer("\u{FEFF}".as_bytes().to_vec());
    let titles = RESULT_TITLES.into_iter().chain(COLUMNS.map(|(_, title, _)| title));
    writer.write_record(titles).map_err(unwritable)?;
    Ok(writer)
}

fn unwritable(_: ::csv::Error) -> Fault {
    Fault::Broken("a CSV is not written")
}

fn record(row: &BatchRow, outcome: &str) -> Vec<String> {
    let findings = &row.verdict.findings;
    let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
    let mut to_do: Vec<_> = findings.iter().map(|finding| advice(finding.code)).collect();
    to_do.dedup();
    let told = [row.number.to_string(), outcome.to_owned(), codes.join(" "), to_do.join(" ")];
    let text = COLUMNS.map(|(column, ..)| formula::defuse(column.cell(&row.text)));
    let beyond = (!row.well_formed).then(|| LOOK_AGAIN.to_owned());
    told.into_iter().chain(text).chain(beyond).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use idp_domain::bulk::{RowCode, RowOutcome, RowText, Verdict};

    use super::super::{Sheet, read_csv};
    use super::*;

    fn row(number: u32, cells: [&str; 11], well_formed: bool) -> BatchRow {
        let mut text = RowText::default();
        for ((column, ..), cell) in COLUMNS.into_iter().zip(cells) {
            cell.clone_into(column.cell_mut(&mut text));
        }
        let verdict = Verdict::because(RowOutcome::Failed, RowCode::EmailInvalid);
        BatchRow { number, text, well_formed, selected: true, verdict, member: None }
    }

    /// `provisioning.md` section 7: every cell that was read, even one that begins a formula or was typed with an apostrophe.
    #[test]
    fn a_result_is_read_as_the_list_it_is_of() {
        let (role, admin) = ("Scheduler", "administrator");
        let rows = [
            row(2, ["Ann", "O'Hara", "a@x.org", "a@x.org", "1", "client", "none", "", "", "", ""], true),
            row(
                7,
                [
                    "=1+1",
                    "'=1",
                    "-",
                    "@",
                    "''+",
                    "office_staff",
                    role,
                    admin,
                    "inactive",
                    "+1 5",
                    "a\r\nb;\"c\"",
                ],
                true,
            ),
            row(9, ["", "", "", "", "\tx", "nurse", "", "perhaps", "gone", "'", "'t Hooft"], false),
        ];
        let mut writer = writer().unwrap();
        for row in &rows {
            writer.write_record(record(row, "failed")).unwrap();
        }
        let Sheet { rows: read, ignored_columns } = read_csv(&writer.into_inner().unwrap(), None).unwrap();
        assert_eq!(ignored_columns, [""; 0]);
        assert_eq!(read.iter().map(|it| it.number).collect::<Vec<_>>(), [2, 3, 4]);
        for (read, row) in read.into_iter().zip(rows) {
            assert_eq!((read.text, read.well_formed), (row.text, row.well_formed));
        }
    }

    /// CSV injection: what begins a formula is made text, in every column.
    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\u{FF1D}1", "\u{FEFF}=1"] {
            for cell in &record(&row(2, [formula; 11], true), "failed")[RESULT_TITLES.len()..] {
                assert!(cell.starts_with('\''), "{cell:?}");
            }
        }
    }
}
