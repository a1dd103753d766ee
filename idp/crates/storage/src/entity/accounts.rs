//! Table `accounts`: people.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_name: String,
    pub user_name_canonical: String,
    pub email_verified: bool,
    pub profile: String,
    pub state: String,
    pub state_at: Option<i64>,
    pub password: Option<String>,
    pub credential_version: i64,
    pub questions_enrolled: bool,
    pub created_at: i64,
    pub last_sign_in: Option<i64>,
    pub version: i64,
    pub password_state: String,
    pub is_operator: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
