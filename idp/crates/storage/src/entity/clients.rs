//! Table `clients`: OAuth clients.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "clients")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub company: Option<Uuid>,
    pub auth_method: String,
    pub secrets: String,
    pub grant_types: String,
    pub redirect_uris: String,
    pub post_logout_redirect_uris: String,
    pub initiate_login_uri: Option<String>,
    pub scopes: String,
    pub id_token_alg: String,
    pub require_pkce: bool,
    pub first_party: bool,
    pub may_grant: String,
    pub enabled: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub metadata: Option<String>,
    pub removed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
