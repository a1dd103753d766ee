//! What an operator sets about an agency: slug, branding, codes that name it no more, and clients that are gone for good.
//!
//! Slugs are kept like codes, every one an agency ever had: an older portal's redirect URIs are made of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, text, text_null, uuid};

use crate::schema::{add_columns, create, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let companies = vec![text_null("slug"), text_null("branding"), text("search_key").default("").take()];
        add_columns(manager, "companies", companies).await?;
        add_columns(manager, "company_codes", vec![big_integer_null("released_at")]).await?;
        add_columns(manager, "clients", vec![big_integer_null("removed_at")]).await?;
        let company_slugs = Table::create()
            .table("company_slugs")
            .col(text("slug").primary_key())
            .col(uuid("company"))
            .foreign_key(&mut reference(("company_slugs", "company"), "companies"))
            .take();
        create(manager, &company_slugs, vec![index("company_slugs", &["company"])]).await?;
        let db = manager.get_connection();
        db.execute_unprepared("UPDATE companies SET search_key = lower(code || ' ' || name)").await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
