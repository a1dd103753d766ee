//! Table `memberships`: who belongs to which agency.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "memberships")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account: Uuid,
    pub company: Uuid,
    pub state: String,
    pub state_at: Option<i64>,
    pub given_name: String,
    pub family_name: String,
    pub member_type: String,
    pub person_ref: String,
    pub security_role: String,
    pub authority: String,
    pub cell: Option<String>,
    pub note: Option<String>,
    pub created_at: i64,
    pub last_sign_in: Option<i64>,
    pub version: i64,
    pub joined_at: Option<i64>,
    /// "family given" in small letters: the list's order, and what it is searched by.
    pub name_key: String,
    /// JSON; null for nobody else. What `member_persons` says of the member, to be read without asking it.
    pub other_persons: Option<String>,
    pub sessions_ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
