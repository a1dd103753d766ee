//! When the next of a company's mails to many may leave: lists and "send to everybody again" share one pace, whichever node
//! queues them. No reference to the company: whoever takes a turn waits for nothing else.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, uuid};

use crate::schema::create;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mail_turns = Table::create()
            .table("mail_turns")
            .col(uuid("company").primary_key())
            .col(big_integer("next_at"))
            .take();
        create(manager, &mail_turns, Vec::new()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
