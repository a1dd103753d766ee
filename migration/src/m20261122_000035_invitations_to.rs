//! Invitations of one company to one address: whether mails to it came back before (R85).

use sea_orm_migration::prelude::*;

use crate::schema::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("invitations", &["company", "email_canonical"])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
