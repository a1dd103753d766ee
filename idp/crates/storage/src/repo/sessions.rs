//! Single sign-on sessions (rules section 5). `idle_until` is `last_seen` plus the idle time.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::audit::Place;
use idp_domain::id::{AccountId, SessionId};
use idp_domain::ports::Sessions;
use idp_domain::session::Session;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};

use super::{OnlyRow as _, Result, columns, sweep};
use crate::entity::sessions::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, digest, json, parse_address, parse_json};

const TABLE: &str = "sessions";

#[async_trait]
impl Sessions for SqlTx {
    async fn insert(&mut self, session: &Session) -> Result<()> {
        Entity::insert(row(session)?.into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<Session>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn touch(&mut self, id: SessionId, now: Timestamp) -> Result<()> {
        let idle = Expr::col(Column::IdleUntil).sub(Expr::col(Column::LastSeen));
        Entity::update_many()
            .col_expr(Column::IdleUntil, idle.add(now.millis()))
            .col_expr(Column::LastSeen, Expr::value(now.millis()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::LastSeen.lt(now.millis()))
            .filter(Column::EndedAt.is_null())
            .exec(self)
            .await
            .stored()?;
        Ok(())
    }

    async fn renew(&mut self, session: &Session) -> Result<bool> {
        let renewed = Entity::update_many()
            .set(columns(row(session)?, &[Column::Id, Column::Account, Column::EndedAt]))
            .filter(Column::Id.eq(session.id.uuid()))
            .filter(Column::Account.eq(session.account.uuid()))
            .filter(Column::EndedAt.is_null())
            .exec(self)
            .await
            .stored()?;
        Ok(renewed.rows_affected == 1)
    }

    async fn end(&mut self, id: SessionId, now: Timestamp) -> Result<bool> {
        let ended = Entity::update_many()
            .col_expr(Column::EndedAt, Expr::value(now.millis()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::EndedAt.is_null())
            .exec(self)
            .await
            .stored()?;
        Ok(ended.rows_affected == 1)
    }

    async fn list_open_of_account(&mut self, account: AccountId) -> Result<Vec<Session>> {
        let open = Entity::find()
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::EndedAt.is_null())
            .order_by_desc(Column::Id);
        open.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64> {
        let before = before.millis();
        let over = Condition::any().add(Column::ExpiresAt.lt(before)).add(Column::EndedAt.lt(before));
        sweep::<Entity>(self, (Column::Id, Column::Id), over, limit).await
    }
}

fn row(session: &Session) -> Result<Model> {
    let Session { id, digest, account, auth_time, amr, last_seen, idle, expires_at, ended_at, place } =
        session;
    let Place { address, user_agent } = place;
    Ok(Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        account: account.uuid(),
        auth_time: auth_time.millis(),
        amr: json(TABLE, amr)?,
        last_seen: last_seen.millis(),
        idle_until: (*last_seen + *idle).millis(),
        expires_at: expires_at.millis(),
        ended_at: ended_at.map(Timestamp::millis),
        address: address.map(|address| address.to_string()),
        user_agent: user_agent.clone(),
    })
}

pub(super) fn read(row: Model) -> Result<Session> {
    let last_seen = at(row.last_seen);
    Ok(Session {
        id: SessionId::from_uuid(row.id),
        digest: digest(TABLE, row.digest)?,
        account: AccountId::from_uuid(row.account),
        auth_time: at(row.auth_time),
        amr: parse_json(TABLE, &row.amr)?,
        last_seen,
        idle: at(row.idle_until).since(last_seen),
        expires_at: at(row.expires_at),
        ended_at: row.ended_at.map(at),
        place: Place { address: parse_address(TABLE, row.address)?, user_agent: row.user_agent },
    })
}
