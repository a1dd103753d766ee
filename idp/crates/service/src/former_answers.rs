//! The answers that were replaced (Q1, Q9). Whoever changed them knew the password, and may not have been the account's
//! person: for as long as what was changed in a person's name can be taken back, the set from before recovers the account as
//! well as the present one. Both stand behind the mailbox, and no answer of the one ever counts with those of the other.

use idp_domain::Timestamp;
use idp_domain::id::AccountId;
use idp_domain::ports::Tx;
use idp_domain::question::EnrolledAnswer;

use crate::env::Env;
use crate::fault::Fault;

/// One set, as it was when it was replaced.
#[derive(Debug)]
pub(crate) struct FormerAnswers {
    pub(crate) answers: Vec<EnrolledAnswer>,
    pub(crate) replaced_at: Timestamp,
}

impl FormerAnswers {
    /// The set of an account, however long ago it was replaced.
    pub(crate) async fn stored(tx: &mut dyn Tx, account: AccountId) -> Result<Option<Self>, Fault> {
        let former = tx.answers().list_former(account).await?;
        let replaced_at = former.first().map(|former| former.replaced_at);
        let answers = former.into_iter().map(|former| former.answer).collect();
        Ok(replaced_at.map(|replaced_at| Self { answers, replaced_at }))
    }

    /// The set of an account, while it counts.
    pub(crate) async fn counting(
        env: &Env,
        tx: &mut dyn Tx,
        account: AccountId,
    ) -> Result<Option<Self>, Fault> {
        let stored = Self::stored(tx, account).await?;
        Ok(stored.filter(|former| env.now() < former.counts_until(env)))
    }

    /// When it stops counting.
    pub(crate) fn counts_until(&self, env: &Env) -> Timestamp {
        self.replaced_at + env.policy.email_undo_life
    }
}

/// Keeps the present answers, which are about to be replaced. Those that still count stay instead, for as long again: changing
/// twice does not push out the answers that only the person knows, whether it was the person who changed them first or not.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn keep(env: &Env, tx: &mut dyn Tx, account: AccountId) -> Result<(), Fault> {
    let kept = match FormerAnswers::counting(env, tx, account).await? {
        Some(former) => former.answers,
        None => tx.answers().list(account).await?,
    };
    Ok(tx.answers().keep_former(account, &kept, env.now()).await?)
}
