//! The outbox: a queue (`queue.rs`) of mails.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::delivery::DeliveryState;
use idp_domain::id::{CompanyId, InvitationId, MailId};
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::ports::Outbox;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::Result;
use super::queue::{self, StateColumns};
use crate::entity::outbox::{Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, count, parse_count};

const TABLE: &str = "outbox";

#[async_trait]
impl Outbox for SqlTx {
    async fn enqueue(&mut self, mail: &OutboxMail) -> Result<()> {
        Entity::insert(row(mail).into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn lease(
        &mut self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u64,
    ) -> Result<Vec<OutboxMail>> {
        let mut leased = queue::lease::<Entity>(self, owner, now, until, limit).await?;
        leased.sort_by_key(|row| row.id);
        leased.into_iter().map(read).collect()
    }

    async fn settle(&mut self, id: MailId, owner: &str, state: &DeliveryState) -> Result<bool> {
        queue::settle::<Entity>(self, id.uuid(), owner, state).await
    }

    async fn find(&mut self, id: MailId) -> Result<Option<OutboxMail>> {
        Entity::find_by_id(id.uuid()).one(self).await.stored()?.map(read).transpose()
    }

    async fn next_due(&mut self) -> Result<Option<Timestamp>> {
        queue::next_due::<Entity>(self).await
    }

    async fn depth(&mut self) -> Result<(u64, u64)> {
        queue::depth::<Entity>(self).await
    }

    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64> {
        queue::sweep_settled::<Entity>(self, before, limit).await
    }
}

fn row(mail: &OutboxMail) -> Model {
    let OutboxMail { id, company, letter, state, attempts, created_at } = mail;
    let (kind, invitation) = match letter {
        Letter::Activation { invitation } => ("activation", invitation),
        Letter::MembershipAdded { invitation } => ("membership_added", invitation),
    };
    let StateColumns { state, due_at, owner, settled_at, why } = StateColumns::of(state);
    Model {
        id: id.uuid(),
        company: company.map(CompanyId::uuid),
        kind: kind.to_owned(),
        invitation: invitation.uuid(),
        state,
        due_at,
        owner,
        settled_at,
        why,
        attempts: count(*attempts),
        created_at: created_at.millis(),
    }
}

fn read(row: Model) -> Result<OutboxMail> {
    let Model { id, company, kind, invitation, state, due_at, owner, settled_at, why, attempts, created_at } =
        row;
    let invitation = InvitationId::from_uuid(invitation);
    let letter = match kind.as_str() {
        "activation" => Letter::Activation { invitation },
        "membership_added" => Letter::MembershipAdded { invitation },
        other => return Err(corrupt(TABLE, format!("unknown letter {other}"))),
    };
    Ok(OutboxMail {
        id: MailId::from_uuid(id),
        company: company.map(CompanyId::from_uuid),
        letter,
        state: StateColumns { state, due_at, owner, settled_at, why }.read(TABLE)?,
        attempts: parse_count(TABLE, attempts)?,
        created_at: at(created_at),
    })
}
