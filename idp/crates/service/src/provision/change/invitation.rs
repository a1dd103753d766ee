//! Mails that invite: another one, or none any more (R67, R85).

use idp_domain::audit::AuditAction;
use idp_domain::invitation::InvitationState;
use idp_domain::member::MembershipState;
use idp_domain::ports::Tx;

use super::{ProvisionError, Turn};
use crate::provision::add::invite;

impl Turn<'_> {
    pub(super) async fn resend(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        if self.membership().state != MembershipState::Invited {
            return Err(ProvisionError::WrongState("Only who is invited and has not accepted gets another mail."));
        }
        let newest = tx.invitations().find_newest(self.membership().id).await?;
        let came_back = newest.is_some_and(|newest| {
            let is_dead = matches!(newest.state, InvitationState::Undeliverable { .. });
            is_dead && newest.email == self.before.account.user_name
        });
        if came_back {
            return Err(ProvisionError::UndeliverableAddress);
        }
        let to = (&self.before.account, self.membership());
        invite(self.env, tx, to, self.scope, self.now).await?;
        Ok(self.record(tx, AuditAction::InvitationResent).await?)
    }

    pub(super) async fn revoke_invitation(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        if self.membership().state != MembershipState::Invited {
            return Err(ProvisionError::WrongState("There is no invitation that waits for an answer."));
        }
        self.switch_off(tx).await?;
        Ok(self.record(tx, AuditAction::InvitationRevoked).await?)
    }
}
