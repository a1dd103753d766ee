//! Changes of address (R72). They are kept: who had which address when is what a dispute is about.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, uuid, uuid_null};

use crate::schema::{create, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let email_changes = Table::create()
            .table("email_changes")
            .col(uuid("id").primary_key())
            .col(uuid("account"))
            .col(text("old_email"))
            .col(text("old_email_canonical"))
            .col(text("new_email"))
            .col(text("new_email_canonical"))
            .col(uuid_null("proposed_by"))
            .col(text("state"))
            .col(big_integer_null("state_at"))
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .foreign_key(&mut reference(("email_changes", "account"), "accounts"))
            .take();
        create(manager, &email_changes, vec![index("email_changes", &["account", "state"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
