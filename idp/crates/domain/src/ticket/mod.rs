//! Tickets: the single-use secrets behind mailed links and codes (rules L1-L5).

mod account;
mod activation;
mod bootstrap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

pub use account::{AccountTicket, TicketPurpose};
pub use activation::{ActivationTicket, TicketBinding};
pub use bootstrap::{BootstrapFor, BootstrapTicket};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TicketState {
    Open,
    Used {
        at: Timestamp,
    },
    Superseded {
        at: Timestamp,
    },
    /// Too many wrong codes or answers: link and code died together (Q8).
    Burned {
        at: Timestamp,
    },
}

/// Why a genuine ticket leads nowhere (R43); each has its own page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketProblem {
    #[error("the link has expired")]
    Expired,
    /// It has done its work: the account is activated, the password reset.
    #[error("the link was used")]
    Used,
    #[error("the link was replaced by a newer one")]
    Superseded,
    #[error("there were too many wrong tries")]
    Burned,
}
