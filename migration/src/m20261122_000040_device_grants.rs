//! The device authorization grant, which company a grant was switched from, and which agency somebody chose last at a client.
//! Requests for a device reference nothing, so that sweeps never wait for each other.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text, text_null, uuid, uuid_null};

use crate::schema::{add_columns, create, index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let device_grants = Table::create()
            .table("device_grants")
            .col(uuid("id").primary_key())
            .col(blob("digest"))
            .col(blob("user_code"))
            .col(text("client"))
            .col(text("asked"))
            .col(big_integer("issued_at"))
            .col(big_integer("expires_at"))
            .col(big_integer("interval"))
            .col(text("state"))
            .col(uuid_null("account"))
            .col(uuid_null("session"))
            .col(text_null("consented"))
            .col(uuid_null("grant_id"))
            .take();
        let indexes = vec![
            unique("device_grants", &["user_code"]),
            index("device_grants", &["account"]),
            index("device_grants", &["expires_at"]),
        ];
        create(manager, &device_grants, indexes).await?;
        let company_choices = Table::create()
            .table("company_choices")
            .col(uuid("account"))
            .col(text("client"))
            .col(uuid("company"))
            .col(big_integer("chosen_at"))
            .primary_key(Index::create().col("account").col("client"))
            .take();
        create(manager, &company_choices, Vec::new()).await?;
        add_columns(manager, "grants", vec![uuid_null("switched_from")]).await?;
        manager.create_index(index("grants", &["switched_from"])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
