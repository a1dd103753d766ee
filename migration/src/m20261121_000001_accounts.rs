//! People: accounts and the answers to their security questions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, text_null, uuid};

use crate::schema::{create, reference, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let accounts = Table::create()
            .table("accounts")
            .col(uuid("id").primary_key())
            .col(text("user_name"))
            .col(text("user_name_canonical"))
            .col(boolean("email_verified"))
            .col(text("profile"))
            .col(text("state"))
            .col(big_integer_null("state_at"))
            .col(text_null("password"))
            .col(big_integer("credential_version"))
            .col(boolean("questions_enrolled"))
            .col(big_integer("created_at"))
            .col(big_integer_null("last_sign_in"))
            .col(big_integer("version"))
            .take();
        create(manager, &accounts, vec![unique("accounts", &["user_name_canonical"])]).await?;
        let answers = Table::create()
            .table("answers")
            .col(uuid("account"))
            .col(text("question"))
            .col(text("hash"))
            .col(big_integer("enrolled_at"))
            .primary_key(Index::create().col("account").col("question"))
            .foreign_key(&mut reference(("answers", "account"), "accounts"))
            .take();
        create(manager, &answers, vec![]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
