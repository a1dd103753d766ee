//! Under which type and reference an agency keeps a person. Somebody with two hats, a caregiver who is also in the office, is
//! one member who is kept more than once (R79); no reference names two people of one agency.

use serde::{Deserialize, Serialize};

use crate::member::{MemberType, Particulars, PersonRef};

/// One of the agency's own records of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonEntry {
    pub member_type: MemberType,
    pub person_ref: PersonRef,
}

impl PersonEntry {
    /// How many a member may have beside the main one.
    pub const MAX_OTHERS: usize = 4;
}

impl Particulars {
    /// All of the person's entries, the main one first.
    pub fn persons(&self) -> impl Iterator<Item = PersonEntry> {
        let main = PersonEntry { member_type: self.member_type, person_ref: self.person_ref.clone() };
        std::iter::once(main).chain(self.other_persons.iter().cloned())
    }

    /// Whether the person has this type under any of their hats.
    pub fn is_also(&self, member_type: MemberType) -> bool {
        self.member_type == member_type || self.other_persons.iter().any(|it| it.member_type == member_type)
    }

    /// Whether the agency calls the person so, under any of their hats.
    pub fn is_called(&self, person: &PersonRef) -> bool {
        self.person_ref == *person || self.other_persons.iter().any(|it| it.person_ref == *person)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]

    use super::*;
    use crate::member::{Authority, SecurityRole};
    use crate::text::Line;

    fn line<const MAX: usize>(text: &str) -> Line<MAX> {
        Line::parse(text).expect("valid")
    }

    /// R79: one member, two persons of the agency's own.
    #[test]
    fn a_member_is_called_by_each_of_their_hats() {
        let mut particulars = Particulars {
            given_name: line("Frank"),
            family_name: line("Jones"),
            member_type: MemberType::Caregiver,
            person_ref: line("C-1"),
            other_persons: Vec::new(),
            security_role: SecurityRole::None,
            authority: Authority::None,
            cell: None,
            note: None,
        };
        assert!(!particulars.is_also(MemberType::OfficeStaff) && !particulars.is_called(&line("S-1")));
        let staff = PersonEntry { member_type: MemberType::OfficeStaff, person_ref: line("S-1") };
        particulars.other_persons = vec![staff.clone()];
        let persons: Vec<PersonEntry> = particulars.persons().collect();
        let main = PersonEntry { member_type: MemberType::Caregiver, person_ref: line("C-1") };
        assert_eq!(persons, [main, staff], "the main one first");
        assert!(particulars.is_also(MemberType::OfficeStaff) && particulars.is_also(MemberType::Caregiver));
        assert!(!particulars.is_also(MemberType::Client));
        assert!(particulars.is_called(&line("C-1")) && particulars.is_called(&line("S-1")));
        assert!(!particulars.is_called(&line("S-2")));
    }
}
