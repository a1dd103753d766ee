//! Device authorization grants (RFC 8628): every step is one statement with a checked row count.

use std::time::Duration;

use async_trait::async_trait;
use idp_domain::client::ClientId;
use idp_domain::device_grant::{DeviceGrant, DeviceState};
use idp_domain::grant::Consented;
use idp_domain::id::{AccountId, DeviceGrantId, GrantId, SessionId};
use idp_domain::ports::DeviceGrants;
use idp_domain::{Digest, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoCondition};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    UpdateMany,
};

use super::{OnlyRow as _, Result, before, sweep};
use crate::entity::device_grants::{Column, Entity, Model};
use crate::error::{Rule, Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, client_id, digest, json, parse_json};

const TABLE: &str = "device_grants";
const RULES: [Rule; 1] = [Rule { says: "user_code", name: "user_code" }];

const PENDING: &str = "pending";
const CLAIMED: &str = "claimed";
const APPROVED: &str = "approved";
const DENIED: &str = "denied";
const REDEEMED: &str = "redeemed";

#[async_trait]
impl DeviceGrants for SqlTx {
    async fn insert(&mut self, grant: &DeviceGrant) -> Result<()> {
        let row = row(grant)?.into_active_model();
        Entity::insert(row).exec_without_returning(self).await.stored_unless(&RULES)?;
        Ok(())
    }

    async fn find(&mut self, id: DeviceGrantId) -> Result<Option<DeviceGrant>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn find_by_user_code(&mut self, digests: &[Digest]) -> Result<Option<DeviceGrant>> {
        let any = Column::UserCode.is_in(digests.iter().map(|digest| digest.bytes().to_vec()));
        Entity::find().filter(any).only(self).await?.map(read).transpose()
    }

    async fn claim(&mut self, id: DeviceGrantId, session: SessionId, now: Timestamp) -> Result<bool> {
        let free = Condition::any()
            .add(Column::State.eq(PENDING))
            .add(Column::State.eq(CLAIMED).and(Column::Session.eq(session.uuid())));
        let claimed = advance(id, CLAIMED, now).col_expr(Column::Session, Expr::value(session.uuid()));
        won(self, claimed.filter(free)).await
    }

    async fn release(&mut self, id: DeviceGrantId, session: SessionId) -> Result<()> {
        let released = Entity::update_many()
            .col_expr(Column::State, Expr::value(PENDING))
            .col_expr(Column::Session, Expr::value(None::<uuid::Uuid>))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.eq(CLAIMED))
            .filter(Column::Session.eq(session.uuid()));
        released.exec(self).await.stored()?;
        Ok(())
    }

    async fn approve(&mut self, id: DeviceGrantId, consented: &Consented, now: Timestamp) -> Result<bool> {
        let approved = advance(id, APPROVED, now)
            .col_expr(Column::Account, Expr::value(consented.account.uuid()))
            .col_expr(Column::Consented, Expr::value(json(TABLE, consented)?))
            .filter(Column::State.eq(CLAIMED))
            .filter(Column::Session.eq(consented.session.uuid()));
        won(self, approved).await
    }

    async fn deny(&mut self, id: DeviceGrantId, session: SessionId, now: Timestamp) -> Result<bool> {
        let unfetched = Column::State.is_in([CLAIMED, APPROVED]);
        let own = Column::Session.eq(session.uuid());
        won(self, advance(id, DENIED, now).filter(unfetched).filter(own)).await
    }

    async fn list_approved_of_account(
        &mut self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<DeviceGrant>> {
        let approved = Entity::find()
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::State.eq(APPROVED))
            .filter(Column::ExpiresAt.gt(now.millis()))
            .order_by_desc(Column::Id);
        approved.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn deny_approved(&mut self, id: DeviceGrantId, account: AccountId, now: Timestamp) -> Result<bool> {
        let own = Column::Id.eq(id.uuid()).and(Column::Account.eq(account.uuid()));
        Ok(deny(self, own, now).await? == 1)
    }

    async fn deny_of_account(&mut self, account: AccountId, now: Timestamp) -> Result<u64> {
        deny(self, Column::Account.eq(account.uuid()), now).await
    }

    async fn deny_of_session(&mut self, session: SessionId, now: Timestamp) -> Result<u64> {
        deny(self, Column::Session.eq(session.uuid()), now).await
    }

    async fn slow_down(&mut self, id: DeviceGrantId, from: Duration, to: Duration) -> Result<()> {
        let slower = Entity::update_many()
            .col_expr(Column::Interval, Expr::value(millis(to)))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::Interval.eq(millis(from)));
        slower.exec(self).await.stored()?;
        Ok(())
    }

    async fn redeem(
        &mut self,
        id: DeviceGrantId,
        client: &ClientId,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<bool> {
        let redeemed = advance(id, REDEEMED, now)
            .col_expr(Column::GrantId, Expr::value(grant.uuid()))
            .filter(Column::Client.eq(client.as_str()))
            .filter(Column::State.eq(APPROVED));
        won(self, redeemed).await
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let expired = before(Column::ExpiresAt, instant);
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), expired, limit).await
    }
}

/// The grant's step to `state`, while it is not expired; whose turn it is, the caller adds.
fn advance(id: DeviceGrantId, state: &'static str, now: Timestamp) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::ExpiresAt.gt(now.millis()))
}

/// Denies those of `which` that were approved and that nobody has fetched.
async fn deny(tx: &SqlTx, which: impl IntoCondition, now: Timestamp) -> Result<u64> {
    let denied = Entity::update_many()
        .col_expr(Column::State, Expr::value(DENIED))
        .filter(which.into_condition())
        .filter(Column::State.eq(APPROVED))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .exec(tx)
        .await
        .stored()?;
    Ok(denied.rows_affected)
}

async fn won(tx: &SqlTx, step: UpdateMany<Entity>) -> Result<bool> {
    Ok(step.exec(tx).await.stored()?.rows_affected == 1)
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn row(grant: &DeviceGrant) -> Result<Model> {
    let DeviceGrant { id, digest, user_code, client, asked, issued_at, expires_at, interval, session, state } =
        grant;
    let (word, consented, grant_id) = match state {
        DeviceState::Pending => (PENDING, None, None),
        DeviceState::Claimed => (CLAIMED, None, None),
        DeviceState::Approved { consented } => (APPROVED, Some(consented), None),
        DeviceState::Denied => (DENIED, None, None),
        DeviceState::Redeemed { grant } => (REDEEMED, None, Some(*grant)),
    };
    Ok(Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        user_code: user_code.bytes().to_vec(),
        client: client.as_str().to_owned(),
        asked: json(TABLE, asked)?,
        issued_at: issued_at.millis(),
        expires_at: expires_at.millis(),
        interval: millis(*interval),
        state: word.to_owned(),
        account: consented.map(|consented| consented.account.uuid()),
        session: session.map(SessionId::uuid),
        consented: consented.map(|consented| json(TABLE, consented)).transpose()?,
        grant_id: grant_id.map(GrantId::uuid),
    })
}

fn read(row: Model) -> Result<DeviceGrant> {
    let state = match (row.state.as_str(), row.consented, row.grant_id) {
        (PENDING, ..) => DeviceState::Pending,
        (CLAIMED, ..) => DeviceState::Claimed,
        (APPROVED, Some(consented), _) => {
            DeviceState::Approved { consented: Box::new(parse_json(TABLE, &consented)?) }
        }
        (DENIED, ..) => DeviceState::Denied,
        (REDEEMED, _, Some(grant)) => DeviceState::Redeemed { grant: GrantId::from_uuid(grant) },
        (other, ..) => return Err(corrupt(TABLE, format!("state {other} without what belongs to it"))),
    };
    Ok(DeviceGrant {
        id: DeviceGrantId::from_uuid(row.id),
        digest: digest(TABLE, row.digest)?,
        user_code: digest(TABLE, row.user_code)?,
        client: client_id(TABLE, &row.client)?,
        asked: parse_json(TABLE, &row.asked)?,
        issued_at: at(row.issued_at),
        expires_at: at(row.expires_at),
        interval: Duration::from_millis(u64::try_from(row.interval).unwrap_or_default()),
        session: row.session.map(SessionId::from_uuid),
        state,
    })
}
