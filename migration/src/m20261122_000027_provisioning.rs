//! What provisioning asks about: who accepted and when, under which name a member is listed, who works for the operator, and
//! which agency vouched for whoever is resetting a password.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, boolean, text, uuid_null};

use crate::schema::{add_columns, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "accounts", vec![boolean("is_operator").default(false).take()]).await?;
        add_columns(manager, "account_tickets", vec![uuid_null("vouched_by")]).await?;
        let memberships = vec![big_integer_null("joined_at"), text("name_key").default("").take()];
        add_columns(manager, "memberships", memberships).await?;
        let db = manager.get_connection();
        // Who is active accepted then; of who left or was switched off, the last log-in is all that is known.
        db.execute_unprepared(
            "UPDATE memberships SET joined_at = CASE WHEN state = 'active' THEN state_at ELSE last_sign_in END, \
             name_key = lower(family_name || ' ' || given_name)",
        )
        .await?;
        manager.create_index(index("memberships", &["company", "name_key", "id"])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
