//! Invitations and the tickets behind their mailed links.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, uuid};

use crate::schema::{create, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let invitations = Table::create()
            .table("invitations")
            .col(uuid("id").primary_key())
            .col(uuid("membership"))
            .col(uuid("account"))
            .col(uuid("company"))
            .col(text("email"))
            .col(text("email_canonical"))
            .col(text("sent_by"))
            .col(text("state"))
            .col(big_integer_null("state_at"))
            .col(big_integer("created_at"))
            .col(big_integer("version"))
            .foreign_key(&mut reference(("invitations", "membership"), "memberships"))
            .take();
        create(
            manager,
            &invitations,
            vec![index("invitations", &["membership", "id"]), index("invitations", &["account"])],
        )
        .await?;
        let activation_tickets = Table::create()
            .table("activation_tickets")
            .col(uuid("id").primary_key())
            .col(blob("digest"))
            .col(uuid("invitation"))
            .col(uuid("account"))
            .col(uuid("company"))
            .col(text("email"))
            .col(text("email_canonical"))
            .col(big_integer("credential_version"))
            .col(big_integer("issued_at"))
            .col(big_integer("expires_at"))
            .col(text("state"))
            .col(big_integer_null("state_at"))
            .foreign_key(&mut reference(("activation_tickets", "invitation"), "invitations"))
            .take();
        create(
            manager,
            &activation_tickets,
            vec![index("activation_tickets", &["account"]), index("activation_tickets", &["expires_at"])],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
