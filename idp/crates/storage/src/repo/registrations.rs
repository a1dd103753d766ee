//! Clients that registered themselves: the proof that manages them, and when they were last used.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::client::ClientId;
use idp_domain::id::{InitialTokenId, RegistrationId};
use idp_domain::ports::Registrations;
use idp_domain::registration::{ApplicationType, Registration};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::{OnlyRow as _, Result};
use crate::entity::registrations::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, client_id, digest, known, parse_word};

const TABLE: &str = "registrations";

#[async_trait]
impl Registrations for SqlTx {
    async fn insert(&mut self, registration: &Registration) -> Result<()> {
        let row = row(registration).into_active_model();
        Entity::insert(row).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: RegistrationId) -> Result<Option<Registration>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn find_of_client(&mut self, client: &ClientId) -> Result<Option<Registration>> {
        let of_client = Entity::find().filter(Column::Client.eq(client.as_str()));
        of_client.only(self).await?.map(read).transpose()
    }

    async fn update(&mut self, registration: &Registration) -> Result<bool> {
        let Model { id, application_type, sector_identifier_uri, .. } = row(registration);
        let updated = Entity::update_many()
            .col_expr(Column::ApplicationType, Expr::value(application_type))
            .col_expr(Column::SectorIdentifierUri, Expr::value(sector_identifier_uri))
            .filter(Column::Id.eq(id))
            .exec(self)
            .await
            .stored()?;
        Ok(updated.rows_affected == 1)
    }

    async fn note_use(&mut self, client: &ClientId, now: Timestamp, since: Timestamp) -> Result<bool> {
        let noted = Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::value(now.millis()))
            .filter(Column::Client.eq(client.as_str()))
            .filter(Column::LastUsedAt.lt(since.millis()))
            .exec(self)
            .await
            .stored()?;
        Ok(noted.rows_affected == 1)
    }

    async fn remove(&mut self, client: &ClientId) -> Result<bool> {
        let own = Entity::delete_many().filter(Column::Client.eq(client.as_str()));
        Ok(own.exec(self).await.stored()?.rows_affected == 1)
    }

    async fn list_unused(&mut self, before: Timestamp, limit: u64) -> Result<Vec<ClientId>> {
        let unused = Entity::find()
            .select_only()
            .column(Column::Client)
            .filter(Column::LastUsedAt.lt(before.millis()))
            .order_by_asc(Column::LastUsedAt)
            .limit(limit);
        let unused = unused.into_tuple::<String>().all(self).await.stored()?;
        unused.iter().map(|client| client_id(TABLE, client)).collect()
    }
}

fn row(registration: &Registration) -> Model {
    let Registration {
        id,
        client,
        digest,
        initial_token,
        application_type,
        sector_identifier_uri,
        registered_at,
        last_used_at,
    } = registration;
    Model {
        id: id.uuid(),
        client: client.as_str().to_owned(),
        digest: digest.bytes().to_vec(),
        initial_token: initial_token.map(InitialTokenId::uuid),
        application_type: application_type.as_str().to_owned(),
        sector_identifier_uri: sector_identifier_uri.as_ref().map(ToString::to_string),
        registered_at: registered_at.millis(),
        last_used_at: last_used_at.millis(),
    }
}

fn read(row: Model) -> Result<Registration> {
    let Model {
        id,
        client,
        digest: bytes,
        initial_token,
        application_type,
        sector_identifier_uri,
        registered_at,
        last_used_at,
    } = row;
    Ok(Registration {
        id: RegistrationId::from_uuid(id),
        client: client_id(TABLE, &client)?,
        digest: digest(TABLE, bytes)?,
        initial_token: initial_token.map(InitialTokenId::from_uuid),
        application_type: known(TABLE, "application type", ApplicationType::parse(&application_type))?,
        sector_identifier_uri: sector_identifier_uri.map(|uri| parse_word(TABLE, uri)).transpose()?,
        registered_at: at(registered_at),
        last_used_at: at(last_used_at),
    })
}
