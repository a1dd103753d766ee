//! Table `companies`: agencies.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "companies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub contact: String,
    pub databases: String,
    pub state: String,
    pub state_at: Option<i64>,
    pub created_at: i64,
    pub version: i64,
    pub slug: Option<String>,
    pub branding: Option<String>,
    pub search_key: String,
    pub logo: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
