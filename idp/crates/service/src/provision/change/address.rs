//! Another address: proposed to who has accepted (R72), simply changed for who has not (R71).

use idp_domain::audit::AuditAction;
use idp_domain::email::EmailAddress;
use idp_domain::member::{Membership, Particulars, Status};
use idp_domain::ports::Tx;

use super::{Mailed, ProvisionError, Turn};
use crate::email_change::{Proposal, propose, waiting};
use crate::membership;
use crate::provision::add::{account_for, invite};
use crate::provision::draft::NewMember;

impl Turn<'_> {
    /// In effect only when the person proves the new address and who they are. Whether another account has it is told to
    /// operators alone (R73).
    pub(super) async fn propose_email(
        &self,
        tx: &mut dyn Tx,
        address: &EmailAddress,
    ) -> Result<(), ProvisionError> {
        self.needs_active()?;
        let account = &self.before.account;
        if *address == account.user_name {
            return Err(ProvisionError::WrongState("It is the address the person has."));
        }
        if self.scope.is_operator() && tx.accounts().find_by_user_name(address).await?.is_some() {
            return Err(ProvisionError::UserNameTaken);
        }
        // What the person asked for themselves is not called off by anybody else. Of another agency's proposal nothing shows: it
        // is replaced like an older one of this agency's (R33).
        let own = waiting(self.env, tx, account.id).await?.filter(|waiting| waiting.proposed_by.is_none());
        if own.is_some() {
            return Err(ProvisionError::WrongState(
                "The person is changing the address themselves at the moment.",
            ));
        }
        if self.is_beyond_the_office() {
            return Ok(self.record(tx, AuditAction::EmailChangeProposed).await?);
        }
        let caller = self.scope.caller();
        let proposal = Proposal { new: address.clone(), by: Some(self.scope.id()), actor: caller.actor() };
        Ok(propose(self.env, tx, account, proposal, caller.origin()).await?)
    }

    /// The membership moves to the account of the right address, and what was mailed to the wrong one is dead. An account
    /// that another agency shares stays as it is, and nothing shows that there is one; one that nobody has any more, and that
    /// nobody ever opened, goes.
    pub(super) async fn correct_address(
        &self,
        tx: &mut dyn Tx,
        (address, particulars): (&EmailAddress, &Particulars),
    ) -> Result<(Membership, Mailed), ProvisionError> {
        let known = tx.accounts().find_by_user_name(address).await?;
        if let Some(known) = known {
            // R31. A former member of this address would be in the way as well: one account, one membership.
            if tx.memberships().find_of_account(self.scope.id(), known.id).await?.is_some() {
                return Err(ProvisionError::SharedEmail);
            }
        }
        let member = NewMember {
            user_name: address.clone(),
            particulars: particulars.clone(),
            status: Status::Active,
        };
        let account = account_for(self.env, tx, &member).await?;
        self.claim_references(tx, particulars).await?;
        membership::revoke_invitation(self.env, tx, self.membership().id).await?;
        let moved =
            Membership { account: account.id, particulars: particulars.clone(), ..self.membership().clone() };
        tx.memberships().update(&moved).await?;
        // One statement, whether the account goes or stays (R33). Its links open nothing without the membership.
        tx.accounts().remove_unused(self.before.account.id).await?;
        let mailed = moved.may_enter() && invite(self.env, tx, (&account, &moved), self.scope).await?;
        self.record(tx, AuditAction::MemberAddressCorrected).await?;
        Ok((moved, mailed.into()))
    }
}
