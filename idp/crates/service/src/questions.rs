//! The three security questions (R48-R52, R55; rules Q2-Q6, Q9): enrolled once as a required action that no route goes
//! around, and changed later by somebody who has just logged in.

use idp_domain::account::{Account, QuestionPolicy, RequiredAction};
use idp_domain::audit::AuditAction;
use idp_domain::outbox::SecurityEvent;
use idp_domain::password::Password;
use idp_domain::question::{
    Accepted, AnswerContext, AnswerProblem, COUNT, Choice, EnrolledAnswer, QuestionId, check,
};

use crate::account::{Acting, Held};
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::{former_answers, notice};

/// What the form sends.
#[expect(missing_debug_implementations, reason = "holds answers")]
pub struct NewAnswers {
    pub choices: [Choice; COUNT],
    /// The localised text of a question, which an answer must not be a word of.
    pub question_text: fn(QuestionId) -> String,
}

/// How saving ended.
#[derive(Debug)]
pub enum Saved {
    Done,
    /// One optional problem a row.
    Refused([Option<AnswerProblem>; COUNT]),
    /// Too many tries: the answers could not be compared with the password.
    Held(Held),
    /// It is not this step's turn, or the person was signed out meanwhile: nothing was stored.
    NotAsked,
}

/// Checks and stores three answers: the first ones as the required action, or others in their place. All three are
/// replaced, and nobody learns what the old ones were (Q9); the old ones recover the account a while longer.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub async fn save(env: &Env, acting: &Acting<'_>, form: &NewAnswers) -> Result<Saved, Fault> {
    let is_theirs = matches!(acting.step, None | Some(RequiredAction::EnrolQuestions));
    if !is_theirs || !acting.is_due(env) || env.policy.questions == QuestionPolicy::Off {
        return Ok(Saved::NotAsked);
    }
    let account = &acting.signed_in.account;
    let context =
        AnswerContext { user_name: account.user_name.canonical(), question_text: &form.question_text };
    let accepted = match check(&form.choices, &context) {
        Ok(accepted) => accepted,
        Err(problems) => return Ok(Saved::Refused(problems)),
    };
    match compare_with_password(env, acting, &form.choices).await? {
        Err(held) => Ok(Saved::Held(held)),
        Ok(problems) if problems.iter().any(Option::is_some) => Ok(Saved::Refused(problems)),
        Ok(_) => store(env, acting, accepted).await,
    }
}

/// Q5: an answer must not be the password; only its hash is there to compare with. That makes of each form three guesses at
/// the password, so it takes its turn and stays counted, whatever comes of it, until the next right password.
async fn compare_with_password(
    env: &Env,
    acting: &Acting<'_>,
    choices: &[Choice; COUNT],
) -> Result<Result<[Option<AnswerProblem>; COUNT], Held>, Fault> {
    let guess = match acting.guess(env).await? {
        Ok(guess) => guess,
        Err(held) => return Ok(Err(held)),
    };
    let problems = match same_as_password(env, &acting.signed_in.account, choices).await {
        Ok(problems) => problems,
        Err(fault) => {
            guess.unseen().await?;
            return Err(fault);
        }
    };
    if problems.iter().any(Option::is_some) {
        let refusal = acting.event(env, AuditAction::PasswordRefused).reason("answer_is_password");
        if let Some(wait) = guess.wrong(refusal, None).await? {
            return Ok(Err(Held::Wait(wait)));
        }
    } else {
        guess.stays_counted();
    }
    Ok(Ok(problems))
}

/// All three, whatever the first says.
async fn same_as_password(
    env: &Env,
    account: &Account,
    choices: &[Choice; COUNT],
) -> Result<[Option<AnswerProblem>; COUNT], Fault> {
    let mut problems = [None; COUNT];
    for (choice, problem) in choices.iter().zip(&mut problems) {
        let verdict = env.hasher.verify(account.password(), &Password::typed(&choice.answer)).await?;
        *problem = verdict.is_match().then_some(AnswerProblem::EqualsPassword);
    }
    Ok(problems)
}

async fn store(env: &Env, acting: &Acting<'_>, accepted: Accepted) -> Result<Saved, Fault> {
    let (now, id) = (env.now(), acting.signed_in.account.id);
    let mut answers = Vec::with_capacity(COUNT);
    for (question, answer) in accepted.0 {
        let hash = env.hasher.hash(&answer.keyed(id, question)).await?;
        answers.push(EnrolledAnswer { account: id, question, hash, enrolled_at: now });
    }
    let mut tx = env.store.write().await?;
    // Looked at again inside the transaction: of two forms of the required action sent at once the first one counts.
    let Some(current) = acting.lock(env, &mut *tx).await? else {
        // The first one may still be on its way to the disk; the next page must find it there.
        tx.commit().await?;
        return Ok(Saved::NotAsked);
    };
    let (event, action) = if current.account.questions_enrolled {
        (SecurityEvent::QuestionsChanged, AuditAction::QuestionsChanged)
    } else {
        (SecurityEvent::QuestionsEnrolled, AuditAction::QuestionsEnrolled)
    };
    let account = Account { questions_enrolled: true, ..current.account };
    tx.accounts().update(&account).await?;
    if current.account.questions_enrolled {
        former_answers::keep(env, &mut *tx, id).await?;
    }
    tx.answers().replace(id, &answers).await?;
    notice::tell(env, &mut *tx, &account, event, acting.origin).await?;
    tx.audit().record(&acting.event(env, action)).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(Saved::Done)
}
