//! Table `member_persons`: the further hats of members, by reference.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "member_persons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_ref: String,
    pub membership: Uuid,
    pub member_type: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
