//! Reading a spreadsheet saved as CSV (RFC 4180, as programs write it): in any of their encodings, with any line ends,
//! quotes, commas, semicolons or tabs between the cells, and rows that are cut after the last cell that holds something.

use idp_domain::bulk::RowText;
use idp_domain::member::MemberType;

use super::encoding::decode;
use super::header::{Column, Header};
use super::{MOST_CSV_ROWS, UploadedRow, ease};
use crate::formula;

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
    let text = decode(file)?;
    let (delimiter, text) = delimiter(text.trim_start_matches('\u{FEFF}'));
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let (mut header, mut rows, mut lines_in_cells) = (None, Vec::new(), 0);
    // What is text already cannot fail to be text.
    for record in reader.records().filter_map(Result::ok) {
        let line = first_line(text, &record).saturating_sub(lines_in_cells);
        lines_in_cells += line_breaks(&record);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let Some(header) = &header else {
            header = Some(Header::read(record.iter())?);
            continue;
        };
        if rows.len() == MOST_CSV_ROWS {
            return Err(NotReadable::TooManyRows);
        }
        // A file of lone carriage returns has one line as the reader counts: no two rows have the same number.
        let after = rows.last().map_or(0, |before: &UploadedRow| before.number);
        let number = u32::try_from(line).unwrap_or(u32::MAX).max(after.saturating_add(1));
        rows.push(row(header, &record, number, default_type));
    }
    let header = header.ok_or(NotReadable::NoHeader)?;
    Ok(Sheet { rows, ignored_columns: header.ignored })
}

/// What stands between the cells, and the text without the line that says so. Spreadsheets do not count that line.
fn delimiter(text: &str) -> (u8, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match said(first) {
        Some(delimiter) => (delimiter, rest),
        None => (most_frequent(text), text),
    }
}

/// `sep=;`, as spreadsheets read and write it, possibly in quotes.
fn said(line: &str) -> Option<u8> {
    let line = line.trim_end_matches('\r').trim_matches('"');
    let (name, sign) = line.split_at_checked(4)?;
    match sign {
        "\\t" if name.eq_ignore_ascii_case("sep=") => Some(b'\t'),
        "," | ";" | "\t" | "|" if name.eq_ignore_ascii_case("sep=") => sign.bytes().next(),
        _ => None,
    }
}

/// What stands most often between the names of the columns.
fn most_frequent(text: &str) -> u8 {
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
            formula::restore(cell.trim()).clone_into(column.cell_mut(&mut text));
        }
    }
    // R28: only where the file does not have the column at all; an empty cell stays a mistake.
    if !header.has(Column::UserName) {
        text.user_name = text.email.clone();
    } else if !header.has(Column::Email) {
        text.email = text.user_name.clone();
    }
    if !header.has(Column::PersonRef) {
        text.person_ref = crate::provision::person_ref_from(&text.email);
    }
    // Cells that a spreadsheet left out at the end were empty; more cells than names belong to nobody knows which.
    let well_formed = record.iter().skip(header.columns.len()).all(|cell| cell.trim().is_empty());
    UploadedRow { number, text: ease::ease(text, default_type), well_formed }
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

    /// R30: only what stands beyond the names is a row's own fault; empty cells at the end may be there or not.
    #[test]
    fn a_row_with_too_many_cells_is_marked_and_the_others_go_on() {
        let file = "Email,First name,Last name,Note\na@x.org,A,B\nb@x.org,B,C,,D\nc@x.org,C,D,,,\nd@x.org\n";
        let marks: Vec<bool> = read(file.as_bytes()).rows.iter().map(|it| it.well_formed).collect();
        assert_eq!(marks, [true, false, true, true]);
        assert_eq!(seen(file)[0], (2, "a@x.org".to_owned(), "B".to_owned(), true));
    }

    /// Rows keep the numbers that the spreadsheet shows, which has no row for the line that names the delimiter.
    #[test]
    fn a_line_that_names_the_delimiter_is_honoured_and_dropped() {
        let sheet = "\r\nNote;Email;First name;Last name\r\n\r\na,b;a@x.org;A;B\r\n";
        let expected = [(4, "a@x.org".to_owned(), "B".to_owned(), true)];
        assert_eq!(seen(sheet), expected);
        for line in ["sep=;\r\n", "SEP=;\n", "\"sep=;\"\r\n", "\u{FEFF}sep=;\r\n"] {
            assert_eq!(seen(&format!("{line}{sheet}")), expected, "{line:?}");
        }
        // What most of the first line says is not what is said.
        let tabs = "Note, Hair, Shoe\tEmail\tFirst name\tLast name\na\ta@x.org\tA\tB\n";
        for line in ["sep=\t\n", "sep=\\t\n"] {
            let row = &seen(&format!("{line}{tabs}"))[0];
            assert_eq!((row.0, row.1.as_str()), (2, "a@x.org"), "{line:?}");
        }
        assert_eq!(read_csv(b"sep=;", None).unwrap_err(), NotReadable::NoHeader);
        assert_eq!(read_csv(b"sep=;\n", None).unwrap_err(), NotReadable::NoHeader);
    }

    /// Excel's "Unicode text".
    #[test]
    fn tabs_in_utf16_are_read() {
        let text = format!("\u{FEFF}{}", LINES.join("\r\n").replace(',', "\t").replace("Ann", "Zoë"));
        let file: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let rows = read(&file).rows;
        assert_eq!(rows.iter().map(|it| it.number).collect::<Vec<_>>(), [2, 4]);
        assert_eq!((rows[0].text.given_name.as_str(), rows[1].text.family_name.as_str()), ("Zoë", "Baker"));
    }

    /// R28: filled in where there is no such column, never where a cell is empty.
    #[test]
    fn a_column_that_is_not_there_is_filled_and_an_empty_cell_is_not() {
        let row = read(b"Email,First name,Last name\na@x.org,A,B").rows.remove(0).text;
        assert_eq!((row.user_name.as_str(), row.person_ref.as_str()), ("a@x.org", "a@x.org"));
        let row = read(b"Email,First name,Last name\nA@X.org,A,B").rows.remove(0).text;
        assert_eq!(row.person_ref, "a@x.org", "one person, however the address is spelled");
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
        assert_eq!(refused(b"Email,First name,Last name\nr@x.org,R,S\x97"), NotReadable::NotUtf8);
        assert_eq!(refused(b""), NotReadable::NoHeader);
        assert_eq!(refused(b"\xef\xbb\xbf\r\n\r\n"), NotReadable::NoHeader);
        let line = "a@x.org,A,B\n";
        let file = |rows: usize| format!("Email,First name,Last name\n{}", line.repeat(rows));
        assert_eq!(read(file(MOST_CSV_ROWS).as_bytes()).rows.len(), MOST_CSV_ROWS);
        assert_eq!(refused(file(MOST_CSV_ROWS + 1).as_bytes()), NotReadable::TooManyRows);
    }
}
