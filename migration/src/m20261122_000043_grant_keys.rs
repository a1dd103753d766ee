//! The key that a public client's refresh tokens are bound to (RFC 9449 section 5).

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

use crate::schema::add_columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "grants", vec![text_null("bound_key")]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
