//! What one look at a queue of deliveries came to, mails and logout tokens alike.

use idp_domain::delivery::DeliveryState;

use crate::fault::Fault;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dispatched {
    pub sent: u32,
    pub retried: u32,
    pub dead: u32,
    pub dropped: u32,
}

impl Dispatched {
    pub const fn is_idle(&self) -> bool {
        self.sent + self.retried + self.dead + self.dropped == 0
    }

    /// Counts how the leased deliveries ended; one that cannot be settled comes back after its lease.
    pub(crate) fn of(ended: impl IntoIterator<Item = Result<DeliveryState, Fault>>) -> Self {
        let mut dispatched = Self::default();
        for state in ended {
            let count = match state {
                Ok(DeliveryState::Sent { .. }) => &mut dispatched.sent,
                Ok(DeliveryState::Dead { .. }) => &mut dispatched.dead,
                Ok(DeliveryState::Dropped { .. }) => &mut dispatched.dropped,
                Ok(DeliveryState::Due { .. } | DeliveryState::Leased { .. }) => &mut dispatched.retried,
                Err(fault) => {
                    tracing::error!(error = %fault, "a delivery cannot be settled; it comes back after its lease");
                    &mut dispatched.retried
                }
            };
            *count += 1;
        }
        dispatched
    }
}
