//! Whether a password may be used as it is; every one of the release before may.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text;

use crate::schema::add_columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "accounts", vec![text("password_state").default("sound").take()]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
