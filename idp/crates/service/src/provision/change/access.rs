//! Getting somebody in again, or out, at this agency: reset, unlock, end of sessions. The office never sees a link, a
//! password or an answer (L10, R80).

use idp_domain::audit::AuditAction;
use idp_domain::grant::RevocationReason;
use idp_domain::ports::Tx;
use idp_domain::throttle::Bucket;

use super::{ProvisionError, Turn};
use crate::{membership, recovery};

impl Turn<'_> {
    /// The mail goes to the person; the agency's word stands in only where nothing was enrolled to ask for (R90).
    pub(super) async fn reset_password(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        self.needs_active()?;
        if !self.is_beyond_the_office() {
            recovery::vouch(self.env, tx, &self.before.account, self.scope.id()).await?;
        }
        Ok(self.record(tx, AuditAction::ResetStarted).await?)
    }

    pub(super) async fn revoke_sessions(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        self.needs_active()?;
        let ended = self.membership().clone().end_sessions(self.now);
        tx.memberships().update(&ended).await?;
        let of = (ended.account, ended.company);
        membership::end_access(self.env, tx, of, RevocationReason::EndedByAgency).await?;
        Ok(self.record(tx, AuditAction::MemberSessionsEnded).await?)
    }

    /// Forgets what strangers guessed. What the person's own devices have is theirs, and answers that were guessed by whoever
    /// holds the mailbox are never forgiven by an office (Q8).
    pub(super) async fn unlock(&self, tx: &mut dyn Tx) -> Result<(), ProvisionError> {
        self.needs_active()?;
        if !self.is_beyond_the_office() {
            tx.throttles().clear(self.membership().account, Bucket::Strangers).await?;
        }
        Ok(self.record(tx, AuditAction::MemberUnlocked).await?)
    }
}
