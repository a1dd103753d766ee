//! Pushed authorization requests (RFC 9126): answered once.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::{PushedRequestId, SessionId};
use idp_domain::ports::PushedRequests;
use idp_domain::pushed_request::{PushedRequest, PushedState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::{OnlyRow as _, Result, before, sweep};
use crate::entity::pushed_requests::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
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

    async fn answer(&mut self, id: PushedRequestId, by: Option<SessionId>, now: Timestamp) -> Result<bool> {
        let answered = Entity::update_many()
            .col_expr(Column::AnsweredAt, Expr::value(now.millis()))
            .col_expr(Column::AnsweredBy, Expr::value(by.map(|session| session.uuid())))
            .col_expr(Column::Sealed, Expr::value(None::<String>))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::AnsweredAt.is_null())
            .exec(self)
            .await
            .stored()?;
        if answered.rows_affected == 1 {
            return Ok(true);
        }
        let earlier = PushedRequests::find(self, id).await?;
        Ok(earlier.is_some_and(|request| request.state.is_answered_by(by, now)))
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let expired = before(Column::ExpiresAt, instant);
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), expired, limit).await
    }
}

fn row(request: &PushedRequest) -> Model {
    let PushedRequest { id, digest, client, expires_at, state } = request;
    let (sealed, answered_at, answered_by) = match state {
        PushedState::Waiting { sealed } => (Some(sealed.clone()), None, None),
        PushedState::Answered { at, by } => (None, Some(at.millis()), by.map(|session| session.uuid())),
    };
    Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        client: client.as_str().to_owned(),
        sealed,
        expires_at: expires_at.millis(),
        answered_at,
        answered_by,
    }
}

fn read(row: Model) -> Result<PushedRequest> {
    let state = match (row.sealed, row.answered_at) {
        (Some(sealed), None) => PushedState::Waiting { sealed },
        (None, Some(millis)) => {
            PushedState::Answered { at: at(millis), by: row.answered_by.map(SessionId::from_uuid) }
        }
        _ => return Err(corrupt(TABLE, "half answered")),
    };
    Ok(PushedRequest {
        id: PushedRequestId::from_uuid(row.id),
        digest: digest(TABLE, row.digest)?,
        client: client_id(TABLE, &row.client)?,
        expires_at: at(row.expires_at),
        state,
    })
}
