//! What is recorded of a change (R94).

use idp_domain::audit::{AuditAction, AuditEvent};
use idp_domain::member::Membership;
use idp_domain::ports::Tx;

use super::Turn;
use crate::fault::Fault;
use crate::provision::record::told;

impl Turn<'_> {
    pub(super) async fn record(&self, tx: &mut dyn Tx, action: AuditAction) -> Result<(), Fault> {
        Ok(tx.audit().record(&self.event(action)).await?)
    }

    /// The same, with everything that is different in `after`.
    pub(super) async fn record_change(
        &self,
        tx: &mut dyn Tx,
        action: AuditAction,
        after: &Membership,
    ) -> Result<(), Fault> {
        let event = told(self.event(action), Some(self.membership()), after);
        Ok(tx.audit().record(&event).await?)
    }

    fn event(&self, action: AuditAction) -> AuditEvent {
        let membership = self.membership();
        self.scope.event(self.env, action).account(membership.account).subject(membership.id)
    }
}
