//! *Status* (R20, R74, R75) and leaving: at this agency only.

use idp_domain::audit::AuditAction;
use idp_domain::grant::RevocationReason;
use idp_domain::member::Membership;
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::Tx;

use super::{Mailed, ProvisionError, Turn};
use crate::provision::add::invite;
use crate::{membership, notice};

impl Turn<'_> {
    /// With the credential from before for who had accepted; with a new mail for who had not (R75).
    pub(super) async fn activate(&self, tx: &mut dyn Tx) -> Result<Mailed, ProvisionError> {
        let back = self.membership().clone().reactivate(self.now);
        let back =
            back.map_err(|_| ProvisionError::WrongState("Only an inactive member can be activated."))?;
        tx.memberships().update(&back).await?;
        // A mail that would only come back is not sent: the invitation says so, and a right address sends the next one (R85).
        let is_asked = !back.has_joined() && !self.came_back(tx).await?;
        let mailed = is_asked && invite(self.env, tx, (&self.before.account, &back), self.scope).await?;
        self.record_change(tx, AuditAction::MemberActivated, &back).await?;
        Ok(mailed.into())
    }

    pub(super) async fn deactivate(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        let off = self.switch_off(tx).await?;
        Ok(self.record_change(tx, AuditAction::MemberDeactivated, &off).await?)
    }

    /// Inactive, with everything it opened ended and every mail that is out dead.
    pub(super) async fn switch_off(&self, tx: &mut dyn Tx) -> Result<Membership, ProvisionError> {
        let off = self.membership().clone().deactivate(self.now);
        let off =
            off.map_err(|_| ProvisionError::WrongState("The member is inactive or removed already."))?;
        self.keep_an_administrator(tx).await?;
        tx.memberships().update(&off).await?;
        self.end_access(tx, &off).await?;
        Ok(off)
    }

    pub(super) async fn remove(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        let left = self.membership().clone().leave(self.now);
        let left = left.map_err(|_| ProvisionError::WrongState("The member is removed already."))?;
        self.keep_an_administrator(tx).await?;
        tx.memberships().update(&left).await?;
        self.end_access(tx, &left).await?;
        if left.has_joined() && self.before.account.is_active() {
            let event = SecurityEvent::MembershipRemoved { company: left.company };
            let origin = self.scope.caller().origin();
            notice::tell(self.env, tx, &self.before.account, event, origin).await?;
        }
        Ok(self.record_change(tx, AuditAction::MemberRemoved, &left).await?)
    }

    /// The operator may leave an agency without one: it is how a mistake is mended.
    pub(super) async fn keep_an_administrator(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        let is_needed = membership::is_only_administrator(tx, self.membership()).await?;
        if is_needed && !self.scope.is_operator() {
            return Err(ProvisionError::LastAdministrator);
        }
        Ok(())
    }

    async fn end_access(&self, tx: &mut dyn Tx, at: &Membership) -> Result<(), ProvisionError> {
        let of = (at.account, at.company);
        membership::end_access(self.env, tx, of, RevocationReason::Deactivated).await?;
        membership::revoke_invitation(self.env, tx, at.id).await?;
        Ok(membership::end_vouching(self.env, tx, at).await?)
    }
}
