//! Authorization codes, grants and the refresh tokens of their families, kept as tombstones until they expire.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, boolean, text, text_null, uuid, uuid_null,
};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let authorization_codes = Table::create()
            .table("authorization_codes")
            .col(uuid("id").primary_key())
            .col(blob("digest"))
            .col(text("client"))
            .col(text("bound"))
            .col(big_integer("issued_at"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("redeemed_at"))
            .col(uuid_null("grant_id"))
            .take();
        create(manager, &authorization_codes, vec![index("authorization_codes", &["expires_at"])]).await?;
        let grants = Table::create()
            .table("grants")
            .col(uuid("id").primary_key())
            .col(text("client"))
            .col(uuid("account"))
            .col(uuid("session"))
            .col(uuid_null("company"))
            .col(uuid_null("membership"))
            .col(text("scopes"))
            .col(boolean("offline"))
            .col(big_integer("auth_time"))
            .col(text("amr"))
            .col(text_null("acr"))
            .col(text_null("nonce"))
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("revoked_at"))
            .col(text_null("revoked_why"))
            .take();
        create(
            manager,
            &grants,
            vec![
                index("grants", &["account"]),
                index("grants", &["session"]),
                index("grants", &["expires_at"]),
            ],
        )
        .await?;
        let refresh_tokens = Table::create()
            .table("refresh_tokens")
            .col(uuid("id").primary_key())
            .col(blob("digest"))
            .col(uuid("grant_id"))
            .col(big_integer("issued_at"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("rotated_at"))
            .col(uuid_null("successor"))
            .col(big_integer("retries"))
            .take();
        create(
            manager,
            &refresh_tokens,
            vec![index("refresh_tokens", &["grant_id"]), index("refresh_tokens", &["expires_at"])],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
