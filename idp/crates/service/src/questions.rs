//! Enrolling the three security questions (R48-R52; rules Q2-Q6): a required action that no route goes around.

use idp_domain::account::{Account, RequiredAction};
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::password::Password;
use idp_domain::ports::{StoreError, Tx};
use idp_domain::question::{
    Accepted, AnswerContext, AnswerProblem, COUNT, Choice, EnrolledAnswer, QuestionId, check,
};

use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;

/// How saving ended.
#[derive(Debug)]
pub enum Saved {
    Enrolled,
    /// One optional problem a row.
    Refused([Option<AnswerProblem>; COUNT]),
    /// Questions are there already; changing them needs a fresh proof of identity and another page (Q9).
    NotAsked,
}

/// Checks and stores three answers. `question_text` gives the localised text of a question.
///
/// # Errors
/// [`Fault`].
pub async fn enrol(
    env: &Env,
    signed_in: &SignedIn,
    choices: &[Choice; COUNT],
    question_text: fn(QuestionId) -> String,
    origin: &Origin,
) -> Result<Saved, Fault> {
    let account = &signed_in.account;
    if account.required_action(env.policy.questions) != Some(RequiredAction::EnrolQuestions) {
        return Ok(Saved::NotAsked);
    }
    let context = AnswerContext { user_name: account.user_name.canonical(), question_text: &question_text };
    let accepted = match check(choices, &context) {
        Ok(accepted) => accepted,
        Err(problems) => return Ok(Saved::Refused(problems)),
    };
    let problems = same_as_password(env, account, choices).await?;
    if problems.iter().any(Option::is_some) {
        return Ok(Saved::Refused(problems));
    }
    store(env, account, accepted, origin).await
}

/// Q5: an answer must not be the password; only its hash is there to compare with.
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

async fn store(env: &Env, account: &Account, accepted: Accepted, origin: &Origin) -> Result<Saved, Fault> {
    let now = env.now();
    let mut answers = Vec::with_capacity(COUNT);
    for (question, answer) in accepted.0 {
        let hash = env.hasher.hash(&answer.keyed(account.id, question)).await?;
        answers.push(EnrolledAnswer { account: account.id, question, hash, enrolled_at: now });
    }
    let mut tx = env.store.write().await?;
    // Looked at again inside the transaction: of two forms sent at once the first one counts.
    let current = tx.accounts().find(account.id).await?;
    let Some(current) = current.filter(|a| a.is_active() && !a.questions_enrolled) else {
        // The first one may still be on its way to the disk; the next page must find it there.
        tx.commit().await?;
        return Ok(Saved::NotAsked);
    };
    match tx.accounts().update(&Account { questions_enrolled: true, ..current }).await {
        Err(StoreError::Stale) => return Ok(Saved::NotAsked),
        updated => updated?,
    }
    tx.answers().replace(account.id, &answers).await?;
    record(env, &mut *tx, account, origin).await?;
    tx.commit().await?;
    Ok(Saved::Enrolled)
}

async fn record(env: &Env, tx: &mut dyn Tx, account: &Account, origin: &Origin) -> Result<(), Fault> {
    let actor = Actor::Person { account: account.id };
    let event = AuditEvent::new(AuditAction::QuestionsEnrolled, actor, env.now(), env.entropy())
        .from(origin)
        .account(account.id);
    Ok(tx.audit().record(&event).await?)
}
