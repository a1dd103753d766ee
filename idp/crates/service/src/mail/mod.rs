//! The mail dispatcher's work: lease, mint the ticket, commit its digest, send, settle (architecture, "Mail").
//!
//! Never an SMTP conversation inside a transaction. A crash between lease and settle costs a second delivery of the
//! same link, never a lost mail.

mod bounce;
mod invitation;
mod own;
mod turns;

use std::fmt;

use idp_domain::Timestamp;
use idp_domain::audit::Place;
use idp_domain::company::Company;
use idp_domain::delivery::DeliveryState;
use idp_domain::email::EmailAddress;
use idp_domain::id::{MailId, TicketId};
use idp_domain::outbox::{Letter, OutboxMail, SecurityEvent};
use idp_domain::ports::{Delivery, Envelope, Postman, Purpose};
use idp_domain::secret::Token;
use idp_domain::ticket::AccountTicket;
use idp_domain::typed_code::TypedCode;

use crate::dispatch::Dispatched;
use crate::env::Env;
use crate::fault::Fault;

pub use bounce::{Bounce, BounceKind, Bounced, bounced};
pub(crate) use own::enqueue_with_ticket;
pub(crate) use turns::enqueue_in_turn;

/// What a letter says; a [`Typist`] makes sentences of it.
#[derive(Debug)]
pub enum Contents {
    Activation {
        link: String,
        log_in_at: LogInAt,
    },
    MembershipAdded {
        log_in_at: LogInAt,
    },
    /// The link, and a code for whoever reads the mail on another device; both work once, for `reset_minutes`.
    PasswordReset {
        link: String,
        code: String,
    },
    /// An agency started it (L10): no page is open to type a code in. It works once, for `agency_reset_minutes`.
    AgencyReset {
        link: String,
    },
    /// There is nothing to recover the account with: the agency must help (R53, R90).
    ResetHelp,
    CompanyCodes(Vec<CompanyCode>),
    EmailVerification {
        code: String,
    },
    /// To the new address.
    EmailChange {
        link: String,
    },
    /// To the new address that the agency of the letter proposed; the person confirms it with their password.
    EmailProposed {
        link: String,
    },
    Notice(Box<NoticeFacts>),
}

/// The address to come back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogInAt {
    /// The agency's own.
    Portal(String),
    /// Of this server, where the agency has none: the office pages for who is to look after its people, else one's account.
    Here(String),
}

/// What happened to an account, and the ways out (L11).
#[derive(Debug)]
pub struct NoticeFacts {
    pub event: SecurityEvent,
    pub at: Timestamp,
    pub place: Place,
    /// The agency that was left.
    pub left: Option<String>,
    /// The agency whose office proposed the other address; `None` when it was asked for with the password.
    pub proposed_by: Option<String>,
    /// The address the account is being changed to.
    pub new_address: Option<EmailAddress>,
    /// Takes the change of address back.
    pub undo: Option<String>,
    /// Where a forgotten password is reset.
    pub forgot: String,
    /// Where the person looks after password, questions and saved code.
    pub account: String,
    /// Until when the answers that were replaced recover the account, if they do.
    pub former_until: Option<Timestamp>,
}

/// One agency of a person, as the reminder of company codes lists it (R84).
#[derive(Debug)]
pub struct CompanyCode {
    pub name: String,
    pub code: String,
    pub portal_url: Option<String>,
}

/// The facts of a letter.
#[derive(Debug)]
pub struct LetterFacts<'a> {
    pub contents: &'a Contents,
    /// `None` when nobody has told a name.
    pub person_name: Option<&'a str>,
    pub user_name: &'a EmailAddress,
    /// The agency that signs and helps; `None` for somebody who belongs to none.
    pub company: Option<&'a Company>,
    pub product_name: &'a str,
    pub operator_name: &'a str,
    /// How long the link and the code of a reset work, minutes.
    pub reset_minutes: u64,
    /// The same of a reset that an agency started.
    pub agency_reset_minutes: u64,
}

/// A composed letter.
#[derive(Clone)]
pub struct Composed {
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// The bodies can hold a link or a code that works: only the subject is shown.
impl fmt::Debug for Composed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composed").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Composes letters from facts, in the person's language.
pub trait Typist: Send + Sync {
    /// # Errors
    /// A [`Fault`] when a template does not render.
    fn compose(&self, facts: &LetterFacts<'_>) -> Result<Composed, Fault>;
}

/// One dispatcher: who it is and how it sends.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds ports")]
pub struct Dispatcher<'a> {
    pub env: &'a Env,
    pub typist: &'a dyn Typist,
    pub postman: &'a dyn Postman,
    /// Names this process among the nodes.
    pub owner: &'a str,
}

/// A leased mail after a look at what it is about.
enum Prepared {
    Ready(Box<Ready>),
    /// Nobody wants it any more: revoked, replaced, accepted; or there is nobody to want it.
    Overtaken,
    /// Counts as sent, and is not: the account is switched off, which nobody who asked for the mail may see (R33).
    Withheld,
}

/// What leaves, as far as whoever asked for it is told.
enum Outgoing {
    Mail(Box<Envelope>),
    Withheld,
}

/// A letter and whom it is for.
struct Ready {
    to: EmailAddress,
    user_name: EmailAddress,
    person_name: Option<String>,
    company: Option<Company>,
    contents: Contents,
}

/// The secret behind a mailed link: derived from the ticket's id, so that every retry of one mail carries the same.
pub(crate) fn mailed_secret(env: &Env, id: TicketId) -> Token<TicketId> {
    Token::with_secret(id, env.sealer.derive(Purpose::MailedTicket, seed(id).as_bytes()))
}

/// The secret of a ticket that is there already; it may have been issued before the master key was rotated.
fn issued_secret(env: &Env, ticket: &AccountTicket) -> Token<TicketId> {
    let derived = env.sealer.derive_all(Purpose::MailedTicket, seed(ticket.id).as_bytes());
    let mut tokens = derived.into_iter().map(|secret| Token::with_secret(ticket.id, secret));
    tokens.find(|token| token.proves(&ticket.digest)).unwrap_or_else(|| mailed_secret(env, ticket.id))
}

/// Tickets have the ids of their mails.
fn seed(id: TicketId) -> String {
    MailId::from_uuid(id.uuid()).to_string()
}

/// The code that opens the same ticket.
fn mailed_code(env: &Env, id: TicketId) -> TypedCode {
    TypedCode::from_bytes(&env.sealer.derive(Purpose::MailedCode, id.to_string().as_bytes()))
}

/// Whether somebody typed the code of this ticket; one mailed before the master key was rotated counts, too.
pub(crate) fn is_mailed_code(env: &Env, id: TicketId, typed: &str) -> bool {
    let derived = env.sealer.derive_all(Purpose::MailedCode, id.to_string().as_bytes());
    TypedCode::typed(typed)
        .is_some_and(|typed| derived.iter().any(|bytes| TypedCode::from_bytes(bytes).matches(&typed)))
}

impl Dispatcher<'_> {
    /// Leases at most `limit` due mails and sends them, all at the same time.
    ///
    /// # Errors
    /// [`Fault`] when the database fails; leased mails come back when their lease runs out.
    pub async fn dispatch(&self, limit: u64) -> Result<Dispatched, Fault> {
        let now = self.env.now();
        let mut tx = self.env.store.write().await?;
        let mails = tx.outbox().lease(self.owner, now, now + self.env.policy.mail_lease, limit).await?;
        tx.commit().await?;
        // One after the other: of two links for one person the newer mail's is the one that works (R78).
        let mut prepared = Vec::with_capacity(mails.len());
        for mail in &mails {
            prepared.push((mail, self.compose(mail).await));
        }
        // All at once: each has the whole lease for itself, and a server that stalls one does not starve the others.
        let deliveries = prepared.into_iter().map(|(mail, envelope)| self.deliver(mail, envelope));
        let delivered = futures::future::join_all(deliveries).await;
        Ok(Dispatched::of(delivered))
    }

    /// Sends one leased mail and ends its lease.
    async fn deliver(
        &self,
        mail: &OutboxMail,
        outgoing: Result<Option<Outgoing>, Fault>,
    ) -> Result<DeliveryState, Fault> {
        let at = self.env.now();
        let state = match outgoing {
            Ok(Some(Outgoing::Mail(envelope))) => self.outcome(mail, self.postman.deliver(&envelope).await),
            Ok(Some(Outgoing::Withheld)) => DeliveryState::Sent { at },
            Ok(None) => DeliveryState::Dropped { at },
            // One mail that cannot be composed must not hold up the others for ever.
            Err(fault) => {
                tracing::error!(error = %fault, mail = %mail.id, "a mail cannot be prepared");
                self.outcome(mail, Delivery::Retry { why: "the mail could not be prepared".to_owned() })
            }
        };
        self.settle(mail, &state).await?;
        Ok(state)
    }

    /// The mail by what is true now; `None` when nobody wants it any more.
    async fn compose(&self, mail: &OutboxMail) -> Result<Option<Outgoing>, Fault> {
        let env = self.env;
        let prepared = match &mail.letter {
            Letter::Activation { invitation } | Letter::MembershipAdded { invitation } => {
                invitation::prepare(env, mail, *invitation).await?
            }
            Letter::ForgottenPassword { address } => own::forgotten_password(env, mail, address).await?,
            Letter::CompanyCodes { address } => own::company_codes(env, mail, address).await?,
            Letter::EmailVerification { account } => own::verification(env, mail, *account).await?,
            Letter::EmailChange { change } => own::email_change(env, mail, *change).await?,
            Letter::Notice(notice) => own::notice(env, mail, notice).await?,
        };
        let ready = match prepared {
            Prepared::Ready(ready) => ready,
            Prepared::Overtaken => return Ok(None),
            Prepared::Withheld => return Ok(Some(Outgoing::Withheld)),
        };
        let facts = LetterFacts {
            contents: &ready.contents,
            person_name: ready.person_name.as_deref(),
            user_name: &ready.user_name,
            company: ready.company.as_ref(),
            product_name: &env.policy.product_name,
            operator_name: &env.policy.operator_name,
            reset_minutes: env.policy.reset_life.as_secs() / 60,
            agency_reset_minutes: env.policy.agency_reset_life.as_secs() / 60,
        };
        let Composed { subject, html, text } = self.typist.compose(&facts)?;
        let operator = &env.policy.operator_name;
        let Ready { to, person_name, company, .. } = *ready;
        Ok(Some(Outgoing::Mail(Box::new(Envelope {
            message_id: format!("{}@{}", mail.id, env.issuer.host()),
            to,
            to_name: person_name,
            from_name: company.as_ref().map_or_else(
                || operator.clone(),
                |company| format!("{operator} on behalf of {}", company.name),
            ),
            reply_to: company.and_then(|company| company.contact.email),
            subject,
            html,
            text,
        }))))
    }

    fn outcome(&self, mail: &OutboxMail, delivery: Delivery) -> DeliveryState {
        let now = self.env.now();
        match delivery {
            Delivery::Sent => DeliveryState::Sent { at: now },
            Delivery::Dead { why } => DeliveryState::Dead { at: now, why },
            Delivery::Retry { why } => {
                tracing::warn!(mail = %mail.id, attempt = mail.attempts, why, "a mail did not leave");
                match self.env.policy.mail_retry.pause(mail.attempts) {
                    Some(pause) => DeliveryState::Due { at: now + pause },
                    None => DeliveryState::Dead { at: now, why },
                }
            }
        }
    }

    /// Ends the lease; what another node settled meanwhile is left alone.
    async fn settle(&self, mail: &OutboxMail, state: &DeliveryState) -> Result<(), Fault> {
        let mut tx = self.env.store.write().await?;
        if !tx.outbox().settle(mail.id, self.owner, state).await? {
            return Ok(());
        }
        if let Some(invitation) = mail.letter.invitation() {
            invitation::told(self.env, &mut *tx, invitation, state).await?;
        }
        Ok(tx.commit().await?)
    }
}
