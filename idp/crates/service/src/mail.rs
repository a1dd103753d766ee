//! The mail dispatcher's work: lease, mint the ticket, commit its digest, send, settle (architecture, "Mail").
//!
//! Never an SMTP conversation inside a transaction. A crash between lease and settle costs a second delivery of the
//! same link, never a lost mail.

use idp_domain::account::{Account, AccountState};
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::company::Company;
use idp_domain::delivery::DeliveryState;
use idp_domain::email::EmailAddress;
use idp_domain::id::TicketId;
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::ports::{Delivery, Envelope, Postman, Purpose, StoreError};
use idp_domain::secret::Token;
use idp_domain::ticket::{TicketBinding, TicketState};

use crate::dispatch::Dispatched;
use crate::endpoint::Endpoint;
use crate::env::Env;
use crate::fault::Fault;

/// The facts of a letter; a [`Typist`] makes sentences of them.
#[derive(Debug)]
pub struct LetterFacts<'a> {
    pub letter: Letter,
    pub person_name: String,
    pub user_name: &'a EmailAddress,
    pub company: &'a Company,
    /// The activation link; `None` in letters without one.
    pub link: Option<String>,
    pub product_name: &'a str,
    pub operator_name: &'a str,
}

/// A composed letter.
#[derive(Debug, Clone)]
pub struct Composed {
    pub subject: String,
    pub html: String,
    pub text: String,
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
    Ready(Box<Envelope>),
    /// The invitation was revoked, replaced or accepted.
    Overtaken,
    Undeliverable(&'static str),
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
            prepared.push((mail, self.prepare(mail).await));
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
        prepared: Result<Prepared, Fault>,
    ) -> Result<DeliveryState, Fault> {
        let state = match prepared {
            Ok(Prepared::Ready(envelope)) => self.outcome(mail, self.postman.deliver(&envelope).await),
            Ok(Prepared::Overtaken) => DeliveryState::Dropped { at: self.env.now() },
            Ok(Prepared::Undeliverable(why)) => {
                DeliveryState::Dead { at: self.env.now(), why: why.to_owned() }
            }
            // One mail that cannot be composed must not hold up the others for ever.
            Err(fault) => {
                tracing::error!(error = %fault, mail = %mail.id, "a mail cannot be prepared");
                self.outcome(mail, Delivery::Retry { why: "the mail could not be prepared".to_owned() })
            }
        };
        self.settle(mail, &state).await?;
        Ok(state)
    }

    /// Composes the mail by what the account is now; for an activation the ticket's digest is committed first.
    async fn prepare(&self, mail: &OutboxMail) -> Result<Prepared, Fault> {
        let env = self.env;
        let mut tx = env.store.read().await?;
        let invitation = tx.invitations().find(mail.letter.invitation()).await?;
        let Some(invitation) = invitation.filter(Invitation::is_open) else { return Ok(Prepared::Overtaken) };
        let account = tx.accounts().find(invitation.account).await?;
        let company = tx.companies().find(invitation.company).await?;
        let membership = tx.memberships().find(invitation.company, invitation.membership).await?;
        drop(tx);
        let (Some(account), Some(company), Some(membership)) = (account, company, membership) else {
            return Ok(Prepared::Overtaken);
        };
        let (letter, link) = match account.state {
            AccountState::Invited => {
                let link = self.mint_link(mail, &invitation, &account).await?;
                (Letter::Activation { invitation: invitation.id }, Some(link))
            }
            AccountState::Active { .. } => (Letter::MembershipAdded { invitation: invitation.id }, None),
            AccountState::Disabled { .. } | AccountState::Closed { .. } => {
                return Ok(Prepared::Undeliverable("the account is disabled or closed"));
            }
        };
        // As this agency knows the person; the account's name may be what another one typed (R33).
        let person_name = membership.particulars.full_name();
        let facts = LetterFacts {
            letter,
            person_name: person_name.clone(),
            user_name: &account.user_name,
            company: &company,
            link,
            product_name: &env.policy.product_name,
            operator_name: &env.policy.operator_name,
        };
        let Composed { subject, html, text } = self.typist.compose(&facts)?;
        Ok(Prepared::Ready(Box::new(Envelope {
            message_id: format!("{}@{}", mail.id, env.issuer.host()),
            to: invitation.email,
            to_name: Some(person_name),
            from_name: format!("{} on behalf of {}", env.policy.operator_name, company.name),
            reply_to: company.contact.email,
            subject,
            html,
            text,
        })))
    }

    /// The secret is derived from the mail's id, so that every retry of one mail carries the same link: a mail that
    /// was delivered although the server stalled does not kill the one that follows.
    async fn mint_link(
        &self,
        mail: &OutboxMail,
        invitation: &Invitation,
        account: &Account,
    ) -> Result<String, Fault> {
        let env = self.env;
        let id = TicketId::from_uuid(mail.id.uuid());
        let token =
            Token::with_secret(id, env.sealer.derive(Purpose::MailedTicket, mail.id.to_string().as_bytes()));
        let now = env.now();
        let ticket =
            TicketBinding { invitation, account, life: env.policy.activation_life }.seal(&token, now);
        let mut tx = env.store.write().await?;
        tx.tickets().put(&ticket).await?;
        // A mail tried again after a newer one left stays replaced (R67); it must not take the newer link with it.
        if tx.tickets().find(id).await?.is_some_and(|ticket| ticket.state == TicketState::Open) {
            tx.tickets().supersede(account.id, Some(id), now).await?;
        }
        tx.commit().await?;
        Ok(format!("{}?ticket={}", env.issuer.address(Endpoint::Activate), token.reveal()))
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

    /// Ends the lease and tells the invitation; what another node settled meanwhile is left alone.
    async fn settle(&self, mail: &OutboxMail, state: &DeliveryState) -> Result<(), Fault> {
        let mut tx = self.env.store.write().await?;
        if !tx.outbox().settle(mail.id, self.owner, state).await? {
            return Ok(());
        }
        let told = match state {
            DeliveryState::Sent { at } => {
                Some((InvitationState::Sent { at: *at }, AuditAction::InvitationSent))
            }
            DeliveryState::Dead { at, .. } => {
                Some((InvitationState::Undeliverable { at: *at }, AuditAction::InvitationUndeliverable))
            }
            DeliveryState::Due { .. } | DeliveryState::Leased { .. } | DeliveryState::Dropped { .. } => None,
        };
        let invitation = tx.invitations().find(mail.letter.invitation()).await?;
        if let (Some((state, action)), Some(invitation)) = (told, invitation.filter(Invitation::is_open)) {
            let event = AuditEvent::new(action, Actor::System, self.env.now(), self.env.entropy())
                .company(invitation.company)
                .account(invitation.account)
                .subject(invitation.id);
            match tx.invitations().update(&Invitation { state, ..invitation }).await {
                // Accepted or replaced at this very moment: that is the later news.
                Err(StoreError::Stale) => {}
                updated => {
                    updated?;
                    tx.audit().record(&event).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }
}
