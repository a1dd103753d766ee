//! What a mail says, as one document: letters of other kinds than the first two are about other things than invitations.
//!
//! The table is made anew, because SQLite cannot loosen a column; mails that wait are rewritten, none is lost.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null, uuid, uuid_null};
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let outbox = Table::create()
            .table("outbox_letters")
            .col(uuid("id").primary_key())
            .col(uuid_null("company"))
            .col(text("letter"))
            .col(text("state"))
            .col(big_integer_null("due_at"))
            .col(text_null("owner"))
            .col(big_integer_null("settled_at"))
            .col(text_null("why"))
            .col(big_integer("attempts"))
            .col(big_integer("created_at"))
            .take();
        create(manager, &outbox, vec![]).await?;
        manager.get_connection().execute_unprepared(&copy(manager.get_database_backend())).await?;
        manager.drop_table(Table::drop().table("outbox").take()).await?;
        manager.rename_table(Table::rename().table("outbox_letters", "outbox").take()).await?;
        // Only now, as the indexes of the old table had the same names.
        for columns in [["due_at"].as_slice(), &["state", "settled_at"]] {
            manager.create_index(index("outbox", columns)).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Copies every mail; `inv_` and 32 digits are how an invitation's id is written in a document.
fn copy(backend: DbBackend) -> String {
    const KEPT: &str = "state, due_at, owner, settled_at, why, attempts, created_at";
    let invitation = match backend {
        DbBackend::Postgres => "replace(invitation::text, '-', '')",
        _ => "lower(hex(invitation))",
    };
    let letter = format!(r#"'{{"kind":"' || kind || '","invitation":"inv_' || {invitation} || '"}}'"#);
    format!(
        "INSERT INTO outbox_letters (id, company, letter, {KEPT}) SELECT id, company, {letter}, {KEPT} FROM outbox"
    )
}
