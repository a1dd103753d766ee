//! Who belongs to which agency, and under which name there: both unique within the agency.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null, uuid};

use crate::schema::{create, index, reference, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let memberships = Table::create()
            .table("memberships")
            .col(uuid("id").primary_key())
            .col(uuid("account"))
            .col(uuid("company"))
            .col(text("state"))
            .col(big_integer_null("state_at"))
            .col(text("given_name"))
            .col(text("family_name"))
            .col(text("member_type"))
            .col(text("person_ref"))
            .col(text("security_role"))
            .col(text("authority"))
            .col(text_null("cell"))
            .col(text_null("note"))
            .col(big_integer("created_at"))
            .col(big_integer_null("last_sign_in"))
            .col(big_integer("version"))
            .foreign_key(&mut reference(("memberships", "account"), "accounts"))
            .foreign_key(&mut reference(("memberships", "company"), "companies"))
            .take();
        create(
            manager,
            &memberships,
            vec![
                unique("memberships", &["account", "company"]),
                unique("memberships", &["company", "person_ref"]),
                index("memberships", &["company", "id"]),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
