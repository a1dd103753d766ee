//! Back-channel logout tokens to be sent (OpenID Connect Back-Channel Logout section 2.5): a queue (`queue.rs`).

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::delivery::DeliveryState;
use idp_domain::id::DeliveryId;
use idp_domain::logout::LogoutDelivery;
use idp_domain::ports::Logouts;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::Result;
use super::queue::{self, StateColumns};
use crate::entity::logout_deliveries::{Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, client_id, count, parse_count};

const TABLE: &str = "logout_deliveries";

#[async_trait]
impl Logouts for SqlTx {
    async fn enqueue(&mut self, delivery: &LogoutDelivery) -> Result<()> {
        Entity::insert(row(delivery).into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn lease(
        &mut self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u64,
    ) -> Result<Vec<LogoutDelivery>> {
        let mut leased = queue::lease::<Entity>(self, owner, now, until, limit).await?;
        leased.sort_by_key(|row| row.id);
        leased.into_iter().map(read).collect()
    }

    async fn settle(&mut self, id: DeliveryId, owner: &str, state: &DeliveryState) -> Result<bool> {
        queue::settle::<Entity>(self, id.uuid(), owner, state).await
    }

    async fn find(&mut self, id: DeliveryId) -> Result<Option<LogoutDelivery>> {
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

fn row(delivery: &LogoutDelivery) -> Model {
    let LogoutDelivery { id, client, sub, sid, state, attempts, created_at } = delivery;
    let StateColumns { state, due_at, owner, settled_at, why } = StateColumns::of(state);
    Model {
        id: id.uuid(),
        client: client.as_str().to_owned(),
        sub: sub.clone(),
        sid: sid.clone(),
        state,
        due_at,
        owner,
        settled_at,
        why,
        attempts: count(*attempts),
        created_at: created_at.millis(),
    }
}

fn read(row: Model) -> Result<LogoutDelivery> {
    let Model { id, client, sub, sid, state, due_at, owner, settled_at, why, attempts, created_at } = row;
    Ok(LogoutDelivery {
        id: DeliveryId::from_uuid(id),
        client: client_id(TABLE, &client)?,
        sub,
        sid,
        state: StateColumns { state, due_at, owner, settled_at, why }.read(TABLE)?,
        attempts: parse_count(TABLE, attempts)?,
        created_at: at(created_at),
    })
}
