//! Single sign-on sessions. Short-lived rows reference nothing, so that sweeps never wait for each other.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, uuid};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sessions = Table::create()
            .table("sessions")
            .col(uuid("id").primary_key())
            .col(blob("digest"))
            .col(uuid("account"))
            .col(big_integer("auth_time"))
            .col(text("amr"))
            .col(big_integer("last_seen"))
            .col(big_integer("idle_until"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("ended_at"))
            .take();
        create(
            manager,
            &sessions,
            vec![
                index("sessions", &["account"]),
                index("sessions", &["expires_at"]),
                index("sessions", &["ended_at"]),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
