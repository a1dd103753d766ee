//! Mails that invite: another one, or none any more (R67, R85).

use idp_domain::audit::AuditAction;
use idp_domain::invitation::InvitationState;
use idp_domain::member::MembershipState;
use idp_domain::ports::Tx;

use super::{ProvisionError, Turn};
use crate::mail::enqueue_in_turn;
use crate::provision::add::renew;
use crate::recovery;

impl Turn<'_> {
    /// `to_many`: the mail takes its turn among the company's.
    pub(super) async fn resend(&self, tx: &mut dyn Tx, to_many: bool) -> Result<(), ProvisionError> {
        if self.membership().state != MembershipState::Invited {
            return Err(ProvisionError::WrongState(
                "Only who is invited and has not accepted gets another mail.",
            ));
        }
        if self.came_back(tx).await? {
            return Err(ProvisionError::UndeliverableAddress);
        }
        let account = &self.before.account;
        let mail = renew(self.env, tx, (account, self.membership()), self.scope).await?;
        recovery::vouch_with_invitation(self.env, tx, account, self.scope).await?;
        self.record(tx, AuditAction::InvitationResent).await?;
        match mail {
            Some(mail) if to_many => Ok(enqueue_in_turn(self.env, tx, self.scope.id(), vec![mail]).await?),
            Some(mail) => Ok(tx.outbox().enqueue(&mail).await?),
            None => Ok(()),
        }
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
