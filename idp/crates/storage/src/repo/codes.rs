//! Authorization codes (RFC 6749 section 4.1.2): redeemed once, kept so that a replay is seen.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::client::ClientId;
use idp_domain::code::{AuthorizationCode, CodeState};
use idp_domain::id::{CodeId, GrantId};
use idp_domain::ports::Codes;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::{OnlyRow as _, Result, before, sweep};
use crate::entity::authorization_codes::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, client_id, digest, json, parse_json};

const TABLE: &str = "authorization_codes";

#[async_trait]
impl Codes for SqlTx {
    async fn insert(&mut self, code: &AuthorizationCode) -> Result<()> {
        Entity::insert(row(code)?.into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: CodeId) -> Result<Option<AuthorizationCode>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn redeem(
        &mut self,
        id: CodeId,
        client: &ClientId,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<bool> {
        let redeemed = Entity::update_many()
            .col_expr(Column::RedeemedAt, Expr::value(now.millis()))
            .col_expr(Column::GrantId, Expr::value(grant.uuid()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::Client.eq(client.as_str()))
            .filter(Column::RedeemedAt.is_null())
            .filter(Column::ExpiresAt.gt(now.millis()))
            .exec(self)
            .await
            .stored()?;
        Ok(redeemed.rows_affected == 1)
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let expired = before(Column::ExpiresAt, instant);
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), expired, limit).await
    }
}

fn row(code: &AuthorizationCode) -> Result<Model> {
    let AuthorizationCode { id, digest, client, bound, issued_at, expires_at, state } = code;
    let (redeemed_at, grant_id) = match state {
        CodeState::Issued => (None, None),
        CodeState::Redeemed { at, grant } => (Some(at.millis()), Some(grant.uuid())),
    };
    Ok(Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        client: client.as_str().to_owned(),
        bound: json(TABLE, bound)?,
        issued_at: issued_at.millis(),
        expires_at: expires_at.millis(),
        redeemed_at,
        grant_id,
    })
}

fn read(row: Model) -> Result<AuthorizationCode> {
    let state = match (row.redeemed_at, row.grant_id) {
        (None, None) => CodeState::Issued,
        (Some(millis), Some(grant)) => {
            CodeState::Redeemed { at: at(millis), grant: GrantId::from_uuid(grant) }
        }
        _ => return Err(corrupt(TABLE, "half redeemed")),
    };
    Ok(AuthorizationCode {
        id: CodeId::from_uuid(row.id),
        digest: digest(TABLE, row.digest)?,
        client: client_id(TABLE, &row.client)?,
        bound: parse_json(TABLE, &row.bound)?,
        issued_at: at(row.issued_at),
        expires_at: at(row.expires_at),
        state,
    })
}
