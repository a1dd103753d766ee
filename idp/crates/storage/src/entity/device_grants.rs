//! Table `device_grants`: requests of the device grant.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "device_grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub digest: Vec<u8>,
    pub user_code: Vec<u8>,
    pub client: String,
    pub asked: String,
    pub issued_at: i64,
    pub expires_at: i64,
    pub interval: i64,
    pub state: String,
    pub account: Option<Uuid>,
    pub session: Option<Uuid>,
    pub consented: Option<String>,
    pub grant_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
