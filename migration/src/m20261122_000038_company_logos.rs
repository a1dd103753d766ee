//! Logos of agencies: the pictures in a table of their own, so that reading an agency does not read its picture; what pages
//! need to know of it in the agency's row.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text_null, uuid};

use crate::schema::{add_columns, create, reference, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "companies", vec![text_null("logo")]).await?;
        let company_logos = Table::create()
            .table("company_logos")
            .col(uuid("company").primary_key())
            .col(blob("digest"))
            .col(blob("png"))
            .col(big_integer("width"))
            .col(big_integer("height"))
            .foreign_key(&mut reference(("company_logos", "company"), "companies"))
            .take();
        create(manager, &company_logos, vec![unique("company_logos", &["digest"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
