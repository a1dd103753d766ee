//! Table `mail_turns`: when the next of a company's mails to many may leave.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "mail_turns")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company: Uuid,
    pub next_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
