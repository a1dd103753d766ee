//! Table `audit_events`: the audit log. `chain`, `seq` and `hash` are null until the event is tied in.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: i64,
    pub action: String,
    pub actor: String,
    pub request_id: Option<String>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub company: Option<Uuid>,
    pub account: Option<Uuid>,
    pub subject: Option<String>,
    pub reason: Option<String>,
    pub client: Option<String>,
    pub changes: Option<String>,
    pub chain: Option<Uuid>,
    pub seq: Option<i64>,
    pub hash: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
