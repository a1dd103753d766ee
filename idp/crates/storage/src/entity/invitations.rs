//! Table `invitations`: invitations.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub membership: Uuid,
    pub account: Uuid,
    pub company: Uuid,
    pub email: String,
    pub email_canonical: String,
    pub sent_by: String,
    pub state: String,
    pub state_at: Option<i64>,
    pub failure: Option<String>,
    pub created_at: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
