//! Pushed authorization requests (RFC 9126): gone once they are answered.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::PushedRequestId;
use idp_domain::ports::PushedRequests;
use idp_domain::pushed_request::PushedRequest;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::{OnlyRow as _, Result, before, sweep};
use crate::entity::pushed_requests::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, client_id, digest};

const TABLE: &str = "pushed_requests";

#[async_trait]
impl PushedRequests for SqlTx {
    async fn insert(&mut self, request: &PushedRequest) -> Result<()> {
        Entity::insert(row(request).into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: PushedRequestId) -> Result<Option<PushedRequest>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn remove(&mut self, id: PushedRequestId) -> Result<bool> {
        let removed = Entity::delete_by_id(id.uuid()).exec(self).await.stored()?;
        Ok(removed.rows_affected == 1)
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let expired = before(Column::ExpiresAt, instant);
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), expired, limit).await
    }
}

fn row(request: &PushedRequest) -> Model {
    let PushedRequest { id, digest, client, sealed, expires_at } = request;
    Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        client: client.as_str().to_owned(),
        sealed: sealed.clone(),
        expires_at: expires_at.millis(),
    }
}

fn read(row: Model) -> Result<PushedRequest> {
    Ok(PushedRequest {
        id: PushedRequestId::from_uuid(row.id),
        digest: digest(TABLE, row.digest)?,
        client: client_id(TABLE, &row.client)?,
        sealed: row.sealed,
        expires_at: at(row.expires_at),
    })
}
