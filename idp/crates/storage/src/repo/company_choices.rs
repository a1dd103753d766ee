//! The agency somebody chose last at a client: one row for both, overwritten.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::client::ClientId;
use idp_domain::id::{AccountId, CompanyId};
use idp_domain::ports::{CompanyChoice, CompanyChoices};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _};

use super::{OnlyRow as _, Result};
use crate::entity::company_choices::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, client_id};

const TABLE: &str = "company_choices";

#[async_trait]
impl CompanyChoices for SqlTx {
    async fn put(
        &mut self,
        account: AccountId,
        client: &ClientId,
        company: CompanyId,
        now: Timestamp,
    ) -> Result<()> {
        let row = Model {
            account: account.uuid(),
            client: client.as_str().to_owned(),
            company: company.uuid(),
            chosen_at: now.millis(),
        };
        let instead = OnConflict::columns([Column::Account, Column::Client])
            .update_columns([Column::Company, Column::ChosenAt])
            .to_owned();
        let chosen = Entity::insert(row.into_active_model()).on_conflict(instead);
        chosen.exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, account: AccountId, client: &ClientId) -> Result<Option<CompanyId>> {
        let key = (account.uuid(), client.as_str().to_owned());
        let chosen = Entity::find_by_id(key).only(self).await?;
        Ok(chosen.map(|row| CompanyId::from_uuid(row.company)))
    }

    async fn list_of_account(&mut self, account: AccountId) -> Result<Vec<CompanyChoice>> {
        let own = Entity::find().filter(Column::Account.eq(account.uuid())).order_by_asc(Column::Client);
        own.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn remove(&mut self, account: AccountId, company: CompanyId) -> Result<u64> {
        let own = Entity::delete_many().filter(Column::Account.eq(account.uuid()));
        let there = own.filter(Column::Company.eq(company.uuid()));
        Ok(there.exec(self).await.stored()?.rows_affected)
    }

    async fn remove_of_account(&mut self, account: AccountId) -> Result<u64> {
        let own = Entity::delete_many().filter(Column::Account.eq(account.uuid()));
        Ok(own.exec(self).await.stored()?.rows_affected)
    }
}

fn read(row: Model) -> Result<CompanyChoice> {
    Ok(CompanyChoice {
        client: client_id(TABLE, &row.client)?,
        company: CompanyId::from_uuid(row.company),
        chosen_at: at(row.chosen_at),
    })
}
