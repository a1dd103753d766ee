//! What a list alone says of its rows, whoever is known: bad fields, and rows that are there twice (R28, R30, R31).

use std::collections::{HashMap, HashSet};

use idp_domain::Digest;
use idp_domain::bulk::{BatchOptions, BatchRow, RowCode, RowFinding, RowOutcome, RowText, Verdict};
use idp_domain::member::Particulars;

use crate::field::{FieldCode, FieldProblem};
use crate::provision::{MemberDraft, NewMember};

/// Each row as a member who may be added, or why it cannot be one.
pub(super) fn look(rows: &[BatchRow]) -> Vec<Result<NewMember, Verdict>> {
    let mut first = First::default();
    rows.iter().map(|row| look_at(row).and_then(|member| first.take(member))).collect()
}

/// The same of a row by itself.
fn look_at(row: &BatchRow) -> Result<NewMember, Verdict> {
    if !row.selected {
        return Err(Verdict::because(RowOutcome::Skipped, RowCode::NotSelected));
    }
    if !row.well_formed {
        return Err(Verdict::because(RowOutcome::Failed, RowCode::RowMalformed));
    }
    // A list without numbers is not without people: the same list again finds the same ones (R25).
    draft(&row.text).check_at_office().map_err(|problems| Verdict {
        outcome: RowOutcome::Failed,
        findings: problems.into_iter().map(finding).collect(),
    })
}

/// The same of a row of a job: which of two rows came first, only the whole list says.
pub(super) fn look_in_job(row: &BatchRow) -> Result<NewMember, Verdict> {
    let came_later = [RowCode::DuplicateInBatch, RowCode::SharedEmailInBatch];
    match came_later.iter().any(|code| row.verdict.has(*code)) {
        true => Err(row.verdict.clone()),
        false => look_at(row),
    }
}

/// Who came first with an address and with a reference. A row that cannot be added takes nothing.
#[derive(Default)]
struct First {
    addresses: HashMap<String, Particulars>,
    references: HashSet<String>,
}

impl First {
    fn take(&mut self, member: NewMember) -> Result<NewMember, Verdict> {
        let (address, reference) = (member.user_name.canonical(), member.particulars.person_ref.as_str());
        let (code, field) = match self.addresses.get(address) {
            Some(first) if first.has_name_of(&member.particulars) => (RowCode::DuplicateInBatch, "user_name"),
            // R31: a couple with one mailbox is two people.
            Some(_) => (RowCode::SharedEmailInBatch, "user_name"),
            None if self.references.contains(reference) => (RowCode::DuplicateInBatch, "person_ref"),
            None => {
                self.references.insert(reference.to_owned());
                self.addresses.insert(address.to_owned(), member.particulars.clone());
                return Ok(member);
            }
        };
        let finding = RowFinding { code, field: field.to_owned() };
        Err(Verdict { outcome: RowOutcome::Failed, findings: vec![finding] })
    }
}

fn finding(problem: FieldProblem) -> RowFinding {
    RowFinding { code: code(problem.code), field: problem.field.into_owned() }
}

fn code(code: FieldCode) -> RowCode {
    RowCode::parse(code.as_str()).unwrap_or(RowCode::ValueInvalid)
}

fn draft(row: &RowText) -> MemberDraft {
    let RowText {
        user_name,
        email,
        given_name,
        family_name,
        person_ref,
        member_type,
        security_role,
        authority,
        status,
        cell,
        note,
    } = row.clone();
    let said = |text: String| (!text.is_empty()).then_some(text);
    MemberDraft {
        user_name,
        email,
        given_name,
        family_name,
        person_ref,
        member_type,
        other_persons: Vec::new(),
        security_role,
        authority: said(authority),
        status: said(status),
        cell: said(cell),
        note: said(note),
    }
}

/// SHA-256 of what would be carried out: what was chosen for all rows, and each row as it is.
pub(super) fn digest(options: BatchOptions, rows: &[BatchRow]) -> Digest {
    let options = [u8::from(options.resend_pending)];
    let mut text = Vec::from(options);
    for row in rows {
        text.extend(row.number.to_be_bytes());
        text.extend([u8::from(row.selected), u8::from(row.well_formed)]);
        for cell in cells(&row.text) {
            text.extend((cell.len() as u64).to_be_bytes());
            text.extend(cell.bytes());
        }
    }
    Digest::of(&text)
}

fn cells(row: &RowText) -> [&str; 11] {
    let RowText {
        user_name,
        email,
        given_name,
        family_name,
        person_ref,
        member_type,
        security_role,
        authority,
        status,
        cell,
        note,
    } = row;
    let cells = [
        user_name,
        email,
        given_name,
        family_name,
        person_ref,
        member_type,
        security_role,
        authority,
        status,
        cell,
        note,
    ];
    cells.map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u32, email: &str, person_ref: &str) -> BatchRow {
        let text = RowText {
            user_name: email.to_owned(),
            email: email.to_owned(),
            given_name: "Ann".to_owned(),
            family_name: "Archer".to_owned(),
            person_ref: person_ref.to_owned(),
            member_type: "caregiver".to_owned(),
            security_role: "none".to_owned(),
            ..RowText::default()
        };
        BatchRow {
            number,
            text,
            well_formed: true,
            selected: true,
            verdict: Verdict::of(RowOutcome::Created),
            member: None,
        }
    }

    fn verdicts(rows: &[BatchRow]) -> Vec<Vec<(RowCode, String)>> {
        let findings = |looked: Result<NewMember, Verdict>| looked.err().map(|it| it.findings);
        let findings = look(rows).into_iter().map(|looked| findings(looked).unwrap_or_default());
        findings.map(|all| all.into_iter().map(|it| (it.code, it.field)).collect()).collect()
    }

    /// R30, R31: the first of two goes through, however the second one spells the address.
    #[test]
    fn of_rows_with_one_address_or_one_reference_the_first_goes_through() {
        let rows = [
            row(1, "a@example.com", "1"),
            row(2, "A@Example.COM", "2"),
            row(3, "c@example.com", "1"),
            row(4, "d@example.com", "4"),
        ];
        let double = |field: &str| vec![(RowCode::DuplicateInBatch, field.to_owned())];
        assert_eq!(verdicts(&rows), [vec![], double("user_name"), double("person_ref"), vec![]]);
    }

    /// R31: a couple with one mailbox is two people; one person is one, under whatever number.
    #[test]
    fn of_rows_with_one_address_and_two_names_neither_is_called_the_other() {
        let mut mary = row(2, "A@example.com", "2");
        mary.text.given_name = "Mary".to_owned();
        let mut same = row(3, "a@example.com", "3");
        same.text.given_name = "ANN B.".to_owned();
        let found = verdicts(&[row(1, "a@example.com", "1"), mary, same]);
        let at = |code| vec![(code, "user_name".to_owned())];
        assert_eq!(found, [vec![], at(RowCode::SharedEmailInBatch), at(RowCode::DuplicateInBatch)]);
    }

    #[test]
    fn a_row_that_does_not_run_is_in_no_others_way() {
        let mut off = row(1, "a@example.com", "1");
        off.selected = false;
        let mut bad = row(2, "a@example.com", "2");
        bad.text.given_name.clear();
        let mut ragged = row(3, "a@example.com", "3");
        ragged.well_formed = false;
        let looked = verdicts(&[off, bad, ragged, row(4, "a@example.com", "4")]);
        let whole = |code| vec![(code, String::new())];
        let missing = vec![(RowCode::ValueMissing, "given_name".to_owned())];
        assert_eq!(looked, [whole(RowCode::NotSelected), missing, whole(RowCode::RowMalformed), vec![]]);
    }

    /// What was confirmed is what runs: nothing of it can change under the same digest.
    #[test]
    fn every_change_of_a_list_changes_its_digest() {
        let rows = [row(1, "a@example.com", "1"), row(2, "b@example.com", "2")];
        let of = |rows: &[BatchRow]| digest(BatchOptions::default(), rows);
        let same = of(&rows);
        assert_eq!(of(&rows.clone()), same);
        assert_ne!(digest(BatchOptions { resend_pending: true }, &rows), same);
        let changes: [fn(&mut BatchRow); 5] = [
            |row| row.selected = false,
            |row| row.number = 9,
            |row| row.text.note = "x".to_owned(),
            |row| row.text.authority = "administrator".to_owned(),
            |row| {
                // The same letters in the next cell.
                row.text.family_name = std::mem::take(&mut row.text.given_name) + &row.text.family_name;
            },
        ];
        for change in changes {
            let mut changed = rows.clone();
            change(&mut changed[1]);
            assert_ne!(of(&changed), same);
        }
        assert_ne!(of(&rows[..1]), same);
    }

    #[test]
    fn every_bad_field_is_a_code_of_a_row() {
        for of_field in FieldCode::VARIANTS {
            assert_eq!(code(*of_field).as_str(), of_field.as_str());
        }
    }
}
