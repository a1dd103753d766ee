//! OAuth clients; lists are JSON, they are only ever read as a whole.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, text, text_null, uuid_null};

use crate::schema::{create, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let clients = Table::create()
            .table("clients")
            .col(text("id").primary_key())
            .col(text("name"))
            .col(uuid_null("company"))
            .col(text("auth_method"))
            .col(text("secrets"))
            .col(text("grant_types"))
            .col(text("redirect_uris"))
            .col(text("post_logout_redirect_uris"))
            .col(text_null("initiate_login_uri"))
            .col(text("scopes"))
            .col(text("id_token_alg"))
            .col(boolean("require_pkce"))
            .col(boolean("first_party"))
            .col(text("may_grant"))
            .col(boolean("enabled"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference(("clients", "company"), "companies"))
            .take();
        create(manager, &clients, vec![index("clients", &["company"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
