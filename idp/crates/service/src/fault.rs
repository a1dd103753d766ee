//! What can go wrong inside, as opposed to what a caller did wrong. Causes go to the log, never to a body.

use idp_domain::ports::{EphemeralError, HashError, KeyError, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Ephemeral(#[from] EphemeralError),
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Something we wrote ourselves does not read back.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
}

impl Fault {
    /// Whether the same request may succeed in a moment: answer 503 with `Retry-After`.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Hash(HashError::Busy)
                | Self::Store(StoreError::Busy(_))
                | Self::Ephemeral(EphemeralError::Busy(_))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overload_passes_and_what_is_broken_does_not() {
        let passing: [Fault; 3] = [
            HashError::Busy.into(),
            StoreError::Busy("no connection in time".into()).into(),
            EphemeralError::Busy("no answer in time".into()).into(),
        ];
        for fault in passing {
            assert!(fault.is_passing(), "{fault}");
        }
        let lasting: [Fault; 4] = [
            StoreError::Stale.into(),
            StoreError::Backend("no such table".into()).into(),
            EphemeralError::Backend("wrong password".into()).into(),
            Fault::Broken("a rule"),
        ];
        for fault in lasting {
            assert!(!fault.is_passing(), "{fault}");
        }
    }
}
