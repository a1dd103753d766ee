//! Refresh tokens: rotated once; the loser of a race gets the same successor for a moment (RFC 9700 section 4.14.2).

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::grant::{RefreshGrace, RefreshState, RefreshToken};
use idp_domain::id::{GrantId, RefreshTokenId};
use idp_domain::ports::{RefreshTokens, Rotation};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::{OnlyRow as _, Result, before, sweep};
use crate::entity::refresh_tokens::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, count, digest, parse_count};

const TABLE: &str = "refresh_tokens";

#[async_trait]
impl RefreshTokens for SqlTx {
    async fn insert(&mut self, token: &RefreshToken) -> Result<()> {
        Entity::insert(row(token).into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: RefreshTokenId) -> Result<Option<RefreshToken>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn rotate(
        &mut self,
        id: RefreshTokenId,
        successor: RefreshTokenId,
        grace: RefreshGrace,
        now: Timestamp,
    ) -> Result<Rotation> {
        let rotated = Entity::update_many()
            .col_expr(Column::RotatedAt, Expr::value(now.millis()))
            .col_expr(Column::Successor, Expr::value(successor.uuid()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::RotatedAt.is_null())
            .exec(self)
            .await
            .stored()?;
        if rotated.rows_affected == 1 {
            return Ok(Rotation::Won);
        }
        retry(self, id, grace, now).await
    }

    async fn keep(&mut self, id: RefreshTokenId, expires_at: Timestamp) -> Result<bool> {
        let kept = Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(expires_at.millis()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::RotatedAt.is_null())
            .exec(self)
            .await
            .stored()?;
        Ok(kept.rows_affected == 1)
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let expired = before(Column::ExpiresAt, instant);
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), expired, limit).await
    }
}

/// Counts one more presentation of a rotated token, if its grace allows one and its successor is still current.
async fn retry(tx: &SqlTx, id: RefreshTokenId, grace: RefreshGrace, now: Timestamp) -> Result<Rotation> {
    let next = Alias::new("next");
    let successor_is_current = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, next.clone())
        .and_where(Expr::col((next.clone(), Column::Id)).equals((Entity, Column::Successor)))
        .and_where(Expr::col((next, Column::RotatedAt)).is_null())
        .take();
    let again = Entity::update_many()
        .col_expr(Column::Retries, Expr::col(Column::Retries).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::RotatedAt.gt((now - grace.span).millis()))
        .filter(Column::Retries.lt(count(grace.retries)))
        .filter(Expr::exists(successor_is_current))
        .exec_with_returning(tx)
        .await
        .stored()?;
    let successor = again.into_iter().next().and_then(|row| row.successor);
    Ok(successor.map_or(Rotation::Reused, |successor| Rotation::Again {
        successor: RefreshTokenId::from_uuid(successor),
    }))
}

fn row(token: &RefreshToken) -> Model {
    let RefreshToken { id, digest, grant, issued_at, expires_at, state } = token;
    let (rotated_at, successor, retries) = match state {
        RefreshState::Current => (None, None, 0),
        RefreshState::Rotated { at, successor, retries } => {
            (Some(at.millis()), Some(successor.uuid()), *retries)
        }
    };
    Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        grant_id: grant.uuid(),
        issued_at: issued_at.millis(),
        expires_at: expires_at.millis(),
        rotated_at,
        successor,
        retries: count(retries),
    }
}

fn read(row: Model) -> Result<RefreshToken> {
    let state = match (row.rotated_at, row.successor) {
        (None, None) => RefreshState::Current,
        (Some(millis), Some(successor)) => RefreshState::Rotated {
            at: at(millis),
            successor: RefreshTokenId::from_uuid(successor),
            retries: parse_count(TABLE, row.retries)?,
        },
        _ => return Err(corrupt(TABLE, "half rotated")),
    };
    Ok(RefreshToken {
        id: RefreshTokenId::from_uuid(row.id),
        digest: digest(TABLE, row.digest)?,
        grant: GrantId::from_uuid(row.grant_id),
        issued_at: at(row.issued_at),
        expires_at: at(row.expires_at),
        state,
    })
}
