//! The office's spreadsheet: five thousand caregivers as an office saves them, and among them every row that a file can get
//! wrong (R27-R32; the row codes of `provisioning.md` section 2).

use std::collections::{BTreeMap, BTreeSet};

use idp_domain::bulk::RowCode;

use super::staff::{FORMER, FRANK, MISTYPED, OLIVIA, PENDING, SAM, TARA, reference};

pub(super) const ROWS: usize = 5_000;
pub(super) const FAULTY: usize = 37;
pub(super) const GOOD: usize = ROWS - FAULTY;
/// Rows of people whom the agency has already; the other faulty ones fail.
pub(super) const SKIPPED: usize = 6;
/// Where the person is who works for another agency already.
const FRANKS_ROW: usize = 2_000;
/// Every so many rows one is faulty.
const EVERY: usize = 135;

const HEADER: &str =
    "User name;E-mail;First name;Last name;Employee ID;Role Type;Security Role;Administrator;Status;Note";
const USER_NAME: usize = 0;
const EMAIL: usize = 1;
const GIVEN_NAME: usize = 2;
const FAMILY_NAME: usize = 3;
const REFERENCE: usize = 4;
const TYPE: usize = 5;
const SECURITY_ROLE: usize = 6;
const ADMINISTRATOR: usize = 7;
const STATUS: usize = 8;
const NOTE: usize = 9;

type Cells = Vec<String>;

/// What became of a row, and why.
pub(super) type Told = (&'static str, &'static str);

/// A kind of faulty row: what is told of it, and how each of them comes about.
struct Kind {
    told: Told,
    rows: &'static [fn(&mut Cells)],
}

const fn fails(code: &'static str, rows: &'static [fn(&mut Cells)]) -> Kind {
    Kind { told: ("failed", code), rows }
}

const fn is_skipped(code: &'static str, rows: &'static [fn(&mut Cells)]) -> Kind {
    Kind { told: ("skipped", code), rows }
}

fn write(cells: &mut Cells, changes: &[(usize, &str)]) {
    for (cell, text) in changes {
        cells[*cell] = (*text).to_owned();
    }
}

/// The row is about somebody whom the agency has.
fn is_of(cells: &mut Cells, address: &str) {
    write(cells, &[(USER_NAME, address), (EMAIL, address), (REFERENCE, reference(address))]);
}

fn has_address_of(cells: &mut Cells, address: &str) {
    write(cells, &[(USER_NAME, address), (EMAIL, address)]);
}

const KINDS: &[Kind] = &[
    fails("email_missing", &[|row| write(row, &[(EMAIL, "")]), |row| write(row, &[(EMAIL, "  ")])]),
    fails(
        "email_invalid",
        &[
            |row| write(row, &[(EMAIL, "rose@")]),
            |row| write(row, &[(EMAIL, "n/a")]),
            |row| write(row, &[(EMAIL, "rose@exam ple.com")]),
        ],
    ),
    fails("username_missing", &[|row| write(row, &[(USER_NAME, "")]), |row| write(row, &[(USER_NAME, " ")])]),
    fails(
        "username_invalid",
        &[|row| write(row, &[(USER_NAME, "rose")]), |row| write(row, &[(USER_NAME, "@example.com")])],
    ),
    fails(
        "username_email_mismatch",
        &[
            |row| write(row, &[(EMAIL, "another@example.com")]),
            |row| write(row, &[(USER_NAME, "another@example.com")]),
        ],
    ),
    fails(
        "person_type_invalid",
        &[
            |row| write(row, &[(TYPE, "Nurse"), (SECURITY_ROLE, "none")]),
            |row| write(row, &[(TYPE, "?"), (SECURITY_ROLE, "none")]),
        ],
    ),
    fails(
        "role_missing",
        &[
            |row| write(row, &[(TYPE, "Office Staff")]),
            |row| write(row, &[(TYPE, "staff"), (SECURITY_ROLE, " ")]),
        ],
    ),
    fails(
        "role_not_allowed",
        &[
            |row| write(row, &[(SECURITY_ROLE, "Scheduler")]),
            // Attack 85: the office's program may make no administrators.
            |row| write(row, &[(TYPE, "office"), (SECURITY_ROLE, "unrestricted"), (ADMINISTRATOR, "yes")]),
        ],
    ),
    fails(
        "value_missing",
        &[
            |row| write(row, &[(GIVEN_NAME, ""), (FAMILY_NAME, "=1+1")]),
            |row| write(row, &[(FAMILY_NAME, " ")]),
        ],
    ),
    fails(
        "value_invalid",
        &[|row| write(row, &[(STATUS, "gone")]), |row| write(row, &[(ADMINISTRATOR, "perhaps")])],
    ),
    fails(
        "value_too_long",
        &[
            |row| row[NOTE] = "x".repeat(1001),
            |row| row[GIVEN_NAME] = "Rose ".repeat(60).trim_end().to_owned(),
        ],
    ),
    fails(
        "row_malformed",
        &[|row| row.push("surplus".to_owned()), |row| row.extend(["", "surplus"].map(str::to_owned))],
    ),
    fails("duplicate_in_batch", &[|row| write(row, &[(REFERENCE, "c1")])]),
    fails("shared_email_in_batch", &[|row| has_address_of(row, "CAREGIVER1@Example.com")]),
    fails("shared_email_in_company", &[|row| has_address_of(row, OLIVIA)]),
    fails("person_has_identity", &[|row| write(row, &[(REFERENCE, reference(OLIVIA))])]),
    fails("undeliverable_address", &[|row| is_of(row, MISTYPED[0]), |row| is_of(row, MISTYPED[1])]),
    is_skipped("already_member", &[|row| is_of(row, SAM), |row| is_of(row, TARA)]),
    is_skipped("already_member_inactive", &[|row| is_of(row, FORMER[0]), |row| is_of(row, FORMER[1])]),
    is_skipped("invitation_pending", &[|row| is_of(row, PENDING[0]), |row| is_of(row, PENDING[1])]),
];

/// The user name of the caregiver in a good row.
pub(super) fn caregiver(row: usize) -> String {
    if row == FRANKS_ROW { FRANK.to_owned() } else { format!("caregiver{row}@example.com") }
}

fn good(row: usize) -> Cells {
    let address = caregiver(row);
    let member_type = if row.is_multiple_of(2) { "Caregiver" } else { "" };
    let status = if row.is_multiple_of(3) { "Active" } else { "" };
    let (family_name, reference) = (format!("Miller; {row}"), format!("c{row}"));
    [&address, &address, "Rose", &family_name, &reference, member_type, "", "", status, "\"Rosie\""]
        .map(str::to_owned)
        .into()
}

/// A spreadsheet saved as CSV, and what must be told of each faulty row, by the number of the row.
pub(super) struct Sheet {
    pub(super) text: String,
    pub(super) faulty: BTreeMap<usize, Told>,
}

/// With a byte order mark, semicolons, quotes and the line ends of a PC.
pub(super) fn sheet() -> Sheet {
    let faults: Vec<_> =
        KINDS.iter().flat_map(|kind| kind.rows.iter().map(|spoil| (kind.told, spoil))).collect();
    assert_eq!(faults.len(), FAULTY);
    let mut text = format!("\u{FEFF}{HEADER}\r\n");
    let mut faulty = BTreeMap::new();
    for row in 1..=ROWS {
        let mut cells = good(row);
        let fault = row.is_multiple_of(EVERY).then(|| faults[row / EVERY - 1]);
        if let Some((told, spoil)) = fault {
            spoil(&mut cells);
            // The first line names the columns.
            faulty.insert(row + 1, told);
        }
        let cells: Vec<_> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        text.push_str(&cells.join(";"));
        text.push_str("\r\n");
    }
    Sheet { text, faulty }
}

/// Everybody of these user names as a short list.
pub(super) fn short_list(user_names: &[String]) -> String {
    let line = |address: &String| {
        let reference = address.trim_start_matches("caregiver").trim_end_matches("@example.com");
        format!("{address},Rose,Miller,c{reference}\n")
    };
    format!("Email,First name,Last name,Id\n{}", user_names.iter().map(line).collect::<String>())
}

/// No code was forgotten: the rest needs a choice of the office's, a second list, or a broken database.
#[test]
fn the_spreadsheet_has_a_row_of_every_kind() {
    let codes: BTreeSet<_> = KINDS.iter().map(|kind| kind.told.1).collect();
    let elsewhere = ["not_selected", "not_stored", "rate_limited"];
    let known = RowCode::VARIANTS.iter().map(|code| code.as_str()).filter(|code| !elsewhere.contains(code));
    assert_eq!(codes, known.collect());
    assert_eq!(codes.len(), KINDS.len());
    let skipped = KINDS.iter().filter(|kind| kind.told.0 == "skipped").map(|kind| kind.rows.len());
    assert_eq!(skipped.sum::<usize>(), SKIPPED);
}
