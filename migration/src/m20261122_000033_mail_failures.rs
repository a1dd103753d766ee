//! Why the mail of an invitation did not arrive (R85).

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

use crate::schema::add_columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "invitations", vec![text_null("failure")]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
