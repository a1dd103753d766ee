//! Between a member as the service knows them and the fields and words of the pages. Everything is the agency's own (R33).

use idp_domain::email::EmailAddress;
use idp_domain::member::{MemberType, Membership, MembershipState, SecurityRole};
use idp_domain::throttle::Lock;
use idp_service::Fault;
use idp_service::provision::{InvitationProgress, MemberPatch, MemberState, ProvisionError};

use crate::http::failure::Failure;
use crate::http::form::Verified;
use crate::locale::Key;
use crate::pages::office::{InvitationWords, MemberField, MemberTyped, PersonStanding};
use crate::pages::{Chrome, ErrorKind, Problem, wait_text};

/// "Last, First" (R14).
pub(super) fn name_of(membership: &Membership) -> String {
    let particulars = &membership.particulars;
    format!("{}, {}", particulars.family_name, particulars.given_name)
}

pub(super) const fn type_of(membership: &Membership) -> Key {
    words_of(membership.particulars.member_type)
}

/// The person's further hats, each as type and reference (R79).
pub(super) fn hats_of(membership: &Membership) -> Vec<(Key, String)> {
    let others = membership.particulars.other_persons.iter();
    others.map(|entry| (words_of(entry.member_type), entry.person_ref.to_string())).collect()
}

const fn words_of(member_type: MemberType) -> Key {
    match member_type {
        MemberType::OfficeStaff => Key("office-type-office-staff"),
        MemberType::Caregiver => Key("office-type-caregiver"),
        MemberType::Client => Key("office-type-client"),
    }
}

/// In the form in which addresses are compared: how somebody else spelled it is nobody's business.
pub(super) fn address_of(member: &MemberState) -> Option<String> {
    member.user_name.as_ref().map(|address| address.canonical().to_owned())
}

pub(super) fn standing_of(member: &MemberState) -> PersonStanding {
    let membership = &member.membership;
    match (membership.state, member.lock) {
        (MembershipState::Invited, _) => match member.invitation {
            InvitationProgress::Undeliverable(_, why) => PersonStanding::CameBack { why },
            InvitationProgress::Expired(at) => PersonStanding::Expired { at },
            _ => PersonStanding::NotActivated { since: membership.created_at },
        },
        (MembershipState::Active { .. }, None) => PersonStanding::Active,
        (MembershipState::Active { .. }, Some(Lock::Until(until))) => PersonStanding::LockedUntil(until),
        (MembershipState::Active { .. }, Some(Lock::UntilRecovered)) => PersonStanding::LockedUntilReset,
        (MembershipState::Inactive { since }, _) => PersonStanding::Inactive { since },
        (MembershipState::Removed { at }, _) => PersonStanding::Removed { at },
    }
}

pub(super) fn invitation_of(member: &MemberState) -> InvitationWords {
    match progress_of(member.invitation) {
        InvitationWords::None if member.membership.has_joined() => InvitationWords::NotNeeded,
        words => words,
    }
}

pub(super) const fn progress_of(invitation: InvitationProgress) -> InvitationWords {
    match invitation {
        InvitationProgress::None => InvitationWords::None,
        InvitationProgress::Queued => InvitationWords::Queued,
        InvitationProgress::Sent(at) => InvitationWords::Sent(at),
        InvitationProgress::Expired(at) => InvitationWords::Expired(at),
        InvitationProgress::Accepted(at) => InvitationWords::Accepted(at),
        InvitationProgress::Superseded(at) => InvitationWords::Superseded(at),
        InvitationProgress::Revoked(at) => InvitationWords::Revoked(at),
        InvitationProgress::Undeliverable(at, why) => InvitationWords::CameBack(at, why),
    }
}

/// What the fields of the form hold when nobody has typed yet.
pub(super) fn typed_of(member: &MemberState) -> MemberTyped {
    let said = &member.membership.particulars;
    let (role, role_name) = match &said.security_role {
        SecurityRole::None => ("none", ""),
        SecurityRole::Named(name) => ("named", name.as_str()),
        SecurityRole::Unrestricted => ("unrestricted", ""),
    };
    let address = address_of(member).unwrap_or_default();
    let is_off = matches!(member.membership.state, MembershipState::Inactive { .. });
    MemberTyped::of(|field| match field {
        MemberField::UserName | MemberField::Email => address.clone(),
        MemberField::Cell => said.cell.as_ref().map(ToString::to_string).unwrap_or_default(),
        MemberField::Status => if is_off { "inactive" } else { "active" }.to_owned(),
        MemberField::Note => said.note.as_ref().map(ToString::to_string).unwrap_or_default(),
        MemberField::GivenName => said.given_name.to_string(),
        MemberField::FamilyName => said.family_name.to_string(),
        MemberField::MemberType => said.member_type.as_str().to_owned(),
        MemberField::PersonRef => said.person_ref.to_string(),
        MemberField::Role => role.to_owned(),
        MemberField::RoleName => role_name.to_owned(),
        MemberField::Authority => said.authority.as_str().to_owned(),
    })
}

/// From a form that was sent. The name of a role that was not chosen says nothing.
pub(super) fn typed_in(form: &Verified) -> MemberTyped {
    let typed = MemberTyped::of(|field| form.get(field.name()).trim().to_owned());
    match typed.get(MemberField::Role) {
        "named" => typed,
        _ => typed.with(MemberField::RoleName, ""),
    }
}

/// Whether it is one address, however it is spelled.
pub(super) fn is_same_address(one: &str, other: &str) -> bool {
    match (EmailAddress::parse(one), EmailAddress::parse(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// What a form of this person was filled from: what two administrators must not overwrite for each other.
///
/// # Errors
/// [`Fault`] never happens to texts.
pub(super) fn present(member: &MemberState) -> Result<String, Fault> {
    serde_json::to_string(&typed_of(member).kept()).map_err(|_| Fault::Broken("fields do not serialise"))
}

/// Every field as typed; the address only as long as it is not the person's.
pub(super) fn patch_of(typed: &MemberTyped, address_is_theirs: bool) -> MemberPatch {
    let draft = typed.draft();
    let address = |text: String| (!address_is_theirs).then_some(text);
    MemberPatch {
        user_name: address(draft.user_name),
        email: address(draft.email),
        given_name: Some(draft.given_name),
        family_name: Some(draft.family_name),
        person_ref: Some(draft.person_ref),
        member_type: Some(draft.member_type),
        // Not a field of the page yet: they stay as they are.
        other_persons: None,
        security_role: Some(draft.security_role),
        authority: draft.authority,
        cell: draft.cell,
        note: draft.note,
    }
}

/// Why nothing was done, in words, beside its field if it is one field's.
///
/// # Errors
/// What no sentence helps against: the page is not there, or the server is not well.
pub(super) fn problems_of(
    error: ProvisionError,
    typed: &MemberTyped,
    chrome: &Chrome,
) -> Result<Vec<Problem>, Failure> {
    use ProvisionError as E;
    let (field, key) = match error {
        E::Invalid(found) => return Ok(typed.problems(&found, chrome)),
        E::TooMany { wait } => {
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
            let wait = wait_text(&chrome.texts(), seconds);
            let text = chrome.texts().t_with("office-refused-too-many", "wait", wait);
            return Ok(vec![Problem { field: None, text }]);
        }
        E::SharedEmail => (Some(MemberField::Email), Key("office-refused-shared-email")),
        E::UserNameTaken => (Some(MemberField::Email), Key("office-refused-user-name-taken")),
        E::PersonHasIdentity => (Some(MemberField::PersonRef), Key("office-refused-has-identity")),
        E::PersonRefTaken { .. } => (Some(MemberField::PersonRef), Key("office-refused-person-ref")),
        E::AuthorityNotAllowed => (Some(MemberField::Authority), Key("office-refused-authority")),
        E::NotForYourself => (None, Key("office-refused-yourself")),
        E::LastAdministrator => (None, Key("office-refused-last-administrator")),
        E::WrongState(_) => (None, Key("office-refused-state")),
        E::UndeliverableAddress => (None, Key("office-refused-undeliverable")),
        E::Precondition => (None, Key("office-changed-elsewhere")),
        E::NotFound => return Err(ErrorKind::NotFound.into()),
        E::KeyReused(_) => return Err(ErrorKind::BadRequest.into()),
        E::Fault(fault) => return Err(fault.into()),
    };
    Ok(vec![Problem { field: field.map(MemberField::name), text: chrome.texts().of(key) }])
}
