//! Whether an agency writes one person's name twice: with other capitals, accents and hyphens, or with a middle name or without
//! (R25, R31). Of two people who share an address, one must never pass for the other: nothing else is forgiven.

use unicode_normalization::UnicodeNormalization as _;

use crate::member::Particulars;

impl Particulars {
    /// Whether both were written of somebody of the same name.
    pub fn has_name_of(&self, other: &Self) -> bool {
        let family = [self, other].map(|it| words(it.family_name.as_str()).concat());
        let [one, two] = [self, other].map(|it| words(it.given_name.as_str()));
        let begins = |long: &[String], short: &[String]| !short.is_empty() && long.starts_with(short);
        let given = one.concat() == two.concat() || begins(&one, &two) || begins(&two, &one);
        family[0] == family[1] && given
    }
}

/// The words of a name in small letters, without accents and signs.
fn words(name: &str) -> Vec<String> {
    let plain = |word: &str| word.nfkd().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '‐' | '–' | '.')).map(plain);
    words.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]

    use super::*;
    use crate::member::{Authority, MemberType, SecurityRole};
    use crate::text::Line;

    fn called((given, family): (&str, &str)) -> Particulars {
        Particulars {
            given_name: Line::parse(given).expect("a name"),
            family_name: Line::parse(family).expect("a name"),
            member_type: MemberType::Caregiver,
            person_ref: Line::parse("1").expect("a reference"),
            other_persons: Vec::new(),
            security_role: SecurityRole::None,
            authority: Authority::None,
            cell: None,
            note: None,
        }
    }

    #[test]
    fn one_person_written_in_two_ways_is_one_person() {
        for (one, other) in [
            (("Frank", "Jones"), ("FRANK", "jones")),
            (("Frank", "Jones"), ("Frank J.", "Jones")),
            (("José", "Núñez"), ("Jose", "Nunez")),
            (("Anna-Maria", "O'Brien"), ("Anna Maria", "O’Brien")),
            (("Jan", "van der Berg"), ("Jan", "Van Der-Berg")),
        ] {
            assert!(called(one).has_name_of(&called(other)), "{one:?} {other:?}");
            assert!(called(other).has_name_of(&called(one)), "{other:?} {one:?}");
        }
    }

    /// R31: a couple with one mailbox is two people, and so are twins.
    #[test]
    fn people_who_share_an_address_are_told_apart() {
        for (one, other) in [
            (("Frank", "Jones"), ("Mary", "Jones")),
            (("Frank", "Jones"), ("Frank", "Miller")),
            (("Anna Maria", "Jones"), ("Anna Lena", "Jones")),
            (("Ann", "Jones"), ("Anna", "Jones")),
            (("Jones", "Frank"), ("Frank", "Jones")),
            (("?", "Jones"), ("Frank", "Jones")),
        ] {
            assert!(!called(one).has_name_of(&called(other)), "{one:?} {other:?}");
        }
    }
}
