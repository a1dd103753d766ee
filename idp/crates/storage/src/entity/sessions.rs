//! Table `sessions`: single sign-on sessions.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub digest: Vec<u8>,
    pub account: Uuid,
    pub auth_time: i64,
    pub amr: String,
    pub last_seen: i64,
    pub idle_until: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
