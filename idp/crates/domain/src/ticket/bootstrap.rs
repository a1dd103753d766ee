//! The secret behind the link of `idp bootstrap`, which makes somebody an operator (R13): printed once, used once, and
//! never more than one alive. Nothing but it and the command line makes an operator.

use std::time::Duration;

use super::TicketProblem;
use crate::id::TicketId;
use crate::secret::Token;
use crate::{Digest, Entropy, Timestamp};

/// Which operator a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootstrapFor {
    /// It is good only while there is none.
    FirstOperator,
    /// Whoever runs commands asked for one more.
    FurtherOperator,
}

impl BootstrapFor {
    pub const VARIANTS: [Self; 2] = [Self::FirstOperator, Self::FurtherOperator];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstOperator => "first_operator",
            Self::FurtherOperator => "further_operator",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|known| known.as_str() == text)
    }
}

/// What is stored of it: a digest (L1), how long it is good, and whether it has done its work.
#[derive(Debug, Clone)]
pub struct BootstrapTicket {
    pub id: TicketId,
    pub digest: Digest,
    pub makes: BootstrapFor,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

impl BootstrapTicket {
    /// A new one and its secret.
    pub fn issue(
        makes: BootstrapFor,
        now: Timestamp,
        life: Duration,
        entropy: &dyn Entropy,
    ) -> (Self, Token<TicketId>) {
        let token = Token::mint(TicketId::new(now, entropy), entropy);
        let expires_at = now + life;
        (
            Self { id: token.id, digest: token.digest(), makes, issued_at: now, expires_at, used_at: None },
            token,
        )
    }

    /// Judges a proven ticket at the moment of use (L3).
    ///
    /// # Errors
    /// [`TicketProblem`]: `Superseded` when somebody else became the first operator meanwhile.
    pub fn judge(&self, has_operator: bool, now: Timestamp) -> Result<(), TicketProblem> {
        if self.used_at.is_some() {
            Err(TicketProblem::Used)
        } else if self.makes == BootstrapFor::FirstOperator && has_operator {
            Err(TicketProblem::Superseded)
        } else if now >= self.expires_at {
            Err(TicketProblem::Expired)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Zero;

    /// L3: used, late, or for a first operator who is there already, it opens nothing.
    #[test]
    fn a_bootstrap_link_is_good_once_in_its_time_and_for_what_it_was_printed() {
        let at = Timestamp::from_millis;
        let issue = |makes| BootstrapTicket::issue(makes, at(0), Duration::from_millis(100), &Zero);
        let (first, token) = issue(BootstrapFor::FirstOperator);
        assert!(token.proves(&first.digest));
        let (further, _) = issue(BootstrapFor::FurtherOperator);
        for (ticket, has_operator, now, verdict) in [
            (&first, false, 99, Ok(())),
            (&first, false, 100, Err(TicketProblem::Expired)),
            (&first, true, 99, Err(TicketProblem::Superseded)),
            (&further, true, 99, Ok(())),
            (&further, false, 99, Ok(())),
            (
                &BootstrapTicket { used_at: Some(at(5)), ..first.clone() },
                false,
                200,
                Err(TicketProblem::Used),
            ),
        ] {
            assert_eq!(ticket.judge(has_operator, at(now)), verdict, "{ticket:?}");
        }
    }

    #[test]
    fn what_a_link_makes_reads_back_as_stored() {
        for makes in BootstrapFor::VARIANTS {
            assert_eq!(BootstrapFor::parse(makes.as_str()), Some(makes));
        }
    }
}
