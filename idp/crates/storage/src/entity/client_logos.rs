//! Table `client_logos`: the pictures of clients, one each.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "client_logos")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub client: String,
    pub digest: Vec<u8>,
    pub png: Vec<u8>,
    pub width: i64,
    pub height: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
