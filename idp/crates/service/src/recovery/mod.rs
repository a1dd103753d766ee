//! A forgotten password (R45, R53, R80-R84; rules L1-L8, Q1-Q8): mail, then the three questions, then a new password, in
//! this order and no other (attack 1).
//!
//! How far somebody has come is sealed into their browser; whether the ticket still stands is looked up at each step.
//! Nothing here says whether an address has an account before the mailbox is proven, and there is no sign-in as a result.

mod answer;
mod ask;
mod prove;
mod reset;
mod vouch;

use idp_domain::Timestamp;
use idp_domain::account::{Account, QuestionPolicy};
use idp_domain::company::Company;
use idp_domain::id::TicketId;
use idp_domain::ports::{Purpose, Tx};
use idp_domain::question::{EnrolledAnswer, QuestionId};
use idp_domain::ticket::{AccountTicket, TicketProblem, TicketPurpose};
use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::fault::Fault;
use crate::former_answers::FormerAnswers;
use crate::new_password::{self, Agencies};

pub use answer::{AnswerSet, Answered, answer_questions, answer_with_code};
pub use ask::{Asking, NotAsked, ask, ask_for_codes, resend};
pub use prove::{Proven, open_link, type_code};
pub use reset::{Done, Reset, choose_password};
pub(crate) use vouch::{still_stands, vouch, vouch_with_invitation};

/// How far somebody who forgot the password has come in one browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    pub ticket: TicketId,
    pub stage: Stage,
}

/// What was proven, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// A mail was asked for; nothing is proven.
    Asked,
    /// The mailbox: by the link, or by the code.
    Mailbox,
    /// And the three answers.
    Answers,
    /// Or the saved code in their place.
    SavedCode,
    /// Or the answers from before they were replaced, at that time.
    FormerAnswers { replaced_at: Timestamp },
}

impl Recovery {
    /// For the browser to carry.
    pub fn seal(&self, env: &Env) -> String {
        env.sealer.seal(Purpose::RecoveryCookie, &serde_json::to_vec(self).unwrap_or_default())
    }

    /// What a browser carries; `None` for anything we did not seal.
    pub fn open(env: &Env, cookie: &str) -> Option<Self> {
        serde_json::from_slice(&env.sealer.open(Purpose::RecoveryCookie, cookie)?).ok()
    }

    fn at(ticket: TicketId, stage: Stage) -> Self {
        Self { ticket, stage }
    }
}

/// The person behind a ticket whose mailbox was proven. Holding one proves as much as its stage says.
#[derive(Debug)]
pub struct Recovering {
    pub recovery: Recovery,
    pub ticket: AccountTicket,
    pub account: Account,
    agencies: Agencies,
}

impl Recovering {
    /// An agency that can help, for the foot of the page; of somebody at several, the first.
    pub fn company(&self) -> Option<&Company> {
        helping(&self.agencies)
    }

    /// The same way, at its end.
    pub fn ended(&self, problem: TicketProblem) -> Dead {
        let company = self.company().cloned().map(Box::new);
        Dead { problem, ticket: self.ticket.id, company, log_in_at: None }
    }
}

fn helping(agencies: &Agencies) -> Option<&Company> {
    agencies.iter().find(|(_, membership)| membership.may_enter()).map(|(company, _)| company)
}

/// What the person does next.
#[derive(Debug)]
pub enum Next {
    /// Answer these; the ones from before, or the saved code, may stand in for them where there are any.
    Questions {
        questions: Vec<QuestionId>,
        former: Option<FormerQuestions>,
        has_saved_code: bool,
    },
    NewPassword,
    /// There is nothing to go on with: the agency must help (R53, R90).
    Help,
}

/// The questions from before, while their answers still count.
#[derive(Debug)]
pub struct FormerQuestions {
    pub questions: Vec<QuestionId>,
    pub replaced_at: Timestamp,
}

/// What stands behind a browser's recovery at this moment; `None` when nothing is proven in it.
///
/// # Errors
/// [`Fault`].
pub async fn look(env: &Env, recovery: &Recovery) -> Result<Option<Result<Recovering, Dead>>, Fault> {
    if recovery.stage < Stage::Mailbox {
        return Ok(None);
    }
    let mut tx = env.store.read().await?;
    load(env, &mut *tx, recovery).await
}

/// A ticket that leads nowhere any more, to the person who proved it (R43).
#[derive(Debug)]
pub struct Dead {
    pub problem: TicketProblem,
    pub ticket: TicketId,
    /// An agency that can help (R68).
    pub company: Option<Box<Company>>,
    /// Of a link that has done its work: as [`Done::log_in_at`], without the user name, which may be another one by now.
    pub log_in_at: Option<String>,
}

async fn load(
    env: &Env,
    tx: &mut dyn Tx,
    recovery: &Recovery,
) -> Result<Option<Result<Recovering, Dead>>, Fault> {
    let Some(ticket) = tx.account_tickets().find(recovery.ticket).await? else { return Ok(None) };
    if ticket.purpose != TicketPurpose::PasswordReset {
        return Ok(None);
    }
    let Some(account) = tx.accounts().find(ticket.account).await? else { return Ok(None) };
    let agencies = new_password::agencies(tx, &account).await?;
    let superseded = if still_stands(&ticket, &agencies) { Ok(()) } else { Err(TicketProblem::Superseded) };
    if let Err(problem) = ticket.judge(&account, None, env.now()).and(superseded) {
        let company = helping(&agencies).cloned().map(Box::new);
        let log_in_at = match problem {
            TicketProblem::Used => reset::log_in_at(env, tx, &agencies, None).await?,
            TicketProblem::Expired | TicketProblem::Superseded | TicketProblem::Burned => None,
        };
        return Ok(Some(Err(Dead { problem, ticket: ticket.id, company, log_in_at })));
    }
    Ok(Some(Ok(Recovering { recovery: recovery.clone(), ticket, account, agencies })))
}

/// What comes after what was proven so far.
///
/// # Errors
/// [`Fault`].
pub async fn next(env: &Env, recovering: &Recovering) -> Result<Next, Fault> {
    next_in(env, &mut *env.store.read().await?, recovering).await
}

async fn next_in(env: &Env, tx: &mut dyn Tx, recovering: &Recovering) -> Result<Next, Fault> {
    let account = recovering.account.id;
    if recovering.recovery.stage >= Stage::Answers || env.policy.questions == QuestionPolicy::Off {
        return Ok(Next::NewPassword);
    }
    let questions = asked(&tx.answers().list(account).await?);
    let former = FormerAnswers::counting(env, tx, account)
        .await?
        .map(|former| FormerQuestions { questions: asked(&former.answers), replaced_at: former.replaced_at });
    let has_saved_code = tx.recovery_codes().find(account).await?.is_some();
    Ok(if questions.is_empty() && former.is_none() && !has_saved_code {
        // R90: the agency that knows the person, and the mailbox.
        match recovering.ticket.vouched_by {
            Some(_) => Next::NewPassword,
            None => Next::Help,
        }
    } else {
        Next::Questions { questions, former, has_saved_code }
    })
}

fn asked(answers: &[EnrolledAnswer]) -> Vec<QuestionId> {
    answers.iter().map(|answer| answer.question).collect()
}
