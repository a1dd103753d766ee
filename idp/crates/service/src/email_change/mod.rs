//! Another address, which is the user name (R72, R73; rules L1-L5, L11): proposed by the person, proven at the new address,
//! taken back from the old one, before it took effect and after. Proposed by an agency it is worth nothing until the person
//! says so with the present password, whoever reads the mail to the new address.
//!
//! Looking at a link changes nothing, however often a mail scanner does it. Nobody learns whether an address that was
//! typed belongs to somebody else. `sub` stays whatever happens to the address.

mod confirm;
mod pending;
mod propose;
mod undo;

use idp_domain::account::{Account, AccountState};
use idp_domain::company::Company;
use idp_domain::email_change::{EmailChange, EmailChangeState};
use idp_domain::id::{AccountId, TicketId};
use idp_domain::ports::{Purpose, Tx};
use idp_domain::secret::Token;
use idp_domain::ticket::{AccountTicket, TicketProblem, TicketPurpose};

use crate::env::Env;
use crate::fault::Fault;
use crate::new_password;

pub use confirm::{Confirmed, Consent, confirm};
pub use propose::{Asked, Waiting, Wish, ask, ask_again, cancel, pending};
pub(crate) use propose::{Proposal, propose, waiting};
pub use undo::undo;

/// Which of the two mails a link stands in; a ticket of one never opens the other's page (attack 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The mail to the new address.
    New,
    /// The notice to the old one.
    Old,
}

impl Side {
    const fn reads(self, purpose: TicketPurpose) -> bool {
        match self {
            Self::New => matches!(purpose, TicketPurpose::EmailChange(_)),
            Self::Old => matches!(purpose, TicketPurpose::EmailUndo(_)),
        }
    }
}

/// A genuine ticket and what it is bound to. Holding one proves possession of the mailed secret.
#[derive(Debug)]
pub struct Landing {
    pub ticket: AccountTicket,
    pub account: Account,
    pub change: EmailChange,
    /// An agency that can help, for the foot of the page.
    pub company: Option<Company>,
    /// The agency that proposed it.
    pub proposed_by: Option<Company>,
    /// Why it does not open the form, if it does not.
    pub verdict: Result<(), TicketProblem>,
    /// Whether the address that would come back is somebody else's by now.
    pub is_taken: bool,
}

/// What there is to say about a link to its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The button can be pressed.
    Open,
    /// The new address was proven.
    Changed,
    /// The proposal was taken back from the old address.
    Kept,
    /// The old address was given back.
    Restored,
    /// The address belongs to somebody else.
    Taken,
    Expired,
    /// Overtaken: there is nothing to be done with this link.
    Over,
}

impl Landing {
    /// Whether the change took effect, so that taking it back gives the old address back.
    pub const fn would_restore(&self) -> bool {
        matches!(self.change.state, EmailChangeState::Confirmed { .. })
    }

    /// Whether the link alone is not enough to confirm: an agency that proposes an address may own it.
    pub const fn asks_password(&self) -> bool {
        self.change.proposed_by.is_some()
    }

    pub fn standing(&self) -> Standing {
        let is_old = matches!(self.ticket.purpose, TicketPurpose::EmailUndo(_));
        let is_back = is_old && self.account.user_name == self.change.old;
        match (self.verdict, self.change.state) {
            (Ok(()), EmailChangeState::Confirmed { .. }) if self.is_taken => Standing::Taken,
            (Ok(()), _) => Standing::Open,
            (Err(TicketProblem::Expired), _) => Standing::Expired,
            (Err(TicketProblem::Used), EmailChangeState::Confirmed { .. })
                if self.account.user_name == self.change.new =>
            {
                Standing::Changed
            }
            (Err(TicketProblem::Used), EmailChangeState::Cancelled { .. }) if is_back => Standing::Kept,
            (Err(TicketProblem::Used), EmailChangeState::Cancelled { .. }) if !is_old => Standing::Taken,
            (Err(TicketProblem::Used), EmailChangeState::Undone { .. }) if is_back => Standing::Restored,
            (Err(_), _) => Standing::Over,
        }
    }
}

/// Reads a mailed secret; `None` for anything forged, altered, unknown or from another mail, which must reveal nothing.
///
/// # Errors
/// [`Fault`].
pub async fn inspect(env: &Env, mailed: &str, side: Side) -> Result<Option<Landing>, Fault> {
    let Some(token) = Token::<TicketId>::parse(mailed) else { return Ok(None) };
    let mut tx = env.store.read().await?;
    let ticket = tx.account_tickets().find(token.id).await?;
    let is_ours = |ticket: &AccountTicket| token.proves(&ticket.digest) && side.reads(ticket.purpose);
    match ticket.filter(is_ours) {
        Some(ticket) => load(env, &mut *tx, ticket).await,
        None => Ok(None),
    }
}

/// What a proven ticket stands for at this moment.
async fn load(env: &Env, tx: &mut dyn Tx, ticket: AccountTicket) -> Result<Option<Landing>, Fault> {
    let Some(change) = ticket.purpose.change() else { return Ok(None) };
    let change = tx.email_changes().find(change).await?;
    let account = tx.accounts().find(ticket.account).await?;
    let (Some(account), Some(change)) = (account, change) else { return Ok(None) };
    let verdict = ticket.judge(&account, Some(&change), env.now());
    let owner = tx.accounts().find_by_user_name(&change.old).await?;
    // An account that only an invitation made gives the address back (`pending.rs`).
    let is_taken = owner.is_some_and(|owner| owner.id != account.id && owner.state != AccountState::Invited);
    let agencies = new_password::agencies(tx, &account).await?;
    let company = agencies.into_iter().find(|(_, at)| at.may_enter()).map(|(company, _)| company);
    let proposed_by = proposer(tx, &change).await?;
    Ok(Some(Landing { ticket, account, change, company, proposed_by, verdict, is_taken }))
}

/// The agency that proposed a change, if one did.
pub(crate) async fn proposer(tx: &mut dyn Tx, change: &EmailChange) -> Result<Option<Company>, Fault> {
    Ok(match change.proposed_by {
        Some(company) => tx.companies().find(company).await?,
        None => None,
    })
}

/// The same, read again after the account was locked.
async fn reload(env: &Env, tx: &mut dyn Tx, landing: &Landing) -> Result<Option<Landing>, Fault> {
    tx.accounts().lock(landing.account.id).await?;
    let Some(ticket) = tx.account_tickets().find(landing.ticket.id).await? else { return Ok(None) };
    Ok(load(env, tx, ticket).await?.filter(|landing| landing.verdict.is_ok()))
}

/// L3: what was mailed to the address the account had. Links that take an earlier change back outlive this one.
async fn end_proofs(env: &Env, tx: &mut dyn Tx, account: AccountId) -> Result<(), Fault> {
    for purpose in ["password_reset", "email_verification", "email_change"] {
        tx.account_tickets().supersede(account, purpose, None, env.now()).await?;
    }
    Ok(())
}

/// Seals a mailed secret for the short-lived cookie that carries it to the clean address (L4).
pub fn seal(env: &Env, mailed: &str) -> String {
    env.sealer.seal(Purpose::EmailCookie, mailed.as_bytes())
}

/// The mailed secret from the cookie.
pub fn open(env: &Env, cookie: &str) -> Option<String> {
    String::from_utf8(env.sealer.open(Purpose::EmailCookie, cookie)?).ok()
}
