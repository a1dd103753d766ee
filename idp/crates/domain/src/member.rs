//! One account's membership of one company: everything an agency may say about a person (R11, R19-R21, R79).

use serde::{Deserialize, Serialize};

pub use crate::authority::{Authority, Ceiling, Reach, SecurityRole};
pub use crate::member_list::{MemberCounts, MemberFilter, MemberOrder, MemberQuery, SearchWords};
pub use crate::person_entry::PersonEntry;

use crate::claims::NamePart;
use crate::id::{AccountId, CompanyId, MembershipId};
use crate::text::Line;
use crate::{Entropy, Timestamp};

/// `invited → active ⇄ inactive → removed` (`company.md` section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MembershipState {
    Invited,
    Active { since: Timestamp },
    Inactive { since: Timestamp },
    Removed { at: Timestamp },
}

/// What the agency's *Status* drop-down writes (R20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Active,
    Inactive,
}

/// Person types; an open list (R11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberType {
    OfficeStaff,
    Caregiver,
    Client,
}

impl MemberType {
    pub const VARIANTS: [Self; 3] = [Self::OfficeStaff, Self::Caregiver, Self::Client];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OfficeStaff => "office_staff",
            Self::Caregiver => "caregiver",
            Self::Client => "client",
        }
    }
}

/// The agency's own name for a person, unique within the company (natural key, R25).
pub type PersonRef = Line<64>;

/// What the office types about a person; all of it belongs to the agency, none of it to the account.
///
/// The name too: another agency may know the same person by another one, and neither learns of the other (R33).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particulars {
    pub given_name: NamePart,
    pub family_name: NamePart,
    pub member_type: MemberType,
    pub person_ref: PersonRef,
    /// The person's further hats, at most [`PersonEntry::MAX_OTHERS`] (R79).
    pub other_persons: Vec<PersonEntry>,
    pub security_role: SecurityRole,
    pub authority: Authority,
    pub cell: Option<Line<40>>,
    pub note: Option<Line<1000>>,
}

impl Particulars {
    /// "Frank Jones", as this agency greets the person.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// The transition does not exist from the membership's present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the membership is in the wrong state for this")]
pub struct WrongState;

/// Only an invited member is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the member was not invited")]
pub struct NotInvited;

/// One membership. `version` counts stored changes and guards every update.
#[derive(Debug, Clone)]
pub struct Membership {
    pub id: MembershipId,
    pub account: AccountId,
    pub company: CompanyId,
    pub state: MembershipState,
    pub particulars: Particulars,
    pub created_at: Timestamp,
    /// When the person first accepted, or had accepted when it was last taken back; kept while they are inactive.
    pub joined_at: Option<Timestamp>,
    pub last_sign_in: Option<Timestamp>,
    /// When everything the person had open at this agency was last ended.
    pub sessions_ended_at: Option<Timestamp>,
    pub version: i64,
}

impl Membership {
    pub fn invite(
        account: AccountId,
        company: CompanyId,
        particulars: Particulars,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            id: MembershipId::new(now, entropy),
            account,
            company,
            state: MembershipState::Invited,
            particulars,
            created_at: now,
            joined_at: None,
            last_sign_in: None,
            sessions_ended_at: None,
            version: 0,
        }
    }

    /// An invited member who proved who they are is accepted on the spot (R91).
    ///
    /// # Errors
    /// [`NotInvited`] from every other state.
    pub fn accept(mut self, now: Timestamp) -> Result<Self, NotInvited> {
        match self.state {
            MembershipState::Invited => self.state = MembershipState::Active { since: now },
            MembershipState::Active { .. }
            | MembershipState::Inactive { .. }
            | MembershipState::Removed { .. } => {
                return Err(NotInvited);
            }
        }
        self.joined_at = Some(now);
        self.last_sign_in = Some(now);
        Ok(self)
    }

    /// The agency's *Status* goes from Active: nothing opens through it until it is set back (R74).
    ///
    /// # Errors
    /// [`WrongState`] unless the member is invited or active.
    pub fn deactivate(mut self, now: Timestamp) -> Result<Self, WrongState> {
        if !self.may_enter() {
            return Err(WrongState);
        }
        self.state = MembershipState::Inactive { since: now };
        Ok(self.end_sessions(now))
    }

    /// *Status* goes back to Active: with the credential from before for who had accepted, as an invitation for who had not
    /// (R75).
    ///
    /// # Errors
    /// [`WrongState`] unless the member is inactive.
    pub fn reactivate(mut self, now: Timestamp) -> Result<Self, WrongState> {
        if !matches!(self.state, MembershipState::Inactive { .. }) {
            return Err(WrongState);
        }
        self.state = match self.joined_at {
            Some(_) => MembershipState::Active { since: now },
            None => MembershipState::Invited,
        };
        Ok(self)
    }

    /// The person leaves: the agency keeps what it wrote, and nothing of it opens anything any more.
    ///
    /// # Errors
    /// [`WrongState`] when the person left before.
    pub fn leave(mut self, now: Timestamp) -> Result<Self, WrongState> {
        if self.is_removed() {
            return Err(WrongState);
        }
        self.state = MembershipState::Removed { at: now };
        Ok(self.end_sessions(now))
    }

    /// Nothing that began before now opens anything at this agency any more: here the person must prove who they are again.
    /// What they have open elsewhere goes on.
    #[must_use]
    pub fn end_sessions(mut self, now: Timestamp) -> Self {
        self.sessions_ended_at = self.sessions_ended_at.max(Some(now));
        self
    }

    /// Whether a log-in of this moment counts at this agency.
    pub fn counts_log_in(&self, auth_time: Timestamp) -> bool {
        self.sessions_ended_at.is_none_or(|ended| auth_time > ended)
    }

    /// Whether the person has not come here yet since the log-in of this moment.
    pub fn is_first_visit(&self, auth_time: Timestamp) -> bool {
        self.last_sign_in.is_none_or(|last| last < auth_time)
    }

    /// The agency takes back somebody who left, with what it says of them now (`company.md` section 2).
    ///
    /// # Errors
    /// [`WrongState`] from every state but `Removed`.
    pub fn invite_again(mut self, particulars: Particulars) -> Result<Self, WrongState> {
        if !self.is_removed() {
            return Err(WrongState);
        }
        self.state = MembershipState::Invited;
        self.joined_at = None;
        self.particulars = particulars;
        Ok(self)
    }

    /// Gives the natural keys of somebody who left to whoever the agency calls so now.
    ///
    /// # Errors
    /// [`WrongState`] from every state but `Removed`.
    pub fn vacate(mut self) -> Result<Self, WrongState> {
        if !self.is_removed() {
            return Err(WrongState);
        }
        self.particulars.person_ref = Line::parse(&self.id.to_string()).map_err(|_| WrongState)?;
        self.particulars.other_persons.clear();
        Ok(self)
    }

    /// Whether it gave its natural keys up ([`Self::vacate`]).
    pub fn is_vacated(&self) -> bool {
        self.particulars.person_ref.as_str() == self.id.to_string()
    }

    pub fn is_active(&self) -> bool {
        matches!(self.state, MembershipState::Active { .. })
    }

    /// Whether the person has proven who they are to this agency.
    pub fn has_joined(&self) -> bool {
        self.joined_at.is_some()
    }

    pub fn is_removed(&self) -> bool {
        matches!(self.state, MembershipState::Removed { .. })
    }

    /// Whether the person may act for the agency here, so that it must not be left without them.
    pub fn is_administrator(&self) -> bool {
        self.is_active() && self.particulars.authority == Authority::Administrator
    }

    /// Whether signing in may go on to this company: active, or invited and about to be accepted (R91).
    pub fn may_enter(&self) -> bool {
        matches!(self.state, MembershipState::Active { .. } | MembershipState::Invited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_state(state: MembershipState) -> Membership {
        Membership {
            id: MembershipId::from_uuid(uuid::Uuid::nil()),
            account: AccountId::from_uuid(uuid::Uuid::nil()),
            company: CompanyId::from_uuid(uuid::Uuid::nil()),
            state,
            particulars: Particulars {
                given_name: Line::parse("Frank").expect("valid"),
                family_name: Line::parse("Jones").expect("valid"),
                member_type: MemberType::Caregiver,
                person_ref: Line::parse("1").expect("valid"),
                other_persons: vec![PersonEntry {
                    member_type: MemberType::OfficeStaff,
                    person_ref: Line::parse("2").expect("valid"),
                }],
                security_role: SecurityRole::None,
                authority: Authority::Administrator,
                cell: None,
                note: None,
            },
            created_at: Timestamp::from_millis(5),
            joined_at: None,
            last_sign_in: None,
            sessions_ended_at: None,
            version: 0,
        }
    }

    fn states() -> [MembershipState; 4] {
        let now = Timestamp::from_millis(5);
        [
            MembershipState::Invited,
            MembershipState::Active { since: now },
            MembershipState::Inactive { since: now },
            MembershipState::Removed { at: now },
        ]
    }

    /// R91, R74: proving who one is accepts an invitation and nothing else.
    #[test]
    fn only_an_invited_member_is_accepted() {
        let now = Timestamp::from_millis(5);
        for state in states() {
            let membership = in_state(state);
            let may_enter = matches!(state, MembershipState::Invited | MembershipState::Active { .. });
            assert_eq!(membership.may_enter(), may_enter, "{state:?}");
            let accepted = membership.accept(now);
            assert_eq!(accepted.is_ok(), state == MembershipState::Invited, "{state:?}");
            assert!(
                accepted.is_err() || accepted.is_ok_and(|m| m.is_active() && m.last_sign_in == Some(now))
            );
        }
    }

    /// R74, R75: switched off and on again, who had accepted is back at once; who had not is invited.
    #[test]
    fn status_goes_back_to_what_it_was() {
        let now = Timestamp::from_millis(9);
        for state in states() {
            let may_enter = in_state(state).may_enter();
            let off = in_state(state).deactivate(now);
            assert_eq!(off.is_ok(), may_enter, "{state:?}");
            let is_inactive = matches!(state, MembershipState::Inactive { .. });
            assert_eq!(in_state(state).reactivate(now).is_ok(), is_inactive, "{state:?}");
        }
        let joined = in_state(MembershipState::Invited).accept(now).expect("invited");
        let back = joined.deactivate(now).and_then(|off| off.reactivate(now)).expect("active");
        assert!(back.is_active() && back.has_joined());
        let never = in_state(MembershipState::Invited).deactivate(now).and_then(|off| off.reactivate(now));
        assert_eq!(never.expect("invited").state, MembershipState::Invited);
    }

    /// R74: what was ended stays ended, however it was; a clock that is behind on another node takes nothing back.
    #[test]
    fn a_log_in_counts_when_it_is_later_than_the_end_of_all_before() {
        let at = Timestamp::from_millis;
        let active = || in_state(MembershipState::Active { since: at(1) });
        assert!(active().counts_log_in(at(0)), "nothing was ever ended");
        let off = || active().deactivate(at(5)).expect("active");
        for ended in [
            active().end_sessions(at(5)),
            off(),
            active().leave(at(5)).expect("there"),
            off().end_sessions(at(3)),
        ] {
            assert_eq!(
                [4, 5, 6].map(|moment| ended.counts_log_in(at(moment))),
                [false, false, true],
                "{ended:?}"
            );
        }
    }

    /// Attack 85: nobody grants above their own.
    #[test]
    fn a_ceiling_covers_what_is_not_above_it() {
        let particulars = |authority, security_role| Particulars {
            authority,
            security_role,
            ..in_state(MembershipState::Invited).particulars
        };
        let named = || SecurityRole::Named(Line::parse("Scheduler").expect("valid"));
        let plain = particulars(Authority::None, SecurityRole::None);
        let scheduler = particulars(Authority::None, named());
        let owner = particulars(Authority::Administrator, SecurityRole::Unrestricted);
        let half = particulars(Authority::Administrator, named());
        for (ceiling, covered) in [
            (Ceiling::of(&plain), [true, false, false, false]),
            (Ceiling::of(&scheduler), [true, true, false, false]),
            (Ceiling::of(&half), [true, true, true, false]),
            (Ceiling::of(&owner), [true; 4]),
            (Ceiling::NONE, [true; 4]),
            (Ceiling::of_client(Authority::None), [true, true, false, false]),
            (Ceiling::of_client(Authority::Administrator), [true; 4]),
        ] {
            let covers = [&plain, &scheduler, &half, &owner].map(|it| ceiling.covers(it));
            assert_eq!(covers, covered, "{ceiling:?}");
        }
    }

    /// `company.md` section 2: `removed` is left by a new invitation and by nothing else.
    #[test]
    fn who_left_is_out_until_invited_again() {
        let now = Timestamp::from_millis(9);
        for state in states() {
            let is_active = matches!(state, MembershipState::Active { .. });
            assert_eq!(in_state(state).is_administrator(), is_active, "{state:?}");
            let was_there = !in_state(state).is_removed();
            let left = in_state(state).leave(now);
            assert_eq!(left.is_ok(), was_there, "{state:?}");
            let particulars = in_state(state).particulars;
            assert_eq!(in_state(state).invite_again(particulars).is_ok(), !was_there, "{state:?}");
            assert_eq!(in_state(state).vacate().is_ok(), !was_there, "{state:?}");
        }
        let left = in_state(MembershipState::Invited).leave(now).expect("was there");
        assert!(!left.may_enter() && left.state == MembershipState::Removed { at: now });
        let vacated = left.clone().vacate().expect("removed");
        assert_eq!(vacated.particulars.person_ref.as_str(), left.id.to_string());
        assert!(vacated.is_vacated() && !left.is_vacated());
        assert_eq!(vacated.particulars.other_persons, [], "R79: every hat is free");
        let back = vacated.invite_again(left.particulars).expect("removed");
        assert_eq!((back.state, back.particulars.person_ref.as_str()), (MembershipState::Invited, "1"));
    }
}
