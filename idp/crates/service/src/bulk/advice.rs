//! What an office does about a row that did not go through: one sentence a code, for programs and for the result file. The
//! pages have their own words.

use idp_domain::bulk::RowCode;

/// One English sentence.
pub const fn advice(code: RowCode) -> &'static str {
    match code {
        RowCode::EmailMissing => "Put in the person's own email address.",
        RowCode::EmailInvalid => "Correct the email address.",
        RowCode::UsernameMissing => "Put in the user name: it is the person's email address.",
        RowCode::UsernameInvalid => "Correct the user name: it is the person's email address.",
        RowCode::UsernameEmailMismatch => "User name and email must be exactly the same.",
        RowCode::PersonTypeInvalid => "Choose office_staff, caregiver or client.",
        RowCode::RoleMissing => "Choose a security role: none, unrestricted, or the name of a role.",
        RowCode::RoleNotAllowed => {
            "Caregivers and clients have no security role, and nobody gives more than they have themselves."
        }
        RowCode::ValueInvalid => "Correct the value.",
        RowCode::ValueMissing => "Put in a value.",
        RowCode::ValueTooLong => "Shorten the value.",
        RowCode::RowMalformed => "Compare the row with the first line: it has more cells.",
        RowCode::DuplicateInBatch => "An earlier row has the same address or id: remove one of them.",
        RowCode::SharedEmailInBatch => {
            "An earlier row, of another name, has this email address: everybody needs their own."
        }
        RowCode::SharedEmailInCompany => {
            "Another person of this agency has this email address: everybody needs their own."
        }
        RowCode::PersonHasIdentity => {
            "This person has an identity with another user name: change the address there."
        }
        RowCode::AlreadyMember => "Nothing to do: the person can log in.",
        RowCode::AlreadyMemberInactive => "Set the person's status to active if they work for you again.",
        RowCode::InvitationPending => "The person was invited and has not answered: send the mail again.",
        RowCode::UndeliverableAddress => "Mail to this address comes back: ask the person for the right one.",
        RowCode::RateLimited => "The person was sent several mails a moment ago: try again tomorrow.",
        RowCode::NotSelected => "The row was not ticked.",
        RowCode::NotStored => "The row could not be stored: send it again.",
    }
}
