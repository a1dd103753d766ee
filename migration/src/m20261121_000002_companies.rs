//! Agencies, and every code each of them ever had: an old code keeps naming its agency (R88).

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, uuid};

use crate::schema::{create, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let companies = Table::create()
            .table("companies")
            .col(uuid("id").primary_key())
            .col(text("code"))
            .col(text("name"))
            .col(text("contact"))
            .col(text("databases"))
            .col(text("state"))
            .col(big_integer_null("state_at"))
            .col(big_integer("created_at"))
            .col(big_integer("version"))
            .take();
        create(manager, &companies, vec![]).await?;
        let company_codes = Table::create()
            .table("company_codes")
            .col(text("code").primary_key())
            .col(uuid("company"))
            .foreign_key(&mut reference(("company_codes", "company"), "companies"))
            .take();
        create(manager, &company_codes, vec![index("company_codes", &["company"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
