//! What people allowed which client; one row for each of the two.

use async_trait::async_trait;
use idp_domain::client::ClientId;
use idp_domain::consent::{Consent, Permitted};
use idp_domain::id::AccountId;
use idp_domain::ports::Consents;
use idp_domain::scope::Scopes;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _};

use super::{OnlyRow as _, Result};
use crate::entity::consents::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, client_id, json, parse_json};

const TABLE: &str = "consents";

#[async_trait]
impl Consents for SqlTx {
    async fn put(&mut self, consent: &Consent) -> Result<()> {
        let replace = OnConflict::columns([Column::Account, Column::Client])
            .update_columns([Column::Scopes, Column::Companies, Column::Resources, Column::GrantedAt])
            .to_owned();
        let row = row(consent)?.into_active_model();
        Entity::insert(row).on_conflict(replace).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, account: AccountId, client: &ClientId) -> Result<Option<Consent>> {
        Entity::find_by_id(key(account, client)).only(self).await?.map(read).transpose()
    }

    async fn list_of_account(&mut self, account: AccountId) -> Result<Vec<Consent>> {
        let own = Entity::find().filter(Column::Account.eq(account.uuid()));
        let newest_first = own.order_by_desc(Column::GrantedAt).order_by_asc(Column::Client);
        newest_first.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn remove(&mut self, account: AccountId, client: &ClientId) -> Result<bool> {
        let removed = Entity::delete_by_id(key(account, client)).exec(self).await.stored()?;
        Ok(removed.rows_affected == 1)
    }
}

fn key(account: AccountId, client: &ClientId) -> (Uuid, String) {
    (account.uuid(), client.as_str().to_owned())
}

fn row(consent: &Consent) -> Result<Model> {
    let Consent { account, client, permitted, granted_at } = consent;
    let Permitted { scopes, companies, resources } = permitted;
    Ok(Model {
        account: account.uuid(),
        client: client.as_str().to_owned(),
        scopes: scopes.to_string(),
        companies: json(TABLE, companies)?,
        resources: json(TABLE, resources)?,
        granted_at: granted_at.millis(),
    })
}

pub(super) fn read(row: Model) -> Result<Consent> {
    Ok(Consent {
        account: AccountId::from_uuid(row.account),
        client: client_id(TABLE, &row.client)?,
        permitted: Permitted {
            scopes: Scopes::parse(&row.scopes),
            companies: parse_json(TABLE, &row.companies)?,
            resources: parse_json(TABLE, &row.resources)?,
        },
        granted_at: at(row.granted_at),
    })
}
