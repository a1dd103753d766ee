//! Table `account_tickets`: what stands behind the links and codes mailed about a person's own account.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "account_tickets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub digest: Vec<u8>,
    pub purpose: String,
    pub change: Option<Uuid>,
    pub account: Uuid,
    pub email: String,
    pub email_canonical: String,
    pub credential_version: i64,
    pub issued_at: i64,
    pub expires_at: i64,
    pub state: String,
    pub state_at: Option<i64>,
    pub code_tries: i64,
    pub answer_tries: i64,
    pub vouched_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
