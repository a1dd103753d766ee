//! The audit log as chains: every event has a place once it is tied in, and rows from before are tied in like new ones. What
//! changed and through which client stands beside what happened.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, text, text_null, uuid, uuid_null,
};

use crate::schema::{add_columns, create, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let told = vec![text_null("client"), text_null("changes")];
        let place = vec![uuid_null("chain"), big_integer_null("seq"), blob_null("hash")];
        add_columns(manager, "audit_events", told).await?;
        add_columns(manager, "audit_events", place).await?;
        manager.create_index(unique("audit_events", &["chain", "seq"])).await?;
        let db = manager.get_connection();
        // Found without a look at the millions that have their place.
        db.execute_unprepared("CREATE INDEX audit_events_unchained ON audit_events (id) WHERE seq IS NULL")
            .await?;
        let audit_chains = Table::create()
            .table("audit_chains")
            .col(uuid("id").primary_key())
            .col(big_integer("number"))
            .col(big_integer("base_seq"))
            .col(blob("base_hash"))
            .col(big_integer("head_seq"))
            .col(blob("head_hash"))
            .col(blob("seal"))
            .take();
        create(manager, &audit_chains, Vec::new()).await?;
        let leases = Table::create()
            .table("leases")
            .col(text("name").primary_key())
            .col(text("owner"))
            .col(big_integer("until"))
            .take();
        create(manager, &leases, Vec::new()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
