//! What the office wrote about a person, changed (R17-R21): only what is said is changed.

use idp_domain::audit::AuditAction;
use idp_domain::email::EmailAddress;
use idp_domain::member::{MemberType, Membership, Particulars};
use idp_domain::ports::Tx;

use super::{Mailed, ProvisionError, Turn};
use crate::provision::add::vacate;
use crate::provision::draft::{MemberDraft, NewMember, PersonDraft, hat_field};
use crate::session;

/// What a request wants to change; `None` leaves a field as it is, an empty text empties an optional one.
#[derive(Debug, Clone, Default)]
pub struct MemberPatch {
    /// Only as long as the person has not accepted; `email` must say the same (R18).
    pub user_name: Option<String>,
    pub email: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub person_ref: Option<String>,
    pub member_type: Option<String>,
    /// All of the further hats (R79).
    pub other_persons: Option<Vec<PersonDraft>>,
    pub security_role: Option<String>,
    pub authority: Option<String>,
    pub cell: Option<String>,
    pub note: Option<String>,
}

impl MemberPatch {
    /// The member as it would be typed anew.
    fn onto(&self, membership: &Membership, user_name: &EmailAddress) -> MemberDraft {
        let is = &membership.particulars;
        let or = |said: &Option<String>, is: &str| said.clone().unwrap_or_else(|| is.to_owned());
        let text = |line: &Option<String>, is: Option<String>| line.clone().or(is);
        let address = user_name.canonical();
        // One of the two is not a wish to have two different ones.
        let typed = self.user_name.as_ref().or(self.email.as_ref());
        let address = typed.map_or(address, String::as_str);
        MemberDraft {
            user_name: or(&self.user_name, address),
            email: or(&self.email, address),
            given_name: or(&self.given_name, is.given_name.as_str()),
            family_name: or(&self.family_name, is.family_name.as_str()),
            person_ref: or(&self.person_ref, is.person_ref.as_str()),
            member_type: or(&self.member_type, is.member_type.as_str()),
            other_persons: self
                .other_persons
                .clone()
                .unwrap_or_else(|| is.other_persons.iter().map(PersonDraft::from).collect()),
            security_role: or(&self.security_role, is.security_role.as_str()),
            authority: text(&self.authority, Some(is.authority.as_str().to_owned())),
            status: None,
            cell: text(&self.cell, is.cell.as_ref().map(ToString::to_string)),
            note: text(&self.note, is.note.as_ref().map(ToString::to_string)),
        }
    }
}

impl Turn<'_> {
    pub(super) async fn patch(&self, tx: &mut dyn Tx, patch: &MemberPatch) -> Result<Mailed, ProvisionError> {
        let before = self.membership();
        if before.is_removed() {
            return Err(ProvisionError::WrongState("The member is removed: add the person again."));
        }
        let draft = patch.onto(before, &self.before.account.user_name);
        let NewMember { user_name, particulars, .. } = draft.check().map_err(ProvisionError::Invalid)?;
        self.may_become(tx, &particulars).await?;
        let (after, mailed) = if user_name == self.before.account.user_name {
            self.claim_references(tx, &particulars).await?;
            let after = Membership { particulars, ..before.clone() };
            tx.memberships().update(&after).await?;
            (after, Mailed::No)
        } else if before.has_joined() {
            return Err(ProvisionError::WrongState(
                "The person has accepted, and the address is theirs: propose another one instead.",
            ));
        } else {
            self.correct_address(tx, (&user_name, &particulars)).await?
        };
        // Office staff stay logged in for less long than caregivers (rules section 5).
        let is_staff = |membership: &Membership| membership.particulars.is_also(MemberType::OfficeStaff);
        let is_new_staff = !is_staff(before) && is_staff(&after);
        if is_new_staff && after.is_active() {
            session::shorten(self.env, tx, after.account).await?;
        }
        self.record_change(tx, AuditAction::MemberChanged, &after).await?;
        Ok(mailed)
    }

    /// New references are nobody's; who left gives theirs up (R25, R79).
    pub(super) async fn claim_references(
        &self,
        tx: &mut dyn Tx,
        after: &Particulars,
    ) -> Result<(), ProvisionError> {
        let before = self.membership();
        for (place, entry) in after.persons().enumerate() {
            if before.particulars.is_called(&entry.person_ref) {
                continue;
            }
            match tx.memberships().find_by_person_ref(self.scope.id(), &entry.person_ref).await? {
                Some(left) if left.is_removed() => vacate(tx, left).await?,
                Some(_) => {
                    let field = place.checked_sub(1).map_or("person_ref".into(), |hat| hat_field(hat).into());
                    return Err(ProvisionError::PersonRefTaken { field });
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Nobody gives above their own, raises themselves (R92), or takes an agency's last administrator away.
    async fn may_become(&self, tx: &mut dyn Tx, after: &Particulars) -> Result<(), ProvisionError> {
        let before = &self.membership().particulars;
        if !self.scope.covers(after) {
            return Err(ProvisionError::AuthorityNotAllowed);
        }
        let is_regraded = before.authority != after.authority || before.security_role != after.security_role;
        if is_regraded && self.scope.is_own(self.membership()) {
            return Err(ProvisionError::NotForYourself);
        }
        if after.authority < before.authority {
            self.keep_an_administrator(tx).await?;
        }
        Ok(())
    }
}
