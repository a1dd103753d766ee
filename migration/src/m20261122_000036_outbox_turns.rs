//! Invitations wait until no other mail is due: nobody who forgot a password waits behind a list of thousands.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::boolean;

use crate::schema::add_columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "outbox", vec![boolean("is_patient").default(false).take()]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
