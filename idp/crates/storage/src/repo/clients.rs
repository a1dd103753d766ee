//! OAuth clients; their lists are JSON, because they are only ever read as a whole.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::client::{Client, ClientId};
use idp_domain::id::CompanyId;
use idp_domain::ports::Clients;
use idp_domain::scope::Scopes;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, Iterable as _, QueryFilter as _,
    QueryOrder as _,
};

use super::Result;
use crate::entity::clients::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{json, line, parse_json, parse_word, word};

const TABLE: &str = "clients";

#[async_trait]
impl Clients for SqlTx {
    async fn put(&mut self, client: &Client, now: Timestamp) -> Result<()> {
        let changing = Column::iter().filter(|column| !matches!(column, Column::Id | Column::CreatedAt));
        let replace = OnConflict::column(Column::Id).update_columns(changing).to_owned();
        let row = row(client, now)?.into_active_model();
        Entity::insert(row).on_conflict(replace).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: &ClientId) -> Result<Option<Client>> {
        Entity::find_by_id(id.as_str()).one(self).await.stored()?.map(read).transpose()
    }

    async fn find_portal(&mut self, company: CompanyId) -> Result<Option<Client>> {
        Entity::find()
            .filter(Column::Company.eq(company.uuid()))
            .filter(Column::Enabled.eq(true))
            .filter(Column::InitiateLoginUri.is_not_null())
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .one(self)
            .await
            .stored()?
            .map(read)
            .transpose()
    }
}

fn row(client: &Client, now: Timestamp) -> Result<Model> {
    let Client {
        id,
        name,
        company,
        auth_method,
        secrets,
        grant_types,
        redirect_uris,
        post_logout_redirect_uris,
        initiate_login_uri,
        scopes,
        id_token_alg,
        require_pkce,
        first_party,
        may_grant,
        enabled,
    } = client;
    Ok(Model {
        id: id.as_str().to_owned(),
        name: name.as_str().to_owned(),
        company: company.map(CompanyId::uuid),
        auth_method: word(TABLE, auth_method)?,
        secrets: json(TABLE, secrets)?,
        grant_types: json(TABLE, grant_types)?,
        redirect_uris: json(TABLE, redirect_uris)?,
        post_logout_redirect_uris: json(TABLE, post_logout_redirect_uris)?,
        initiate_login_uri: initiate_login_uri.as_ref().map(ToString::to_string),
        scopes: scopes.to_string(),
        id_token_alg: word(TABLE, id_token_alg)?,
        require_pkce: *require_pkce,
        first_party: *first_party,
        may_grant: word(TABLE, may_grant)?,
        enabled: *enabled,
        created_at: now.millis(),
        updated_at: now.millis(),
    })
}

fn read(row: Model) -> Result<Client> {
    Ok(Client {
        id: ClientId::parse(&row.id).map_err(|error| corrupt(TABLE, error.to_string()))?,
        name: line(TABLE, &row.name)?,
        company: row.company.map(CompanyId::from_uuid),
        auth_method: parse_word(TABLE, row.auth_method)?,
        secrets: parse_json(TABLE, &row.secrets)?,
        grant_types: parse_json(TABLE, &row.grant_types)?,
        redirect_uris: parse_json(TABLE, &row.redirect_uris)?,
        post_logout_redirect_uris: parse_json(TABLE, &row.post_logout_redirect_uris)?,
        initiate_login_uri: row.initiate_login_uri.map(|uri| parse_word(TABLE, uri)).transpose()?,
        scopes: Scopes::parse(&row.scopes),
        id_token_alg: parse_word(TABLE, row.id_token_alg)?,
        require_pkce: row.require_pkce,
        first_party: row.first_party,
        may_grant: parse_word(TABLE, row.may_grant)?,
        enabled: row.enabled,
    })
}
