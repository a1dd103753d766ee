//! Lists of people to add and the jobs they become. `active_company` is the company while the job is under way and null
//! otherwise, so that a unique index lets it have one; `due_at` is when a job may be taken, or its lease ends.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, text, text_null, uuid, uuid_null,
};

use crate::schema::{create, index, reference, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let batches = Table::create()
            .table("bulk_batches")
            .col(uuid("id").primary_key())
            .col(uuid("company"))
            .col(uuid_null("active_company"))
            .col(text("requester"))
            .col(text("options"))
            .col(big_integer("created_at"))
            .col(binary("digest"))
            .col(text("state"))
            .col(big_integer_null("ended_at"))
            .col(text_null("why"))
            .col(big_integer("settled_to"))
            .col(big_integer_null("last_mail"))
            .col(big_integer_null("due_at"))
            .col(text_null("owner"))
            .foreign_key(&mut reference(("bulk_batches", "company"), "companies"))
            .take();
        let indexes = vec![
            unique("bulk_batches", &["active_company"]),
            index("bulk_batches", &["company", "id"]),
            index("bulk_batches", &["due_at"]),
            index("bulk_batches", &["state", "created_at"]),
        ];
        create(manager, &batches, indexes).await?;
        let rows = Table::create()
            .table("bulk_rows")
            .col(uuid("batch"))
            .col(big_integer("number"))
            .col(text("cells"))
            .col(boolean("well_formed"))
            .col(boolean("selected"))
            .col(text("outcome"))
            .col(text("findings"))
            .col(uuid_null("member"))
            .primary_key(Index::create().col("batch").col("number"))
            .foreign_key(&mut reference(("bulk_rows", "batch"), "bulk_batches"))
            .take();
        create(manager, &rows, vec![index("bulk_rows", &["batch", "outcome", "number"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
