//! Every change of a client: by the API, which knows an agency's own only, judges by `If-Match` and keeps its answer, and by a
//! command, which reaches all of them. Locked, and stored with its audit event.

use std::time::Duration;

use idp_domain::audit::{AuditAction, AuditEvent, Change};
use idp_domain::client::{Client, ClientId};
use idp_domain::ports::Tx;

use super::patch::ClientPatch;
use super::record::told;
use super::registered_keys::ensure_fits;
use super::{ClientError, ClientView, Made, Present, secret, switch};
use crate::authority::{Caller, CompanyScope};
use crate::env::Env;
use crate::once::{Answer, Terms};

/// What is to happen to a client.
#[derive(Debug, Clone)]
pub enum ClientEdit {
    Patch(Box<ClientPatch>),
    /// The secrets it has stay good for so long at most.
    RotateSecret {
        overlap: Duration,
    },
    Disable,
    Enable,
    /// For good: no other client is ever given its id.
    Remove,
}

/// Makes the change and answers with the client as it is then, 204 when it is gone; what is so already is not done twice.
///
/// # Errors
/// [`ClientError`]; nothing half-done stays behind.
pub async fn change(
    env: &Env,
    scope: &CompanyScope,
    (id, edit): (&ClientId, &ClientEdit),
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, ClientError> {
    let step = Step { env, scope, id, edit, terms, present };
    match step.once().await {
        Err(error) if error.is_race() => step.once().await,
        other => other,
    }
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    /// `None` when it was so before.
    pub action: Option<AuditAction>,
    /// What is another one now.
    pub changes: Vec<Change>,
    pub made: Made,
}

/// Makes the change from the command line, whosever client it is.
///
/// # Errors
/// [`ClientError`]; nothing half-done stays behind.
pub async fn command(env: &Env, id: &ClientId, edit: &ClientEdit) -> Result<Done, ClientError> {
    let mut tx = env.store.write().await?;
    tx.clients().lock(id).await?;
    let before = tx.clients().find(id).await?.ok_or_else(|| ClientError::Unknown(id.clone()))?;
    let (action, made) = edit.make(env, &mut *tx, before.clone()).await?;
    let Some(action) = action else { return Ok(Done { action: None, changes: Vec::new(), made }) };
    let after = tx.clients().find(id).await?;
    // An agency finds it in its own log.
    let event = Caller::of_commands().event(env, action).subject(id);
    let event = told(AuditEvent { company: before.company, ..event }, Some(&before), after.as_ref());
    tx.audit().record(&event).await?;
    tx.commit().await?;
    Ok(Done { action: Some(action), changes: event.changes, made })
}

struct Step<'a> {
    env: &'a Env,
    scope: &'a CompanyScope,
    id: &'a ClientId,
    edit: &'a ClientEdit,
    terms: &'a Terms,
    present: Present<'a>,
}

impl Step<'_> {
    async fn once(&self) -> Result<Answer, ClientError> {
        let (env, now) = (self.env, self.env.now());
        let mut tx = env.store.write().await?;
        if let Some(answer) = self.terms.replay(&mut *tx, now).await?? {
            // What was read may still be on its way to the disk: only a commit says that it arrived.
            tx.commit().await?;
            return Ok(answer);
        }
        tx.clients().lock(self.id).await?;
        let own = tx.clients().find(self.id).await?.filter(|it| it.company == Some(self.scope.id()));
        let before = own.ok_or_else(|| ClientError::Unknown(self.id.clone()))?;
        // Whoever may see the client is told that changing it is not theirs; a foreign one stays unknown.
        if !self.scope.is_operator() {
            return Err(ClientError::NotOperator);
        }
        if !self.terms.matches(&(self.present)(&ClientView::of(before.clone()))?) {
            return Err(ClientError::Changed);
        }
        let (done, made) = self.edit.make(env, &mut *tx, before.clone()).await?;
        let after = tx.clients().find(self.id).await?;
        if let Some(action) = done {
            let event = self.scope.event(env, action).subject(self.id);
            tx.audit().record(&told(event, Some(&before), after.as_ref())).await?;
        }
        let (answer, stored) = self.answers(after, made)?;
        self.terms.remember(&mut *tx, &stored, now).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The answer to give, and the one to keep.
    fn answers(&self, after: Option<Client>, made: Made) -> Result<(Answer, Answer), ClientError> {
        let Some(client) = after else {
            let gone = Answer { status: 204, body: String::new() };
            return Ok((gone.clone(), gone));
        };
        let view = ClientView { client, made };
        let answer = Answer { status: 200, body: (self.present)(&view)? };
        let stored = Answer { status: 200, body: (self.present)(&view.without_secret())? };
        Ok((answer, stored))
    }
}

impl ClientEdit {
    /// What was done, `None` when it was so before, and what was made.
    async fn make(
        &self,
        env: &Env,
        tx: &mut dyn Tx,
        client: Client,
    ) -> Result<(Option<AuditAction>, Made), ClientError> {
        let done = match self {
            Self::Patch(patch) => {
                let patched = patch.apply(&client)?;
                let is_other = patched != client;
                if is_other {
                    ensure_fits(env, &patched)?;
                    tx.clients().put(&patched, env.now()).await?;
                }
                is_other.then_some(AuditAction::ClientChanged)
            }
            Self::RotateSecret { overlap } => {
                let (rotated, secret) = secret::rotated(client, *overlap, env.now(), env.entropy())?;
                tx.clients().put(&rotated, env.now()).await?;
                return Ok((Some(AuditAction::ClientSecretRotated), Made::Secret(secret)));
            }
            Self::Disable => switch::switch(env, tx, client, false).await?,
            Self::Enable => switch::switch(env, tx, client, true).await?,
            Self::Remove => Some(switch::remove(env, tx, &client.id).await?),
        };
        Ok((done, Made::Nothing))
    }
}
