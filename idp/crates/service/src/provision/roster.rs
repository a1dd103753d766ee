//! Whom an agency has of the people who are to be added: read for one of them or for hundreds in the same two statements,
//! whatever is known of them elsewhere (R25, R33).

use std::collections::HashMap;

use idp_domain::id::{CompanyId, MembershipId};
use idp_domain::member::{Membership, PersonRef};
use idp_domain::ports::Tx;

use super::draft::NewMember;
use crate::authority::CompanyScope;
use crate::fault::Fault;

/// What the agency has of a person.
#[derive(Debug)]
pub(crate) enum Known {
    /// The same person, with the same user name.
    Member(Box<Membership>),
    /// Nobody who is still there.
    Nobody(Box<Former>),
}

/// Those who left and are in question.
#[derive(Debug, Default)]
pub(crate) struct Former {
    /// This person's own membership.
    pub(super) same: Option<Membership>,
    /// Others', with a reference that this person is to have.
    pub(super) namesakes: Vec<Membership>,
}

impl Former {
    /// Somebody who left with a reference in question: each once, and not the person who comes back.
    fn recall(&mut self, left: Option<Membership>) {
        let known = |left: &Membership| self.same.iter().chain(&self.namesakes).any(|it| it.id == left.id);
        if let Some(left) = left.filter(|left| !known(left)) {
            self.namesakes.push(left);
        }
    }

    /// The member who would be back.
    pub(super) fn returning(&self) -> Option<MembershipId> {
        self.same.as_ref().map(|same| same.id)
    }

    /// Who comes back is not given less than they had by somebody who may not even touch them.
    pub(crate) fn may_return(&self, scope: &CompanyScope) -> bool {
        self.same.as_ref().is_none_or(|same| scope.covers(&same.particulars))
    }
}

/// What stands in the way of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clash {
    /// R31.
    SharedEmail,
    PersonHasIdentity,
    /// The further hat at this place is another person's (R79).
    HatTaken(usize),
}

/// Those of one agency whom some people's addresses and references name.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// By the canonical form.
    by_address: HashMap<String, Membership>,
    by_reference: HashMap<PersonRef, Membership>,
}

impl Roster {
    /// Of at most [`idp_domain::ports::AT_ONCE`] references.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn of(
        tx: &mut dyn Tx,
        company: CompanyId,
        people: &[&NewMember],
    ) -> Result<Self, Fault> {
        let addresses: Vec<_> = people.iter().map(|it| &it.user_name).collect();
        let references: Vec<_> = people.iter().flat_map(|it| it.references()).collect();
        let named = tx.memberships().list_by_person_ref(company, &references).await?;
        let by_address = tx.memberships().list_of_user_names(company, &addresses).await?;
        let by_reference = named.into_iter().flat_map(|membership| {
            let hats = membership.particulars.other_persons.iter().map(|it| it.person_ref.clone());
            let references: Vec<_> = hats.chain([membership.particulars.person_ref.clone()]).collect();
            references.into_iter().map(move |reference| (reference, membership.clone()))
        });
        Ok(Self { by_reference: by_reference.collect(), by_address: by_address.into_iter().collect() })
    }

    /// The natural key: the same person of the same company with the same user name is the same request (R25). Those who
    /// left are not there any more, and stand in nobody's way.
    pub(crate) fn judge(&self, member: &NewMember) -> Result<Known, Clash> {
        let person = &member.particulars.person_ref;
        let (by_person, namesake) = self.named(person);
        let (by_user_name, same) = there_or_left(self.by_address.get(member.user_name.canonical()).cloned());
        match (by_person, by_user_name) {
            (Some(known), Some(same)) if known.id == same.id => Ok(Known::Member(Box::new(known))),
            (None, None) => {
                let mut former = Former { same, namesakes: Vec::new() };
                former.recall(namesake);
                for (place, hat) in member.particulars.other_persons.iter().enumerate() {
                    match self.named(&hat.person_ref) {
                        (Some(_), _) => return Err(Clash::HatTaken(place)),
                        (None, namesake) => former.recall(namesake),
                    }
                }
                Ok(Known::Nobody(Box::new(former)))
            }
            // Added between the two statements.
            (None, Some(same)) if same.particulars.is_called(person) => Ok(Known::Member(Box::new(same))),
            // Whoever gives no reference of their own means who has the address and the name, whatever they are called (R25).
            (None, Some(same))
                if !member.has_own_reference() && same.particulars.has_name_of(&member.particulars) =>
            {
                Ok(Known::Member(Box::new(same)))
            }
            (_, Some(_)) => Err(Clash::SharedEmail),
            (Some(_), None) => Err(Clash::PersonHasIdentity),
        }
    }

    /// Whoever is there with this person's address and name, under a reference that is nobody's: a list may have other numbers
    /// than the agency's program, or none.
    pub(crate) fn by_another_reference(&self, member: &NewMember) -> Option<&Membership> {
        let (named, _) = self.named(&member.particulars.person_ref);
        let holder = self.by_address.get(member.user_name.canonical()).filter(|it| !it.is_removed())?;
        let is_same = named.is_none() && holder.particulars.has_name_of(&member.particulars);
        is_same.then_some(holder)
    }

    fn named(&self, person: &PersonRef) -> (Option<Membership>, Option<Membership>) {
        there_or_left(self.by_reference.get(person).cloned())
    }
}

/// A membership, told apart by whether the person left.
fn there_or_left(membership: Option<Membership>) -> (Option<Membership>, Option<Membership>) {
    let left = membership.as_ref().is_some_and(Membership::is_removed);
    if left { (None, membership) } else { (membership, None) }
}
