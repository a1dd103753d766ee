//! Pairwise subjects: one for each account at each sector, and nobody else's there. They are kept for ever.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, uuid};

use crate::schema::{create, reference, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let pairwise_subjects = Table::create()
            .table("pairwise_subjects")
            .col(text("sector"))
            .col(uuid("account"))
            .col(text("subject"))
            .primary_key(Index::create().col("sector").col("account"))
            .foreign_key(&mut reference(("pairwise_subjects", "account"), "accounts"))
            .take();
        let of_one_account = unique("pairwise_subjects", &["sector", "subject"]);
        create(manager, &pairwise_subjects, vec![of_one_account]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
