//! Where people logged in from. Null is what a session of the release before says: nothing.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

use crate::schema::add_columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "sessions", vec![text_null("address"), text_null("user_agent")]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
