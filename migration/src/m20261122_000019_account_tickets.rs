//! Tickets of a person's own account: forgotten password, proof of an address, and taking a change of address back.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, uuid, uuid_null};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let account_tickets = Table::create()
            .table("account_tickets")
            .col(uuid("id").primary_key())
            .col(blob("digest"))
            .col(text("purpose"))
            .col(uuid_null("change"))
            .col(uuid("account"))
            .col(text("email"))
            .col(text("email_canonical"))
            .col(big_integer("credential_version"))
            .col(big_integer("issued_at"))
            .col(big_integer("expires_at"))
            .col(text("state"))
            .col(big_integer_null("state_at"))
            .col(big_integer("code_tries"))
            .col(big_integer("answer_tries"))
            .take();
        let of_one_account = index("account_tickets", &["account", "purpose", "state"]);
        let by_expiry = index("account_tickets", &["expires_at"]);
        create(manager, &account_tickets, vec![of_one_account, by_expiry]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
