//! Reading a spreadsheet saved as CSV (RFC 4180, as programs write it): with or without a byte order mark, any line ends,
//! quotes, and commas, semicolons or tabs between the cells.

use idp_domain::bulk::RowText;
use idp_domain::member::MemberType;

use super::header::{Column, Header};
use super::{MOST_CSV_ROWS, UploadedRow, ease};

/// Why a file cannot be read at all. What is wrong with a single row is said of that row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReadable {
    #[error("The file is not UTF-8 text. Save it from the spreadsheet as \"CSV UTF-8\" and send it again.")]
    NotUtf8,
    #[error("The file is empty. The first line must name the columns.")]
    NoHeader,
    #[error("The column \"{0}\" is missing. Add it to the first line of the file.")]
    ColumnMissing(&'static str),
    #[error("The column \"{0}\" is there twice. Remove one of the two.")]
    ColumnTwice(String),
    #[error("The file has more than {MOST_CSV_ROWS} rows. Split it and send one part after the other.")]
    TooManyRows,
}

/// A file that was read.
#[derive(Debug)]
pub struct Sheet {
    pub rows: Vec<UploadedRow>,
    /// Names of columns that nothing was read from.
    pub ignored_columns: Vec<String>,
}

/// Reads a file; `default_type` is what people are whose type is empty.
///
/// # Errors
/// [`NotReadable`].
pub fn read_csv(file: &[u8], default_type: Option<MemberType>) -> Result<Sheet, NotReadable> {
    let text = std::str::from_utf8(file).map_err(|_| NotReadable::NotUtf8)?;
    // UTF-16, which spreadsheets write too, is full of zeros.
    if text.contains('\0') {
        return Err(NotReadable::NotUtf8);
    }
    let text = text.trim_start_matches('\u{FEFF}');
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    // What is text already cannot fail to be text.
    let first = records.next().and_then(Result::ok).ok_or(NotReadable::NoHeader)?;
    let header = Header::read(first.iter())?;
    let mut lines_in_cells = line_breaks(&first);
    let mut rows = Vec::new();
    for record in records.filter_map(Result::ok) {
        let line = first_line(text, &record).saturating_sub(lines_in_cells);
        lines_in_cells += line_breaks(&record);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == MOST_CSV_ROWS {
            return Err(NotReadable::TooManyRows);
        }
        // A file of lone carriage returns has one line as the reader counts: no two rows have the same number.
        let after = rows.last().map_or(0, |before: &UploadedRow| before.number);
        let number = u32::try_from(line).unwrap_or(u32::MAX).max(after.saturating_add(1));
        rows.push(row(&header, &record, number, default_type));
    }
    Ok(Sheet { rows, ignored_columns: header.ignored })
}

/// What stands most often between the names of the columns.
fn delimiter(text: &str) -> u8 {
    let header = text.trim_start().lines().next().unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    // The first of equals is the last one that `max_by_key` meets.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Where the row begins in the file: the reader counts empty lines before it to it.
fn first_line(text: &str, record: &::csv::StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let begun = usize::try_from(position.byte()).ok().and_then(|byte| text.as_bytes().get(byte..));
    let empty = begun.unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + empty.filter(|byte| **byte == b'\n').count() as u64
}

/// Lines of the file that a spreadsheet does not count as rows, because they end within a cell.
fn line_breaks(record: &::csv::StringRecord) -> u64 {
    record.iter().map(|cell| cell.bytes().filter(|byte| *byte == b'\n').count() as u64).sum()
}

fn row(
    header: &Header,
    record: &::csv::StringRecord,
    number: u32,
    default_type: Option<MemberType>,
) -> UploadedRow {
    let mut text = RowText::default();
    for (column, cell) in header.columns.iter().zip(record) {
        if let Some(column) = column {
            *place(&mut text, *column) = cell.trim().to_owned();
        }
    }
    // R28: only where the file does not have the column at all; an empty cell stays a mistake.
    if !header.has(Column::UserName) {
        text.user_name = text.email.clone();
    } else if !header.has(Column::Email) {
        text.email = text.user_name.clone();
    }
    if !header.has(Column::PersonRef) {
        text.person_ref = text.email.clone();
    }
    // Cells that a spreadsheet left out at the end were empty; more cells than names belong to nobody knows which.
    let surplus = record.iter().skip(header.columns.len()).any(|cell| !cell.trim().is_empty());
    let well_formed = !surplus && record.len() >= header.columns.len();
    UploadedRow { number, text: ease::ease(text, default_type), well_formed }
}

pub(super) fn place(row: &mut RowText, column: Column) -> &mut String {
    match column {
        Column::UserName => &mut row.user_name,
        Column::Email => &mut row.email,
        Column::GivenName => &mut row.given_name,
        Column::FamilyName => &mut row.family_name,
        Column::PersonRef => &mut row.person_ref,
        Column::MemberType => &mut row.member_type,
        Column::SecurityRole => &mut row.security_role,
        Column::Authority => &mut row.authority,
        Column::Status => &mut row.status,
        Column::Cell => &mut row.cell,
        Column::Note => &mut row.note,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn read(file: &[u8]) -> Sheet {
        read_csv(file, Some(MemberType::Caregiver)).unwrap()
    }

    fn seen(file: &str) -> Vec<(u32, String, String, bool)> {
        let rows = read(file.as_bytes()).rows.into_iter();
        rows.map(|it| (it.number, it.text.email, it.text.family_name, it.well_formed)).collect()
    }

    const LINES: [&str; 4] =
        ["Email,First name,Last name", "a@example.com,Ann,Archer", "", "b@example.com,Bob,Baker"];

    #[test]
    fn every_way_of_saving_the_same_sheet_reads_the_same() {
        let expected = [(2, "a@example.com", "Archer", true), (4, "b@example.com", "Baker", true)]
            .map(|(number, email, name, ok)| (number, email.to_owned(), name.to_owned(), ok));
        for file in [
            LINES.join("\n"),
            LINES.join("\r\n") + "\r\n",
            format!("\u{FEFF}{}", LINES.join("\r\n")),
            LINES.join("\n").replace(',', ";"),
            LINES.join("\n").replace(',', "\t"),
            LINES.join("\n").replace("Archer", "\"Archer\""),
            LINES.join("\n").replace("Ann", "  Ann ").replacen("\n\n", "\n,,\n", 1),
        ] {
            assert_eq!(seen(&file), expected, "{file:?}");
        }
    }

    /// Old programs end lines with a carriage return: every row is there, under a number of its own.
    #[test]
    fn rows_divided_by_carriage_returns_are_told_apart() {
        let mixed = LINES.join("\r").replacen('\r', "\r\n", 1);
        for file in [LINES.join("\r"), mixed] {
            let numbers: Vec<u32> = seen(&file).into_iter().map(|(number, ..)| number).collect();
            assert!(matches!(numbers[..], [first, second] if first < second), "{numbers:?}");
        }
    }

    /// A cell with a line break is one row of the spreadsheet, and so is what comes after it.
    #[test]
    fn rows_have_the_numbers_of_the_spreadsheet() {
        let file =
            "Note,Email,First name,Last name\n\"one\r\ntwo, \"\"three\"\"\",a@x.org,A,B\n,b@x.org,C,D\n";
        let rows = read(file.as_bytes()).rows;
        assert_eq!(rows.iter().map(|it| it.number).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(rows[0].text.note, "one\r\ntwo, \"three\"");
    }

    /// R30: a ragged row is that row's own fault.
    #[test]
    fn a_ragged_row_is_marked_and_the_others_go_on() {
        let file = "Email,First name,Last name\na@x.org,A\nb@x.org,B,C,D\nc@x.org,C,D,\n";
        let marks: Vec<bool> = read(file.as_bytes()).rows.iter().map(|it| it.well_formed).collect();
        assert_eq!(marks, [false, false, true]);
    }

    /// R28: filled in where there is no such column, never where a cell is empty.
    #[test]
    fn a_column_that_is_not_there_is_filled_and_an_empty_cell_is_not() {
        let row = read(b"Email,First name,Last name\na@x.org,A,B").rows.remove(0).text;
        assert_eq!((row.user_name.as_str(), row.person_ref.as_str()), ("a@x.org", "a@x.org"));
        let row = read(b"Username,First name,Last name,Id\na@x.org,A,B,").rows.remove(0).text;
        assert_eq!((row.email.as_str(), row.person_ref.as_str()), ("a@x.org", ""));
        let row = read(b"Username,Email,First name,Last name\n,a@x.org,A,B").rows.remove(0).text;
        assert_eq!((row.user_name.as_str(), row.email.as_str()), ("", "a@x.org"));
    }

    #[test]
    fn a_file_that_cannot_be_read_says_what_to_do() {
        let refused = |file: &[u8]| read_csv(file, None).unwrap_err();
        let utf16 = "Email,First name,Last name\nr@x.org".encode_utf16();
        assert_eq!(refused(&utf16.flat_map(u16::to_le_bytes).collect::<Vec<_>>()), NotReadable::NotUtf8);
        assert_eq!(refused(b"Email,First name,Last name\nr\xe9@x.org,R,S"), NotReadable::NotUtf8);
        assert_eq!(refused(b""), NotReadable::NoHeader);
        assert_eq!(refused(b"\xef\xbb\xbf\r\n\r\n"), NotReadable::NoHeader);
        let line = "a@x.org,A,B\n";
        let file = |rows: usize| format!("Email,First name,Last name\n{}", line.repeat(rows));
        assert_eq!(read(file(MOST_CSV_ROWS).as_bytes()).rows.len(), MOST_CSV_ROWS);
        assert_eq!(refused(file(MOST_CSV_ROWS + 1).as_bytes()), NotReadable::TooManyRows);
    }
}
