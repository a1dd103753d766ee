//! Mails about a person's own account: a forgotten password, proofs of an address, company codes, notices.
//!
//! Whoever asked learns nothing: only here is it found out whether an address has an account, and which mail that needs.

use idp_domain::account::{Account, AccountState, QuestionPolicy};
use idp_domain::company::Company;
use idp_domain::email::EmailAddress;
use idp_domain::email_change::EmailChange;
use idp_domain::id::{AccountId, CompanyId, EmailChangeId, TicketId};
use idp_domain::invitation::Invitation;
use idp_domain::member::Membership;
use idp_domain::outbox::{Letter, Notice, OutboxMail, SecurityEvent};
use idp_domain::ports::Tx;
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};

use super::{CompanyCode, Contents, NoticeFacts, Prepared, Ready, issued_secret, mailed_code, mailed_secret};
use crate::activate::invite_again;
use crate::email_change::proposer;
use crate::endpoint::Endpoint;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::former_answers::FormerAnswers;
use crate::new_password::{Agencies, agencies};
use crate::recovery;

/// What a mail would be sent for, by the state of the account.
enum Forgotten {
    Reset(Box<Ready>),
    /// Never activated: the newest agency's activation mail is sent instead (L6).
    Activate(Box<Membership>),
    Nothing,
}

/// The reset mail, or the one this account needs instead of it.
pub(super) async fn forgotten_password(
    env: &Env,
    mail: &OutboxMail,
    address: &EmailAddress,
) -> Result<Prepared, Fault> {
    match forgotten(env, mail, address).await? {
        Forgotten::Reset(ready) => Ok(Prepared::Ready(ready)),
        Forgotten::Activate(membership) => {
            let now = env.now();
            let mut tx = env.store.write().await?;
            let invitation =
                Invitation::queue(&membership, address.clone(), "person".to_owned(), now, env.entropy());
            invite_again(env, &mut *tx, &invitation, now).await?;
            tx.commit().await?;
            env.bell.ring(Queue::Mail);
            Ok(Prepared::Overtaken)
        }
        Forgotten::Nothing => Ok(Prepared::Overtaken),
    }
}

async fn forgotten(env: &Env, mail: &OutboxMail, address: &EmailAddress) -> Result<Forgotten, Fault> {
    let id = TicketId::from_uuid(mail.id.uuid());
    let mut tx = env.store.read().await?;
    let Some(account) = tx.accounts().find_by_user_name(address).await? else {
        return Ok(Forgotten::Nothing);
    };
    let agencies = agencies(&mut *tx, &account).await?;
    match account.state {
        AccountState::Invited => {
            let newest = agencies.into_iter().map(|(_, membership)| membership).rfind(Membership::may_enter);
            Ok(newest.map_or(Forgotten::Nothing, |membership| Forgotten::Activate(Box::new(membership))))
        }
        AccountState::Active { .. } => {
            let ticket = tx.account_tickets().find(id).await?;
            let is_open = |ticket: &AccountTicket| {
                ticket.judge(&account, None, env.now()).is_ok() && recovery::still_stands(ticket, &agencies)
            };
            let Some(ticket) = ticket.filter(is_open) else { return Ok(Forgotten::Nothing) };
            let can_recover = env.policy.questions == QuestionPolicy::Off
                || account.questions_enrolled
                || tx.recovery_codes().find(account.id).await?.is_some();
            let link = || env.issuer.mailed_link(Endpoint::Reset, &issued_secret(env, &ticket));
            let contents = match ticket.vouched_by {
                Some(_) => Contents::AgencyReset { link: link() },
                None if can_recover => {
                    Contents::PasswordReset { link: link(), code: mailed_code(env, id).reveal() }
                }
                None => Contents::ResetHelp,
            };
            Ok(Forgotten::Reset(Box::new(to_person(account, agencies, mail.company, contents))))
        }
        AccountState::Disabled { .. } | AccountState::Closed { .. } => Ok(Forgotten::Nothing),
    }
}

/// Addressed to the account's person, signed by the agency they came from if they belong to it, else by their first one.
fn to_person(account: Account, agencies: Agencies, company: Option<CompanyId>, contents: Contents) -> Ready {
    let person_name = own_name(&account);
    let mut belonging: Vec<(Company, Membership)> =
        agencies.into_iter().filter(|(_, membership)| membership.may_enter()).collect();
    let came_from = belonging.iter().position(|(belonging, _)| Some(belonging.id) == company);
    let signer = (!belonging.is_empty()).then(|| belonging.swap_remove(came_from.unwrap_or(0)));
    let person_name = signer.as_ref().map(|(_, at)| at.particulars.full_name()).or(person_name);
    Ready {
        to: account.user_name.clone(),
        user_name: account.user_name,
        person_name,
        company: signer.map(|(company, _)| company),
        contents,
    }
}

fn own_name(account: &Account) -> Option<String> {
    let profile = &account.profile;
    let parts = [&profile.given_name, &profile.family_name].into_iter().flatten();
    let name = parts.map(ToString::to_string).collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

/// R84: the agencies of the person and their codes; nothing for somebody who belongs to none that is open. Of several it is
/// the operator's letter: a reply to an agency would tell it of the others.
pub(super) async fn company_codes(
    env: &Env,
    mail: &OutboxMail,
    address: &EmailAddress,
) -> Result<Prepared, Fault> {
    let mut tx = env.store.read().await?;
    let account = tx.accounts().find_by_user_name(address).await?.filter(Account::is_active);
    let Some(account) = account else { return Ok(Prepared::Overtaken) };
    let mut agencies = agencies(&mut *tx, &account).await?;
    agencies.retain(|(company, membership)| company.is_active() && membership.may_enter());
    let card = |(company, _): &(Company, Membership)| CompanyCode {
        name: company.name.to_string(),
        code: company.code.to_string(),
        portal_url: company.contact.portal_url.as_ref().map(ToString::to_string),
    };
    let cards: Vec<_> = agencies.iter().map(card).collect();
    if cards.is_empty() {
        return Ok(Prepared::Overtaken);
    }
    let is_of_one = cards.len() == 1;
    let ready = to_person(account, agencies, mail.company, Contents::CompanyCodes(cards));
    let company = ready.company.filter(|_| is_of_one);
    Ok(Prepared::Ready(Box::new(Ready { company, ..ready })))
}

/// The code that proves the address an account has.
pub(super) async fn verification(
    env: &Env,
    mail: &OutboxMail,
    account: AccountId,
) -> Result<Prepared, Fault> {
    let id = TicketId::from_uuid(mail.id.uuid());
    let mut tx = env.store.read().await?;
    let account = tx.accounts().find(account).await?;
    let ticket = tx.account_tickets().find(id).await?;
    let (Some(account), Some(ticket)) = (account, ticket) else { return Ok(Prepared::Overtaken) };
    if account.email_verified || ticket.judge(&account, None, env.now()).is_err() {
        return Ok(Prepared::Overtaken);
    }
    let agencies = agencies(&mut *tx, &account).await?;
    let contents = Contents::EmailVerification { code: mailed_code(env, id).reveal() };
    Ok(Prepared::Ready(Box::new(to_person(account, agencies, mail.company, contents))))
}

/// To the new address of a proposed change.
pub(super) async fn email_change(
    env: &Env,
    mail: &OutboxMail,
    change: EmailChangeId,
) -> Result<Prepared, Fault> {
    let mut tx = env.store.read().await?;
    let change = tx.email_changes().find(change).await?;
    let Some(change) = change.filter(|change| change.is_open(env.now())) else {
        return Ok(Prepared::Overtaken);
    };
    let account = tx.accounts().find(change.account).await?.filter(Account::is_active);
    let Some(account) = account else { return Ok(Prepared::Overtaken) };
    // R73: whoever has that address already is told nothing, and neither is whoever typed it.
    if tx.accounts().find_by_user_name(&change.new).await?.is_some_and(|taken| taken.id != account.id) {
        return Ok(Prepared::Overtaken);
    }
    let company = proposer(&mut *tx, &change).await?;
    drop(tx);
    let purpose = TicketPurpose::EmailChange(change.id);
    let link = mint_link(env, mail, &account, (purpose, &change.new), Endpoint::ConfirmEmail).await?;
    let contents = match company {
        Some(_) => Contents::EmailProposed { link },
        None => Contents::EmailChange { link },
    };
    // It may be a stranger's, mistyped: nobody's name, and no agency's but that of the one who wrote it down.
    Ok(Prepared::Ready(Box::new(Ready {
        to: change.new,
        user_name: account.user_name,
        person_name: None,
        company,
        contents,
    })))
}

pub(super) async fn notice(env: &Env, mail: &OutboxMail, notice: &Notice) -> Result<Prepared, Fault> {
    let mut tx = env.store.read().await?;
    let Some(account) = tx.accounts().find(notice.account).await? else { return Ok(Prepared::Overtaken) };
    let agencies = agencies(&mut *tx, &account).await?;
    let left = match notice.event {
        SecurityEvent::CompanyLeft { company } | SecurityEvent::MembershipRemoved { company } => {
            tx.companies().find(company).await?.map(|company| company.name.to_string())
        }
        _ => None,
    };
    let change = match notice.event.undoes() {
        Some(change) => tx.email_changes().find(change).await?,
        None => None,
    };
    let former = match notice.event {
        SecurityEvent::QuestionsChanged => FormerAnswers::counting(env, &mut *tx, account.id).await?,
        _ => None,
    };
    // Of A to B to C, the holder of A is given the way back to A, not the one from C to B.
    let undoable = match change.clone().filter(EmailChange::may_be_undone) {
        Some(change) if change.old != notice.to => {
            let since = env.now() - env.policy.email_undo_life;
            let mut all = tx.email_changes().list_of_account(account.id).await?.into_iter();
            all.rfind(|it| it.old == notice.to && it.took_effect_since(since))
        }
        undoable => undoable,
    };
    let proposed_by = match &change {
        Some(change) => proposer(&mut *tx, change).await?,
        None => None,
    };
    drop(tx);
    let undo = match undoable {
        Some(change) => {
            let purpose = TicketPurpose::EmailUndo(change.id);
            Some(mint_link(env, mail, &account, (purpose, &notice.to), Endpoint::UndoEmail).await?)
        }
        None => None,
    };
    let signer = proposed_by.as_ref().map(|company| company.id).or(mail.company);
    let contents = Contents::Notice(Box::new(NoticeFacts {
        event: notice.event,
        at: notice.at,
        place: notice.place.clone(),
        left,
        proposed_by: proposed_by.map(|company| company.name.to_string()),
        new_address: change.map(|change| change.new),
        undo,
        forgot: env.issuer.address(Endpoint::Forgot),
        account: env.issuer.address(Endpoint::Security),
        former_until: former.map(|former| former.counts_until(env)),
    }));
    let ready = to_person(account, agencies, signer, contents);
    // The address as it was when it happened: one that was changed away from is told, too (L11).
    Ok(Prepared::Ready(Box::new(Ready { to: notice.to.clone(), ..ready })))
}

/// A link of a ticket that is issued with the mail itself; tried again, the mail carries the same one.
async fn mint_link(
    env: &Env,
    mail: &OutboxMail,
    account: &Account,
    (purpose, email): (TicketPurpose, &EmailAddress),
    endpoint: Endpoint,
) -> Result<String, Fault> {
    let life = match purpose {
        TicketPurpose::EmailUndo(_) => env.policy.email_undo_life,
        _ => env.policy.email_change_life,
    };
    let issued = issue(env, account, (purpose, email), TicketId::from_uuid(mail.id.uuid()), life);
    let mut tx = env.store.write().await?;
    tx.account_tickets().put(&issued).await?;
    let ticket = tx.account_tickets().find(issued.id).await?.unwrap_or(issued);
    tx.commit().await?;
    Ok(env.issuer.mailed_link(endpoint, &issued_secret(env, &ticket)))
}

/// A ticket as it is when it is issued.
fn issue(
    env: &Env,
    account: &Account,
    (purpose, email): (TicketPurpose, &EmailAddress),
    id: TicketId,
    life: std::time::Duration,
) -> AccountTicket {
    let now = env.now();
    AccountTicket {
        id,
        digest: mailed_secret(env, id).digest(),
        purpose,
        account: account.id,
        email: email.clone(),
        credential_version: account.credential_version,
        vouched_by: None,
        issued_at: now,
        expires_at: now + life,
        state: TicketState::Open,
        code_tries: 0,
        answer_tries: 0,
    }
}

/// Queues a mail whose ticket must be there before it: the asking browser knows the ticket's id (recovery), or the person
/// types its code (verification).
pub(crate) async fn enqueue_with_ticket(
    env: &Env,
    tx: &mut dyn Tx,
    (letter, company): (Letter, Option<CompanyId>),
    issue: impl FnOnce(TicketId) -> AccountTicket,
) -> Result<TicketId, Fault> {
    let mail = OutboxMail::enqueue(letter, company, env.now(), env.entropy());
    let ticket = issue(TicketId::from_uuid(mail.id.uuid()));
    tx.account_tickets().put(&ticket).await?;
    tx.account_tickets()
        .supersede(ticket.account, ticket.purpose.as_str(), Some(ticket.id), env.now())
        .await?;
    tx.outbox().enqueue(&mail).await?;
    Ok(ticket.id)
}
