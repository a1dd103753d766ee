//! Members as JSON. Every field is said, `null` included, so that a client never guesses (R10).

use idp_domain::member::{Authority, MembershipState};
use idp_service::provision::{InvitationProgress, MemberDraft, MemberState};
use serde::{Deserialize, Serialize};
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
    /// `none`, `unrestricted` or the name of a role; never left out.
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
            security_role,
            authority,
            status,
            cell,
            note,
        }
    }
}

/// A member as its own company sees it, with the name it typed: another agency may know the person by another (R33).
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct MemberBody {
    member_id: String,
    company_id: String,
    /// In the form in which addresses are compared: how somebody else spelled it is nobody's business (R33).
    user_name: String,
    email: String,
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
    security_role: String,
    authority: String,
    cell: Option<String>,
    note: Option<String>,
    created_at: String,
    /// At this company.
    last_sign_in: Option<String>,
    invitation: InvitationBody,
}

/// How far the newest invitation mail has come.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct InvitationBody {
    /// `none`, `queued`, `sent`, `expired`, `accepted`, `superseded`, `revoked` or `undeliverable`.
    state: String,
    /// When it came to this state.
    at: Option<String>,
}

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct MembersBody {
    pub(in crate::routes) members: Vec<MemberBody>,
    /// Pass as `cursor` to get the next page; `null` on the last one.
    pub(in crate::routes) next_cursor: Option<String>,
}

impl From<&MemberState> for MemberBody {
    fn from(state: &MemberState) -> Self {
        let MemberState { account, membership, invitation } = state;
        let particulars = &membership.particulars;
        let (word, status) = match membership.state {
            MembershipState::Invited => ("invited", "active"),
            MembershipState::Active { .. } => ("active", "active"),
            MembershipState::Inactive { .. } => ("inactive", "inactive"),
            MembershipState::Removed { .. } => ("removed", "inactive"),
        };
        let authority = match particulars.authority {
            Authority::None => "none",
            Authority::Administrator => "administrator",
        };
        Self {
            member_id: membership.id.to_string(),
            company_id: membership.company.to_string(),
            user_name: account.user_name.canonical().to_owned(),
            email: account.user_name.canonical().to_owned(),
            given_name: particulars.given_name.to_string(),
            family_name: particulars.family_name.to_string(),
            is_identity: true,
            state: word.to_owned(),
            status: status.to_owned(),
            member_type: particulars.member_type.as_str().to_owned(),
            person_ref: particulars.person_ref.to_string(),
            security_role: particulars.security_role.as_str().to_owned(),
            authority: authority.to_owned(),
            cell: particulars.cell.as_ref().map(ToString::to_string),
            note: particulars.note.as_ref().map(ToString::to_string),
            created_at: membership.created_at.to_rfc3339(),
            last_sign_in: membership.last_sign_in.map(idp_domain::Timestamp::to_rfc3339),
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
            P::Undeliverable(at) => ("undeliverable", Some(at)),
        };
        Self { state: state.to_owned(), at: at.map(idp_domain::Timestamp::to_rfc3339) }
    }
}
