//! Clients that register themselves, and the tokens that let them. What they name may go before them: nothing is referenced.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text, text_null, uuid, uuid_null};

use crate::schema::{create, index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let initial_tokens = Table::create()
            .table("initial_tokens")
            .col(uuid("id").primary_key())
            .col(blob("digest"))
            .col(text("note"))
            .col(uuid_null("company"))
            .col(big_integer("uses"))
            .col(big_integer("issued_at"))
            .col(big_integer("expires_at"))
            .take();
        create(manager, &initial_tokens, vec![index("initial_tokens", &["expires_at"])]).await?;
        let registrations = Table::create()
            .table("registrations")
            .col(uuid("id").primary_key())
            .col(text("client"))
            .col(blob("digest"))
            .col(uuid_null("initial_token"))
            .col(text("application_type"))
            .col(text_null("sector_identifier_uri"))
            .col(big_integer("registered_at"))
            .col(big_integer("last_used_at"))
            .take();
        let indexes = vec![unique("registrations", &["client"]), index("registrations", &["last_used_at"])];
        create(manager, &registrations, indexes).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
