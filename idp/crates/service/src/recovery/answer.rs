//! The three answers, the ones from before, or the saved code in their place (rules Q7, Q8, L8): all compared, always the
//! same work, one message.

use std::time::Duration;

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::id::AccountId;
use idp_domain::password::Password;
use idp_domain::ports::Verdict;
use idp_domain::question::{Answer, COUNT, EnrolledAnswer, QuestionId};
use idp_domain::recovery_code::RecoveryCode;
use idp_domain::throttle::Bucket;

use super::{Recovering, Recovery, Stage};
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::former_answers::FormerAnswers;
use crate::throttle::{Guess, Target, Turn};

/// Which answers were typed: nobody passes with some of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerSet {
    Present,
    /// Those from before they were replaced, while they count.
    Former,
}

/// How sending answers ended.
#[derive(Debug)]
pub enum Answered {
    Right(Recovery),
    /// One message for any failure.
    Wrong {
        left: u32,
    },
    /// Too often for this mail: it is dead.
    Burned,
    /// Too often for this account, whatever the mail (Q8): not before `wait` is over.
    Paused {
        wait: Duration,
    },
}

/// Compares answers, each with the question it was typed for, if that is one; they must cover the enrolled questions of one
/// set exactly once (attack 17).
///
/// # Errors
/// [`Fault`].
pub async fn answer_questions(
    env: &Env,
    recovering: &Recovering,
    (set, typed): (AnswerSet, &[(Option<QuestionId>, String)]),
    origin: &Origin,
) -> Result<Answered, Fault> {
    let guess = match turn(env, recovering, origin).await? {
        Ok(guess) => guess,
        Err(refused) => return Ok(refused),
    };
    let (enrolled, stage) = stored(env, recovering.account.id, set).await?;
    let compared = match compare(env, &enrolled, typed).await {
        Ok(compared) => compared,
        Err(fault) => {
            guess.unseen().await?;
            return Err(fault);
        }
    };
    conclude(env, recovering, guess, (compared, stage), origin).await
}

/// The answers of a set, and what they prove.
async fn stored(
    env: &Env,
    account: AccountId,
    set: AnswerSet,
) -> Result<(Vec<EnrolledAnswer>, Stage), Fault> {
    let mut tx = env.store.read().await?;
    Ok(match set {
        AnswerSet::Present => (tx.answers().list(account).await?, Stage::Answers),
        AnswerSet::Former => match FormerAnswers::counting(env, &mut *tx, account).await? {
            Some(FormerAnswers { answers, replaced_at }) => (answers, Stage::FormerAnswers { replaced_at }),
            None => (Vec::new(), Stage::Mailbox),
        },
    })
}

/// Every enrolled answer against what was typed for it, right or wrong, without stopping at the first; as much work for
/// somebody who enrolled none.
async fn compare(
    env: &Env,
    enrolled: &[EnrolledAnswer],
    typed: &[(Option<QuestionId>, String)],
) -> Result<bool, Fault> {
    let mut right = 0;
    for row in 0..COUNT {
        let stored = enrolled.get(row);
        let asked = |(question, _): &&(Option<QuestionId>, String)| {
            stored.is_some_and(|stored| *question == Some(stored.question))
        };
        let mut meant = typed.iter().filter(asked);
        let (only, another) = (meant.next(), meant.next());
        let answer = Answer::typed(only.map_or("", |(_, answer)| answer.as_str()));
        let keyed = match stored {
            Some(stored) => answer.keyed(stored.account, stored.question),
            None => Password::typed(answer.expose()),
        };
        let verdict: Verdict = env.hasher.verify(stored.map(|stored| &stored.hash), &keyed).await?;
        right += usize::from(verdict.is_match() && only.is_some() && another.is_none());
    }
    Ok(right == COUNT && enrolled.len() == COUNT && typed.len() == COUNT)
}

/// Compares the saved code; it is used up only when the new password is stored.
///
/// # Errors
/// [`Fault`].
pub async fn answer_with_code(
    env: &Env,
    recovering: &Recovering,
    typed: &str,
    origin: &Origin,
) -> Result<Answered, Fault> {
    let guess = match turn(env, recovering, origin).await? {
        Ok(guess) => guess,
        Err(refused) => return Ok(refused),
    };
    let stored = env.store.read().await?.recovery_codes().find(recovering.account.id).await?;
    let typed = RecoveryCode::typed(typed).map(|code| code.digest());
    let is_right = stored.is_some_and(|stored| typed == Some(stored.digest));
    conclude(env, recovering, guess, (is_right, Stage::SavedCode), origin).await
}

/// Counts the try for this mail, and for the account over all mails: both or neither. The mail comes first, so that what is
/// sent at once to a dead one neither counts for the account nor is told of its pause.
async fn turn<'a>(
    env: &'a Env,
    recovering: &Recovering,
    origin: &'a Origin,
) -> Result<Result<Guess<'a>, Answered>, Fault> {
    let Recovering { account, ticket, .. } = recovering;
    let mut tx = env.store.write().await?;
    let tries = tx.account_tickets().try_answers(ticket.id, env.policy.answer_tries, env.now()).await?;
    if tries.is_none() {
        return Ok(Err(Answered::Burned));
    }
    Ok(match Guess::take_in(env, &mut *tx, (Target::of(account), Bucket::Recovery), origin).await? {
        Turn::Go(guess) => {
            tx.commit().await?;
            Ok(guess)
        }
        Turn::Wait(wait) => Err(Answered::Paused { wait }),
        Turn::RecoverFirst => Err(Answered::Burned),
    })
}

async fn conclude(
    env: &Env,
    recovering: &Recovering,
    guess: Guess<'_>,
    (is_right, stage): (bool, Stage),
    origin: &Origin,
) -> Result<Answered, Fault> {
    let Recovering { account, ticket, .. } = recovering;
    if is_right {
        let mut tx = env.store.write().await?;
        guess.right(&mut *tx).await?;
        tx.commit().await?;
        return Ok(Answered::Right(Recovery::at(ticket.id, stage)));
    }
    let reason = if stage == Stage::SavedCode { "wrong_saved_code" } else { "wrong_answers" };
    let refusal = AuditEvent::new(AuditAction::ResetRefused, Actor::Anonymous, env.now(), env.entropy())
        .from(origin)
        .account(account.id)
        .subject(ticket.id)
        .reason(reason);
    guess.wrong(refusal, None).await?;
    let mut tx = env.store.write().await?;
    let tries = tx.account_tickets().find(ticket.id).await?.map_or(u32::MAX, |ticket| ticket.answer_tries);
    let left = env.policy.answer_tries.saturating_sub(tries);
    if left == 0 {
        tx.account_tickets().burn(ticket.id, env.now()).await?;
        tx.commit().await?;
        env.bell.ring(Queue::Mail);
        return Ok(Answered::Burned);
    }
    Ok(Answered::Wrong { left })
}
