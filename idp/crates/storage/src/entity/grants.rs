//! Table `grants`: grants, the families of refresh tokens.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub client: String,
    pub account: Uuid,
    pub session: Uuid,
    pub company: Option<Uuid>,
    pub membership: Option<Uuid>,
    pub scopes: String,
    pub offline: bool,
    pub auth_time: i64,
    pub amr: String,
    pub acr: Option<String>,
    pub nonce: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
    pub revoked_why: Option<String>,
    pub pairwise: Option<String>,
    pub claims: Option<String>,
    pub resources: Option<String>,
    pub switched_from: Option<Uuid>,
    pub computer: Option<String>,
    pub bound_key: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
