//! Members as JSON. Every field is said, `null` included, so that a client never guesses (R10).

use idp_domain::Timestamp;
use idp_domain::member::{MembershipState, PersonEntry};
use idp_domain::throttle::Lock;
use idp_service::provision::{InvitationProgress, MemberDraft, MemberPatch, MemberState, PersonDraft};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A person to create an identity for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct NewMemberBody {
    /// Must be the e-mail address.
    #[serde(default)]
    #[schema(required, example = "frank.jones@example.com")]
    user_name: String,
    /// Must be the same as `user_name`.
    #[serde(default)]
    #[schema(required, example = "frank.jones@example.com")]
    email: String,
    #[serde(default)]
    #[schema(required, example = "Frank")]
    given_name: String,
    #[serde(default)]
    #[schema(required, example = "Jones")]
    family_name: String,
    /// The agency's own id of the person; unique within the company.
    #[serde(default)]
    #[schema(required, example = "4711")]
    person_ref: String,
    /// `office_staff`, `caregiver` or `client`.
    #[serde(default)]
    #[schema(required, example = "caregiver")]
    member_type: String,
    /// Further records that the company keeps of the same person, 4 at most: of a caregiver who is also office staff.
    other_persons: Option<Vec<PersonBody>>,
    /// `none`, `unrestricted` or the name of a role; never left out. Only who is office staff has another than `none`.
    #[serde(default)]
    #[schema(required, example = "none")]
    security_role: String,
    /// `none` (default) or `administrator`.
    authority: Option<String>,
    /// `active` (default) or `inactive`; an inactive member gets no mail and cannot log in.
    status: Option<String>,
    cell: Option<String>,
    note: Option<String>,
}

impl From<NewMemberBody> for MemberDraft {
    fn from(body: NewMemberBody) -> Self {
        let NewMemberBody {
            user_name,
            email,
            given_name,
            family_name,
            person_ref,
            member_type,
            other_persons,
            security_role,
            authority,
            status,
            cell,
            note,
        } = body;
        Self {
            user_name,
            email,
            given_name,
            family_name,
            person_ref,
            member_type,
            other_persons: drafts(other_persons.unwrap_or_default()),
            security_role,
            authority,
            status,
            cell,
            note,
        }
    }
}

/// One of the company's own records of a person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct PersonBody {
    /// `office_staff`, `caregiver` or `client`.
    #[serde(default)]
    #[schema(required, example = "office_staff")]
    member_type: String,
    /// The agency's own id of the person in this record; unique within the company.
    #[serde(default)]
    #[schema(required, example = "S-12")]
    person_ref: String,
}

fn drafts(persons: Vec<PersonBody>) -> Vec<PersonDraft> {
    persons
        .into_iter()
        .map(|PersonBody { member_type, person_ref }| PersonDraft { member_type, person_ref })
        .collect()
}

/// What to change; what is left out stays as it is (RFC 7396). `null` empties `other_persons`, `cell` and `note`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(in crate::routes) struct MemberPatchBody {
    /// Only as long as the person has not accepted; whoever has is proposed another one. `email`, if said, must be the same.
    #[serde(deserialize_with = "said")]
    #[schema(example = "frank.jones@example.com")]
    user_name: Option<String>,
    #[serde(deserialize_with = "said")]
    email: Option<String>,
    #[serde(deserialize_with = "said")]
    given_name: Option<String>,
    #[serde(deserialize_with = "said")]
    #[schema(example = "Jones-Birch")]
    family_name: Option<String>,
    #[serde(deserialize_with = "said")]
    person_ref: Option<String>,
    /// `office_staff`, `caregiver` or `client`.
    #[serde(deserialize_with = "said")]
    member_type: Option<String>,
    /// All of the further records, 4 at most; `[]` for none.
    #[serde(deserialize_with = "said")]
    other_persons: Option<Vec<PersonBody>>,
    /// `none`, `unrestricted` or the name of a role.
    #[serde(deserialize_with = "said")]
    security_role: Option<String>,
    /// `none` or `administrator`.
    #[serde(deserialize_with = "said")]
    authority: Option<String>,
    #[serde(deserialize_with = "said")]
    cell: Option<String>,
    #[serde(deserialize_with = "said")]
    #[schema(example = "Night shifts only")]
    note: Option<String>,
}

/// A field that is there; `null` empties it.
fn said<'de, D, T>(field: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Some(Option::deserialize(field)?.unwrap_or_default()))
}

impl From<MemberPatchBody> for MemberPatch {
    fn from(body: MemberPatchBody) -> Self {
        let MemberPatchBody {
            user_name,
            email,
            given_name,
            family_name,
            person_ref,
            member_type,
            other_persons,
            security_role,
            authority,
            cell,
            note,
        } = body;
        Self {
            user_name,
            email,
            given_name,
            family_name,
            person_ref,
            member_type,
            other_persons: other_persons.map(drafts),
            security_role,
            authority,
            cell,
            note,
        }
    }
}

/// The address to propose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct ProposedEmailBody {
    #[serde(default)]
    #[schema(required, example = "frank.jones@elsewhere.example")]
    pub(super) email: String,
}

/// A member as its own company sees it, with the name it typed: another agency may know the person by another (R33).
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct MemberBody {
    member_id: String,
    company_id: String,
    /// In the form in which addresses are compared: how somebody else spelled it is nobody's business (R33). `null` of removed
    /// members: they have taken their address along.
    #[schema(example = "frank.jones@example.com")]
    user_name: Option<String>,
    /// The same.
    #[schema(example = "frank.jones@example.com")]
    email: Option<String>,
    given_name: String,
    family_name: String,
    /// Always true: whoever is listed here is an identity.
    is_identity: bool,
    /// `invited`, `active`, `inactive` or `removed`.
    state: String,
    /// What the agency's Status field shows: `active` or `inactive`.
    status: String,
    member_type: String,
    person_ref: String,
    /// All of the company's records of the person: `member_type` and `person_ref` first, then `other_persons`.
    persons: Vec<PersonBody>,
    security_role: String,
    authority: String,
    cell: Option<String>,
    note: Option<String>,
    created_at: String,
    /// When the person accepted, by logging in to this company; `null` as long as they have not.
    joined_at: Option<String>,
    /// At this company.
    last_sign_in: Option<String>,
    /// Whether wrong passwords make the person wait; said of active members only.
    is_locked: bool,
    /// Until when; `null` as well when only a new password or unlocking helps.
    locked_until: Option<String>,
    /// The address that this company proposed and the person has not confirmed yet.
    proposed_email: Option<String>,
    invitation: InvitationBody,
}

/// How far the newest invitation mail has come.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct InvitationBody {
    /// `none`, `queued`, `sent`, `expired`, `accepted`, `superseded`, `revoked` or `undeliverable`.
    state: String,
    /// When it came to this state.
    at: Option<String>,
    /// Why it is undeliverable: `mailbox_unknown`, `domain_unknown` (what follows the @), `mailbox_full`, `refused` (by the mail
    /// server of the address, perhaps as spam) or `undelivered` (anything else).
    #[schema(example = "mailbox_unknown")]
    reason: Option<String>,
}

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct MembersBody {
    pub(in crate::routes) members: Vec<MemberBody>,
    /// Pass as `cursor` to get the next page; `null` on the last one.
    pub(in crate::routes) next_cursor: Option<String>,
}

impl From<PersonEntry> for PersonBody {
    fn from(entry: PersonEntry) -> Self {
        Self { member_type: entry.member_type.as_str().to_owned(), person_ref: entry.person_ref.to_string() }
    }
}

impl From<&MemberState> for MemberBody {
    fn from(state: &MemberState) -> Self {
        let MemberState { membership, user_name, invitation, lock, proposed_email, .. } = state;
        let particulars = &membership.particulars;
        let (word, status) = match membership.state {
            MembershipState::Invited => ("invited", "active"),
            MembershipState::Active { .. } => ("active", "active"),
            MembershipState::Inactive { .. } => ("inactive", "inactive"),
            MembershipState::Removed { .. } => ("removed", "inactive"),
        };
        let user_name = user_name.as_ref().map(|address| address.canonical().to_owned());
        let locked_until = match lock {
            Some(Lock::Until(at)) => Some(*at),
            Some(Lock::UntilRecovered) | None => None,
        };
        Self {
            member_id: membership.id.to_string(),
            company_id: membership.company.to_string(),
            email: user_name.clone(),
            user_name,
            given_name: particulars.given_name.to_string(),
            family_name: particulars.family_name.to_string(),
            is_identity: true,
            state: word.to_owned(),
            status: status.to_owned(),
            member_type: particulars.member_type.as_str().to_owned(),
            person_ref: particulars.person_ref.to_string(),
            persons: particulars.persons().map(PersonBody::from).collect(),
            security_role: particulars.security_role.as_str().to_owned(),
            authority: particulars.authority.as_str().to_owned(),
            cell: particulars.cell.as_ref().map(ToString::to_string),
            note: particulars.note.as_ref().map(ToString::to_string),
            created_at: membership.created_at.to_rfc3339(),
            joined_at: membership.joined_at.map(Timestamp::to_rfc3339),
            last_sign_in: membership.last_sign_in.map(Timestamp::to_rfc3339),
            is_locked: lock.is_some(),
            locked_until: locked_until.map(Timestamp::to_rfc3339),
            proposed_email: proposed_email.as_ref().map(|address| address.canonical().to_owned()),
            invitation: (*invitation).into(),
        }
    }
}

impl From<InvitationProgress> for InvitationBody {
    fn from(progress: InvitationProgress) -> Self {
        use InvitationProgress as P;
        let (state, at) = match progress {
            P::None => ("none", None),
            P::Queued => ("queued", None),
            P::Sent(at) => ("sent", Some(at)),
            P::Expired(at) => ("expired", Some(at)),
            P::Accepted(at) => ("accepted", Some(at)),
            P::Superseded(at) => ("superseded", Some(at)),
            P::Revoked(at) => ("revoked", Some(at)),
            P::Undeliverable(at, _) => ("undeliverable", Some(at)),
        };
        let reason = match progress {
            P::Undeliverable(_, why) => Some(why.as_str().to_owned()),
            _ => None,
        };
        Self { state: state.to_owned(), at: at.map(Timestamp::to_rfc3339), reason }
    }
}
