//! Mails that invite: another one, or none any more (R67, R85).

use idp_domain::audit::AuditAction;
use idp_domain::invitation::InvitationState;
use idp_domain::member::MembershipState;
use idp_domain::ports::Tx;

use super::{ProvisionError, Turn};
use crate::provision::add::invite;
use crate::recovery;

impl Turn<'_> {
    pub(super) async fn resend(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        if self.membership().state != MembershipState::Invited {
            return Err(ProvisionError::WrongState(
                "Only who is invited and has not accepted gets another mail.",
            ));
        }
        if self.came_back(tx).await? {
            return Err(ProvisionError::UndeliverableAddress);
        }
        let account = &self.before.account;
        invite(self.env, tx, (account, self.membership()), self.scope, self.now).await?;
        // Two mails then, and nothing that the office sees is different (R33).
        if recovery::has_only_a_password(tx, account).await? && !self.is_beyond_the_office() {
            recovery::vouch(self.env, tx, account, self.scope.id()).await?;
        }
        Ok(self.record(tx, AuditAction::InvitationResent).await?)
    }

    /// Whether the newest mail to the address the person has was not delivered (R85).
    pub(super) async fn came_back(&self, tx: &mut dyn Tx) -> Result<bool, ProvisionError> {
        let newest = tx.invitations().find_newest(self.membership().id).await?;
        Ok(newest.is_some_and(|newest| {
            let is_dead = matches!(newest.state, InvitationState::Undeliverable { .. });
            is_dead && newest.email == self.before.account.user_name
        }))
    }

    pub(super) async fn revoke_invitation(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        if self.membership().state != MembershipState::Invited {
            return Err(ProvisionError::WrongState("There is no invitation that waits for an answer."));
        }
        let off = self.switch_off(tx).await?;
        Ok(self.record_change(tx, AuditAction::InvitationRevoked, &off).await?)
    }
}
