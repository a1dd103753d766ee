//! What an office writes in a cell, in the words of the API. Nothing is guessed: a word that is not known stays as it is, and
//! is refused by its name.

use idp_domain::bulk::RowText;
use idp_domain::member::{Authority, MemberType};

/// Types, roles, authority and status as people write them; `default_type` where the type is empty.
pub(super) fn ease(mut row: RowText, default_type: Option<MemberType>) -> RowText {
    row.member_type = member_type(&row.member_type, default_type);
    row.security_role = security_role(&row.security_role, &row.member_type);
    row.authority = authority(&row.authority);
    row.status = match small(&row.status).as_str() {
        "active" => "active".to_owned(),
        "inactive" => "inactive".to_owned(),
        _ => row.status,
    };
    row
}

fn small(text: &str) -> String {
    text.trim().to_lowercase()
}

/// "Office Staff" is `office_staff`.
fn member_type(text: &str, default_type: Option<MemberType>) -> String {
    let word = small(text).replace([' ', '-'], "_");
    match word.as_str() {
        "" => default_type.map_or_else(String::new, |kind| kind.as_str().to_owned()),
        "office" | "staff" => MemberType::OfficeStaff.as_str().to_owned(),
        _ => match MemberType::VARIANTS.into_iter().find(|kind| kind.as_str() == word) {
            Some(kind) => kind.as_str().to_owned(),
            None => text.to_owned(),
        },
    }
}

/// R9: caregivers and clients have none, so an empty cell says enough. R10: office staff must be given one on purpose.
fn security_role(text: &str, member_type: &str) -> String {
    match small(text).as_str() {
        "none" | "no security" => "none".to_owned(),
        "unrestricted" => "unrestricted".to_owned(),
        "" if [MemberType::Caregiver, MemberType::Client].iter().any(|kind| kind.as_str() == member_type) => {
            "none".to_owned()
        }
        _ => text.to_owned(),
    }
}

/// A column "Administrator" is ticked in many ways.
fn authority(text: &str) -> String {
    match small(text).as_str() {
        "yes" | "y" | "true" | "x" | "1" | "administrator" => Authority::Administrator.as_str().to_owned(),
        "no" | "n" | "false" | "0" | "none" => Authority::None.as_str().to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(member_type: &str, security_role: &str, authority: &str, status: &str) -> RowText {
        RowText {
            member_type: member_type.to_owned(),
            security_role: security_role.to_owned(),
            authority: authority.to_owned(),
            status: status.to_owned(),
            ..RowText::default()
        }
    }

    /// R9, R10.
    #[test]
    fn what_offices_write_is_understood_and_nothing_is_guessed() {
        for (typed, read) in [
            (row("", "", "", ""), row("caregiver", "none", "", "")),
            (row("Office Staff", "", "Yes", "Active"), row("office_staff", "", "administrator", "active")),
            (row(" CLIENT ", "No Security", "no", "INACTIVE"), row("client", "none", "none", "inactive")),
            (
                row("office-staff", "Scheduler", "perhaps", "gone"),
                row("office_staff", "Scheduler", "perhaps", "gone"),
            ),
            (row("nurse", "", "", ""), row("nurse", "", "", "")),
        ] {
            assert_eq!(ease(typed, Some(MemberType::Caregiver)), read);
        }
        assert_eq!(ease(row("", "", "", ""), None), row("", "", "", ""));
    }
}
