//! The queue of back-channel logout tokens (OpenID Connect Back-Channel Logout section 2.5): who is to be told what.
//!
//! A row is written in the transaction that ends the session; the token is signed when it is sent.

use crate::client::ClientId;
use crate::delivery::{Delivery, DeliveryState};
use crate::id::DeliveryId;
use crate::{Entropy, Timestamp};

/// One client to be told that one session is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutDelivery {
    pub id: DeliveryId,
    pub client: ClientId,
    /// The person, under the name this client knows.
    pub sub: String,
    /// The session, under the name this client knows.
    pub sid: String,
    pub state: DeliveryState,
    /// How often a lease was taken on it.
    pub attempts: u32,
    pub created_at: Timestamp,
}

impl Delivery for LogoutDelivery {
    type Id = DeliveryId;
}

impl LogoutDelivery {
    pub fn enqueue(
        client: ClientId,
        sub: String,
        sid: String,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            id: DeliveryId::new(now, entropy),
            client,
            sub,
            sid,
            state: DeliveryState::Due { at: now },
            attempts: 0,
            created_at: now,
        }
    }
}
