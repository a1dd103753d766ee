//! When everything a person had open at one agency was last ended: an older log-in opens nothing there.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;

use crate::schema::add_columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "memberships", vec![big_integer_null("sessions_ended_at")]).await?;
        let db = manager.get_connection();
        // Who was switched off or left had everything ended then.
        db.execute_unprepared(
            "UPDATE memberships SET sessions_ended_at = state_at WHERE state IN ('inactive', 'removed')",
        )
        .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
