//! Saved recovery codes, at most one of an account (L8); of each there is a digest only.

use async_trait::async_trait;
use idp_domain::Digest;
use idp_domain::id::AccountId;
use idp_domain::ports::RecoveryCodes;
use idp_domain::recovery_code::StoredRecoveryCode;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::{OnlyRow as _, Result};
use crate::entity::recovery_codes::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, digest};

const TABLE: &str = "recovery_codes";

#[async_trait]
impl RecoveryCodes for SqlTx {
    async fn put(&mut self, code: &StoredRecoveryCode) -> Result<()> {
        let replace =
            OnConflict::column(Column::Account).update_columns([Column::Digest, Column::MadeAt]).to_owned();
        let row = row(code).into_active_model();
        Entity::insert(row).on_conflict(replace).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, account: AccountId) -> Result<Option<StoredRecoveryCode>> {
        Entity::find_by_id(account.uuid()).only(self).await?.map(read).transpose()
    }

    async fn consume(&mut self, account: AccountId, digest: &Digest) -> Result<bool> {
        let this_one = Column::Digest.eq(digest.bytes().to_vec());
        let removed = Entity::delete_by_id(account.uuid()).filter(this_one).exec(self).await.stored()?;
        Ok(removed.rows_affected == 1)
    }

    async fn remove(&mut self, account: AccountId) -> Result<()> {
        Entity::delete_by_id(account.uuid()).exec(self).await.stored()?;
        Ok(())
    }
}

fn row(code: &StoredRecoveryCode) -> Model {
    let StoredRecoveryCode { account, digest, made_at } = code;
    Model { account: account.uuid(), digest: digest.bytes().to_vec(), made_at: made_at.millis() }
}

fn read(row: Model) -> Result<StoredRecoveryCode> {
    let Model { account, digest: bytes, made_at } = row;
    Ok(StoredRecoveryCode {
        account: AccountId::from_uuid(account),
        digest: digest(TABLE, bytes)?,
        made_at: at(made_at),
    })
}
