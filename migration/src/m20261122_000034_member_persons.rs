//! A member's further hats (R79). They are read from the member's own row; the table lets no reference name two people of one
//! agency, and finds members by them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null, uuid};

use crate::schema::{add_columns, create, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "memberships", vec![text_null("other_persons")]).await?;
        let member_persons = Table::create()
            .table("member_persons")
            .col(uuid("company"))
            .col(text("person_ref"))
            .col(uuid("membership"))
            .col(text("member_type"))
            .primary_key(Index::create().col("company").col("person_ref"))
            .foreign_key(&mut reference(("member_persons", "company"), "companies"))
            .foreign_key(&mut reference(("member_persons", "membership"), "memberships"))
            .take();
        create(manager, &member_persons, vec![index("member_persons", &["membership"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
