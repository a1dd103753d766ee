//! What a grant is for beyond its scopes. Null is what every grant of the release before has: nothing.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

use crate::schema::add_columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![text_null("pairwise"), text_null("claims"), text_null("resources")];
        add_columns(manager, "grants", columns).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
